//! A block of a group's steps forwards, with the traces of ES-D-RTRL.

use super::{
    chain::Chain,
    exact::{Bars, Space, row, row_mut},
    plan::Member,
    strand::{product, scaled},
};
use crate::Precision;

/// Goes along the `steps` of a block; `weight` is `1 / c` of each. Leaves in [`Space::credit`] what a spike that arrives
/// adds to the gradient within the block: `sum_s a^(s-t) q[s]`, with `q` the trace times the loss's derivative.
#[inline(always)]
pub(super) fn along<F: Precision>(
    chain: &Chain,
    member: &Member<F>,
    space: &mut Space<F>,
    bars: Bars<F>,
    steps: usize,
    alpha: f64,
    weight: impl Fn(usize) -> f64,
) {
    let (stride, columns) = (space.stride, chain.columns.len());
    let (decay, gain) = (F::of(alpha), F::of(1.0 - alpha));
    space.blamed = bars.steps();
    for k in 0..steps {
        let base = k * space.slope_rows * stride;
        let mut first = 0;
        for column in &chain.columns {
            let place = first * stride..(first + column.states.len()) * stride;
            let (traces, next) = (&mut space.traces[place], &mut space.spare[..column.states.len() * stride]);
            next.fill(F::default());
            for &[to, from, d] in &column.advance {
                let d = row(&space.slopes[base..], d, stride);
                product(row_mut(next, to, stride), row(traces, from, stride), d);
            }
            traces.iter_mut().zip(&*next).for_each(|(to, &x)| *to = decay * x);
            for &[state, d] in &column.by_input {
                let to = column.states.iter().position(|&s| s == state).unwrap_or(0);
                scaled(row_mut(traces, to, stride), row(&space.slopes[base..], d, stride), gain);
            }
            first += column.states.len();
        }
        if k >= space.blamed {
            continue;
        }
        space.credit[k * columns * stride..(k + 1) * columns * stride].fill(F::default());
        if !bars.marked[k] || member.signal.is_empty() {
            continue;
        }
        // Of the states only the filtered spike is one that losses see.
        space.lambda.fill(F::default());
        bars.seed(k, member, 0, stride, &mut space.lambda);
        let weight = F::of(weight(k));
        space.lambda.iter_mut().for_each(|x| *x = *x * weight);
        let mut first = 0;
        for (c, column) in chain.columns.iter().enumerate() {
            if let Some(y) = column.states.iter().position(|&s| s == chain.states) {
                let to = row_mut(&mut space.credit, k * columns + c, stride);
                product(to, row(&space.traces, first + y, stride), &space.lambda);
            }
            first += column.states.len();
        }
    }
    let width = columns * stride;
    for k in (1..space.blamed).rev() {
        let (before, after) = space.credit.split_at_mut(k * width);
        scaled(&mut before[(k - 1) * width..], &after[..width], decay);
    }
}
