//! What a run of a circuit is given.

use super::Record;
use crate::network::{
    Invalid,
    circuit::{Circuit, GroupLayout},
};
use crate::{Level, Precision, Spread, cell::Passes, cpu::hoist::Hoist, memory::AlignedVec};
use std::ops::Range;

/// Inputs that a group gets from outside beside its synapses.
#[derive(Clone, Debug, Default)]
pub struct Drive {
    /// Which of its cell's inputs; may be none.
    pub inputs: Vec<usize>,
    /// How far they are shared; `None` is [`Spread::Shared`].
    pub spread: Option<Spread>,
}

impl Drive {
    pub(crate) fn spread(&self) -> Spread {
        self.spread.unwrap_or(Spread::Shared)
    }

    pub(crate) fn count(&self, steps: usize, batch: usize, neurons: usize, spread: Spread) -> usize {
        let each = match spread {
            Spread::Shared => 1,
            Spread::Batch => batch,
            Spread::Neuron => batch * neurons,
        };
        steps * self.inputs.len() * each
    }
}

/// Spikes of sources: those of step `t` and batch element `b` are `neurons[starts[t B + b]..starts[t B + b + 1]]`.
#[derive(Clone, Debug, Default)]
pub struct Raster {
    /// `[T B + 1]`; empty for no spikes at all.
    pub starts: Vec<usize>,
    /// Ascending within a step and element.
    pub neurons: Vec<u32>,
}

/// What a gradient is multiplied by on its way back from a synapse's target to its spike. The gradient by the weights of
/// the projection itself is the same for all of these.
#[derive(Clone, Copy, Debug, Default)]
pub enum Feedback<'a, F> {
    /// The weights: the gradient.
    #[default]
    Weights,
    /// Zero: the path is cut. With all paths between cells that way but those to the readout, what is left is what
    /// real-time recurrent learning with a diagonal Jacobian sums up forwards (Bellec et al. 2020,
    /// <https://doi.org/10.1038/s41467-020-17236-y>).
    Cut,
    /// Other numbers, in the order of the weights: feedback alignment (Lillicrap et al. 2016,
    /// <https://doi.org/10.1038/ncomms13276>).
    Fixed(&'a [F]),
}

/// A run. Flat rows have the groups one after the other.
#[derive(Clone, Copy, Debug)]
pub struct RunInputs<'a, F> {
    /// Steps T.
    pub steps: usize,
    /// Batch elements B.
    pub batch: usize,
    /// State before the first step: `[state, B, neuron]` of each group.
    pub start: &'a [F],
    /// Parameters: `[parameter, neuron]` of each group.
    pub params: &'a [F],
    /// `[synapse]`, see [`Circuit::synapses`].
    pub weights: &'a [F],
    /// Input from outside: `[T, driven input]`, with `B`, or with `B` and neuron, of each group.
    pub drive: &'a [F],
    /// What the numbers of `drive` are, by group.
    pub drives: &'a [Drive],
    /// Spikes of sources, by group.
    pub spikes: &'a [Raster],
    /// What is written down, by group; of cells only.
    pub record: &'a [Vec<Record>],
    /// What gradients go back along each projection by, from its targets to its spikes; empty: all by their weights.
    pub feedback: &'a [Feedback<'a, F>],
    /// Instruction set.
    pub level: Level,
}

impl<F: Precision> RunInputs<'_, F> {
    /// Numbers that are written down: one [`Record`] after the other, of one group after the other.
    pub fn rows(&self, circuit: &Circuit) -> usize {
        let rows = |r: &Vec<Record>| r.iter().map(Record::rows).sum::<usize>();
        let each = circuit.places.iter().zip(self.record).map(|(p, r)| rows(r) * p.neurons);
        self.batch * each.sum::<usize>()
    }

    pub(crate) fn check(&self, circuit: &Circuit) -> Result<(), Invalid> {
        let [start, params, weights, drive] = self.sizes(circuit)?;
        size("network", "initial states", self.start.len(), start)?;
        size("network", "parameters", self.params.len(), params)?;
        size("network", "weights", self.weights.len(), weights)?;
        size("network", "drive", self.drive.len(), drive)
    }

    /// Checks all but numbers, and gives the lengths of start, parameters, weights and drive.
    pub(crate) fn sizes(&self, circuit: &Circuit) -> Result<[usize; 4], Invalid> {
        let groups = circuit.groups.len();
        for (what, found) in [
            ("drives", self.drives.len()),
            ("spikes of sources", self.spikes.len()),
            ("recorded outputs", self.record.len()),
        ] {
            size("network", &format!("groups with {what}"), found, groups)?;
        }
        let (mut start, mut params, mut drive) = (0, 0, 0);
        for (k, (g, p)) in circuit.groups.iter().zip(&circuit.places).enumerate() {
            let [states, inputs, parameters] = p.fields;
            start += states * self.batch * p.neurons;
            params += parameters * p.neurons;
            drive += self.drives[k].count(self.steps, self.batch, p.neurons, self.drives[k].spread());
            if let Some(i) = self.drives[k].inputs.iter().find(|&&i| i >= inputs) {
                return Err(Invalid::new(&g.name, format!("a drive of input {i} of {inputs}")));
            }
            let outputs = if g.cell.is_some() { states + 1 } else { 0 };
            self.record[k].iter().try_for_each(|r| r.check(&g.name, outputs, self.steps))?;
            self.spikes[k].check(&g.name, self.steps * self.batch, p.neurons, g.cell.is_none())?;
        }
        if !self.feedback.is_empty() {
            size("network", "feedback of projections", self.feedback.len(), circuit.links.len())?;
        }
        for (link, feedback) in circuit.links.iter().zip(self.feedback) {
            if let Feedback::Fixed(numbers) = feedback {
                size(&link.name, "numbers of feedback", numbers.len(), link.synapses)?;
            }
        }
        Ok([start, params, circuit.synapses(), drive])
    }

    /// Spikes of the sources of group `g`.
    #[inline(always)]
    pub(crate) fn given(&self, g: usize, t: usize, b: usize) -> &[u32] {
        let raster = &self.spikes[g];
        let at = t * self.batch + b;
        if raster.starts.is_empty() { &[] } else { &raster.neurons[raster.starts[at]..raster.starts[at + 1]] }
    }
}

impl Raster {
    fn check(&self, name: &str, count: usize, neurons: usize, sources: bool) -> Result<(), Invalid> {
        if self.starts.is_empty() && self.neurons.is_empty() {
            return Ok(());
        }
        if !sources {
            return Err(Invalid::new(name, "spikes are given of cells, which make their own".into()));
        }
        size(name, "starts of lists of spikes", self.starts.len(), count + 1)?;
        if self.starts[0] != 0 || self.starts[count] != self.neurons.len() || !self.starts.is_sorted() {
            return Err(Invalid::new(name, format!("lists of {} spikes do not follow each other", self.neurons.len())));
        }
        if let Some(n) = self.neurons.iter().find(|&&n| n as usize >= neurons) {
            return Err(Invalid::new(name, format!("a spike of source {n} of {neurons}")));
        }
        match self.starts.windows(2).find(|w| !self.neurons[w[0]..w[1]].is_sorted_by(|a, b| a < b)) {
            Some(w) => Err(Invalid::new(name, format!("spikes {}..{} are not in ascending order", w[0], w[1]))),
            None => Ok(()),
        }
    }
}

pub(crate) fn size(part: &str, what: &str, got: usize, want: usize) -> Result<(), Invalid> {
    match got == want {
        true => Ok(()),
        false => Err(Invalid::new(part, format!("{what}: {got} where {want} are needed"))),
    }
}

/// What the steps need of each group's parameters.
pub(crate) struct Precomputed<F> {
    pub(crate) forward: Vec<AlignedVec<F>>,
    pub(crate) adjoint: Vec<AlignedVec<F>>,
    pub(crate) saved: Vec<AlignedVec<F>>,
    /// The parts of a row of inputs that get any.
    pub(crate) used_inputs: Vec<Range<usize>>,
}

impl<F: Precision> Precomputed<F> {
    pub(crate) fn of(circuit: &Circuit, run: &RunInputs<F>) -> Self {
        let mut all =
            Precomputed { forward: vec![], adjoint: vec![], saved: vec![], used_inputs: used_inputs(circuit, run) };
        let mut at = 0;
        for (g, p) in circuit.groups.iter().zip(&circuit.places) {
            let mut params = vec![F::default(); p.fields[2] * p.stride];
            pad(p, &run.params[at..at + p.fields[2] * p.neurons], 1, 0, &mut params);
            at += p.fields[2] * p.neurons;
            let hoisted = |hoist: fn(&Passes<F>) -> &Hoist<F>| {
                let of = |cell| hoist(F::compiled(cell).passes()).of(circuit.dt, p.stride, &params, run.level);
                g.cell.map_or(AlignedVec::new(0), of)
            };
            all.forward.push(hoisted(|passes| &passes.onward));
            all.adjoint.push(hoisted(|passes| &passes.backward));
            all.saved.push(hoisted(|passes| &passes.recorded));
        }
        all
    }
}

/// The parts of a row of inputs that synapses lead to or that are driven.
fn used_inputs<F>(circuit: &Circuit, run: &RunInputs<F>) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = vec![];
    for (p, d) in circuit.places.iter().zip(run.drives) {
        for i in 0..p.fields[1] {
            let row = p.inputs + i * p.stride..p.inputs + (i + 1) * p.stride;
            if !d.inputs.contains(&i) && !circuit.links.iter().any(|l| l.column == row.start) {
                continue;
            }
            match all.last_mut().filter(|last| last.end == row.start) {
                Some(last) => last.end = row.end,
                None => all.push(row),
            }
        }
    }
    all
}

/// Rows of `[row, batch, neuron]` of one batch element, each padded with its last number.
pub(crate) fn pad<F: Copy>(place: &GroupLayout, from: &[F], batch: usize, b: usize, to: &mut [F]) {
    if place.neurons == 0 {
        return;
    }
    for (row, to) in to.chunks_mut(place.stride).enumerate() {
        let from = &from[(row * batch + b) * place.neurons..][..place.neurons];
        to[..place.neurons].copy_from_slice(from);
        to[place.neurons..].fill(from[place.neurons - 1]);
    }
}
