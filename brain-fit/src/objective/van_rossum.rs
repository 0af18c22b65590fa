//! The distance of spike trains behind an exponential filter, in closed form: the squared distance of van Rossum (2001),
//! <https://doi.org/10.1162/089976601300014321>, which for spikes at `t_i` and recorded ones at `s_j` is, with
//! `k(t) = exp(-|t| / tau)`,
//!
//! ```text
//! D^2 = 1/2 sum_ii' k(t_i - t_i') + 1/2 sum_jj' k(s_j - s_j') - sum_ij k(t_i - s_j)
//! ```
//!
//! A spike that has no counterpart adds one half. The settings are those of the loss of the same name, which compares
//! trains step by step.

use super::kernel::pairs;
use super::{Answer, RunObjective, Slopes};
use brain_core::family::{SettingError, Settings, SettingsReader};
pub use brain_core::loss::VanRossum;

/// The distance with its time constant in ms.
#[derive(Clone, Copy, Debug)]
struct Distance {
    tau: f64,
}

impl Settings<dyn RunObjective> for VanRossum {
    const NAME: &'static str = "van-rossum";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn RunObjective>, SettingError> {
        Ok(Box::new(Distance { tau: reader.quantity("tau", &self.tau, "ms", f64::MIN_POSITIVE, f64::MAX)? }))
    }
}

impl Distance {
    fn kernel(self, t: f64) -> (f64, f64) {
        let k = (-t.abs() / self.tau).exp();
        // A spike beside its counterpart has no direction to go: the cusp's mean slope is zero.
        (k, if t == 0.0 { 0.0 } else { -t.signum() * k / self.tau })
    }
}

impl RunObjective for Distance {
    fn name(&self) -> &'static str {
        <VanRossum as Settings<dyn RunObjective>>::NAME
    }

    fn value(&self, recorded: &Answer, model: &Answer) -> f64 {
        let sum = |a, b| pairs(&|t| self.kernel(t), a, b).0;
        let (s, t) = (recorded.spikes_ms, model.spikes_ms);
        0.5 * (sum(t, t) + sum(s, s)) - sum(t, s)
    }

    fn no_gradient(&self) -> Option<String> {
        None
    }

    fn slopes(&self, recorded: &Answer, model: &Answer) -> Slopes {
        let slopes = |b| pairs(&|t| self.kernel(t), model.spikes_ms, b).1;
        let (own, other) = (slopes(model.spikes_ms), slopes(recorded.spikes_ms));
        Slopes { by_spikes: own.iter().zip(other).map(|(own, other)| own - other).collect(), by_voltage: Vec::new() }
    }
}
