//! Methods that search from one start are run from many side by side: in each round every start that still runs asks for
//! its next places, and all are evaluated together. Nothing in one depends on the others.

use super::{Archive, Search, or_infinite};
use crate::checkpoint::CheckpointError;
use crate::optim::Evaluation;

/// What was found at one place: the loss, and its gradient where it was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub loss: f64,
    pub gradient: Vec<f64>,
}

/// A search from one start.
pub(super) trait Walk: Send {
    /// Returns the next places; there are none once the search has ended.
    fn ask(&mut self) -> Vec<Vec<f64>>;
    /// Takes what was found at them.
    fn tell(&mut self, found: Vec<Found>);
    /// Returns the least loss so far, with its place.
    fn best(&self) -> (f64, Vec<f64>);
    /// Saves or restores the state between an answer and the next question.
    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError>;
}

/// Searches from many starts.
pub(super) struct SideBySide<W> {
    walks: Vec<W>,
    /// Number of places that each of them asked for last.
    asked: Vec<usize>,
}

impl<W> SideBySide<W> {
    pub fn new(walks: Vec<W>) -> Self {
        Self { asked: vec![0; walks.len()], walks }
    }
}

impl<W: Walk> Search for SideBySide<W> {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        let places: Vec<Vec<Vec<f64>>> = self.walks.iter_mut().map(Walk::ask).collect();
        self.asked = places.iter().map(Vec::len).collect();
        places.concat()
    }

    fn tell(&mut self, found: &Evaluation) {
        let n = found.loss.len();
        let at = |i: usize| Found {
            loss: or_infinite(found.loss[i]),
            // An evaluation holds half the gradient.
            gradient: found.gradient.iter().skip(i).step_by(n).map(|g| 2.0 * g).collect(),
        };
        let mut next = 0;
        for (walk, &asked) in self.walks.iter_mut().zip(&self.asked).filter(|(_, asked)| **asked > 0) {
            walk.tell((next..next + asked).map(at).collect());
            next += asked;
        }
    }

    fn held(&self) -> Vec<(f64, Vec<f64>)> {
        self.walks.iter().map(Walk::best).collect()
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        let mut walks = self.walks.iter_mut().enumerate();
        walks.try_for_each(|(i, walk)| archive.part(&i.to_string(), |archive| walk.archive(archive)))
    }
}
