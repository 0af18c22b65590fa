//! The synapses of all projections of a network, each in its place.

use super::weight_layout::WeightLayout;
use crate::network::{Delays, Edges, Projection, Weights};
use std::ops::Range;

/// A projection that has been checked, and where its numbers lie in arrays of the whole network.
///
/// Its weights are not those of `edges`: every run brings its own, `[synapse]` of all projections in their order.
#[derive(Clone, Debug)]
pub(crate) struct PlacedProjection {
    /// Name in errors.
    pub(crate) name: String,
    /// Presynaptic group.
    pub(crate) pre: usize,
    /// Postsynaptic group.
    pub(crate) post: usize,
    /// Input of its cells.
    pub(crate) input: usize,
    /// Presynaptic neuron of the first row.
    pub(crate) first: u32,
    pub(crate) edges: Edges,
    /// Neurons of the postsynaptic group.
    pub(crate) targets: usize,
    /// First input that it acts on in a row of the inputs of all groups.
    pub(crate) column: usize,
    pub(crate) synapses: usize,
    /// First of its weights among those of all projections.
    pub(crate) weights: usize,
    /// Whether all synapses share a delay and the targets of every row follow each other.
    pub(crate) contiguous: bool,
    /// First target of each row, zero of a row without any; empty unless `contiguous`.
    pub(crate) first_targets: Vec<u32>,
    /// Synapses of a row, where every neuron of the presynaptic group has one to every target.
    pub(crate) full_row: Option<usize>,
}

/// What a projection is placed by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    /// Input of the postsynaptic cells that it acts on.
    pub(crate) input: usize,
    /// Neurons of the presynaptic group.
    pub(crate) sources: usize,
    /// Neurons of the postsynaptic group.
    pub(crate) targets: usize,
    /// Where this input begins in a row of the inputs of all groups.
    pub(crate) column: usize,
    /// Synapses of the projections before it, whose weights its own follow.
    pub(crate) weights: usize,
}

/// The synapses of all projections.
#[derive(Clone, Debug)]
pub(crate) struct Connectivity {
    pub(crate) projections: Vec<PlacedProjection>,
    /// Projections from each group.
    pub(crate) from: Vec<Vec<usize>>,
    /// Order in which runs pack the weights.
    pub(crate) layout: WeightLayout,
    /// Neurons of each group.
    pub(crate) neurons: Vec<usize>,
    /// Numbers of a row of the inputs of all groups.
    pub(crate) input_row: usize,
    /// Longest delay, steps.
    pub(crate) longest_delay: usize,
    /// Synapses of all projections.
    pub(crate) synapses: usize,
}

impl PlacedProjection {
    /// Places a projection that has been checked.
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

    /// Those of ascending `neurons` of the presynaptic group that have a row.
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

    /// The row of a presynaptic neuron, if it has one.
    #[inline(always)]
    pub(crate) fn row_of(&self, neuron: usize) -> Option<usize> {
        let row = neuron.wrapping_sub(self.first as usize);
        (row < self.edges.rows()).then_some(row)
    }

    /// The synapses of a row.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> Range<usize> {
        match self.full_row {
            Some(count) => row * count..(row + 1) * count,
            None => self.edges.row(row),
        }
    }
}

impl Connectivity {
    /// Puts projections together between groups of `neurons`, whose inputs take `input_row` numbers a step.
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
