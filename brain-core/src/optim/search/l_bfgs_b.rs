//! L-BFGS-B goes downhill by quasi-Newton steps within bounds (Byrd, Lu, Nocedal and Zhu 1995,
//! <https://doi.org/10.1137/0916069>).
//!
//! From the last few steps and changes of the gradient it makes a [model](super::quadratic_model) of the loss, goes to
//! the model's least point in the box, and searches along that direction ([`line_search`](super::line_search)). A start
//! ends where the projected gradient vanishes, the loss no longer falls, or no step lowers it.

use super::line_search::{LineSearch, Next};
use super::quadratic_model::{QuadraticModel, dot};
use super::side_by_side::{Found, SideBySide, Walk};
use super::{Archive, Needs, Optimiser, Search};
use crate::Seed;
use crate::checkpoint::CheckpointError;
use crate::family::{SettingError, Settings, SettingsReader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest move of a coordinate in the first step, of which nothing says how long it should be.
const FIRST_MOVE: f64 = 0.1;

/// The settings of L-BFGS-B.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LBfgsB {
    /// Number of steps that it remembers.
    pub memory: usize,
    /// Largest number of steps from each start.
    pub iterations: usize,
    /// A start ends when a step lowers the loss by less than this part of it.
    pub cost_tolerance: f64,
    /// A start ends when no coordinate of the projected gradient is above this part of the loss.
    pub gradient_tolerance: f64,
}

impl Default for LBfgsB {
    fn default() -> Self {
        Self { memory: 10, iterations: 200, cost_tolerance: 1e-9, gradient_tolerance: 1e-9 }
    }
}

impl Settings<dyn Optimiser> for LBfgsB {
    const NAME: &'static str = "l-bfgs-b";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Optimiser>, SettingError> {
        reader.count("memory", self.memory, 1, 100)?;
        reader.count("iterations", self.iterations, 1, 1_000_000)?;
        reader.within("cost_tolerance", self.cost_tolerance, 0.0, 1.0)?;
        reader.within("gradient_tolerance", self.gradient_tolerance, 0.0, 1.0)?;
        Ok(Box::new(*self))
    }
}

impl Optimiser for LBfgsB {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn needs(&self) -> Needs {
        Needs::Gradient
    }

    fn rounds(&self) -> u64 {
        self.iterations as u64
    }

    fn begin(&self, starts: &[Vec<f64>], _: Seed) -> Box<dyn Search> {
        let walk = |x: &Vec<f64>| Descent {
            settings: *self,
            x: x.clone(),
            loss: f64::INFINITY,
            gradient: vec![],
            steps: vec![],
            changes: vec![],
            direction: vec![],
            line: LineSearch::default(),
            iterations: 0,
            ended: false,
        };
        Box::new(SideBySide::new(starts.iter().map(walk).collect()))
    }
}

/// The search from one start.
struct Descent {
    settings: LBfgsB,
    x: Vec<f64>,
    loss: f64,
    /// Gradient at `x`; empty before the start is evaluated.
    gradient: Vec<f64>,
    /// The last steps, oldest first, and the changes of the gradient over them.
    steps: Vec<Vec<f64>>,
    changes: Vec<Vec<f64>>,
    direction: Vec<f64>,
    line: LineSearch,
    iterations: usize,
    ended: bool,
}

impl Descent {
    /// Returns the place that the line search asks for.
    fn trial(&self) -> Vec<f64> {
        self.x.iter().zip(&self.direction).map(|(x, d)| (x + self.line.step * d).clamp(0.0, 1.0)).collect()
    }

    /// Chooses a direction from `x`, or ends.
    fn turn(&mut self) {
        let flat = |(x, g): (&f64, &f64)| ((x - g).clamp(0.0, 1.0) - x).abs();
        let projected = self.x.iter().zip(&self.gradient).map(flat).fold(0.0, f64::max);
        if projected <= self.settings.gradient_tolerance * self.loss.abs()
            || self.iterations >= self.settings.iterations
        {
            self.ended = true;
            return;
        }
        let least = QuadraticModel::new(&self.gradient, &self.steps, &self.changes).least(&self.x);
        self.direction = least.iter().zip(&self.x).map(|(to, x)| to - x).collect();
        let slope = dot(&self.direction, &self.gradient);
        if slope >= 0.0 || !slope.is_finite() {
            return self.forget();
        }
        let room = |(x, d): (&f64, &f64)| match *d {
            d if d > 0.0 => (1.0 - x) / d,
            d if d < 0.0 => -x / d,
            _ => f64::INFINITY,
        };
        let longest = self.x.iter().zip(&self.direction).map(room).fold(f64::INFINITY, f64::min);
        let largest = self.direction.iter().fold(0.0f64, |most, d| most.max(d.abs()));
        let first = if self.steps.is_empty() { (FIRST_MOVE / largest).min(1.0) } else { 1.0 };
        self.line = LineSearch::new(self.loss, slope, first, longest);
    }

    /// Begins the model anew, or ends where it has nothing to forget.
    fn forget(&mut self) {
        self.ended = self.steps.is_empty();
        self.steps.clear();
        self.changes.clear();
        if !self.ended {
            self.turn();
        }
    }

    fn take(&mut self, place: Vec<f64>, found: Found) {
        let step: Vec<f64> = place.iter().zip(&self.x).map(|(to, x)| to - x).collect();
        let change: Vec<f64> = found.gradient.iter().zip(&self.gradient).map(|(new, old)| new - old).collect();
        if dot(&step, &change) > f64::EPSILON * dot(&change, &change) {
            self.steps.push(step);
            self.changes.push(change);
            let old = self.steps.len().saturating_sub(self.settings.memory);
            self.steps.drain(..old);
            self.changes.drain(..old);
        }
        let small = self.loss - found.loss <= self.settings.cost_tolerance * self.loss.abs();
        (self.x, self.loss, self.gradient) = (place, found.loss, found.gradient);
        self.iterations += 1;
        match small {
            true => self.ended = true,
            false => self.turn(),
        }
    }
}

impl Walk for Descent {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        match (self.ended, self.gradient.is_empty()) {
            (true, _) => vec![],
            (_, true) => vec![self.x.clone()],
            _ => vec![self.trial()],
        }
    }

    fn tell(&mut self, mut found: Vec<Found>) {
        let Some(found) = found.pop() else { return };
        let sound = found.loss.is_finite() && found.gradient.iter().all(|g| g.is_finite());
        if self.gradient.is_empty() {
            (self.loss, self.gradient) = (found.loss, found.gradient);
            match sound {
                true => self.turn(),
                false => self.ended = true,
            }
            return;
        }
        let slope = if sound { dot(&self.direction, &found.gradient) } else { f64::NAN };
        match self.line.tell(found.loss, slope) {
            Next::Try => {}
            Next::Take => self.take(self.trial(), found),
            Next::Fail => self.forget(),
        }
    }

    fn best(&self) -> (f64, Vec<f64>) {
        (self.loss, self.x.clone())
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        archive.numbers("x", &mut self.x)?;
        archive.number("loss", &mut self.loss)?;
        archive.numbers("gradient", &mut self.gradient)?;
        archive.places("steps", &mut self.steps)?;
        archive.places("changes", &mut self.changes)?;
        archive.numbers("direction", &mut self.direction)?;
        archive.part("line", |archive| self.line.archive(archive))?;
        archive.count("iterations", &mut self.iterations)?;
        archive.flag("ended", &mut self.ended)
    }
}
