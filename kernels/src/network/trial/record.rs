//! This module describes what is recorded of a run.

use super::RunInputs;
use crate::{
    Precision,
    network::{InvalidNetwork, circuit::Circuit},
};
use std::ops::Range;

/// A recorder of one output of a group's cells over some steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Index of the output: a state variable after a step, or the spike, whose index is the number of state variables.
    pub output: usize,
    /// Range of the recorded steps.
    pub steps: Range<usize>,
    /// Reduction of the values over these steps.
    pub reduce: Reduce,
}

/// The reduction of an output over the steps of a [`Record`]. All reductions are differentiable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduce {
    /// Every value is recorded: `[step, B, neuron]`.
    Each,
    /// The sum over steps is recorded, such as the number of spikes: `[B, neuron]`.
    Sum,
    /// The sum over steps of the squares of a state variable is recorded: `[B, neuron]`.
    Squares,
}

impl Record {
    /// Makes a recorder of every value of some steps.
    pub fn each(output: usize, steps: Range<usize>) -> Self {
        Record { output, steps, reduce: Reduce::Each }
    }

    /// Makes a recorder of the sum over some steps.
    pub fn sum(output: usize, steps: Range<usize>) -> Self {
        Record { output, steps, reduce: Reduce::Sum }
    }

    /// Makes a recorder of the sum of squares over some steps.
    pub fn squares(output: usize, steps: Range<usize>) -> Self {
        Record { output, steps, reduce: Reduce::Squares }
    }

    /// Returns the number of rows `[B, neuron]` that the recorder writes.
    pub fn rows(&self) -> usize {
        match self.reduce {
            Reduce::Each => self.steps.len(),
            _ => 1,
        }
    }

    /// Returns the row that step `t` is recorded in; `None` where the step is not recorded.
    fn row(&self, t: usize) -> Option<usize> {
        self.steps.contains(&t).then(|| if self.reduce == Reduce::Each { t - self.steps.start } else { 0 })
    }

    /// Fails unless the recorder fits a group with `outputs` outputs and a run of `steps` steps.
    pub(super) fn check(&self, name: &str, outputs: usize, steps: usize) -> Result<(), InvalidNetwork> {
        let Record { output, steps: Range { start, end }, reduce } = *self;
        let wrong = |what| Err(InvalidNetwork::new(name, what));
        if output >= outputs {
            return wrong(format!("output {output} of {outputs}"));
        }
        if start > end || end > steps {
            return wrong(format!("a record of steps {start}..{end} of {steps}"));
        }
        if reduce == Reduce::Squares && output + 1 == outputs {
            return wrong("a sum of squares of spikes, which are their own squares; take the sum".into());
        }
        Ok(())
    }
}

/// The row `[B, neuron]` that a step is recorded in.
pub(crate) struct RecordedRow<'a> {
    pub(crate) group: usize,
    pub(crate) record: &'a Record,
    /// Offset of the row in the recorded array.
    pub(crate) first: usize,
}

/// Returns the rows that step `t` is recorded in, each starting at batch element `b`.
pub(crate) fn recorded<'a, F: Precision>(
    circuit: &'a Circuit,
    run: &'a RunInputs<'a, F>,
    t: usize,
    b: usize,
) -> impl Iterator<Item = RecordedRow<'a>> {
    let mut at = 0;
    let groups = circuit.layouts.iter().zip(run.record).enumerate();
    let all = groups.flat_map(|(group, (p, records))| records.iter().map(move |r| (group, r, p.neurons)));
    all.filter_map(move |(group, record, neurons)| {
        let base = at;
        at += record.rows() * run.batch * neurons;
        let row = record.row(t)?;
        Some(RecordedRow { group, record, first: base + (row * run.batch + b) * neurons })
    })
}
