//! What is written down of a run.

use super::RunInputs;
use crate::Precision;
use crate::network::{Invalid, circuit::Circuit};
use std::ops::Range;

/// One output of a group's cells, in some steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// States, after each step, then the spike.
    pub output: usize,
    /// The steps.
    pub steps: Range<usize>,
    /// What is made of them.
    pub reduce: Reduce,
}

/// What is made of an output's values in the steps of a [`Record`]; all of it has gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduce {
    /// All are written down: `[step, B, neuron]`.
    Each,
    /// Their sum, such as counts of spikes: `[B, neuron]`.
    Sum,
    /// The sum of their squares, of a state: `[B, neuron]`.
    Squares,
}

impl Record {
    /// Every value of some steps.
    pub fn each(output: usize, steps: Range<usize>) -> Self {
        Record { output, steps, reduce: Reduce::Each }
    }

    /// The sum over some steps.
    pub fn sum(output: usize, steps: Range<usize>) -> Self {
        Record { output, steps, reduce: Reduce::Sum }
    }

    /// The sum of squares over some steps.
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

    /// Which of its rows step `t` goes to.
    fn row(&self, t: usize) -> Option<usize> {
        self.steps.contains(&t).then(|| if self.reduce == Reduce::Each { t - self.steps.start } else { 0 })
    }

    pub(crate) fn check(&self, name: &str, outputs: usize, steps: usize) -> Result<(), Invalid> {
        let Record { output, steps: Range { start, end }, reduce } = *self;
        let wrong = |what| Err(Invalid::new(name, what));
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

/// Group, record, and its first number of batch element `b`, of each record that step `t` is part of.
pub(crate) fn recorded<'a, F: Precision>(
    circuit: &'a Circuit,
    run: &'a RunInputs<'a, F>,
    t: usize,
    b: usize,
) -> impl Iterator<Item = (usize, &'a Record, usize)> {
    let mut at = 0;
    let all = circuit.places.iter().zip(run.record).enumerate();
    let all = all.flat_map(|(g, (p, records))| records.iter().map(move |r| (g, r, p.neurons)));
    all.filter_map(move |(g, record, neurons)| {
        let base = at;
        at += record.rows() * run.batch * neurons;
        record.row(t).map(|row| (g, record, base + (row * run.batch + b) * neurons))
    })
}
