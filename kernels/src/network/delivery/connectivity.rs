//! This module holds the synapses of all projections of a network.

use super::{placed_projection::PlacedProjection, weight_layout::WeightLayout};

/// The synapses of all projections of a network.
#[derive(Clone, Debug)]
pub(crate) struct Connectivity {
    pub(crate) projections: Vec<PlacedProjection>,
    /// Indices of the projections from each group.
    pub(crate) from: Vec<Vec<usize>>,
    /// Layout in which runs pack the weights.
    pub(crate) layout: WeightLayout,
    /// Number of neurons of each group.
    pub(crate) neurons: Vec<usize>,
    /// Length of a row of the inputs of all groups.
    pub(crate) input_row: usize,
    /// Longest delay, steps.
    pub(crate) longest_delay: usize,
    /// Number of synapses of all projections.
    pub(crate) synapses: usize,
}

impl Connectivity {
    /// Joins the placed projections between groups of `neurons`; `input_row` is the length of a row of inputs.
    pub(crate) fn new(projections: Vec<PlacedProjection>, neurons: Vec<usize>, input_row: usize) -> Self {
        let own = |g: usize| (0..projections.len()).filter(|&k| projections[k].pre == g).collect();
        let from: Vec<Vec<usize>> = (0..neurons.len()).map(own).collect();
        Connectivity {
            layout: WeightLayout::new(&projections, &from),
            from,
            neurons,
            input_row,
            longest_delay: projections.iter().map(|p| p.edges.delays.range().1 as usize).max().unwrap_or(0),
            synapses: projections.iter().map(|p| p.synapses).sum(),
            projections,
        }
    }
}
