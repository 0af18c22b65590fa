//! Spikes that coincide softly: the similarity of trains behind a Gaussian filter.

use super::kernel::pairs;
use super::{Answer, RunObjective, Slopes};
use brain_core::config::Quantity;
use brain_core::family::{SettingError, Settings, SettingsReader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One minus the correlation of Schreiber et al. (2003), <https://doi.org/10.1016/S0925-2312(02)00838-X>: spikes at `t_i`
/// and recorded ones at `s_j` are spread by a Gaussian of standard deviation `sigma`, so that with
/// `k(t) = exp(-t^2 / 4 sigma^2)`
///
/// ```text
/// loss = 1 - sum_ij k(t_i - s_j) / sqrt(sum_ii' k(t_i - t_i') sum_jj' k(s_j - s_j'))
/// ```
///
/// It is 0 for identical trains and 1 for trains without a spike in common, or where one is silent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SoftCoincidence {
    /// Standard deviation of the Gaussian.
    pub sigma: Quantity,
}

impl Default for SoftCoincidence {
    fn default() -> Self {
        Self { sigma: "4 ms".into() }
    }
}

/// The loss with its width in ms.
#[derive(Clone, Copy, Debug)]
struct Similarity {
    sigma: f64,
}

impl Settings<dyn RunObjective> for SoftCoincidence {
    const NAME: &'static str = "soft-coincidence";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn RunObjective>, SettingError> {
        Ok(Box::new(Similarity { sigma: reader.quantity("sigma", &self.sigma, "ms", f64::MIN_POSITIVE, f64::MAX)? }))
    }
}

impl Similarity {
    fn kernel(self, t: f64) -> (f64, f64) {
        let width = 2.0 * self.sigma * self.sigma;
        let k = (-t * t / (2.0 * width)).exp();
        (k, -t / width * k)
    }
}

impl RunObjective for Similarity {
    fn name(&self) -> &'static str {
        SoftCoincidence::NAME
    }

    fn value(&self, recorded: &Answer, model: &Answer) -> f64 {
        let (s, t) = (recorded.spikes_ms, model.spikes_ms);
        if s.is_empty() || t.is_empty() {
            return f64::from(u8::from(s.len() != t.len()));
        }
        let sum = |a, b| pairs(&|t| self.kernel(t), a, b).0;
        1.0 - sum(t, s) / (sum(t, t) * sum(s, s)).sqrt()
    }

    fn no_gradient(&self) -> Option<String> {
        None
    }

    fn slopes(&self, recorded: &Answer, model: &Answer) -> Slopes {
        let (s, t) = (recorded.spikes_ms, model.spikes_ms);
        if s.is_empty() || t.is_empty() {
            return Slopes { by_spikes: vec![0.0; t.len()], by_voltage: Vec::new() };
        }
        let sums = |a, b| pairs(&|t| self.kernel(t), a, b);
        let ((ts, by_ts), (tt, by_tt), (ss, _)) = (sums(t, s), sums(t, t), sums(s, s));
        let norm = (tt * ss).sqrt();
        // Every pair of the model's own spikes is in its sum twice.
        let one = |(ts_i, tt_i): (f64, f64)| -ts_i / norm + ts / norm * tt_i / tt;
        Slopes { by_spikes: by_ts.into_iter().zip(by_tt).map(one).collect(), by_voltage: Vec::new() }
    }
}
