//! This module defines the order in which a run packs its weights and sums the gradients w.r.t. them.
//!
//! Where every projection of a group is all-to-all, the weights of one neuron along all of these projections follow
//! each other, and those of each projection begin with a cache line, so that a spike reads consecutive memory. The
//! weights of all other projections keep their order, row by row.

use super::placed_projection::PlacedProjection;
use crate::memory::LINE;
use std::ops::Range;

/// The layout of the packed weights of all projections.
#[derive(Clone, Debug)]
pub(crate) struct WeightLayout {
    /// Rows of each projection.
    pub(crate) rows: Vec<PackedRows>,
    /// Whether all projections from a group are all-to-all, `[group]`.
    pub(crate) all_to_all: Vec<bool>,
    /// Length of the packed weights, padding included.
    pub(crate) len: usize,
}

/// The position of the packed weights of one projection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedRows {
    /// Offset of the first row.
    at: usize,
    /// Distance between two rows, in numbers; `None` where rows follow each other without gaps.
    pitch: Option<usize>,
}

impl PackedRows {
    /// Returns the range of a row of `projection`, whose rows these are, in the packed weights. Rows of all-to-all
    /// projections include padding to a whole cache line.
    #[inline(always)]
    pub(crate) fn row(&self, projection: &PlacedProjection, row: usize) -> Range<usize> {
        match self.pitch {
            Some(pitch) => {
                let at = self.at + row * pitch;
                at..at + projection.targets.next_multiple_of(LINE)
            }
            None => {
                let own = projection.edges.row(row);
                self.at + own.start..self.at + own.end
            }
        }
    }
}

impl WeightLayout {
    /// Lays out the weights of `projections`; `from` are the indices of those from each group.
    pub(crate) fn new(projections: &[PlacedProjection], from: &[Vec<usize>]) -> Self {
        let mut rows = vec![PackedRows { at: 0, pitch: None }; projections.len()];
        let (mut all_to_all, mut len) = (vec![], 0);
        for own in from {
            let all = own.iter().all(|&k| projections[k].full_row.is_some());
            let pitch = own.iter().map(|&k| projections[k].targets.next_multiple_of(LINE)).sum();
            let (begin, mut at) = (len, len);
            for &k in own {
                let p = &projections[k];
                rows[k] = PackedRows { at, pitch: all.then_some(pitch) };
                at += if all { p.targets } else { p.synapses }.next_multiple_of(LINE);
                len = at.max(if all { begin + p.edges.rows() * pitch } else { 0 });
            }
            all_to_all.push(all);
        }
        WeightLayout { rows, all_to_all, len }
    }
}
