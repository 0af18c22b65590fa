//! This module prepares a network for training: it checks the network and lays out the flat rows of its runs.

use super::{
    InvalidNetwork, Network, Population, Projection,
    delivery::{
        connectivity::Connectivity,
        placed_projection::{PlacedProjection, Placement},
    },
};
use crate::{Use, memory::LINE};

/// The numbers of fields of a population's cells.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FieldCounts {
    pub(crate) states: usize,
    pub(crate) inputs: usize,
    pub(crate) params: usize,
}

/// The position of a population in flat rows that hold the numbers of all populations one after the other.
#[derive(Clone, Debug)]
pub(crate) struct PopulationLayout {
    pub(crate) neurons: usize,
    /// Length of one field in a row: the number of neurons, padded to a multiple of [`LINE`].
    pub(crate) stride: usize,
    pub(crate) fields: FieldCounts,
    /// Offset of the population in rows with one number per neuron, `[neuron]`.
    pub(crate) row: usize,
    /// Offset of the population in rows of states, `[state, neuron]`.
    pub(crate) states: usize,
    /// Offset of the population in rows of inputs, `[input, neuron]`.
    pub(crate) inputs: usize,
    /// Offset of the population in rows of parameters, `[parameter, neuron]`.
    pub(crate) params: usize,
    /// Offset of the population in rows of the residuals that a step saves for the backward pass, `[residual, neuron]`.
    pub(crate) residuals: usize,
}

/// The lengths of the rows that hold the numbers of all populations.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowLengths {
    pub(crate) neurons: usize,
    pub(crate) states: usize,
    pub(crate) inputs: usize,
    pub(crate) params: usize,
    pub(crate) residuals: usize,
}

/// A checked network for training, with the layout of the flat rows of its runs.
#[derive(Clone, Debug)]
pub struct Circuit {
    /// Time step, ms.
    pub(crate) dt: f64,
    pub(crate) populations: Vec<Population>,
    /// Position of each population in the rows.
    pub(crate) layouts: Vec<PopulationLayout>,
    pub(crate) rows: RowLengths,
    pub(crate) connectivity: Connectivity,
}

impl Circuit {
    /// Checks a network and lays out the rows of its runs. The weights of `network` are ignored, since each run is
    /// given its own, as it is given parameters, states and the spikes of sources. Delays may be zero steps where the
    /// postsynaptic population comes later than the presynaptic one.
    ///
    /// Fails with the population, projection or stimulus that does not fit.
    pub fn new(network: Network) -> Result<Self, InvalidNetwork> {
        // Populations take a step in their order, so that a later one can receive spikes of an earlier one in the same
        // step.
        network.check(Use::Train, |pre, post| if post > pre { 0 } else { 1 })?;
        let Network { dt, populations, projections, stimuli } = network;
        if let Some(s) = stimuli.first() {
            return Err(InvalidNetwork::new(&s.name, "a circuit has no stimuli: each run is given its drive".into()));
        }
        let mut rows = RowLengths::default();
        let layouts: Vec<PopulationLayout> = populations.iter().map(|p| rows.append(p)).collect();
        let (mut placed, mut weights) = (vec![], 0);
        for p in projections {
            let p = place(p, &populations, &layouts, weights)?;
            weights += p.synapses;
            placed.push(p);
        }
        let neurons = populations.iter().map(|p| p.neurons).collect();
        let connectivity = Connectivity::new(placed, neurons, rows.inputs);
        Ok(Circuit { dt, populations, layouts, rows, connectivity })
    }

    /// Returns the populations in their order.
    pub fn populations(&self) -> &[Population] {
        &self.populations
    }

    /// Returns the number of synapses of each projection.
    pub fn projections(&self) -> impl ExactSizeIterator<Item = usize> {
        self.connectivity.projections.iter().map(|p| p.synapses)
    }

    /// Returns the number of synapses of all projections. Runs take weights in the order of the projections, and within
    /// a projection in the order of its rows.
    pub fn synapses(&self) -> usize {
        self.connectivity.synapses
    }

    /// Returns the longest delay, steps.
    pub(crate) fn longest_delay(&self) -> usize {
        self.connectivity.longest_delay
    }

    /// Returns the number of cells of all populations.
    pub(crate) fn cells(&self) -> usize {
        self.populations.iter().filter(|p| p.cell().is_some()).map(|p| p.neurons).sum()
    }
}

impl RowLengths {
    /// Appends a population to all rows and returns its position.
    fn append(&mut self, p: &Population) -> PopulationLayout {
        let fields = p.cell().map_or(FieldCounts::default(), |c| FieldCounts {
            states: c.state.len(),
            inputs: c.input.len(),
            params: c.param.len(),
        });
        let stride = p.neurons.next_multiple_of(LINE);
        let RowLengths { neurons: row, states, inputs, params, residuals } = *self;
        self.neurons += stride;
        self.states += fields.states * stride;
        self.inputs += fields.inputs * stride;
        self.params += fields.params * stride;
        self.residuals += p.cell().map_or(0, |c| (c.trained().saved)()) * stride;
        PopulationLayout { neurons: p.neurons, stride, fields, row, states, inputs, params, residuals }
    }
}

/// Places a projection in the rows; `weights` is the number of synapses of the projections before it. Fails where the
/// projection has short-term plasticity or its receptor does not exist.
fn place(
    p: Projection,
    populations: &[Population],
    layouts: &[PopulationLayout],
    weights: usize,
) -> Result<PlacedProjection, InvalidNetwork> {
    if p.short_term.is_some() {
        return Err(InvalidNetwork::new(&p.name, "short-term plasticity has no gradient".into()));
    }
    let (input, _) = populations[p.post].cell().map_or(Ok((0, 1.0)), |c| p.input(c))?;
    let (sources, to) = (populations[p.pre].neurons, &layouts[p.post]);
    let column = to.inputs + input * to.stride;
    Ok(PlacedProjection::new(p, Placement { input, sources, targets: to.neurons, column, weights }))
}
