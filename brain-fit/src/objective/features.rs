//! Features of the potential and the spikes, called as eFEL calls them.

use super::{Answer, RunObjective};
use crate::features::{intervals, mean, within};
use brain_core::family::{SettingError, Settings, SettingsReader};
use brain_core::stats;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A feature that the cell has and the model has not counts as one that is so many tolerances off, and none counts more.
const MOST: f64 = 10.0;

/// The mean over features of `((model - data) / tolerance)^2`, none above 100; a feature that the recording does not show is
/// left out.
///
/// Names and definitions are those of eFEL, <https://doi.org/10.5281/zenodo.593869>; a spike's time is that of its upward
/// crossing, where eFEL takes the peak.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Features {
    /// The tolerance of each feature, in its unit: `Spikecount`, `Spikecount_stimint` (1), `mean_frequency`, `inv_first_ISI`,
    /// `inv_last_ISI` (Hz), `time_to_first_spike`, `time_to_second_spike`, `time_to_last_spike` (ms), `ISI_CV`,
    /// `adaptation_index2` (1), `voltage_base`, `steady_state_voltage_stimend`, `maximum_voltage`, `minimum_voltage` (mV).
    pub of: BTreeMap<String, f64>,
}

impl Default for Features {
    fn default() -> Self {
        let usual = [
            ("Spikecount_stimint", 1.0),
            ("mean_frequency", 1.0),
            ("time_to_first_spike", 5.0),
            ("inv_first_ISI", 5.0),
            ("ISI_CV", 0.05),
            ("adaptation_index2", 0.02),
            ("voltage_base", 1.0),
        ];
        Self { of: usual.into_iter().map(|(name, tolerance)| (name.to_owned(), tolerance)).collect() }
    }
}

/// Finds a feature; `None` where the answer does not show it.
type Feature = fn(&Answer) -> Option<f64>;

/// The features by name.
const FEATURES: [(&str, Feature); 14] = [
    ("Spikecount", |a| Some(a.spikes_ms.len() as f64)),
    ("Spikecount_stimint", |a| Some(stimulated(a).len() as f64)),
    ("mean_frequency", |a| {
        stimulated(a).last().map(|last| 1e3 * stimulated(a).len() as f64 / (last - a.stimulus_ms.0))
    }),
    ("inv_first_ISI", |a| intervals(stimulated(a)).first().map(|interval| 1e3 / interval)),
    ("inv_last_ISI", |a| intervals(stimulated(a)).last().map(|interval| 1e3 / interval)),
    ("time_to_first_spike", |a| after_onset(a, 0)),
    ("time_to_second_spike", |a| after_onset(a, 1)),
    ("time_to_last_spike", |a| after_onset(a, stimulated(a).len().checked_sub(1)?)),
    ("ISI_CV", |a| {
        let later = later_intervals(a);
        (later.len() > 1).then(|| stats::sample_sd(&later) / stats::mean(&later))
    }),
    ("adaptation_index2", |a| {
        let change = |pair: &[f64]| (pair[1] - pair[0]) / (pair[1] + pair[0]);
        mean(&later_intervals(a).windows(2).map(change).collect::<Vec<_>>())
    }),
    ("voltage_base", |a| mean(samples(a, 0.9 * a.stimulus_ms.0, a.stimulus_ms.0))),
    ("steady_state_voltage_stimend", |a| {
        let (onset, end) = a.stimulus_ms;
        mean(samples(a, end - 0.1 * (end - onset), end))
    }),
    ("maximum_voltage", |a| samples(a, a.stimulus_ms.0, a.stimulus_ms.1).iter().copied().max_by(f64::total_cmp)),
    ("minimum_voltage", |a| samples(a, a.stimulus_ms.0, a.stimulus_ms.1).iter().copied().min_by(f64::total_cmp)),
];

fn stimulated<'a>(a: &Answer<'a>) -> &'a [f64] {
    within(a.spikes_ms, a.stimulus_ms.0, a.stimulus_ms.1)
}

/// The time from the onset to a spike of the stimulus, ms.
fn after_onset(a: &Answer, spike: usize) -> Option<f64> {
    stimulated(a).get(spike).map(|t| t - a.stimulus_ms.0)
}

/// The intervals after the first, which eFEL leaves out, ms.
fn later_intervals(a: &Answer) -> Vec<f64> {
    intervals(stimulated(a)).into_iter().skip(1).collect()
}

fn samples<'a>(a: &Answer<'a>, from_ms: f64, to_ms: f64) -> &'a [f64] {
    let index = |time: f64| ((time / a.dt_ms).round().max(0.0) as usize).min(a.voltage_mv.len());
    a.voltage_mv.get(index(from_ms)..index(to_ms)).unwrap_or_default()
}

/// The features with their tolerances.
#[derive(Debug)]
struct Chosen(Vec<(Feature, f64)>);

impl Settings<dyn RunObjective> for Features {
    const NAME: &'static str = "features";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn RunObjective>, SettingError> {
        if self.of.is_empty() {
            return Err(SettingError::new("of", "names no feature; name at least one"));
        }
        let one = |(name, tolerance): (&String, &f64)| {
            let key = format!("of.{name}");
            let known = || FEATURES.map(|(name, _)| name.to_owned()).to_vec();
            let found = FEATURES.iter().find(|(known, _)| known == name);
            let (_, feature) = found.ok_or_else(|| SettingError::Key { key: key.clone(), known: known() })?;
            Ok((*feature, reader.within(&key, *tolerance, f64::MIN_POSITIVE, f64::MAX)?))
        };
        Ok(Box::new(Chosen(self.of.iter().map(one).collect::<Result<_, SettingError>>()?)))
    }
}

impl RunObjective for Chosen {
    fn name(&self) -> &'static str {
        Features::NAME
    }

    fn value(&self, recorded: &Answer, model: &Answer) -> f64 {
        let one = |(feature, tolerance): &(Feature, f64)| {
            let data = feature(recorded)?;
            Some(feature(model).map_or(MOST, |found| ((found - data) / tolerance).abs().min(MOST)).powi(2))
        };
        mean(&self.0.iter().filter_map(one).collect::<Vec<_>>()).unwrap_or(0.0)
    }

    fn compares_potentials(&self) -> bool {
        true
    }

    fn no_gradient(&self) -> Option<String> {
        Some("features such as the number of spikes change in steps".into())
    }
}
