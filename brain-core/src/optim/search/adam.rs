//! [`Adam`] as a choice among others: every start takes its steps within the box, with a size that falls along a cosine.

use super::{Archive, Needs, Optimiser, Search, or_infinite};
use crate::Seed;
use crate::checkpoint::CheckpointError;
use crate::family::{SettingError, Settings, SettingsReader};
use crate::optim::{Adam, AdamConfig, Decay, Evaluation, Schedule};
use candle_core::{Device, Tensor, Var, backprop::GradStore};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of Adam in the unit box.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdamSearch {
    /// Number of steps from each start.
    pub iterations: usize,
    /// Size of the first step, as a part of the width of the bounds.
    pub learning_rate: f64,
    /// Factor per step by which the running mean of the gradient decays.
    pub beta1: f64,
    /// Factor per step by which the running mean of the squared gradient decays.
    pub beta2: f64,
}

impl Default for AdamSearch {
    fn default() -> Self {
        let AdamConfig { beta1, beta2, .. } = AdamConfig::default();
        Self { iterations: 200, learning_rate: 0.03, beta1, beta2 }
    }
}

impl Settings<dyn Optimiser> for AdamSearch {
    const NAME: &'static str = "adam";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Optimiser>, SettingError> {
        reader.count("iterations", self.iterations, 1, 1_000_000)?;
        reader.within("learning_rate", self.learning_rate, f64::MIN_POSITIVE, 1.0)?;
        reader.within("beta1", self.beta1, 0.0, 1.0 - f64::EPSILON)?;
        reader.within("beta2", self.beta2, 0.0, 1.0 - f64::EPSILON)?;
        Ok(Box::new(*self))
    }
}

impl Optimiser for AdamSearch {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn needs(&self) -> Needs {
        Needs::Gradient
    }

    fn rounds(&self) -> u64 {
        self.iterations as u64 + 1
    }

    fn begin(&self, starts: &[Vec<f64>], _: Seed) -> Box<dyn Search> {
        let (n, k) = (starts.len(), starts[0].len());
        let bests = starts.to_vec();
        Box::new(Steps {
            settings: *self,
            adam: None,
            k,
            places: bests.clone(),
            bests,
            loss: vec![f64::INFINITY; n],
            iteration: 0,
        })
    }
}

struct Steps {
    settings: AdamSearch,
    /// The places as a variable, `[coordinate, start]`, and their moments; none before the first step.
    adam: Option<(Var, Adam)>,
    k: usize,
    places: Vec<Vec<f64>>,
    bests: Vec<Vec<f64>>,
    loss: Vec<f64>,
    /// Number of answers so far.
    iteration: usize,
}

impl Steps {
    /// Makes the variable and the optimiser that moves it.
    fn variable(&self) -> candle_core::Result<(Var, Adam)> {
        let rows: Vec<f64> = (0..self.k).flat_map(|a| self.places.iter().map(move |x| x[a])).collect();
        let places = Var::from_vec(rows, (self.k, self.places.len()), &Device::Cpu)?;
        let AdamSearch { iterations, learning_rate, beta1, beta2 } = self.settings;
        let schedule = Schedule { decay: Decay::Cosine, steps: iterations as u64, ..Schedule::default() };
        // The size of a loss says nothing, so the moments alone scale a step.
        let config = AdamConfig { learning_rate, beta1, beta2, epsilon: 1e-300, schedule, ..AdamConfig::default() };
        let adam = Adam::named([("places".to_owned(), places.clone())], config)?;
        Ok((places, adam))
    }

    /// Steps against a gradient `[coordinate, start]`.
    fn step(&mut self, gradient: Vec<f64>) -> candle_core::Result<()> {
        let (places, mut adam) = self.adam.take().map_or_else(|| self.variable(), Ok)?;
        let gradient = Tensor::from_vec(gradient, places.dims(), &Device::Cpu)?;
        let gradients: GradStore = (places.as_tensor() * gradient)?.sum_all()?.backward()?;
        adam.step_with_norm(&gradients)?;
        places.set(&places.as_tensor().detach().clamp(0.0, 1.0)?)?;
        let rows = places.as_tensor().to_vec2::<f64>()?;
        for (i, place) in self.places.iter_mut().enumerate() {
            place.iter_mut().zip(&rows).for_each(|(x, row)| *x = row[i]);
        }
        self.adam = Some((places, adam));
        Ok(())
    }
}

impl Search for Steps {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        if self.iteration > self.settings.iterations { vec![] } else { self.places.clone() }
    }

    fn tell(&mut self, found: &Evaluation) {
        for (i, place) in self.places.iter().enumerate() {
            let loss = or_infinite(found.loss[i]);
            if loss <= self.loss[i] {
                (self.bests[i], self.loss[i]) = (place.clone(), loss);
            }
        }
        let n = self.places.len();
        // A start without a gradient stays where its last steps lead it.
        let sound = |i: usize| found.gradient.iter().skip(i).step_by(n).all(|g| g.is_finite());
        let gradient = found.gradient.iter().enumerate().map(|(p, g)| if sound(p % n) { 2.0 * g } else { 0.0 });
        self.iteration += 1;
        if self.step(gradient.collect()).is_err() {
            self.iteration = self.settings.iterations + 1;
        }
    }

    fn held(&self) -> Vec<(f64, Vec<f64>)> {
        self.loss.iter().copied().zip(self.bests.iter().cloned()).collect()
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        archive.places("places", &mut self.places)?;
        archive.places("bests", &mut self.bests)?;
        archive.numbers("loss", &mut self.loss)?;
        archive.count("iteration", &mut self.iteration)?;
        if archive.restores() && self.iteration > 0 {
            let candle = |e: candle_core::Error| CheckpointError::Candle { cause: e.to_string() };
            let (places, mut adam) = self.variable().map_err(candle)?;
            adam.restore(archive.checkpoint())?;
            self.adam = Some((places, adam));
        } else if let Some((_, adam)) = &self.adam {
            adam.save(archive.checkpoint())?;
        }
        Ok(())
    }
}
