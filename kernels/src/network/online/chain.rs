//! Which derivatives of a cell's step there are, and what follows from each in time.

use crate::Cell;

/// A cell with the filtered spike as one more state, if it spikes. Derivatives of a step are rows of numbers, those of
/// [`TrainFacts::by_state`](crate::TrainFacts::by_state), then those of [`TrainFacts::by_input`](crate::TrainFacts::by_input), then the filter's decay.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// The cell's own states.
    pub(super) states: usize,
    /// Whether the filtered spike is one more.
    pub(super) spikes: bool,
    /// Next state, state, row.
    pub(super) by_state: Vec<[usize; 3]>,
    /// Inputs that synapses arrive at.
    pub(super) columns: Vec<Column>,
    /// Pairs of states, the first of which the second acts on after any number of steps.
    pub(super) reach: Vec<(usize, usize)>,
    /// `P D`: pair of the product, pair of `P`, row of `D`.
    pub(super) product: Vec<[usize; 3]>,
}

/// One input.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) input: usize,
    /// Next state, row.
    pub(super) by_input: Vec<[usize; 2]>,
    /// States that it acts on after any number of steps: those that traces have.
    pub(super) states: Vec<usize>,
    /// `P d`: place in `states`, pair of `P`, row of `d`.
    pub(super) arrive: Vec<[usize; 3]>,
    /// `P e`: place in `states` of the product and of `e`, pair of `P`.
    pub(super) carry: Vec<[usize; 3]>,
    /// `D e`: place in `states` of the product and of `e`, row of `D`.
    pub(super) advance: Vec<[usize; 3]>,
}

impl Chain {
    pub(super) fn of(cell: &Cell, inputs: &[usize]) -> Self {
        let states = cell.state.len();
        let spikes = cell.trained().by_state.iter().chain(cell.trained().by_input).any(|&(row, _)| row == states);
        let mut by_state: Vec<_> = cell.trained().by_state.iter().enumerate().map(|(k, &(r, c))| [r, c, k]).collect();
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
            Column { input, by_input, states, arrive, carry, advance }
        };
        let (columns, product) = (inputs.iter().map(column).collect(), product.collect());
        Chain { states, spikes, by_state, columns, product, reach }
    }

    /// Rows of derivatives that a step writes; the filter's decay is the next.
    pub(super) fn decay_row(cell: &Cell) -> usize {
        cell.trained().by_state.len() + cell.trained().by_input.len()
    }

    /// States, the filtered spike among them.
    pub(super) fn rows(&self) -> usize {
        self.states + usize::from(self.spikes)
    }

    /// Trace states of the columns before `column`.
    pub(super) fn before(&self, column: usize) -> usize {
        self.columns[..column].iter().map(|c| c.states.len()).sum()
    }

    /// Trace states of all columns.
    pub(super) fn traces(&self) -> usize {
        self.before(self.columns.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_input_acts_on() {
        let cell = crate::find("gif-network").unwrap();
        let exc = cell.input("exc_w").unwrap();
        let chain = Chain::of(cell, &[exc, cell.input("i").unwrap()]);
        let names = |k: usize| {
            let name = |&s: &usize| cell.state.get(s).map_or("y", |f| &*f.name);
            chain.columns[k].states.iter().map(name).collect::<Vec<_>>()
        };
        // Of the conductances its own; of a current none.
        assert_eq!(names(0), ["v", "a", "exc_g", "y"]);
        assert_eq!(names(1), ["v", "a", "y"]);
        let readout = crate::find("leaky-readout").unwrap();
        let chain = Chain::of(readout, &[0]);
        assert!(!chain.spikes && chain.columns[0].states == [0] && chain.reach == [(0, 0)]);
    }
}
