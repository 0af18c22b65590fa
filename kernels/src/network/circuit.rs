//! A network that is trained, and the place of everything in the rows that its runs have.

use super::{
    InvalidNetwork, Network, Population, Projection,
    delivery::connectivity::{Connectivity, PlacedProjection, Placement},
};
use crate::{Cell, Use, memory::LINE};

/// A population as runs have it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Name in errors.
    pub(crate) name: String,
    /// How many neurons it has.
    pub(crate) neurons: usize,
    /// Their equations; none of sources.
    pub(crate) cell: Option<&'static Cell>,
}

/// Fields that the cells of a group have.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FieldCounts {
    pub(crate) states: usize,
    pub(crate) inputs: usize,
    pub(crate) params: usize,
}

/// Where a group's numbers lie in rows that hold all groups, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct GroupLayout {
    pub(crate) neurons: usize,
    /// Numbers of one field: the neurons, padded to a whole [`LINE`].
    pub(crate) stride: usize,
    pub(crate) fields: FieldCounts,
    /// First number in rows of a number a neuron.
    pub(crate) row: usize,
    /// First number in rows of states, `[state, neuron]`.
    pub(crate) states: usize,
    /// First number in rows of inputs, `[input, neuron]`.
    pub(crate) inputs: usize,
    /// First number in rows of parameters, `[parameter, neuron]`.
    pub(crate) params: usize,
    /// First number in rows of what a step saves for its way back.
    pub(crate) residuals: usize,
}

/// Numbers of rows that hold all groups.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowLengths {
    pub(crate) neurons: usize,
    pub(crate) states: usize,
    pub(crate) inputs: usize,
    pub(crate) params: usize,
    pub(crate) residuals: usize,
}

/// A network that is trained: checked, and with the place of everything in the rows that runs have.
#[derive(Clone, Debug)]
pub struct Circuit {
    /// Step, ms.
    pub(crate) dt: f64,
    populations: Vec<Population>,
    pub(crate) groups: Vec<Group>,
    /// Where each group's numbers lie.
    pub(crate) layouts: Vec<GroupLayout>,
    pub(crate) rows: RowLengths,
    pub(crate) connectivity: Connectivity,
}

impl Circuit {
    /// Checks a network and places what runs of it need. Weights are not looked at: they are given to each run, as are
    /// parameters, states and the spikes of sources. Delays may be zero steps where the postsynaptic population comes later
    /// than the presynaptic one.
    ///
    /// Fails with the population, projection or stimulus that does not fit.
    pub fn new(network: Network) -> Result<Self, InvalidNetwork> {
        // Populations take a step in their order, so that later ones can see the spikes that earlier ones have in it.
        network.check(Use::Train, |pre, post| if post > pre { 0 } else { 1 })?;
        let Network { dt, populations, projections, stimuli } = network;
        if let Some(s) = stimuli.first() {
            return Err(InvalidNetwork::new(&s.name, "a circuit has no stimuli: each run is given its drive".into()));
        }
        let group = |p: &Population| Group { name: p.name.clone(), neurons: p.neurons, cell: p.cell() };
        let groups: Vec<Group> = populations.iter().map(group).collect();
        let mut rows = RowLengths::default();
        let layouts: Vec<GroupLayout> = groups.iter().map(|g| rows.append(g)).collect();
        let (mut placed, mut weights) = (vec![], 0);
        for p in projections {
            let p = place(p, &groups, &layouts, weights)?;
            weights += p.synapses;
            placed.push(p);
        }
        let neurons = groups.iter().map(|g| g.neurons).collect();
        let connectivity = Connectivity::new(placed, neurons, rows.inputs);
        Ok(Circuit { dt, populations, groups, layouts, rows, connectivity })
    }

    /// The populations, in their order.
    pub fn populations(&self) -> &[Population] {
        &self.populations
    }

    /// Synapses of each projection.
    pub fn projections(&self) -> impl ExactSizeIterator<Item = usize> {
        self.connectivity.projections.iter().map(|p| p.synapses)
    }

    /// Synapses of all projections: weights are given in the projections' order, those of each in the order of its rows.
    pub fn synapses(&self) -> usize {
        self.connectivity.synapses
    }

    /// Longest delay, steps.
    pub(crate) fn longest_delay(&self) -> usize {
        self.connectivity.longest_delay
    }

    /// Cells of all groups.
    pub(crate) fn cells(&self) -> usize {
        self.groups.iter().filter(|g| g.cell.is_some()).map(|g| g.neurons).sum()
    }
}

impl RowLengths {
    /// Appends a group to all rows.
    fn append(&mut self, g: &Group) -> GroupLayout {
        let fields = g.cell.map_or(FieldCounts::default(), |c| FieldCounts {
            states: c.state.len(),
            inputs: c.input.len(),
            params: c.param.len(),
        });
        let stride = g.neurons.next_multiple_of(LINE);
        let RowLengths { neurons: row, states, inputs, params, residuals } = *self;
        self.neurons += stride;
        self.states += fields.states * stride;
        self.inputs += fields.inputs * stride;
        self.params += fields.params * stride;
        self.residuals += g.cell.map_or(0, |c| (c.trained().saved)()) * stride;
        GroupLayout { neurons: g.neurons, stride, fields, row, states, inputs, params, residuals }
    }
}

/// Places a projection, whose weights follow the `weights` of those before it.
fn place(
    p: Projection,
    groups: &[Group],
    layouts: &[GroupLayout],
    weights: usize,
) -> Result<PlacedProjection, InvalidNetwork> {
    if p.short_term.is_some() {
        return Err(InvalidNetwork::new(&p.name, "short-term plasticity has no gradient".into()));
    }
    let (input, _) = groups[p.post].cell.map_or(Ok((0, 1.0)), |c| p.input(c))?;
    let (sources, to) = (groups[p.pre].neurons, &layouts[p.post]);
    let column = to.inputs + input * to.stride;
    Ok(PlacedProjection::new(p, Placement { input, sources, targets: to.neurons, column, weights }))
}
