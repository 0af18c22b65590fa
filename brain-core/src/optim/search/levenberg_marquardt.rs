//! Levenberg and Marquardt's method as a choice among others: [`LevenbergMarquardt`](crate::optim::LevenbergMarquardt)
//! with settings from a config.

use super::{Archive, Needs, Optimiser, Search};
use crate::Seed;
use crate::checkpoint::CheckpointError;
use crate::family::{SettingError, Settings, SettingsReader};
use crate::optim::levenberg_marquardt::Question;
use crate::optim::{Evaluation, LevenbergMarquardt, LmConfig, TerminationReason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of Levenberg and Marquardt's method.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LmSearch {
    /// Largest number of steps from each start.
    pub iterations: u32,
    /// First damping, relative to the diagonal of `J^T J`.
    pub damping: f64,
    /// A start ends when a step lowers the loss, and was expected to, by less than this part of it.
    pub cost_tolerance: f64,
    /// No step moves a parameter by more than this part of the width of its bounds.
    pub longest_step: f64,
}

impl Default for LmSearch {
    fn default() -> Self {
        let LmConfig { max_iterations, damping, cost_tolerance, .. } = LmConfig::default();
        Self { iterations: max_iterations, damping, cost_tolerance, longest_step: 1.0 }
    }
}

impl Settings<dyn Optimiser> for LmSearch {
    const NAME: &'static str = "levenberg-marquardt";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Optimiser>, SettingError> {
        reader.count("iterations", self.iterations as usize, 1, 1_000_000)?;
        reader.within("damping", self.damping, f64::MIN_POSITIVE, 1e6)?;
        reader.within("cost_tolerance", self.cost_tolerance, 0.0, 1.0)?;
        reader.within("longest_step", self.longest_step, f64::MIN_POSITIVE, 1.0)?;
        Ok(Box::new(*self))
    }
}

impl Optimiser for LmSearch {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn needs(&self) -> Needs {
        Needs::Normal
    }

    fn rounds(&self) -> u64 {
        u64::from(self.iterations) + 1
    }

    fn begin(&self, starts: &[Vec<f64>], _: Seed) -> Box<dyn Search> {
        let LmSearch { iterations, damping, cost_tolerance, longest_step } = *self;
        let config =
            LmConfig { max_iterations: iterations, damping, cost_tolerance, longest_step, ..LmConfig::default() };
        let k = starts[0].len();
        let rows = (0..k).flat_map(|a| starts.iter().map(move |x| x[a])).collect();
        Box::new(Columns { lm: LevenbergMarquardt::within_box(rows, k, config), asked: Question::default() })
    }
}

struct Columns {
    lm: LevenbergMarquardt,
    asked: Question,
}

impl Search for Columns {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        self.asked = self.lm.ask();
        self.asked.places().collect()
    }

    fn tell(&mut self, found: &Evaluation) {
        self.lm.tell(&self.asked, found);
    }

    fn held(&self) -> Vec<(f64, Vec<f64>)> {
        let loss = |i: usize| match (self.lm.evaluations(i), self.lm.stop(i)) {
            (0, _) | (_, Some(TerminationReason::NonFinite)) => f64::INFINITY,
            _ => self.lm.evaluation().loss[i],
        };
        (0..self.lm.columns()).map(|i| (loss(i), self.lm.column(i))).collect()
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        match archive.restores() {
            true => self.lm.restore(archive.checkpoint()),
            false => self.lm.save(archive.checkpoint()),
        }
    }
}
