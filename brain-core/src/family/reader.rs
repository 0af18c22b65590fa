//! [`SettingsReader`] turns the words of a config into steps, rates and numbers.

use super::SettingError;
use crate::config::Quantity;

/// The most steps that a duration may have.
const MOST: f64 = 1e6;

/// Says what is wrong with a number outside a closed range, which begins at [`f64::MIN_POSITIVE`] where it must be above 0,
/// ends at [`f64::MAX`] where any larger one will do, and ends just below 1 where it must be below 1.
pub fn out_of_range(x: f64, low: f64, high: f64) -> Option<String> {
    if (low..=high).contains(&x) {
        return None;
    }
    let above = if low == f64::MIN_POSITIVE { "above 0".into() } else { format!("at least {low}") };
    Some(match high {
        f64::MAX => format!("{x} must be {above}"),
        _ if high == 1.0 - f64::EPSILON => format!("{x} must be {above} and below 1"),
        _ if low == f64::MIN_POSITIVE => format!("{x} must be above 0 and at most {high}"),
        _ => format!("{x} must be within {low} and {high}"),
    })
}

/// A reader turns settings into numbers, with steps of one length, and says what is wrong with a setting that cannot be
/// used.
#[derive(Clone, Copy, Debug)]
pub struct SettingsReader {
    dt_ms: f64,
}

impl SettingsReader {
    /// Makes a reader for steps of `dt_ms`, which must be above 0.
    pub fn new(dt_ms: f64) -> Result<Self, SettingError> {
        match dt_ms.is_finite() && dt_ms > 0.0 {
            true => Ok(Self { dt_ms }),
            false => Err(SettingError::new("dt", format!("{dt_ms} ms is no length of a step; it must be above 0"))),
        }
    }

    /// Returns the length of a step, ms.
    pub fn dt_ms(&self) -> f64 {
        self.dt_ms
    }

    /// Returns the number of steps of a duration; it must be whole and may be 0.
    pub fn steps(&self, key: &str, duration: &Quantity) -> Result<usize, SettingError> {
        let ms = duration.in_unit("ms").map_err(|e| SettingError::new(key, e.to_string()))?;
        let steps = ms / self.dt_ms;
        let whole = steps.round();
        if !(0.0..=MOST).contains(&steps) {
            return Err(SettingError::new(key, format!("{ms} ms must be within 0 and {} ms", MOST * self.dt_ms)));
        }
        if (steps - whole).abs() > 1e-6 {
            let near = [steps.floor(), steps.ceil()].map(|n| n * self.dt_ms);
            let message =
                format!("{ms} ms is not a multiple of the step {} ms; {} or {} is", self.dt_ms, near[0], near[1]);
            return Err(SettingError::new(key, message));
        }
        Ok(whole as usize)
    }

    /// Returns the number of steps of a duration; it must be whole and at least 1.
    pub fn some_steps(&self, key: &str, duration: &Quantity) -> Result<usize, SettingError> {
        match self.steps(key, duration)? {
            0 => Err(SettingError::new(key, format!("must last at least one step, {} ms", self.dt_ms))),
            n => Ok(n),
        }
    }

    /// Returns a rate in Hz, which must be at most one spike per step.
    pub fn hz(&self, key: &str, rate: &Quantity) -> Result<f64, SettingError> {
        self.quantity(key, rate, "Hz", 0.0, 1e3 / self.dt_ms)
    }

    /// Returns a quantity in a unit; it must lie in a closed range.
    pub fn quantity(&self, key: &str, q: &Quantity, unit: &str, low: f64, high: f64) -> Result<f64, SettingError> {
        let x = q.in_unit(unit).map_err(|e| SettingError::new(key, e.to_string()))?;
        self.within(key, x, low, high)
    }

    /// Returns a number that must lie in a closed range.
    pub fn within(&self, key: &str, x: f64, low: f64, high: f64) -> Result<f64, SettingError> {
        match out_of_range(x, low, high) {
            None => Ok(x),
            Some(problem) => Err(SettingError::new(key, problem)),
        }
    }

    /// Returns a count that must lie in a closed range.
    pub fn count(&self, key: &str, n: usize, low: usize, high: usize) -> Result<usize, SettingError> {
        match (low..=high).contains(&n) {
            true => Ok(n),
            false => Err(SettingError::new(key, format!("{n} must be within {low} and {high}"))),
        }
    }

    /// Returns a list that must not be empty.
    pub fn some<'a, T>(&self, key: &str, list: &'a [T]) -> Result<&'a [T], SettingError> {
        match list.is_empty() {
            false => Ok(list),
            true => Err(SettingError::new(key, "the list is empty; give at least one")),
        }
    }
}
