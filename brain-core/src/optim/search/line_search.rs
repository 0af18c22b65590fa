//! A line search finds a step along a direction that satisfies the strong conditions of Wolfe:
//!
//! ```text
//! f(a) <= f(0) + c1 a f'(0),   |f'(a)| <= c2 |f'(0)|,   c1 = 1e-3, c2 = 0.9
//! ```
//!
//! It brackets such a step and narrows the bracket by cubic interpolation (Nocedal and Wright 2006, Numerical
//! Optimization, <https://doi.org/10.1007/978-0-387-40065-5>, algorithms 3.5 and 3.6). It is a value that is told one
//! evaluation at a time, so that many searches can be evaluated together.

use super::Archive;
use crate::checkpoint::CheckpointError;

const ENOUGH: f64 = 1e-3;
const FLATTER: f64 = 0.9;
/// Factor by which a step without an upper end grows.
const GROWTH: f64 = 4.0;
/// A step inside the bracket keeps this part of its width from both ends.
const MARGIN: f64 = 0.1;
/// Number of evaluations after which the best step so far is taken.
const MOST: usize = 20;

/// A step with the loss there and its slope along the direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct End {
    step: f64,
    loss: f64,
    slope: f64,
}

/// What follows from an evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    /// The step that was evaluated is taken.
    Take,
    /// Another step is evaluated.
    Try,
    /// No step lowers the loss enough.
    Fail,
}

/// A line search.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LineSearch {
    start: End,
    low: End,
    high: Option<End>,
    longest: f64,
    tried: usize,
    /// The step to evaluate next.
    pub step: f64,
}

impl LineSearch {
    /// Begins where the loss is `loss`, with the slope `slope < 0`, at the step `first`; none is longer than `longest`.
    pub fn new(loss: f64, slope: f64, first: f64, longest: f64) -> Self {
        let start = End { step: 0.0, loss, slope };
        Self { start, low: start, high: None, longest, tried: 0, step: first.min(longest) }
    }

    /// Takes the loss and the slope at [`step`](Self::step).
    pub fn tell(&mut self, loss: f64, slope: f64) -> Next {
        self.tried += 1;
        if self.tried > MOST {
            return Next::Take;
        }
        let now = End { step: self.step, loss, slope };
        let enough = loss <= self.start.loss + ENOUGH * self.step * self.start.slope;
        let sound = loss.is_finite() && slope.is_finite();
        if !sound || !enough || (loss >= self.low.loss && self.low.step > 0.0) {
            self.high = Some(now);
        } else if slope.abs() <= -FLATTER * self.start.slope || (self.step == self.longest && slope < 0.0) {
            return Next::Take;
        } else {
            let up = self.high.map_or(1.0, |high| high.step - self.low.step);
            if slope * up >= 0.0 {
                self.high = Some(self.low);
            }
            self.low = now;
        }
        if self.tried >= MOST && (self.low.step == 0.0 || self.low == now) {
            return if self.low.step == 0.0 { Next::Fail } else { Next::Take };
        } else if self.tried >= MOST {
            // The best step so far is evaluated again, and then taken.
            self.step = self.low.step;
            return Next::Try;
        }
        self.step = match self.high {
            None => (GROWTH * self.step).min(self.longest),
            Some(high) => between(self.low, high),
        };
        Next::Try
    }

    /// Saves or restores the search.
    pub fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        let mut has_high = self.high.is_some();
        let mut high = self.high.unwrap_or_default();
        archive.flag("has-high", &mut has_high)?;
        for (name, end) in [("start", &mut self.start), ("low", &mut self.low), ("high", &mut high)] {
            let mut numbers = vec![end.step, end.loss, end.slope];
            archive.numbers(name, &mut numbers)?;
            if let [step, loss, slope] = numbers[..] {
                *end = End { step, loss, slope };
            }
        }
        self.high = has_high.then_some(high);
        archive.number("longest", &mut self.longest)?;
        archive.number("step", &mut self.step)?;
        archive.count("tried", &mut self.tried)
    }
}

/// Returns the least point of the cubic through both ends, or the middle where there is none well between them.
fn between(a: End, b: End) -> f64 {
    let width = b.step - a.step;
    let middle = a.step + 0.5 * width;
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.step - b.step);
    let d2 = (d1 * d1 - a.slope * b.slope).sqrt() * width.signum();
    let step = b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    let part = (step - a.step) / width;
    if (MARGIN..=1.0 - MARGIN).contains(&part) { step } else { middle }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(f: impl Fn(f64) -> (f64, f64), first: f64, longest: f64) -> (Next, f64, usize) {
        let (loss, slope) = f(0.0);
        let mut line = LineSearch::new(loss, slope, first, longest);
        loop {
            let (loss, slope) = f(line.step);
            match line.tell(loss, slope) {
                Next::Try => continue,
                end => return (end, line.step, line.tried),
            }
        }
    }

    /// The function of Moré and Thuente (1994), <https://doi.org/10.1145/192115.192132>, equation 5.1 with beta = 2: its
    /// minimum is at sqrt(2).
    #[test]
    fn steps_satisfy_the_conditions_from_near_and_far() {
        let f = |a: f64| (-a / (a * a + 2.0), (a * a - 2.0) / (a * a + 2.0).powi(2));
        for first in [1e-3, 0.1, 10.0, 1e3] {
            let (end, step, tried) = search(f, first, 1e10);
            let (loss, slope) = f(step);
            assert_eq!(end, Next::Take);
            assert!(loss <= ENOUGH * step * f(0.0).1 && slope.abs() <= -FLATTER * f(0.0).1, "{first}: {step}");
            assert!(tried <= 8, "{first}: {tried}");
        }
    }

    #[test]
    fn a_wall_and_a_bound() {
        // Beyond 1 there is no number.
        let wall = |a: f64| if a > 1.0 { (f64::INFINITY, f64::NAN) } else { ((a - 0.9).powi(2), 2.0 * (a - 0.9)) };
        let (end, step, _) = search(wall, 50.0, 100.0);
        assert_eq!(end, Next::Take);
        assert!(wall(step).0 < 0.5);
        assert_eq!(search(|a| (-a, -1.0), 0.1, 2.0).1, 2.0);
        assert_eq!(search(|a| (a, -1.0), 0.1, 2.0).0, Next::Fail);
    }
}
