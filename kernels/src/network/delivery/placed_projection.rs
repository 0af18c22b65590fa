//! This module holds the synapses of one projection, with its position in arrays of the whole network.

use crate::network::{Delays, Edges, Projection, Weights};
use std::ops::Range;

/// A checked projection with its position in arrays of the whole network.
///
/// The weights of `edges` are empty: every run is given its own, `[synapse]` of all projections in their order.
#[derive(Clone, Debug)]
pub(crate) struct PlacedProjection {
    /// Name in errors.
    pub(crate) name: String,
    /// Index of the presynaptic group.
    pub(crate) pre: usize,
    /// Index of the postsynaptic group.
    pub(crate) post: usize,
    /// Index of the input of the postsynaptic cells that it acts on.
    pub(crate) input: usize,
    /// Presynaptic neuron of the first row of `edges`.
    pub(crate) first: u32,
    pub(crate) edges: Edges,
    /// Number of neurons of the postsynaptic group.
    pub(crate) targets: usize,
    /// Offset of the input that it acts on in a row of the inputs of all groups.
    pub(crate) column: usize,
    pub(crate) synapses: usize,
    /// Offset of its weights among those of all projections.
    pub(crate) weights: usize,
    /// Whether all synapses share a delay and the targets of every row are consecutive neurons.
    pub(crate) contiguous: bool,
    /// First target of each row, 0 for an empty row; the list is empty unless `contiguous`.
    pub(crate) first_targets: Vec<u32>,
    /// Number of synapses of a row where the projection is all-to-all; `None` where it is not.
    pub(crate) full_row: Option<usize>,
}

/// The position of a projection in arrays of the whole network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    /// Index of the input of the postsynaptic cells that it acts on.
    pub(crate) input: usize,
    /// Number of neurons of the presynaptic group.
    pub(crate) sources: usize,
    /// Number of neurons of the postsynaptic group.
    pub(crate) targets: usize,
    /// Offset of this input in a row of the inputs of all groups.
    pub(crate) column: usize,
    /// Number of synapses of the projections before it, which is the offset of its weights.
    pub(crate) weights: usize,
}

impl PlacedProjection {
    /// Places a checked projection.
    pub(crate) fn new(projection: Projection, place: Placement) -> Self {
        let Projection { name, pre, first, post, edges, .. } = projection;
        let Placement { input, sources, targets, column, weights } = place;
        let edges = Edges { weights: Weights::default(), ..edges };
        let row = |r: usize| &edges.targets[edges.row(r)];
        let contiguous = matches!(edges.delays, Delays::Uniform(_))
            && (0..edges.rows()).all(|r| row(r).windows(2).all(|w| w[1] == w[0] + 1));
        let first_target = |r: usize| row(r).first().copied().unwrap_or(0);
        let first_targets = if contiguous { (0..edges.rows()).map(first_target).collect() } else { vec![] };
        let synapses = edges.targets.len();
        let full_row = (contiguous && synapses == sources * targets).then_some(targets);
        PlacedProjection {
            name,
            pre,
            post,
            input,
            first: first as u32,
            edges,
            targets,
            column,
            synapses,
            weights,
            contiguous,
            first_targets,
            full_row,
        }
    }

    /// Returns the part of `neurons`, ascending neurons of the presynaptic group, that has rows in this projection.
    #[inline(always)]
    pub(crate) fn with_rows<'n>(&self, neurons: &'n [u32]) -> &'n [u32] {
        let end = self.first + self.edges.rows() as u32;
        match neurons {
            [first, ..] if *first < self.first || neurons[neurons.len() - 1] >= end => {
                let place = |bound: u32| neurons.partition_point(|&n| n < bound);
                &neurons[place(self.first)..place(end)]
            }
            _ => neurons,
        }
    }

    /// Returns the row of a presynaptic neuron; `None` where it has none.
    #[inline(always)]
    pub(crate) fn row_of(&self, neuron: usize) -> Option<usize> {
        let row = neuron.wrapping_sub(self.first as usize);
        (row < self.edges.rows()).then_some(row)
    }

    /// Returns the indices of the synapses of a row.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> Range<usize> {
        match self.full_row {
            Some(count) => row * count..(row + 1) * count,
            None => self.edges.row(row),
        }
    }
}
