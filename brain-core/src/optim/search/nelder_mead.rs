//! A simplex that walks downhill by its losses alone (Nelder and Mead 1965, <https://doi.org/10.1093/comjnl/7.4.308>), with
//! the factors for many dimensions of Gao and Han (2012), <https://doi.org/10.1007/s10589-010-9329-3>: for K coordinates
//! it expands by `1 + 2/K`, contracts by `3/4 - 1/(2 K)` and shrinks by `1 - 1/K`. Corners beyond the box are put on its
//! bounds.
//!
//! A simplex that has become small begins again around its best corner, until that lowers the loss no more.

use super::side_by_side::{Found, SideBySide, Walk};
use super::{Archive, Needs, Optimiser, Search};
use crate::Seed;
use crate::checkpoint::CheckpointError;
use crate::family::{SettingError, Settings, SettingsReader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the simplex.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NelderMead {
    /// Largest number of moves from each start.
    pub iterations: usize,
    /// Edge of a new simplex, as a part of the width of the bounds.
    pub edge: f64,
    /// A simplex begins again where no edge is longer than this.
    pub tolerance: f64,
}

impl Default for NelderMead {
    fn default() -> Self {
        Self { iterations: 400, edge: 0.1, tolerance: 1e-7 }
    }
}

impl Settings<dyn Optimiser> for NelderMead {
    const NAME: &'static str = "nelder-mead";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Optimiser>, SettingError> {
        reader.count("iterations", self.iterations, 1, 1_000_000)?;
        reader.within("edge", self.edge, f64::MIN_POSITIVE, 0.5)?;
        reader.within("tolerance", self.tolerance, f64::MIN_POSITIVE, 1.0)?;
        Ok(Box::new(*self))
    }
}

impl Optimiser for NelderMead {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn rounds(&self) -> u64 {
        2 * self.iterations as u64
    }

    fn begin(&self, starts: &[Vec<f64>], _: Seed) -> Box<dyn Search> {
        Box::new(SideBySide::new(starts.iter().map(|x| Simplex::around(*self, x, self.edge)).collect()))
    }
}

/// What the simplex waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    /// The losses of all its corners.
    Begin,
    /// That of the worst corner reflected in the middle of the others.
    Reflect,
    /// That of a place further out.
    Expand,
    /// That of a place between the middle and the reflected or the worst corner.
    Contract,
    /// Those of all corners but the best, drawn to it.
    Shrink,
    /// Nothing: the search has ended.
    End,
}

const MOVES: [Move; 6] = [Move::Begin, Move::Reflect, Move::Expand, Move::Contract, Move::Shrink, Move::End];

struct Simplex {
    settings: NelderMead,
    /// The corners, the best first, and their losses; those of a new simplex are infinite.
    corners: Vec<Vec<f64>>,
    loss: Vec<f64>,
    /// The reflected corner, with its loss.
    reflected: (f64, Vec<f64>),
    now: Move,
    moves: usize,
    /// Loss with which the simplex began.
    began: f64,
}

impl Simplex {
    fn around(settings: NelderMead, x: &[f64], edge: f64) -> Self {
        let corner = |a: usize| {
            let mut corner = x.to_vec();
            corner[a] += if x[a] + edge <= 1.0 { edge } else { -edge };
            corner
        };
        let corners: Vec<Vec<f64>> = [x.to_vec()].into_iter().chain((0..x.len()).map(corner)).collect();
        let loss = vec![f64::INFINITY; corners.len()];
        let reflected = (f64::INFINITY, vec![]);
        Self { settings, corners, loss, reflected, now: Move::Begin, moves: 0, began: f64::INFINITY }
    }

    fn dimensions(&self) -> f64 {
        (self.corners.len() - 1) as f64
    }

    /// Returns the place on the line from the middle of all corners but the worst, away from the worst by `factor` times
    /// their distance.
    fn along(&self, factor: f64) -> Vec<f64> {
        let worst = self.corners.len() - 1;
        let at = |a: usize| {
            let middle = self.corners[..worst].iter().map(|x| x[a]).sum::<f64>() / self.dimensions();
            (middle + factor * (middle - self.corners[worst][a])).clamp(0.0, 1.0)
        };
        (0..worst).map(at).collect()
    }

    fn trial(&self) -> Vec<f64> {
        let k = self.dimensions();
        match self.now {
            Move::Expand => self.along(1.0 + 2.0 / k),
            Move::Contract => {
                let factor = 0.75 - 0.5 / k;
                self.along(if self.reflected.0 < self.loss[self.loss.len() - 1] { factor } else { -factor })
            }
            _ => self.along(1.0),
        }
    }

    /// Puts a place in the worst corner's stead.
    fn replace(&mut self, loss: f64, place: Vec<f64>) {
        let worst = self.loss.len() - 1;
        (self.loss[worst], self.corners[worst]) = (loss, place);
    }

    /// Orders the corners and chooses the next move.
    fn settle(&mut self) {
        let mut order: Vec<usize> = (0..self.loss.len()).collect();
        order.sort_by(|&a, &b| self.loss[a].total_cmp(&self.loss[b]));
        self.corners = order.iter().map(|&i| self.corners[i].clone()).collect();
        self.loss = order.iter().map(|&i| self.loss[i]).collect();
        self.moves += 1;
        self.now = Move::Reflect;
        let apart = |x: &Vec<f64>| x.iter().zip(&self.corners[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let small = self.corners.iter().map(apart).fold(0.0, f64::max) <= self.settings.tolerance;
        if self.moves > self.settings.iterations || !self.loss[0].is_finite() {
            self.now = Move::End;
        } else if small && self.loss[0] < self.began * (1.0 - 1e-6) {
            let (moves, best) = (self.moves, self.loss[0]);
            *self = Simplex::around(self.settings, &self.corners[0], self.settings.edge);
            (self.moves, self.began) = (moves, best);
        } else if small {
            self.now = Move::End;
        }
    }
}

impl Walk for Simplex {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        match self.now {
            Move::End => vec![],
            Move::Begin => self.corners.clone(),
            Move::Shrink => {
                let (best, keep) = (self.corners[0].clone(), 1.0 - 1.0 / self.dimensions().max(2.0));
                let drawn = |x: &Vec<f64>| x.iter().zip(&best).map(|(x, b)| b + keep * (x - b)).collect();
                self.corners[1..].iter().map(drawn).collect()
            }
            _ => vec![self.trial()],
        }
    }

    fn tell(&mut self, mut found: Vec<Found>) {
        let worst = self.loss.len() - 1;
        match self.now {
            Move::End => return,
            Move::Begin => self.loss = found.iter().map(|found| found.loss).collect(),
            Move::Shrink => {
                let drawn = self.ask();
                self.corners.splice(1.., drawn);
                self.loss.splice(1.., found.iter().map(|found| found.loss));
            }
            now => {
                let Some(Found { loss, .. }) = found.pop() else { return };
                let place = self.trial();
                match now {
                    Move::Reflect if loss < self.loss[0] => {
                        (self.reflected, self.now) = ((loss, place), Move::Expand);
                        return;
                    }
                    Move::Reflect if loss >= self.loss[worst - worst.min(1)] => {
                        (self.reflected, self.now) = ((loss, place), Move::Contract);
                        return;
                    }
                    Move::Expand if loss >= self.reflected.0 => {
                        let (loss, place) = std::mem::take(&mut self.reflected);
                        self.replace(loss, place);
                    }
                    Move::Contract if loss >= self.reflected.0.min(self.loss[worst]) => {
                        self.now = Move::Shrink;
                        return;
                    }
                    _ => self.replace(loss, place),
                }
            }
        }
        self.settle();
    }

    fn best(&self) -> (f64, Vec<f64>) {
        // A simplex that begins again knows its best corner's loss before it asks.
        (self.loss[0].min(self.began), self.corners[0].clone())
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        archive.places("corners", &mut self.corners)?;
        archive.numbers("loss", &mut self.loss)?;
        archive.number("reflected-loss", &mut self.reflected.0)?;
        archive.numbers("reflected", &mut self.reflected.1)?;
        let mut now = MOVES.iter().position(|now| *now == self.now).unwrap_or(0);
        archive.count("now", &mut now)?;
        self.now = MOVES[now.min(MOVES.len() - 1)];
        archive.count("moves", &mut self.moves)?;
        archive.number("began", &mut self.began)
    }
}
