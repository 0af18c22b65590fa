//! This module holds the arguments of a run and checks them.

use super::{Drive, Feedback, Raster, Record};
use crate::{
    Level, Precision,
    network::{
        InvalidNetwork,
        circuit::{Circuit, FieldCounts},
    },
};

/// The arguments of a run. In flat arrays the groups follow each other.
#[derive(Clone, Copy, Debug)]
pub struct RunInputs<'a, F> {
    /// Number of steps `T`.
    pub steps: usize,
    /// Number of batch elements `B`.
    pub batch: usize,
    /// State before the first step, `[state, B, neuron]` of each group.
    pub start: &'a [F],
    /// Parameters, `[parameter, neuron]` of each group.
    pub params: &'a [F],
    /// Weights, `[synapse]`; see [`Circuit::synapses`].
    pub weights: &'a [F],
    /// External input of each group: `[T, driven input]`, `[T, driven input, B]` or `[T, driven input, B, neuron]`,
    /// according to the spread of the group's [`Drive`].
    pub drive: &'a [F],
    /// Description of the external input, `[group]`.
    pub drives: &'a [Drive],
    /// Spikes of sources, `[group]`; those of groups of cells are empty.
    pub spikes: &'a [Raster],
    /// Recorders of each group, `[group]`; sources have none.
    pub record: &'a [Vec<Record>],
    /// Feedback weights of each projection, by which gradients are propagated from its targets to its spikes. Where the
    /// slice is empty, all projections use their own weights.
    pub feedback: &'a [Feedback<'a, F>],
    /// Instruction set of the run.
    pub level: Level,
}

/// The lengths that a circuit needs of the arrays of a run.
#[derive(Default)]
struct Needed {
    start: usize,
    params: usize,
    drive: usize,
}

impl<F: Precision> RunInputs<'_, F> {
    /// Returns the number of recorded values. The recorded array holds the [`Record`]s of each group one after the
    /// other.
    pub fn rows(&self, circuit: &Circuit) -> usize {
        let rows = |r: &Vec<Record>| r.iter().map(Record::rows).sum::<usize>();
        let each = circuit.layouts.iter().zip(self.record).map(|(p, r)| rows(r) * p.neurons);
        self.batch * each.sum::<usize>()
    }

    /// Fails, with both sizes, unless all arguments fit the circuit.
    pub(crate) fn check(&self, circuit: &Circuit) -> Result<(), InvalidNetwork> {
        let Needed { start, params, drive } = self.needed(circuit)?;
        size("network", "initial states", self.start.len(), start)?;
        size("network", "parameters", self.params.len(), params)?;
        size("network", "weights", self.weights.len(), circuit.synapses())?;
        size("network", "drive", self.drive.len(), drive)
    }

    /// Fails unless all arguments but the arrays of numbers fit the circuit; the arrays may be on a device.
    pub(crate) fn check_lists(&self, circuit: &Circuit) -> Result<(), InvalidNetwork> {
        self.needed(circuit).map(|_| ())
    }

    fn needed(&self, circuit: &Circuit) -> Result<Needed, InvalidNetwork> {
        let (steps, batch, groups) = (self.steps, self.batch, circuit.populations.len());
        for (what, found) in [
            ("drives", self.drives.len()),
            ("spikes of sources", self.spikes.len()),
            ("recorded outputs", self.record.len()),
        ] {
            size("network", &format!("groups with {what}"), found, groups)?;
        }
        let mut needed = Needed::default();
        for (k, (g, p)) in circuit.populations.iter().zip(&circuit.layouts).enumerate() {
            let FieldCounts { states, inputs, params } = p.fields;
            let drive = &self.drives[k];
            needed.start += states * batch * p.neurons;
            needed.params += params * p.neurons;
            needed.drive += drive.count(steps, batch, p.neurons, drive.spread());
            if let Some(i) = drive.inputs.iter().find(|&&i| i >= inputs) {
                return Err(InvalidNetwork::new(&g.name, format!("a drive of input {i} of {inputs}")));
            }
            let outputs = if g.cell().is_some() { states + 1 } else { 0 };
            self.record[k].iter().try_for_each(|r| r.check(&g.name, outputs, steps))?;
            self.spikes[k].check(&g.name, steps * batch, p.neurons, g.cell().is_none())?;
        }
        let projections = &circuit.connectivity.projections;
        if !self.feedback.is_empty() {
            size("network", "feedback of projections", self.feedback.len(), projections.len())?;
        }
        for (p, feedback) in projections.iter().zip(self.feedback) {
            if let Feedback::Fixed(numbers) = feedback {
                size(&p.name, "numbers of feedback", numbers.len(), p.synapses)?;
            }
        }
        Ok(needed)
    }

    /// Returns the neurons of source group `g` that spike in step `t` of batch element `b`.
    #[inline(always)]
    pub(crate) fn given(&self, g: usize, t: usize, b: usize) -> &[u32] {
        self.spikes[g].list(t * self.batch + b)
    }
}

/// Fails, with both sizes, unless `got` equals `want`.
pub(crate) fn size(part: &str, what: &str, got: usize, want: usize) -> Result<(), InvalidNetwork> {
    match got == want {
        true => Ok(()),
        false => Err(InvalidNetwork::new(part, format!("{what}: {got} where {want} are needed"))),
    }
}
