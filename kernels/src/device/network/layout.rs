//! This module encodes a circuit as 32-bit words for graphics processors; `kernels/device/network` reads them.

use crate::{
    Precision, Use,
    cell::Passes,
    cells,
    network::{
        Delays, InvalidNetwork,
        circuit::{Circuit, FieldCounts},
        delivery::placed_projection::PlacedProjection,
    },
};
use codegen::{Phase, PopulationWords, ProjectionWords, WORD};
use std::ops::Range;

/// A circuit in words, with the offsets of its parts.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Words of the populations, the phases, the projections, the population of each word of spikes, and then the
    /// starts of rows, the targets and the delays.
    pub(super) words: Vec<u32>,
    pub(super) populations: Vec<PopulationWords>,
    /// Number of phases, which are consecutive populations that take a step together.
    pub(super) phases: usize,
    /// Offset of the phases in the words.
    pub(super) phases_at: usize,
    /// Offset of the projections in the words.
    pub(super) projections_at: usize,
    /// Offset of the population of each word of spikes.
    pub(super) owners_at: usize,
    /// Length of a row of the states of all populations.
    pub(super) states: usize,
    /// Length of a row of the inputs of all populations.
    pub(super) inputs: usize,
    /// Number of parameters of all populations.
    pub(super) params: usize,
    /// Number of cells of all populations, each padded to whole words.
    pub(super) slots: usize,
    /// Number of words of the spikes of a step.
    pub(super) spikes: usize,
    /// Number of invariants that are computed from the parameters before a run.
    pub(super) invariants: usize,
    /// Indices of the projections in the order of the words, which is that of their presynaptic populations.
    pub(super) order: Vec<usize>,
}

/// Converts a number to a word. Fails where it does not fit the integers of a launch.
pub(super) fn counted(what: &str, number: usize) -> Result<u32, InvalidNetwork> {
    match i32::try_from(number) {
        Ok(n) => Ok(n as u32),
        Err(_) => {
            Err(InvalidNetwork::new("network", format!("{number} {what}; one launch takes {} at most", i32::MAX)))
        }
    }
}

impl Layout {
    pub(super) fn new(circuit: &Circuit) -> Result<Self, InvalidNetwork> {
        let mut at = Layout {
            words: vec![],
            populations: vec![],
            phases: 0,
            phases_at: 0,
            projections_at: 0,
            owners_at: 0,
            states: 0,
            inputs: 0,
            params: 0,
            slots: 0,
            spikes: 0,
            invariants: 0,
            order: vec![],
        };
        (0..circuit.populations.len()).try_for_each(|g| at.append(circuit, g))?;
        // The words of sources follow those of cells.
        at.spikes = at.slots / WORD;
        for g in at.populations.iter_mut().filter(|g| g.cell == u32::MAX) {
            g.word = at.spikes as u32;
            at.spikes += g.words as usize;
        }
        for (what, n) in [("states", at.states), ("inputs", at.inputs), ("synapses", circuit.synapses())] {
            counted(what, n)?;
        }
        at.write(circuit)?;
        Ok(at)
    }

    /// Appends population `g` to all rows and to the words.
    fn append(&mut self, circuit: &Circuit, g: usize) -> Result<(), InvalidNetwork> {
        let (group, p) = (&circuit.populations[g], &circuit.layouts[g]);
        let cell = match group.cell() {
            Some(c) => Some(cells(Use::Train).position(|t| t.name == c.name).ok_or_else(|| {
                let known: Vec<_> = cells(Use::Train).map(|t| t.name).collect();
                let what = format!("devices have no cell `{}`; they have {}", c.name, known.join(", "));
                InvalidNetwork::new(&group.name, what)
            })?),
            None => None,
        };
        let (FieldCounts { states, inputs, params }, stride) = (p.fields, p.neurons.next_multiple_of(WORD));
        let rows = |c| {
            let Passes { surrogate_invariants, adjoint_invariants, .. } = f32::compiled(c).passes();
            [surrogate_invariants, adjoint_invariants].map(|invariants| (invariants.rows)().max(1))
        };
        let [surrogate, adjoint] = group.cell().map_or([0; 2], rows);
        self.populations.push(PopulationWords {
            cell: cell.map_or(u32::MAX, |c| c as u32),
            neurons: counted("neurons", p.neurons)?,
            stride: stride as u32,
            rows: states as u32,
            states: counted("states", self.states)?,
            inputs: counted("inputs", self.inputs)?,
            params: counted("parameters", self.params)?,
            surrogate: counted("numbers of parameters", self.invariants)?,
            adjoint: counted("numbers of parameters", self.invariants + surrogate * stride)?,
            slot: counted("neurons", self.slots)?,
            word: (self.slots / WORD) as u32,
            words: (stride / WORD) as u32,
            projections: 0,
            projections_end: 0,
        });
        self.states += states * stride;
        self.inputs += inputs * stride;
        self.params += params * p.neurons;
        self.invariants += (surrogate + adjoint) * stride;
        self.slots += if cell.is_some() { stride } else { 0 };
        Ok(())
    }

    /// Writes the words of the circuit.
    fn write(&mut self, circuit: &Circuit) -> Result<(), InvalidNetwork> {
        let projections = &circuit.connectivity.projections;
        self.order = (0..projections.len()).collect();
        self.order.sort_by_key(|&k| projections[k].pre);
        let sorted: Vec<&PlacedProjection> = self.order.iter().map(|&k| &projections[k]).collect();
        for (g, population) in self.populations.iter_mut().enumerate() {
            population.projections = sorted.partition_point(|p| p.pre < g) as u32;
            population.projections_end = sorted.partition_point(|p| p.pre <= g) as u32;
        }
        let mut words = vec![];
        self.populations.iter().for_each(|g| g.append(&mut words));
        self.phases_at = words.len();
        for populations in phases(circuit) {
            let slot = |g: usize| self.populations.get(g).map_or(self.slots as u32, |g| g.slot);
            let phase = Phase {
                populations: populations.start as u32,
                populations_end: populations.end as u32,
                slots: slot(populations.start),
                slots_end: slot(populations.end),
            };
            phase.append(&mut words);
            self.phases += 1;
        }
        self.projections_at = words.len();
        let mut one = vec![];
        ProjectionWords::default().append(&mut one);
        words.resize(words.len() + one.len() * sorted.len(), 0);
        self.owners_at = words.len();
        for (g, population) in self.populations.iter().enumerate().filter(|(_, g)| g.cell != u32::MAX) {
            words.extend(std::iter::repeat_n(g as u32, population.words as usize));
        }
        let mut records = vec![];
        for p in sorted {
            self.write_synapses(p, &mut words)?.append(&mut records);
        }
        words[self.projections_at..self.owners_at].copy_from_slice(&records);
        counted("words of synapses", words.len())?;
        self.words = words;
        Ok(())
    }

    /// Appends the synapses of a projection to `words`, and returns the record of their offsets.
    fn write_synapses(&self, p: &PlacedProjection, words: &mut Vec<u32>) -> Result<ProjectionWords, InvalidNetwork> {
        let edges = &p.edges;
        let starts = counted("words of synapses", words.len())?;
        words.extend(edges.starts.iter().map(|&s| s as u32));
        let targets = counted("words of synapses", words.len())?;
        words.extend(&edges.targets);
        let delay = match &edges.delays {
            Delays::Uniform(d) => u32::from(*d),
            Delays::Each(d) => {
                let at = counted("words of synapses", words.len())?;
                words.extend(d.iter().map(|&d| u32::from(d)));
                at
            }
        };
        let post = &self.populations[p.post];
        Ok(ProjectionWords {
            first: p.first,
            rows: edges.rows() as u32,
            starts,
            targets,
            own_delays: u32::from(matches!(edges.delays, Delays::Each(_))),
            delay,
            dense: u32::from(p.contiguous),
            weights: p.weights as u32,
            column: post.inputs + p.input as u32 * post.stride,
        })
    }
}

/// Finds the ranges of populations that can take a step together, because no spike of one reaches another in the same
/// step.
fn phases(circuit: &Circuit) -> Vec<Range<usize>> {
    let (mut phases, mut first) = (vec![], 0);
    for g in 0..circuit.populations.len() {
        let at_once = |p: &&PlacedProjection| p.post == g && p.edges.delays.range().0 == 0;
        if circuit.connectivity.projections.iter().filter(at_once).any(|p| p.pre >= first && p.pre < g) {
            phases.push(first..g);
            first = g;
        }
    }
    phases.push(first..circuit.populations.len());
    phases
}

impl Circuit {
    /// Returns the time step, ms.
    pub(crate) fn step(&self) -> f64 {
        self.dt
    }

    /// Returns the number of steps whose inputs a run holds at once: the current one and those that its spikes can
    /// reach.
    pub(crate) fn window(&self) -> usize {
        self.longest_delay() + 1
    }
}
