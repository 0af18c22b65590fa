//! Bayesian optimisation: a [Gaussian process](super::gaussian_process) says what the loss may be at places that were not
//! tried, and those of the largest expected improvement are tried next (Jones, Schonlau and Welch 1998,
//! <https://doi.org/10.1023/A:1008306431147>).
//!
//! With mean `m` and standard deviation `s` of the process at a place and the least loss `b` so far, the expected
//! improvement is `(b - m) F(u) + s f(u)`, `u = (b - m) / s`, with the normal distribution `F` and its density `f`. A batch
//! is chosen one by one, each place as if the loss at those before were the least one (Ginsbourger, Le Riche and Carraro
//! 2010, <https://doi.org/10.1007/978-3-642-10701-6_6>). The process is one of the logarithm of losses where all are above
//! 0. It grows with the cube of the evaluations, so it is for losses that take seconds.

use super::gaussian_process::GaussianProcess;
use super::{Archive, Needs, Optimiser, Search, anywhere, or_infinite, population, position_of_least};
use crate::checkpoint::CheckpointError;
use crate::family::{SettingError, Settings, SettingsReader};
use crate::optim::Evaluation;
use crate::{Seed, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Random places whose expected improvement is compared.
const CANDIDATES: usize = 500;
/// Then, around the best of them and around the best place so far, so many places at each of these distances.
const NEAR: usize = 60;
const DISTANCES: [f64; 3] = [0.1, 0.03, 0.01];

/// The settings of Bayesian optimisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bayesian {
    /// Number of places that are tried before the process is asked: the first of the starts.
    pub initial: usize,
    /// Number of places that are tried together.
    pub batch: usize,
    /// Number of places that are tried in all.
    pub evaluations: usize,
}

impl Default for Bayesian {
    fn default() -> Self {
        Self { initial: 20, batch: 10, evaluations: 200 }
    }
}

impl Settings<dyn Optimiser> for Bayesian {
    const NAME: &'static str = "bayesian";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Optimiser>, SettingError> {
        reader.count("initial", self.initial, 2, 1000)?;
        reader.count("batch", self.batch, 1, 1000)?;
        reader.count("evaluations", self.evaluations, self.initial, 2000)?;
        Ok(Box::new(*self))
    }
}

impl Optimiser for Bayesian {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn rounds(&self) -> u64 {
        1 + self.evaluations.saturating_sub(self.initial).div_ceil(self.batch) as u64
    }

    fn begin(&self, starts: &[Vec<f64>], seed: Seed) -> Box<dyn Search> {
        let asked = population(starts, self.initial, seed);
        Box::new(Process { settings: *self, seed, places: vec![], loss: vec![], asked })
    }
}

struct Process {
    settings: Bayesian,
    seed: Seed,
    /// The places that were tried, with their losses.
    places: Vec<Vec<f64>>,
    loss: Vec<f64>,
    /// The places that are tried now.
    asked: Vec<Vec<f64>>,
}

/// Returns the expected improvement below `best`.
fn improvement(best: f64, (mean, sd): (f64, f64)) -> f64 {
    if sd <= 0.0 {
        return (best - mean).max(0.0);
    }
    let u = (best - mean) / sd;
    let distribution = 0.5 * libm::erfc(-u / std::f64::consts::SQRT_2);
    let density = (-0.5 * u * u).exp() / std::f64::consts::TAU.sqrt();
    (best - mean) * distribution + sd * density
}

impl Process {
    /// Returns the losses as the process takes them: those that are not finite are as bad as the worst.
    fn values(&self) -> Vec<f64> {
        let finite = || self.loss.iter().copied().filter(|loss| loss.is_finite());
        let (least, worst) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        let value = |loss: f64| if least > 0.0 { loss.ln() } else { loss };
        self.loss.iter().map(|&loss| value(if loss.is_finite() { loss } else { worst })).collect()
    }

    fn propose(&self) -> Vec<Vec<f64>> {
        let (k, n) = (self.places[0].len(), self.loss.len());
        let seed = self.seed.nth(n as u64);
        let anywhere_else = || (0..self.settings.batch).map(|i| anywhere(k, &mut seed.at(i as u64))).collect();
        let values = self.values();
        let Some(mut process) = values[0].is_finite().then(|| GaussianProcess::fit(&self.places, &values)).flatten()
        else {
            return anywhere_else();
        };
        let best = position_of_least(&values);
        let mut chosen = Vec::new();
        while chosen.len() < self.settings.batch {
            let mut stream = seed.at(chosen.len() as u64);
            let place = most_promising(&process, values[best], &self.places[best], &mut stream);
            process.push(&place, values[best]);
            chosen.push(place);
        }
        chosen
    }
}

/// Finds a place of large expected improvement: the best of random ones, and of others around it.
fn most_promising(process: &GaussianProcess, least: f64, at: &[f64], stream: &mut Stream) -> Vec<f64> {
    let worth = |place: Vec<f64>| (improvement(least, process.predict(&place)), place);
    let mut best = worth(at.to_vec());
    let mut consider = |candidate: (f64, Vec<f64>)| {
        if candidate.0 > best.0 {
            best = candidate;
        }
        best.1.clone()
    };
    let mut found = at.to_vec();
    for _ in 0..CANDIDATES {
        found = consider(worth(anywhere(at.len(), stream)));
    }
    for distance in DISTANCES {
        for around in [at.to_vec(), found.clone()] {
            for _ in 0..NEAR {
                let near = around.iter().map(|z| (z + distance * stream.normal()).clamp(0.0, 1.0)).collect();
                found = consider(worth(near));
            }
        }
    }
    found
}

impl Search for Process {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        if !self.loss.is_empty() {
            let left = self.settings.evaluations.saturating_sub(self.loss.len());
            self.asked = if left > 0 { self.propose() } else { vec![] };
            self.asked.truncate(left);
        }
        self.asked.clone()
    }

    fn tell(&mut self, found: &Evaluation) {
        self.places.append(&mut self.asked);
        self.loss.extend(found.loss.iter().map(|&loss| or_infinite(loss)));
    }

    fn held(&self) -> Vec<(f64, Vec<f64>)> {
        self.loss.iter().copied().zip(self.places.iter().cloned()).collect()
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        archive.places("places", &mut self.places)?;
        archive.numbers("loss", &mut self.loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers were computed in Python.
    #[test]
    fn expected_improvements() {
        for (best, mean, sd, wanted) in IMPROVEMENTS {
            assert!((improvement(best, (mean, sd)) - wanted).abs() < 1e-12, "{best} {mean} {sd}");
        }
        assert_eq!(improvement(1.0, (0.25, 0.0)), 0.75);
    }

    const IMPROVEMENTS: [(f64, f64, f64, f64); 3] = [
        (0.0, 0.0, 1.0, 0.3989422804014327),
        (1.0, 0.5, 0.3, 0.5059479655014173),
        (-1.0, 2.0, 0.7, 1.357731009256512e-06),
    ];
}
