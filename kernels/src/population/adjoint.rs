//! This module computes the reverse scan: gradients w.r.t. initial state, drive and parameters.
//!
//! A block saves its state at the start of every segment of about `sqrt(T)` steps. In the backward pass it recomputes
//! the states of a segment into a tape that fits the first-level cache, and runs the adjoint over it (Griewank and
//! Walther 2000, <https://doi.org/10.1145/347837.347846>, with one level).

use super::*;
use crate::run::{Run, Spread, SquaredDistance};

/// The gradients w.r.t. the recorded outputs, from which the reverse scan starts.
#[derive(Clone, Copy)]
pub enum AdjointSeed<'a, F> {
    /// They are given: the recorded outputs, and the gradients `[time, recorded, batch, neuron]`.
    Rows(&'a [usize], &'a [F]),
    /// They are half of the gradients of a quadratic distance, which the scan computes.
    Distance(SquaredDistance<'a, F>),
}

/// The arguments and results of a reverse scan. A buffer is empty where its gradient is not wanted.
pub struct Adjoint<'a, F> {
    /// Gradients w.r.t. the outputs.
    pub seed: AdjointSeed<'a, F>,
    /// Gradient w.r.t. the final state, `[state, batch, neuron]`; empty for zero.
    pub end: &'a [F],
    /// Gradient w.r.t. the initial state, `[state, batch, neuron]`.
    pub start: &'a mut [F],
    /// Gradient w.r.t. the drive, in the drive's spread. With [`Spread::Shared`] it has a value for each batch element,
    /// as with [`Spread::Batch`], over which the caller sums.
    pub drive: &'a mut [F],
    /// Gradient w.r.t. the parameters, `[parameter, neuron]`, summed over the batch.
    pub params: &'a mut [F],
    /// Value of the objective, `[neuron]`, summed over the batch.
    pub loss: &'a mut [F],
}

/// Number of groups of blocks in which the gradient w.r.t. a shared drive is summed; the sums of the groups are added
/// in order. It is fixed, so that the result does not depend on the number of threads.
const PARTIAL_SUMS: usize = 16;

/// Runs the reverse scan of a population.
pub fn adjoint<M: CompiledModel, F: Precision>(run: &Run<F>, out: Adjoint<F>) {
    let series = run.steps * M::INPUT.len() * run.batch;
    let shared = !out.drive.is_empty() && run.drive.spread != Spread::Neuron;
    let lanes = 16;
    let blocks = run.neurons.div_ceil(lanes);
    let parts = if shared { PARTIAL_SUMS.min(blocks) } else { blocks };
    let mut sums = vec![F::default(); if shared { parts * series } else { 0 }];
    let task = Reverse::<M, F> {
        run,
        seed: out.seed,
        end: out.end,
        start: some(out.start),
        params: some(out.params),
        loss: some(out.loss),
        drive: if shared { None } else { some(&mut *out.drive) },
        sums: shared.then(|| Columns::new(&mut sums)),
        part: lanes * blocks.div_ceil(parts.max(1)),
        model: std::marker::PhantomData,
    };
    spread(&task, run.neurons, run.level);
    if shared {
        for (k, to) in out.drive.iter_mut().enumerate() {
            *to = F::of((0..parts).map(|p| sums[p * series + k].to()).sum());
        }
    }
}

struct Reverse<'a, M, F: Precision> {
    run: &'a Run<'a, F>,
    seed: AdjointSeed<'a, F>,
    end: &'a [F],
    start: Option<Columns<'a, F>>,
    params: Option<Columns<'a, F>>,
    loss: Option<Columns<'a, F>>,
    /// Gradient w.r.t. a drive per neuron.
    drive: Option<Columns<'a, F>>,
    /// Gradient w.r.t. a shared drive, `[part, time, input, batch]`.
    sums: Option<Columns<'a, F>>,
    part: usize,
    model: std::marker::PhantomData<fn() -> M>,
}

/// The sums of a block over the batch.
struct Totals<M: CompiledModel, V: Simd> {
    params: M::Param<V>,
    loss: V,
}

impl<M: CompiledModel, F: Precision> Task<F> for Reverse<'_, M, F> {
    type Cell = M;

    fn blocks(&self, lanes: usize) -> usize {
        match self.sums {
            Some(_) => self.part / lanes,
            None => 1,
        }
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, first: usize) {
        let run = self.run;
        let segment = ((run.steps as f64).sqrt() as usize).clamp(16, 256);
        let mut starts: Vec<M::State<V>> = Vec::with_capacity(run.steps.div_ceil(segment));
        let mut tape = vec![M::State::<V>::filled(V::splat(0.0)); segment + 1];
        for k in 0..self.blocks(V::LANES) {
            let first = first + k * V::LANES;
            if first >= run.neurons {
                break;
            }
            let params = Block::<V> { run: *run, b: 0, first }.params::<M>();
            let dt = V::splat(run.dt);
            let (forward, backward) = (M::forward_invariants(dt, &params), M::adjoint_invariants(dt, &params));
            let zero = V::splat(0.0);
            let mut totals = Totals::<M, V> { params: M::Param::<V>::filled(zero), loss: zero };
            for b in 0..run.batch {
                let block = Block::<V> { run: *run, b, first };
                starts.clear();
                let mut x = block.start::<M>();
                for from in (0..run.steps).step_by(segment) {
                    let steps = from..(from + segment).min(run.steps);
                    starts.push(x);
                    tape[0] = x;
                    fill::<M, V>(block, steps.clone(), &forward, &mut tape);
                    x = tape[steps.len()];
                }
                let mut bar = match self.end.is_empty() {
                    true => M::State::<V>::filled(zero),
                    false => block.states::<M>(self.end),
                };
                let mask = present::<V>(first, run.neurons);
                for s in bar.as_mut() {
                    *s = *s * mask;
                }
                for (k, &x) in starts.iter().enumerate().rev() {
                    let steps = k * segment..((k + 1) * segment).min(run.steps);
                    tape[0] = x;
                    fill::<M, V>(block, steps.clone(), &forward, &mut tape);
                    bar = self.back(block, steps, &tape, &backward, bar, mask, &mut totals);
                }
                if let Some(to) = &self.start {
                    // SAFETY: blocks have neurons, and so columns, of their own.
                    unsafe { block.store_states::<M>(to, &bar, 0) };
                }
            }
            if let Some(to) = &self.params {
                for (row, &v) in totals.params.as_ref().iter().enumerate() {
                    // SAFETY: blocks have neurons, and so columns, of their own.
                    unsafe { to.store(row * run.neurons, first, run.neurons, v) };
                }
            }
            if let Some(to) = &self.loss {
                // SAFETY: blocks have neurons, and so columns, of their own.
                unsafe { to.store(0, first, run.neurons, totals.loss) };
            }
        }
    }
}

/// Computes the states of a segment from the state at its start.
#[inline(always)]
fn fill<M: CompiledModel, V: Simd>(
    block: Block<V>,
    steps: std::ops::Range<usize>,
    c: &M::ForwardInvariants<V>,
    tape: &mut [M::State<V>],
) {
    let mut x = tape[0];
    for (t, to) in steps.zip(&mut tape[1..]) {
        let y = M::step(&x, &block.input::<M>(t), c);
        x = states_of::<M, V>(&y);
        *to = x;
    }
}

impl<M: CompiledModel, F: Precision> Reverse<'_, M, F> {
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn back<V: Simd<Elem = F>>(
        &self,
        block: Block<V>,
        steps: std::ops::Range<usize>,
        tape: &[M::State<V>],
        c: &M::AdjointInvariants<V>,
        mut bar: M::State<V>,
        mask: V,
        totals: &mut Totals<M, V>,
    ) -> M::State<V> {
        let zero = V::splat(0.0);
        let (batch, n) = (self.run.batch, self.run.neurons);
        // Each segment is summed on its own before it is added to the total, which loses less precision.
        let mut params = M::Param::<V>::filled(zero);
        let mut loss = zero;
        for t in steps.clone().rev() {
            let k = t - steps.start;
            let mut seeds = M::Output::<V>::filled(zero);
            seeds.as_mut()[..M::STATE.len()].copy_from_slice(bar.as_ref());
            match &self.seed {
                AdjointSeed::Rows(rows, values) => {
                    for (slot, &row) in rows.iter().enumerate() {
                        let at = ((t * rows.len() + slot) * batch + block.b) * n;
                        let g = lanes::<V>(&values[at..at + n], block.first) * mask;
                        seeds.as_mut()[row] = seeds.as_ref()[row] + g;
                    }
                }
                AdjointSeed::Distance(o) => {
                    let away = tape[k + 1].as_ref()[o.row] - block.at(&o.target, t, 0, 1);
                    let pull = away * block.at(&o.weight, t, 0, 1) * mask;
                    loss = V::fma(pull, away, loss);
                    seeds.as_mut()[o.row] = seeds.as_ref()[o.row] + pull;
                }
            }
            let (x, i, p) = M::step_adjoint(&tape[k], &block.input::<M>(t), c, &seeds);
            bar = x;
            for (sum, &g) in params.as_mut().iter_mut().zip(p.as_ref()) {
                *sum = *sum + g;
            }
            for (r, &g) in i.as_ref().iter().enumerate() {
                let row = (t * M::INPUT.len() + r) * batch + block.b;
                if let Some(to) = &self.drive {
                    // SAFETY: blocks have neurons, and so columns, of their own.
                    unsafe { to.store(row * n, block.first, n, g) };
                }
                if let Some(sums) = &self.sums {
                    let part = block.first / self.part * self.run.steps * M::INPUT.len() * batch;
                    // SAFETY: all blocks of a part are run by one call of `Task::run`, so by one thread.
                    unsafe { sums.add(part + row, g) };
                }
            }
        }
        for (sum, &g) in totals.params.as_mut().iter_mut().zip(params.as_ref()) {
            *sum = *sum + g;
        }
        totals.loss = totals.loss + loss;
        bar
    }
}
