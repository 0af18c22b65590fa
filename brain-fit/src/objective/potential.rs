//! The mean squared distance of the potentials.

use super::{Answer, RunObjective, Slopes};
use brain_core::family::{SettingError, Settings, SettingsReader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `mean of (V_model - V_data)^2`, mV2, over every so many samples, without those around recorded spikes.
///
/// A spike that is a millisecond late costs more than none at all, so that a free run that spikes is better judged by its
/// spikes; the paper's code takes a hundredth or a tenth of the samples.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Potential {
    /// One sample of so many is compared.
    pub every: usize,
    /// This much time is left out before and after each recorded spike, ms.
    pub mask: [f64; 2],
}

impl Default for Potential {
    fn default() -> Self {
        Self { every: 1, mask: [0.0, 0.0] }
    }
}

impl Settings<dyn RunObjective> for Potential {
    const NAME: &'static str = "potential";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn RunObjective>, SettingError> {
        reader.count("every", self.every, 1, 1_000_000)?;
        for x in self.mask {
            reader.within("mask", x, 0.0, 1e6)?;
        }
        Ok(Box::new(*self))
    }
}

impl Potential {
    /// Gives the samples that are compared.
    fn samples(&self, recorded: &Answer) -> Vec<usize> {
        let masked = |k: &usize| {
            let (t, [before, after]) = (*k as f64 * recorded.dt_ms, self.mask);
            let none = before + after == 0.0;
            none || recorded.spikes_ms.iter().all(|spike| t < spike - before || t > spike + after)
        };
        (0..recorded.voltage_mv.len()).step_by(self.every).filter(masked).collect()
    }
}

impl RunObjective for Potential {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn value(&self, recorded: &Answer, model: &Answer) -> f64 {
        let samples = self.samples(recorded);
        let square = |&k: &usize| (model.voltage_mv[k] - recorded.voltage_mv[k]).powi(2);
        samples.iter().map(square).sum::<f64>() / samples.len().max(1) as f64
    }

    fn compares_potentials(&self) -> bool {
        true
    }

    fn no_gradient(&self) -> Option<String> {
        None
    }

    fn slopes(&self, recorded: &Answer, model: &Answer) -> Slopes {
        let samples = self.samples(recorded);
        let mut by_voltage = vec![0.0; recorded.voltage_mv.len()];
        for &k in &samples {
            by_voltage[k] = 2.0 * (model.voltage_mv[k] - recorded.voltage_mv[k]) / samples.len() as f64;
        }
        Slopes { by_spikes: Vec::new(), by_voltage }
    }
}
