//! What an electrode adds to the potential that it records:
//!
//! ```text
//! V_recorded = V + R_s I + V_0
//! ```
//!
//! with the series resistance `R_s` that the bridge did not balance, and an offset `V_0` such as a junction potential.

use crate::recording::Sweep;
use serde::{Deserialize, Serialize};

/// An electrode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Electrode {
    /// Series resistance, MOhm.
    pub series_resistance_mohm: f64,
    /// Offset, mV.
    pub offset_mv: f64,
}

impl Electrode {
    /// The note of a checkpoint that says what was taken away from the recordings of its fit.
    pub const NOTE: &'static str = "electrode";

    /// Tells whether it adds nothing.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Gives an electrode that adds what both add.
    pub fn and(self, other: Self) -> Self {
        Self {
            series_resistance_mohm: self.series_resistance_mohm + other.series_resistance_mohm,
            offset_mv: self.offset_mv + other.offset_mv,
        }
    }

    /// Takes away from a sweep what the electrode added.
    pub fn remove(&self, sweep: &mut Sweep) {
        let Some(voltage) = sweep.voltage_mv.as_mut().filter(|_| !self.is_none()) else { return };
        for (v, i) in voltage.iter_mut().zip(&sweep.current_pa) {
            // 1 MOhm is 1e-3 mV/pA.
            *v -= 1e-3 * self.series_resistance_mohm * i + self.offset_mv;
        }
    }
}
