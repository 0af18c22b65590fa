//! Successive halving spends most evaluations on the starts that do best (Jamieson and Talwalkar 2016,
//! <https://doi.org/10.48550/arXiv.1502.07943>).

use super::{LevenbergMarquardt, TerminationReason};
use serde::{Deserialize, Serialize};

/// How often the worse half of the columns stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Halving {
    /// The number of steps between two halvings.
    pub every: u32,
    /// So many columns always go on.
    pub least: usize,
}

impl LevenbergMarquardt {
    /// Stops the columns beyond the better half, quarter and so on, where a step is one after which that is due.
    pub(super) fn halve(&mut self) {
        let Some(Halving { every, least }) = self.config.halving else { return };
        let steps = self.evaluations.iter().map(|n| n.saturating_sub(1)).max().unwrap_or(0);
        if steps == 0 || !steps.is_multiple_of(every.max(1)) {
            return;
        }
        let kept = self.columns.checked_shr(steps / every.max(1)).unwrap_or(0).max(least);
        let loss = |i: &usize| if self.at.loss[*i].is_finite() { self.at.loss[*i] } else { f64::INFINITY };
        let mut order: Vec<usize> = (0..self.columns).collect();
        order.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
        for &i in order.iter().skip(kept) {
            self.stop[i].get_or_insert(TerminationReason::Halving);
        }
    }
}
