//! This module finds the sparsity pattern of the derivatives of a cell's step and of their products over time.

use crate::Cell;

/// The non-zero entries of the Jacobian of a cell's step and of products of such Jacobians. The filtered spike is one
/// more state if the cell spikes. The derivatives of a step are rows of numbers: those of
/// [`TrainFacts::by_state`](crate::TrainFacts::by_state), then those of
/// [`TrainFacts::by_input`](crate::TrainFacts::by_input), then the filter's decay.
#[derive(Clone, Debug)]
pub(super) struct JacobianPattern {
    /// The number of the cell's own states.
    pub(super) states: usize,
    /// Whether the cell spikes, so that the filtered spike is one more state.
    pub(super) spikes: bool,
    /// The entries of `D`: next state, state, row of the derivatives.
    pub(super) by_state: Vec<[usize; 3]>,
    /// The inputs that synapses arrive at.
    pub(super) columns: Vec<InputPattern>,
    /// The entries of a product `P` of Jacobians: pairs of states, the first of which the second acts on after some
    /// number of steps.
    pub(super) reach: Vec<(usize, usize)>,
    /// The terms of `P D`: entry of the product, entry of `P`, row of `D`.
    pub(super) product: Vec<[usize; 3]>,
}

/// The states that one input acts on, with the terms that update their traces.
#[derive(Clone, Debug)]
pub(super) struct InputPattern {
    pub(super) input: usize,
    /// The entries of `d`: next state, row of the derivatives.
    pub(super) by_input: Vec<[usize; 2]>,
    /// The states that the input acts on after some number of steps, which are those that traces have.
    pub(super) states: Vec<usize>,
    /// The terms of `P d`: place in `states`, entry of `P`, row of `d`.
    pub(super) arrive: Vec<[usize; 3]>,
    /// The terms of `P e`: place in `states` of the product and of `e`, entry of `P`.
    pub(super) carry: Vec<[usize; 3]>,
    /// The terms of `D e`: place in `states` of the product and of `e`, row of `D`.
    pub(super) advance: Vec<[usize; 3]>,
}

impl JacobianPattern {
    /// Returns the pattern of a cell whose synapses act on `inputs`. `follows(output, state)` tells whether the
    /// derivative of an output w.r.t. a state is followed; those that are not count as zero.
    pub(super) fn of(cell: &Cell, inputs: &[usize], follows: impl Fn(usize, usize) -> bool) -> Self {
        let (states, facts) = (cell.state.len(), cell.trained());
        let spikes = facts.by_state.iter().chain(facts.by_input).any(|&(row, _)| row == states);
        let followed = facts.by_state.iter().enumerate().filter(|(_, d)| follows(d.0, d.1));
        let mut by_state: Vec<_> = followed.map(|(k, &(r, c))| [r, c, k]).collect();
        if spikes {
            by_state.push([states, states, Self::decay_row(cell)]);
        }
        let mut reach: Vec<_> = (0..states + usize::from(spikes)).map(|s| (s, s)).collect();
        let mut at = 0;
        while at < reach.len() {
            let (r, s) = reach[at];
            for &[_, c, _] in by_state.iter().filter(|d| d[0] == s) {
                if !reach.contains(&(r, c)) {
                    reach.push((r, c));
                }
            }
            at += 1;
        }
        reach.sort();
        let pair = |r, c| reach.iter().position(|&p| p == (r, c));
        let product = by_state.iter().flat_map(|&[s, c, row]| {
            let pair = &pair;
            reach
                .iter()
                .enumerate()
                .filter(move |p| p.1.1 == s)
                .filter_map(move |(k, &(r, _))| Some([pair(r, c)?, k, row]))
        });
        let column = |&input: &usize| {
            let rows = cell.trained().by_input.iter().zip(cell.trained().by_state.len()..);
            let by_input: Vec<_> = rows.filter(|(at, _)| at.1 == input).map(|(at, row)| [at.0, row]).collect();
            let mut states: Vec<_> =
                reach.iter().filter(|p| by_input.iter().any(|d| d[0] == p.1)).map(|p| p.0).collect();
            states.sort();
            states.dedup();
            let place = |s| states.iter().position(|&x| x == s);
            let each = by_input.iter().flat_map(|&[s, row]| {
                let place = &place;
                let pairs = reach.iter().enumerate().filter(move |p| p.1.1 == s);
                pairs.filter_map(move |(k, &(r, _))| Some([place(r)?, k, row]))
            });
            let arrive = each.collect();
            let pairs = reach.iter().enumerate();
            let carry = pairs.filter_map(|(k, &(r, c))| Some([place(r)?, place(c)?, k])).collect();
            let steps = by_state.iter();
            let advance = steps.filter_map(|&[r, c, row]| Some([place(r)?, place(c)?, row])).collect();
            InputPattern { input, by_input, states, arrive, carry, advance }
        };
        let (columns, product) = (inputs.iter().map(column).collect(), product.collect());
        JacobianPattern { states, spikes, by_state, columns, product, reach }
    }

    /// Returns the row of the filter's decay, which follows those that a step writes.
    pub(super) fn decay_row(cell: &Cell) -> usize {
        cell.trained().by_state.len() + cell.trained().by_input.len()
    }

    /// Returns the number of states, the filtered spike included.
    pub(super) fn rows(&self) -> usize {
        self.states + usize::from(self.spikes)
    }

    /// Returns the number of trace states of the columns before `column`.
    pub(super) fn before(&self, column: usize) -> usize {
        self.columns[..column].iter().map(|c| c.states.len()).sum()
    }

    /// Returns the number of trace states of all columns.
    pub(super) fn traces(&self) -> usize {
        self.before(self.columns.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_hold_the_states_that_an_input_reaches() {
        let cell = crate::find("gif-network").unwrap();
        let exc = cell.input("exc_w").unwrap();
        let pattern = JacobianPattern::of(cell, &[exc, cell.input("i").unwrap()], |_, _| true);
        let names = |k: usize| {
            let name = |&s: &usize| cell.state.get(s).map_or("y", |f| &*f.name);
            pattern.columns[k].states.iter().map(name).collect::<Vec<_>>()
        };
        // A synaptic input acts on its own conductance only; a current acts on none.
        assert_eq!(names(0), ["v", "a", "exc_g", "y"]);
        assert_eq!(names(1), ["v", "a", "y"]);
        let readout = crate::find("leaky-readout").unwrap();
        let pattern = JacobianPattern::of(readout, &[0], |_, _| true);
        assert!(!pattern.spikes && pattern.columns[0].states == [0] && pattern.reach == [(0, 0)]);
    }
}
