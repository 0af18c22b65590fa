//! A weighted sum of other objectives.

use super::{Answer, RunObjective, Slopes, objectives};
use brain_core::family::{Choice, SettingError, Settings, SettingsReader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `sum_k w_k objective_k`, as in `sum: {of: [{objective: van-rossum}, {objective: potential, weight: 0.01}]}`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WeightedSum {
    /// The objectives with their weights.
    pub of: Vec<Term>,
}

/// One of the objectives.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The objective, such as `van-rossum`.
    pub objective: Choice,
    /// Its weight.
    #[serde(default = "one")]
    pub weight: f64,
}

fn one() -> f64 {
    1.0
}

#[derive(Debug)]
struct Sum(Vec<(f64, Box<dyn RunObjective>)>);

impl Settings<dyn RunObjective> for WeightedSum {
    const NAME: &'static str = "sum";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn RunObjective>, SettingError> {
        let term = |term: &Term| {
            let weight = reader.within("of", term.weight, 0.0, f64::MAX)?;
            let objective = objectives().build(&term.objective, reader);
            let objective = objective.map_err(|e| SettingError::new("of", format!("{}: {e}", term.objective.name)))?;
            Ok((weight, objective))
        };
        Ok(Box::new(Sum(reader.some("of", &self.of)?.iter().map(term).collect::<Result<_, SettingError>>()?)))
    }
}

impl RunObjective for Sum {
    fn name(&self) -> &'static str {
        WeightedSum::NAME
    }

    fn value(&self, recorded: &Answer, model: &Answer) -> f64 {
        self.0.iter().map(|(weight, objective)| weight * objective.value(recorded, model)).sum()
    }

    fn compares_potentials(&self) -> bool {
        self.0.iter().any(|(_, objective)| objective.compares_potentials())
    }

    fn no_gradient(&self) -> Option<String> {
        self.0.iter().find_map(|(_, of)| of.no_gradient().map(|why| format!("`{}` is part of it: {why}", of.name())))
    }

    fn slopes(&self, recorded: &Answer, model: &Answer) -> Slopes {
        let mut sum =
            Slopes { by_spikes: vec![0.0; model.spikes_ms.len()], by_voltage: vec![0.0; model.voltage_mv.len()] };
        for (weight, objective) in &self.0 {
            let of = objective.slopes(recorded, model);
            sum.by_spikes.iter_mut().zip(of.by_spikes).for_each(|(sum, x)| *sum += weight * x);
            sum.by_voltage.iter_mut().zip(of.by_voltage).for_each(|(sum, x)| *sum += weight * x);
        }
        sum
    }
}
