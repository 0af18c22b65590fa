//! A block of a group's steps backwards, neuron by neuron: what synapses with traces of their own need of it.

use super::{
    chain::Chain,
    plan::Member,
    strand::{flush, product, scaled},
};
use crate::Precision;

/// What a group's neurons work with; rows of `stride` numbers.
pub(super) struct Space<F> {
    pub(super) stride: usize,
    /// Derivatives of each step, `[step, row]`, with the filter's decay as the last row.
    pub(super) slopes: Vec<F>,
    pub(super) slope_rows: usize,
    /// Gradient for a spike that arrives, `[step, column]`.
    pub(super) credit: Vec<F>,
    /// Steps of `credit` that are not zero.
    pub(super) blamed: usize,
    /// As `credit`, of numbers of spikes.
    pub(super) counted: Vec<F>,
    /// Trace, at the end of the block, of a spike that arrives, `[step, column and state]`.
    pub(super) arrive: Vec<F>,
    /// Gradient by the states before the block, of its losses and of its numbers of spikes.
    pub(super) lambda: Vec<F>,
    pub(super) tally: Vec<F>,
    /// `P` of the whole block, `[pair]`.
    pub(super) pairs: Vec<F>,
    /// Traces of the group's own of ES-D-RTRL, `[column and state]`.
    pub(super) traces: Vec<F>,
    pub(super) spare: Vec<F>,
}

impl<F: Precision> Space<F> {
    /// For a group; where its traces are products, of what those need.
    pub(super) fn new(chain: &Chain, slopes: usize, stride: usize, block: usize, decayed: bool, counts: bool) -> Self {
        let zeros = |rows: usize| vec![F::default(); rows * stride];
        let if_exact = |rows: usize| if decayed { 0 } else { rows };
        let columns = chain.columns.len();
        Space {
            stride,
            slopes: zeros(block * slopes),
            slope_rows: slopes,
            credit: zeros(block * columns),
            blamed: 0,
            counted: zeros(if counts { block * columns } else { 0 }),
            arrive: zeros(if_exact(block * chain.traces())),
            lambda: zeros(if decayed { 1 } else { chain.rows() }),
            tally: zeros(if counts { chain.rows() } else { 0 }),
            pairs: zeros(if_exact(chain.reach.len())),
            traces: zeros(if decayed { chain.traces() } else { 0 }),
            spare: zeros(chain.rows().max(chain.traces()).max(if_exact(chain.reach.len()))),
        }
    }

    /// Bytes of traces and of everything.
    pub(super) fn bytes(&self) -> [usize; 2] {
        let all = [
            &self.slopes,
            &self.credit,
            &self.counted,
            &self.arrive,
            &self.lambda,
            &self.tally,
            &self.pairs,
            &self.traces,
            &self.spare,
        ];
        [size_of_val(&self.traces[..]), all.iter().map(|x| size_of_val(&x[..])).sum()]
    }
}

/// Row `k`.
#[inline(always)]
pub(super) fn row<F>(rows: &[F], k: usize, stride: usize) -> &[F] {
    &rows[k * stride..(k + 1) * stride]
}

/// Row `k` to write to.
#[inline(always)]
pub(super) fn row_mut<F>(rows: &mut [F], k: usize, stride: usize) -> &mut [F] {
    &mut rows[k * stride..(k + 1) * stride]
}

/// A block's losses by the readouts.
#[derive(Clone, Copy)]
pub(super) struct Bars<'a, F> {
    /// `[step, output]`
    pub(super) by: &'a [F],
    /// Steps that have one.
    pub(super) marked: &'a [bool],
    pub(super) outputs: usize,
    pub(super) neurons: usize,
}

impl<F: Precision> Bars<'_, F> {
    /// Adds those of step `k` to the row of states of which they are.
    #[inline(always)]
    pub(super) fn seed(&self, k: usize, member: &Member<F>, states: usize, stride: usize, to: &mut [F]) {
        let by = row(self.by, k, self.outputs);
        if let Some(output) = member.output {
            to.iter_mut().zip(&by[output..output + self.neurons]).for_each(|(to, &x)| *to += x);
        } else if !member.signal.is_empty() {
            let to = row_mut(to, states, stride);
            for (&x, signal) in by.iter().zip(member.signal.chunks(stride.max(1))) {
                scaled(to, signal, x);
            }
        }
    }

    /// Steps up to the last that has one.
    pub(super) fn steps(&self) -> usize {
        self.marked.iter().rposition(|&m| m).map_or(0, |k| k + 1)
    }
}

/// Goes back over the `steps` of a block: for the gradient by what arrives, and unless `last`, for the traces.
#[inline(always)]
pub(super) fn back<F: Precision>(
    chain: &Chain,
    member: &Member<F>,
    space: &mut Space<F>,
    bars: Bars<F>,
    steps: usize,
    last: bool,
) {
    let stride = space.stride;
    space.blamed = bars.steps();
    space.lambda.fill(F::default());
    let columns = chain.columns.len();
    let rows = space.slope_rows;
    let slope = |k: usize, row: usize| (k * rows + row) * stride..(k * rows + row + 1) * stride;
    for k in (0..space.blamed).rev() {
        if bars.marked[k] {
            bars.seed(k, member, chain.states, stride, &mut space.lambda);
        }
        for (c, column) in chain.columns.iter().enumerate() {
            let to = row_mut(&mut space.credit, k * columns + c, stride);
            to.fill(F::default());
            for &[state, d] in &column.by_input {
                let at = slope(k, d);
                product(to, row(&space.lambda, state, stride), &space.slopes[at]);
            }
        }
        let next = &mut space.spare[..chain.rows() * stride];
        next.fill(F::default());
        for &[state, before, d] in &chain.by_state {
            let at = slope(k, d);
            product(row_mut(next, before, stride), row(&space.lambda, state, stride), &space.slopes[at]);
        }
        space.lambda.copy_from_slice(next);
    }
    if !space.counted.is_empty() {
        // The filtered spike's row is here the spike itself, of which the gradient is one in every step.
        space.tally.fill(F::default());
        for k in (0..steps).rev() {
            row_mut(&mut space.tally, chain.states.min(chain.rows() - 1), stride).fill(if chain.spikes {
                F::of(1.0)
            } else {
                F::default()
            });
            for (c, column) in chain.columns.iter().enumerate() {
                let to = row_mut(&mut space.counted, k * columns + c, stride);
                to.fill(F::default());
                for &[state, d] in &column.by_input {
                    let at = slope(k, d);
                    product(to, row(&space.tally, state, stride), &space.slopes[at]);
                }
            }
            let next = &mut space.spare[..chain.rows() * stride];
            next.fill(F::default());
            for &[state, before, d] in chain.by_state.iter().filter(|d| d[1] < chain.states) {
                let at = slope(k, d);
                product(row_mut(next, before, stride), row(&space.tally, state, stride), &space.slopes[at]);
            }
            space.tally.copy_from_slice(next);
        }
    }
    if last {
        return;
    }
    for (&(r, c), pair) in chain.reach.iter().zip(space.pairs.chunks_mut(stride.max(1))) {
        pair.fill(F::of(f64::from(u8::from(r == c))));
    }
    for k in (0..steps).rev() {
        let mut first = k * chain.traces();
        for column in &chain.columns {
            let to = &mut space.arrive[first * stride..(first + column.states.len()) * stride];
            to.fill(F::default());
            for &[place, pair, d] in &column.arrive {
                let at = slope(k, d);
                product(row_mut(to, place, stride), row(&space.pairs, pair, stride), &space.slopes[at]);
            }
            first += column.states.len();
        }
        let next = &mut space.spare[..space.pairs.len()];
        next.fill(F::default());
        for &[to, pair, d] in &chain.product {
            let at = slope(k, d);
            product(row_mut(next, to, stride), row(&space.pairs, pair, stride), &space.slopes[at]);
        }
        flush(next);
        space.pairs.copy_from_slice(next);
    }
}
