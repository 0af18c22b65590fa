//! What is recorded of a run.

use super::RunInputs;
use crate::{
    Precision,
    network::{InvalidNetwork, circuit::Circuit},
};
use std::ops::Range;

/// One output of a group's cells, in some steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which output: a state variable, as it is after a step, or behind the last of those the spike.
    pub output: usize,
    /// The steps.
    pub steps: Range<usize>,
    /// What is made of the values of these steps.
    pub reduce: Reduce,
}

/// What is made of an output's values in the steps of a [`Record`]; gradients go back through all of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduce {
    /// Every value is recorded: `[step, B, neuron]`.
    Each,
    /// The sum is, such as counts of spikes: `[B, neuron]`.
    Sum,
    /// The sum of the squares of a state variable is: `[B, neuron]`.
    Squares,
}

impl Record {
    /// Records every value of some steps.
    pub fn each(output: usize, steps: Range<usize>) -> Self {
        Record { output, steps, reduce: Reduce::Each }
    }

    /// Records the sum over some steps.
    pub fn sum(output: usize, steps: Range<usize>) -> Self {
        Record { output, steps, reduce: Reduce::Sum }
    }

    /// Records the sum of squares over some steps.
    pub fn squares(output: usize, steps: Range<usize>) -> Self {
        Record { output, steps, reduce: Reduce::Squares }
    }

    /// Rows of `[B, neuron]` that it takes.
    pub fn rows(&self) -> usize {
        match self.reduce {
            Reduce::Each => self.steps.len(),
            _ => 1,
        }
    }

    /// The row that step `t` goes to, if it is recorded.
    fn row(&self, t: usize) -> Option<usize> {
        self.steps.contains(&t).then(|| if self.reduce == Reduce::Each { t - self.steps.start } else { 0 })
    }

    /// Fails unless it fits a group of so many outputs and a run of so many steps.
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

/// A row of `[B, neuron]` that a step is recorded in.
pub(crate) struct RecordedRow<'a> {
    pub(crate) group: usize,
    pub(crate) record: &'a Record,
    /// First of the group's numbers among all that are recorded.
    pub(crate) first: usize,
}

/// The rows that step `t` is recorded in, each from batch element `b` on.
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
