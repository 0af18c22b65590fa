//! A [`Transform`] serves optimisers that know no bounds: it makes a bounded parameter a smooth function of a free
//! number.
//!
//! The value of the free number `u` is `low + (high - low) / (1 + exp(-u))` where both bounds are finite, `low +
//! exp(u)` or `high - exp(-u)` where one of them is, and `u` itself where none is. It grows with `u`.
//!
//! ```
//! use brain_core::Transform;
//!
//! let tau = Transform::of(1.0, 100.0);
//! let free = tau.to_free(20.0);
//! assert!((tau.to_value(free) - 20.0).abs() < 1e-12);
//! ```

use candle_core::{Result, Tensor};
use thiserror::Error;

/// How far inside its bounds a value is moved before its free number is taken, as a fraction of the width. Exactly at a
/// bound the free number is infinite and its gradient zero.
const MARGIN: f64 = 1e-6;

/// The bounds leave no value, or a value is not within them.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum BoundsError {
    /// The lower bound is above the upper one, or one of them is not a number.
    #[error("{name}: the bounds {low} to {high} leave no value; give the lower one first")]
    Empty {
        /// Name of the parameter.
        name: String,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// The value is out of bounds.
    #[error("{name}: {value} {unit} is not within {low} to {high} {unit}; change the value or widen its bounds")]
    Outside {
        /// Name of the parameter.
        name: String,
        /// Its value.
        value: f64,
        /// Its unit.
        unit: String,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
}

/// Fails unless `value` is a number within `low..=high`.
pub fn check_bounds(
    name: &str,
    value: f64,
    (low, high): (f64, f64),
    unit: &str,
) -> std::result::Result<(), BoundsError> {
    if low.is_nan() || high.is_nan() || low > high {
        return Err(BoundsError::Empty { name: name.into(), low, high });
    }
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(BoundsError::Outside { name: name.into(), value, unit: unit.into(), low, high })
}

/// The map from a free number to a value within bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transform {
    /// The value has no bounds.
    Identity,
    /// The value is above a bound.
    Above {
        /// The bound.
        low: f64,
    },
    /// The value is below a bound.
    Below {
        /// The bound.
        high: f64,
    },
    /// The value is between two bounds.
    Between {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Both bounds are at one value, which is a constant.
    Fixed {
        /// The constant.
        value: f64,
    },
}

impl Transform {
    /// Chooses the map for bounds, of which any may be infinite.
    pub fn of(low: f64, high: f64) -> Self {
        match (low.is_finite(), high.is_finite()) {
            (true, true) if low == high => Self::Fixed { value: low },
            (true, true) => Self::Between { low, high },
            (true, false) => Self::Above { low },
            (false, true) => Self::Below { high },
            (false, false) => Self::Identity,
        }
    }

    /// Returns the free number of a value; values at or beyond a bound are moved a little inside.
    pub fn to_free(self, value: f64) -> f64 {
        let log_distance = |d: f64, bound: f64| d.max(MARGIN * bound.abs().max(1.0)).ln();
        match self {
            Self::Identity => value,
            Self::Above { low } => log_distance(value - low, low),
            Self::Below { high } => -log_distance(high - value, high),
            Self::Between { low, high } => {
                let x = ((value - low) / (high - low)).clamp(MARGIN, 1.0 - MARGIN);
                (x / (1.0 - x)).ln()
            }
            Self::Fixed { .. } => 0.0,
        }
    }

    /// Returns the value of a free number.
    pub fn to_value(self, free: f64) -> f64 {
        match self {
            Self::Identity => free,
            Self::Above { low } => low + free.exp(),
            Self::Below { high } => high - (-free).exp(),
            Self::Between { low, high } => low + (high - low) * sigmoid(free),
            Self::Fixed { value } => value,
        }
    }

    /// Returns the derivative of the value w.r.t. the free number.
    pub fn derivative(self, free: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Above { .. } => free.exp(),
            Self::Below { .. } => (-free).exp(),
            Self::Between { low, high } => (high - low) * sigmoid(free) * sigmoid(-free),
            Self::Fixed { .. } => 0.0,
        }
    }

    /// Applies [`Transform::to_value`] to every element; gradients flow.
    pub fn to_values(self, free: &Tensor) -> Result<Tensor> {
        match self {
            Self::Identity => Ok(free.clone()),
            Self::Above { low } => free.exp()?.affine(1.0, low),
            Self::Below { high } => free.neg()?.exp()?.affine(-1.0, high),
            Self::Between { low, high } => candle_nn::ops::sigmoid(free)?.affine(high - low, low),
            Self::Fixed { value } => free.affine(0.0, value),
        }
    }
}

/// Computes values `[parameter, neuron]` from free numbers of the same shape, each row by its transform; gradients
/// flow.
///
/// The number of transforms must be the number of rows.
pub fn rows_to_values(transforms: &[Transform], free: &Tensor) -> Result<Tensor> {
    if free.dim(0)? != transforms.len() {
        candle_core::bail!("{} transforms for the rows of a tensor of shape {:?}", transforms.len(), free.shape());
    }
    let rows = transforms.iter().enumerate().map(|(i, t)| t.to_values(&free.narrow(0, i, 1)?));
    Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    const INF: f64 = f64::INFINITY;
    const CASES: [(f64, f64, f64); 5] =
        [(-120.0, 60.0, -70.0), (0.5, INF, 3.0), (-INF, -1.0, -4.0), (-INF, INF, 2.5), (7.0, 7.0, 7.0)];

    #[test]
    fn there_and_back_with_derivative() {
        for (low, high, value) in CASES {
            let t = Transform::of(low, high);
            let u = t.to_free(value);
            assert!((t.to_value(u) - value).abs() < 1e-12 * value.abs(), "{t:?}");
            let slope = (t.to_value(u + 1e-5) - t.to_value(u - 1e-5)) / 2e-5;
            assert!((slope - t.derivative(u)).abs() < 1e-7 * slope.abs().max(1.0), "{t:?}");
            for edge in [low, high] {
                assert!(t.to_free(edge).is_finite() || !edge.is_finite(), "{t:?} at {edge}");
            }
        }
    }

    #[test]
    fn tensors_agree_with_scalars_and_carry_gradients() {
        let transforms = CASES.map(|(low, high, _)| Transform::of(low, high));
        let free: Vec<f64> = (0..15).map(|i| f64::from(i) * 0.2 - 1.3).collect();
        let u = Var::from_slice(&free, (5, 3), &Device::Cpu).unwrap();
        let values = rows_to_values(&transforms, u.as_tensor()).unwrap();
        let grads = values.sum_all().unwrap().backward().unwrap();
        let values: Vec<f64> = values.flatten_all().unwrap().to_vec1().unwrap();
        let grad: Vec<f64> = grads.get(&u).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        for (i, &free) in free.iter().enumerate() {
            let t = transforms[i / 3];
            assert!((values[i] - t.to_value(free)).abs() < 1e-12);
            assert!((grad[i] - t.derivative(free)).abs() < 1e-12, "{t:?}");
        }
        assert!(rows_to_values(&transforms[..2], u.as_tensor()).is_err());
    }

    #[test]
    fn bounds_are_checked() {
        assert!(check_bounds("tau", 5.0, (1.0, 5.0), "ms").is_ok());
        let message = check_bounds("tau", 6.0, (1.0, 5.0), "ms").unwrap_err().to_string();
        assert!(message.contains("tau: 6 ms is not within 1 to 5 ms"), "{message}");
        assert!(matches!(check_bounds("tau", 2.0, (5.0, 1.0), "ms"), Err(BoundsError::Empty { .. })));
        assert!(check_bounds("tau", f64::NAN, (1.0, 5.0), "ms").is_err());
    }
}
