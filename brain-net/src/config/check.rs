//! Checks of numbers, with the place of what is wrong.

use brain_core::config::{ConfigError, Origin, Quantity};

/// A quantity in a unit that is finite and at least 0.
pub(crate) fn magnitude(origin: &Origin, key: &str, q: &Quantity, unit: &str) -> Result<f64, ConfigError> {
    let x = origin.quantity(key, q, unit)?;
    if x.is_finite() && x >= 0.0 { Ok(x) } else { Err(origin.error(key, format!("{x} {unit} must be 0 or more"))) }
}

/// Fails where a number is not in a range.
pub(crate) fn within(origin: &Origin, key: &str, x: f64, low: f64, high: f64) -> Result<(), ConfigError> {
    if (low..=high).contains(&x) {
        Ok(())
    } else {
        Err(origin.error(key, format!("{x} is not within {low} to {high}")))
    }
}
