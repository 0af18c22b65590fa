//! This module computes the forward scan: states over time.

use super::*;
use crate::{run::Run, simd::Pair};

/// The results of a forward scan.
pub struct Forward<'a, F> {
    /// Indices of the outputs to record, without repetition: state variables, or the spike, whose index is their
    /// number.
    pub record: &'a [usize],
    /// Recorded outputs, `[time, recorded, batch, neuron]`.
    pub rows: &'a mut [F],
    /// Final state, `[state, batch, neuron]`; it may be empty.
    pub end: &'a mut [F],
}

/// Runs a population and records outputs after every step.
pub fn forward<M: CompiledModel, F: Precision>(run: &Run<F>, out: Forward<F>) {
    let end = (!out.end.is_empty()).then(|| Columns::new(out.end));
    let rows = Columns::new(out.rows);
    for b in 0..run.batch {
        let scan = Scan::<M, F> {
            run,
            b,
            record: out.record,
            rows: &rows,
            end: end.as_ref(),
            model: std::marker::PhantomData,
        };
        spread(&scan, run.neurons, run.level);
    }
}

struct Scan<'a, M, F: Precision> {
    run: &'a Run<'a, F>,
    b: usize,
    record: &'a [usize],
    rows: &'a Columns<'a, F>,
    end: Option<&'a Columns<'a, F>>,
    model: std::marker::PhantomData<fn() -> M>,
}

/// Number of steps that a group of blocks takes before its rows are written out, in parts as wide as the group. The
/// output is far larger than the caches, and memory is written much faster in long parts than in single vectors.
const TILE: usize = 32;
/// Number of pairs of blocks in a group.
const GROUP: usize = 8;

impl<M: CompiledModel, F: Precision> Task<F> for Scan<'_, M, F> {
    type Cell = M;

    fn blocks(&self, lanes: usize) -> usize {
        // Groups are smaller where threads would be idle otherwise, which does not change results. Their size is even,
        // since blocks are run in pairs.
        let pairs = self.run.neurons.div_ceil(2 * lanes);
        2 * (pairs / rayon::current_num_threads()).clamp(1, GROUP)
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, first: usize) {
        self.group::<Pair<V>>(first, self.blocks(V::LANES) / 2);
    }
}

impl<M: CompiledModel, F: Precision> Scan<'_, M, F> {
    #[inline(always)]
    fn group<V: Simd<Elem = F>>(&self, first: usize, most: usize) {
        let run = *self.run;
        let group = most.min((run.neurons - first).div_ceil(V::LANES));
        let block = |k: usize| Block::<V> { run, b: self.b, first: first + k * V::LANES };
        let mut x = [M::State::<V>::filled(V::splat(0.0)); GROUP];
        let mut c = [M::ForwardInvariants::<V>::filled(V::splat(0.0)); GROUP];
        for (k, (x, c)) in x.iter_mut().zip(&mut c).enumerate().take(group) {
            *x = block(k).start::<M>();
            *c = M::forward_invariants(V::splat(run.dt), &block(k).params::<M>());
        }
        let (columns, recorded) = (group * V::LANES, self.record.len());
        let mut tile = vec![F::default(); TILE * recorded * columns];
        for from in (0..run.steps).step_by(TILE) {
            let steps = from..(from + TILE).min(run.steps);
            for (k, (x, c)) in x.iter_mut().zip(&c).enumerate().take(group) {
                let to = Stretch { tile: &mut tile, columns, column: k * V::LANES };
                *x = self.tile(block(k), steps.clone(), *x, c, to);
            }
            let present = columns.min(run.neurons - first);
            for (row, values) in tile[..steps.len() * recorded * columns].chunks_exact(columns).enumerate() {
                let at = ((from * recorded + row) * run.batch + self.b) * run.neurons + first;
                // SAFETY: groups of blocks have neurons, and so columns, of their own.
                unsafe { self.rows.write(at, &values[..present]) };
            }
        }
        if let Some(end) = self.end {
            for (k, x) in x.iter().enumerate().take(group) {
                // SAFETY: blocks have neurons, and so columns, of their own.
                unsafe { block(k).store_states::<M>(end, x, 0) };
            }
        }
    }

    #[inline(always)]
    fn tile<V: Simd<Elem = F>>(
        &self,
        block: Block<V>,
        steps: std::ops::Range<usize>,
        mut x: M::State<V>,
        c: &M::ForwardInvariants<V>,
        to: Stretch<F>,
    ) -> M::State<V> {
        let (record, stride) = (self.record, to.columns);
        let mut at = to.column;
        for t in steps {
            let y = M::step(&x, &block.input::<M>(t), c);
            for &row in record {
                y.as_ref()[row].store(&mut to.tile[at..]);
                at += stride;
            }
            x = states_of::<M, V>(&y);
        }
        x
    }
}

/// The place of one block's rows of a tile.
struct Stretch<'a, F> {
    tile: &'a mut [F],
    columns: usize,
    column: usize,
}
