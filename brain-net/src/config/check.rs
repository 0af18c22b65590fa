//! This module checks numbers and files of a config; errors name the place of what is wrong.

use brain_core::config::{ConfigError, Origin, Quantity};
use brain_core::family::out_of_range;
use std::path::Path;

/// Converts a quantity to `unit`. Fails where it has another kind of unit, is not finite or is below 0.
pub(crate) fn magnitude(origin: &Origin, key: &str, q: &Quantity, unit: &str) -> Result<f64, ConfigError> {
    let x = origin.quantity(key, q, unit)?;
    if x.is_finite() && x >= 0.0 { Ok(x) } else { Err(origin.error(key, format!("{x} {unit} must be 0 or more"))) }
}

/// Fails where a number is not in a range.
pub(crate) fn within(origin: &Origin, key: &str, x: f64, low: f64, high: f64) -> Result<(), ConfigError> {
    match out_of_range(x, low, high) {
        None => Ok(()),
        Some(problem) => Err(origin.error(key, problem)),
    }
}

/// Fails where no file is named at `key`; `what` says which one is wanted.
pub(crate) fn named(origin: &Origin, key: &str, file: &Path, what: &str) -> Result<(), ConfigError> {
    match file.as_os_str().is_empty() {
        true => Err(origin.error(key, format!("name {what}"))),
        false => Ok(()),
    }
}
