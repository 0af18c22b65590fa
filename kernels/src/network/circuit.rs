//! What is connected to what.

use super::{
    Delays, Edges, Invalid, Network, Population, Weights,
    delivery::weight_layout::{self, PackedRows},
};
use crate::{Cell, Use, cpu::recurrent::LINE};
use std::ops::Range;

/// A population as runs have it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) neurons: usize,
    /// Its equations; none of sources.
    pub(crate) cell: Option<&'static Cell>,
}

/// Where a group's numbers lie in rows of all groups.
#[derive(Clone, Debug)]
pub(crate) struct GroupLayout {
    pub(crate) neurons: usize,
    pub(crate) stride: usize,
    /// In rows of a number a neuron.
    pub(crate) row: usize,
    pub(crate) states: usize,
    pub(crate) inputs: usize,
    pub(crate) params: usize,
    /// Sizes of the three.
    pub(crate) fields: [usize; 3],
}

/// A projection, with its place.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) pre: usize,
    pub(crate) synapses: usize,
    /// Neurons of the postsynaptic group.
    pub(crate) targets: usize,
    pub(crate) name: String,
    pub(crate) first: u32,
    pub(crate) edges: Edges,
    /// Whether the targets of every row follow each other.
    pub(crate) contiguous: bool,
    /// First target of each row, where `contiguous`; zero of one without any.
    pub(crate) first_targets: Vec<u32>,
    /// Synapses of every row, where all neurons of the group have those to all targets.
    pub(crate) full_row: Option<usize>,
    /// Of its first weight.
    pub(crate) weights: usize,
    /// Where weights lie that are laid out.
    pub(crate) packed: PackedRows,
    /// Of its input in a row of all inputs.
    pub(crate) column: usize,
}

impl Link {
    /// Of neurons in ascending order those that have rows.
    #[inline(always)]
    pub(crate) fn own<'n>(&self, neurons: &'n [u32]) -> &'n [u32] {
        let end = self.first + self.edges.rows() as u32;
        match neurons {
            [first, ..] if *first < self.first || neurons[neurons.len() - 1] >= end => {
                let place = |bound: u32| neurons.partition_point(|&n| n < bound);
                &neurons[place(self.first)..place(end)]
            }
            _ => neurons,
        }
    }

    /// The synapses of a neuron that has a row, and which row that is.
    #[inline(always)]
    pub(crate) fn synapses_of(&self, neuron: u32) -> (Range<usize>, usize) {
        let row = (neuron - self.first) as usize;
        let own = match self.full_row {
            Some(count) => row * count..(row + 1) * count,
            None => self.edges.starts[row] as usize..self.edges.starts[row + 1] as usize,
        };
        (own, row)
    }
}

/// A network that is trained: checked, and with the place of everything in the rows that runs have.
#[derive(Clone, Debug)]
pub struct Circuit {
    pub(crate) dt: f64,
    populations: Vec<Population>,
    pub(crate) groups: Vec<Group>,
    pub(crate) places: Vec<GroupLayout>,
    pub(crate) links: Vec<Link>,
    /// Which links start at each group.
    pub(crate) from: Vec<Vec<usize>>,
    /// Of which groups all of them are from all neurons to all.
    pub(crate) all_to_all: Vec<bool>,
    /// Numbers of weights that are laid out.
    pub(crate) packed_weights: usize,
    /// Lengths of rows of all states, inputs and parameters.
    pub(crate) lengths: [usize; 3],
    /// First number of what each group keeps of a step for its way back, and how many there are.
    pub(crate) residuals: (Vec<usize>, usize),
    /// Length of a row of a number a neuron.
    pub(crate) row: usize,
    pub(crate) longest: usize,
    synapses: usize,
}

impl Circuit {
    /// Checks a network and places what runs of it need. Weights are not looked at: they are given to each run, as are
    /// parameters, states and the spikes of sources. Delays may be zero steps where the postsynaptic population comes later
    /// than the presynaptic one.
    pub fn new(network: Network) -> Result<Self, Invalid> {
        // Populations take a step in their order, so that later ones can see the spikes that earlier ones have in it.
        network.check(Use::Train, |pre, post| if post > pre { 0 } else { 1 })?;
        let Network { dt, populations, projections, stimuli } = network;
        if let Some(s) = stimuli.first() {
            return Err(Invalid::new(&s.name, "a circuit has no stimuli: each run is given its drive".into()));
        }
        let group = |p: &Population| Group { name: p.name.clone(), neurons: p.neurons, cell: p.cell() };
        let groups: Vec<Group> = populations.iter().map(group).collect();
        let (mut places, mut lengths, mut row, mut residuals) = (vec![], [0; 3], 0, (vec![], 0));
        for g in &groups {
            let fields = g.cell.map_or([0; 3], |c| [c.state.len(), c.input.len(), c.param.len()]);
            let stride = g.neurons.div_ceil(LINE) * LINE;
            let [states, inputs, params] = lengths;
            places.push(GroupLayout { neurons: g.neurons, stride, row, states, inputs, params, fields });
            row += stride;
            residuals.0.push(residuals.1);
            residuals.1 += g.cell.map_or(0, |c| (c.trained().saved)()) * stride;
            lengths.iter_mut().zip(fields).for_each(|(l, n)| *l += n * stride);
        }
        let (mut links, mut synapses, mut longest) = (vec![], 0, 0);
        for p in projections {
            if p.short_term.is_some() {
                return Err(Invalid::new(&p.name, "short-term plasticity has no gradient".into()));
            }
            let (input, _) = groups[p.post].cell.map_or(Ok((0, 1.0)), |c| p.input(c))?;
            let (rows, pre) = (p.edges.rows(), groups[p.pre].neurons);
            longest = longest.max(p.edges.delays.range().1 as usize);
            let to = &places[p.post];
            let row = |r: usize| &p.edges.targets[p.edges.row(r)];
            let contiguous = matches!(p.edges.delays, Delays::Uniform(_))
                && (0..rows).all(|r| row(r).windows(2).all(|w| w[1] == w[0] + 1));
            let first_target = |r: usize| row(r).first().copied().unwrap_or(0);
            let first_targets = if contiguous { (0..rows).map(first_target).collect() } else { vec![] };
            let full_row = (contiguous && p.edges.len() == pre * to.neurons).then_some(to.neurons);
            let link = Link {
                pre: p.pre,
                synapses: p.edges.len(),
                targets: to.neurons,
                name: p.name,
                first: p.first as u32,
                contiguous,
                first_targets,
                full_row,
                weights: synapses,
                packed: PackedRows::default(),
                column: to.inputs + input * to.stride,
                edges: Edges { weights: Weights::default(), ..p.edges },
            };
            synapses += link.synapses;
            links.push(link);
        }
        let own = |g| (0..links.len()).filter(|&l| links[l].pre == g).collect();
        let from: Vec<Vec<usize>> = (0..groups.len()).map(own).collect();
        let (all_to_all, packed_weights) = weight_layout::place(&mut links, &from);
        Ok(Circuit {
            dt,
            populations,
            groups,
            places,
            links,
            from,
            all_to_all,
            packed_weights,
            lengths,
            residuals,
            row,
            longest,
            synapses,
        })
    }

    /// The populations, in their order.
    pub fn populations(&self) -> &[Population] {
        &self.populations
    }

    /// Synapses of each projection.
    pub fn projections(&self) -> impl ExactSizeIterator<Item = usize> {
        self.links.iter().map(|l| l.synapses)
    }

    /// Synapses of all projections: weights are given in the projections' order, those of each in the order of its rows.
    pub fn synapses(&self) -> usize {
        self.synapses
    }
}
