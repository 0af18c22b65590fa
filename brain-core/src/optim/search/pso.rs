//! A swarm of particles (Kennedy and Eberhart 1995, <https://doi.org/10.1109/ICNN.1995.488968>) with the constants of the
//! standard of 2011 (Zambrano-Bigiarini, Clerc and Rojas 2013, <https://doi.org/10.1109/CEC.2013.6557848>).
//!
//! A particle at `x` with velocity `v` is drawn to the best place that it has seen, `p`, and to the best that any has
//! seen, `g`, with `r` and `s` uniform in 0..1 for every coordinate:
//!
//! ```text
//! v <- w v + c r (p - x) + c s (g - x),   x <- x + v,   w = 1 / (2 ln 2),   c = 1/2 + ln 2
//! ```
//!
//! A particle that reaches a bound stays there with its velocity turned round and halved.

use super::{Archive, Needs, Optimiser, Search, or_infinite, population, position_of_least};
use crate::Seed;
use crate::checkpoint::CheckpointError;
use crate::family::{SettingError, Settings, SettingsReader};
use crate::optim::Evaluation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// The settings of a swarm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pso {
    /// Number of particles; null takes as many as there are starts.
    pub population: Option<usize>,
    /// Number of moves.
    pub generations: usize,
    /// Part of its velocity that a particle keeps, `w`.
    pub inertia: f64,
    /// Pull to the best places, `c`.
    pub pull: f64,
}

impl Default for Pso {
    fn default() -> Self {
        Self { population: None, generations: 100, inertia: 0.5 / LN_2, pull: 0.5 + LN_2 }
    }
}

impl Settings<dyn Optimiser> for Pso {
    const NAME: &'static str = "pso";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Optimiser>, SettingError> {
        reader.count("population", self.population.unwrap_or(1), 1, 1_000_000)?;
        reader.count("generations", self.generations, 1, 1_000_000)?;
        reader.within("inertia", self.inertia, 0.0, 1.0)?;
        reader.within("pull", self.pull, 0.0, 4.0)?;
        Ok(Box::new(*self))
    }
}

impl Optimiser for Pso {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn rounds(&self) -> u64 {
        self.generations as u64 + 1
    }

    fn begin(&self, starts: &[Vec<f64>], seed: Seed) -> Box<dyn Search> {
        let places = population(starts, self.population.unwrap_or(starts.len()), seed);
        let (n, k) = (places.len(), starts[0].len());
        // The standard draws a velocity such that the first move stays within the box.
        let velocity = |i: usize| {
            let mut stream = seed.child("velocity").at(i as u64);
            places[i].iter().map(|x| stream.within(-x, 1.0 - x)).collect()
        };
        let velocities = (0..n).map(velocity).collect();
        let (bests, loss) = (vec![vec![0.0; k]; n], vec![f64::INFINITY; n]);
        Box::new(Swarm { settings: *self, seed, generation: 0, places, velocities, bests, loss })
    }
}

struct Swarm {
    settings: Pso,
    seed: Seed,
    /// Number of answers so far.
    generation: usize,
    places: Vec<Vec<f64>>,
    velocities: Vec<Vec<f64>>,
    /// The best place of each particle, with its loss.
    bests: Vec<Vec<f64>>,
    loss: Vec<f64>,
}

impl Search for Swarm {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        if self.generation > self.settings.generations { vec![] } else { self.places.clone() }
    }

    fn tell(&mut self, found: &Evaluation) {
        for (i, place) in self.places.iter().enumerate() {
            let loss = or_infinite(found.loss[i]);
            if loss <= self.loss[i] {
                (self.bests[i], self.loss[i]) = (place.clone(), loss);
            }
        }
        self.generation += 1;
        let best = self.bests[position_of_least(&self.loss)].clone();
        let Pso { inertia, pull, .. } = self.settings;
        for (i, (x, v)) in self.places.iter_mut().zip(&mut self.velocities).enumerate() {
            let mut stream = self.seed.nth(self.generation as u64).at(i as u64);
            for a in 0..x.len() {
                let (r, s) = (stream.uniform(), stream.uniform());
                v[a] = inertia * v[a] + pull * (r * (self.bests[i][a] - x[a]) + s * (best[a] - x[a]));
                x[a] += v[a];
                if !(0.0..=1.0).contains(&x[a]) {
                    x[a] = x[a].clamp(0.0, 1.0);
                    v[a] *= -0.5;
                }
            }
        }
    }

    fn held(&self) -> Vec<(f64, Vec<f64>)> {
        self.loss.iter().copied().zip(self.bests.iter().cloned()).collect()
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        archive.count("generation", &mut self.generation)?;
        archive.places("places", &mut self.places)?;
        archive.places("velocities", &mut self.velocities)?;
        archive.places("bests", &mut self.bests)?;
        archive.numbers("loss", &mut self.loss)
    }
}
