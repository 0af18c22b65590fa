//! Differential evolution (Storn and Price 1997, <https://doi.org/10.1023/A:1008202821328>), whatever the way in which a
//! rival is crossed with the candidate that it meets.
//!
//! In every generation each candidate `x` meets a rival, of which some coordinates are those of
//!
//! ```text
//! x + F (best - x) + F (a - b),   F = 0.8
//! ```
//!
//! with two others `a`, `b` ("current to best"), and the rest are its own. The better of the two stays. Coordinates beyond
//! the box are reflected into it.

use super::{Archive, Search, or_infinite, population, position_of_least, reflected};
use crate::checkpoint::CheckpointError;
use crate::optim::Evaluation;
use crate::{Seed, Stream};

/// The ways to cross: for every coordinate, whether it is new.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Crossover {
    /// Each coordinate is new with this probability, and one is for certain.
    Each(f64),
    /// The coordinates between two random cuts are new, cyclically.
    BetweenTwoPoints,
}

impl Crossover {
    fn draw(self, k: usize, stream: &mut Stream) -> Vec<bool> {
        match self {
            Self::Each(probability) => {
                let certain = stream.below(k as u64) as usize;
                (0..k).map(|i| stream.bernoulli(probability) || i == certain).collect()
            }
            Self::BetweenTwoPoints => {
                let (from, length) = (stream.below(k as u64) as usize, 1 + stream.below(k as u64) as usize);
                (0..k).map(|i| (i + k - from) % k < length).collect()
            }
        }
    }
}

/// A search by differential evolution.
pub(super) struct Evolution {
    crossover: Crossover,
    factor: f64,
    generations: usize,
    seed: Seed,
    /// Number of answers so far; the first is about the population itself.
    generation: usize,
    candidates: Vec<Vec<f64>>,
    loss: Vec<f64>,
    rivals: Vec<Vec<f64>>,
}

impl Evolution {
    /// Begins with `size` candidates, four at least.
    pub fn new(
        crossover: Crossover,
        factor: f64,
        size: usize,
        generations: usize,
        starts: &[Vec<f64>],
        seed: Seed,
    ) -> Self {
        let candidates = population(starts, size.max(4), seed);
        let loss = vec![f64::INFINITY; candidates.len()];
        Self { crossover, factor, generations, seed, generation: 0, candidates, loss, rivals: vec![] }
    }

    fn rival(&self, i: usize) -> Vec<f64> {
        let (n, x) = (self.candidates.len(), &self.candidates[i]);
        let mut stream = self.seed.nth(self.generation as u64).at(i as u64);
        let first = 1 + stream.below(n as u64 - 1) as usize;
        let second = 1 + (first + stream.below(n as u64 - 2) as usize) % (n - 1);
        let [a, b] = [first, second].map(|shift| &self.candidates[(i + shift) % n]);
        let best = &self.candidates[position_of_least(&self.loss)];
        let new = self.crossover.draw(x.len(), &mut stream);
        let one = |k: usize| match new[k] {
            true => reflected(x[k] + self.factor * (best[k] - x[k] + a[k] - b[k])),
            false => x[k],
        };
        (0..x.len()).map(one).collect()
    }
}

impl Search for Evolution {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        self.rivals = match self.generation {
            0 => self.candidates.clone(),
            g if g > self.generations => vec![],
            _ => (0..self.candidates.len()).map(|i| self.rival(i)).collect(),
        };
        self.rivals.clone()
    }

    fn tell(&mut self, found: &Evaluation) {
        for (i, rival) in std::mem::take(&mut self.rivals).into_iter().enumerate() {
            let loss = or_infinite(found.loss[i]);
            if loss <= self.loss[i] {
                (self.candidates[i], self.loss[i]) = (rival, loss);
            }
        }
        self.generation += 1;
    }

    fn held(&self) -> Vec<(f64, Vec<f64>)> {
        self.loss.iter().copied().zip(self.candidates.iter().cloned()).collect()
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        archive.count("generation", &mut self.generation)?;
        archive.places("candidates", &mut self.candidates)?;
        archive.numbers("loss", &mut self.loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossovers_and_partners() {
        let mut stream = Seed::new(1).at(0);
        for k in 1..6 {
            for _ in 0..50 {
                assert!(Crossover::Each(0.0).draw(k, &mut stream).iter().filter(|new| **new).count() == 1);
                let run = Crossover::BetweenTwoPoints.draw(k, &mut stream);
                let edges = (0..k).filter(|&i| run[i] != run[(i + 1) % k]).count();
                assert!(run.contains(&true) && edges <= 2, "{run:?}");
            }
        }
        // With one coordinate and the best at x, a rival is x + F (a - b): a and b are two others.
        let starts: Vec<Vec<f64>> = [0.5, 0.51, 0.53, 0.57].map(|x| vec![x]).into();
        let mut evolution = Evolution::new(Crossover::Each(1.0), 1.0, 4, 200, &starts, Seed::new(2));
        evolution.loss = vec![0.0, 1.0, 1.0, 1.0];
        let mut seen = std::collections::BTreeSet::new();
        for generation in 1..200 {
            evolution.generation = generation;
            seen.insert(((evolution.rival(0)[0] - 0.5) * 100.0).round() as i64);
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-6, -4, -2, 2, 4, 6]);
    }
}
