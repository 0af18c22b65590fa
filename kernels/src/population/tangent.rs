//! This module computes a quadratic distance with its forward sensitivities: its value, `J^T W r`, and `J^T W J`; or
//! records the sensitivities themselves.
//!
//! The derivative of the state w.r.t. each selected parameter is carried forward in one pass, without tape or
//! checkpoints. All parameters share the sparse Jacobian of a step. This is faster than the reverse scan up to about a
//! dozen parameters, and gives Levenberg-Marquardt its matrix at little extra cost.

use super::*;
use crate::{
    Scanned,
    run::{Run, Series, Spread, SquaredDistance},
};

/// The arguments and results of a tangent scan.
pub struct Tangent<'a, F> {
    /// Distance that is differentiated.
    pub objective: SquaredDistance<'a, F>,
    /// Indices of the parameters w.r.t. which it is differentiated.
    pub which: &'a [usize],
    /// Derivative of the initial state w.r.t. each of them, `[which, state, batch, neuron]`; empty for zero.
    pub start: &'a [F],
    /// Value of the distance, `[neuron]`.
    pub loss: &'a mut [F],
    /// `J^T W r`, which is half the gradient, `[which, neuron]`.
    pub gradient: &'a mut [F],
    /// `J^T W J`, `[pair, neuron]`, with the pairs `(0,0), (0,1) .. (0,k), (1,1) ..`; it may be empty.
    pub curvature: &'a mut [F],
}

/// The arguments and results of a scan that records a state variable with its sensitivities. A run can be taken in parts:
/// where one ends, the next begins.
pub struct Sensitivities<'a, F> {
    /// Index of the state variable that is recorded.
    pub row: usize,
    /// Indices of the parameters w.r.t. which it is differentiated.
    pub which: &'a [usize],
    /// Derivative of the initial state w.r.t. each of them, `[which, state, batch, neuron]`; empty for zero.
    pub start: &'a [F],
    /// The state variable after every step, then its derivatives, `[time, 1 + which, batch, neuron]`; it may be empty.
    pub rows: &'a mut [F],
    /// Final state, `[state, batch, neuron]`; it may be empty.
    pub end: &'a mut [F],
    /// Derivative of the final state, `[which, state, batch, neuron]`; it may be empty.
    pub end_slopes: &'a mut [F],
}

pub use codegen::MOST_TANGENTS as MOST;
/// Number of steps whose derivatives are saved before they enter the products.
const KEPT: usize = 8;

/// Runs a population and records a state variable with its sensitivities.
pub fn sensitivities<M: Scanned, F: Precision>(run: &Run<F>, out: Sensitivities<F>) {
    let (zeros, count) = (vec![F::default(); run.steps], out.which.len());
    let none = Series { data: &zeros, spread: Spread::Shared };
    let (mut loss, mut gradient) = (vec![F::default(); run.neurons], vec![F::default(); count * run.neurons]);
    let task = Sensitivity::<M, F> {
        run,
        objective: SquaredDistance { row: out.row, target: none, weight: none },
        which: out.which,
        start: out.start,
        loss: Columns::new(&mut loss),
        gradient: Columns::new(&mut gradient),
        curvature: None,
        rows: some(out.rows),
        end: some(out.end),
        end_slopes: some(out.end_slopes),
        model: std::marker::PhantomData,
    };
    spread(&task, run.neurons, run.level);
}

/// Runs a population together with its forward sensitivities.
pub fn tangent<M: Scanned, F: Precision>(run: &Run<F>, out: Tangent<F>) {
    let task = Sensitivity::<M, F> {
        run,
        objective: out.objective,
        which: out.which,
        start: out.start,
        loss: Columns::new(out.loss),
        gradient: Columns::new(out.gradient),
        curvature: some(out.curvature),
        rows: None,
        end: None,
        end_slopes: None,
        model: std::marker::PhantomData,
    };
    spread(&task, run.neurons, run.level);
}

struct Sensitivity<'a, M, F: Precision> {
    run: &'a Run<'a, F>,
    objective: SquaredDistance<'a, F>,
    which: &'a [usize],
    start: &'a [F],
    loss: Columns<'a, F>,
    gradient: Columns<'a, F>,
    curvature: Option<Columns<'a, F>>,
    rows: Option<Columns<'a, F>>,
    end: Option<Columns<'a, F>>,
    end_slopes: Option<Columns<'a, F>>,
    model: std::marker::PhantomData<fn() -> M>,
}

/// The state of a block and its derivatives at one time.
struct Point<M: CompiledModel, V: Simd> {
    x: M::State<V>,
    t: [M::State<V>; MOST],
}

/// The sums of a block.
#[derive(Clone, Copy)]
struct Sums<V> {
    loss: V,
    gradient: [V; MOST],
    curvature: [V; MOST * (MOST + 1) / 2],
}

impl<V: Simd> Sums<V> {
    #[inline(always)]
    fn zero() -> Self {
        let zero = V::splat(0.0);
        Sums { loss: zero, gradient: [zero; MOST], curvature: [zero; MOST * (MOST + 1) / 2] }
    }

    #[inline(always)]
    fn add(&mut self, other: &Sums<V>, count: usize, pairs: usize) {
        self.loss = self.loss + other.loss;
        for (to, &from) in self.gradient[..count].iter_mut().zip(&other.gradient) {
            *to = *to + from;
        }
        for (to, &from) in self.curvature[..pairs].iter_mut().zip(&other.curvature) {
            *to = *to + from;
        }
    }
}

/// Number of steps that are summed on their own before they are added to the total, which loses less precision.
const TILE: usize = 64;

impl<M: Scanned, F: Precision> Task<F> for Sensitivity<'_, M, F> {
    fn blocks(&self, _: usize) -> usize {
        1
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, first: usize) {
        let (run, count) = (self.run, self.which.len());
        let pairs = if self.curvature.is_some() { count * (count + 1) / 2 } else { 0 };
        let mut total = Sums::zero();
        let c = M::tangent_invariants(V::splat(run.dt), &Block::<V> { run: *run, b: 0, first }.params::<M>());
        for b in 0..run.batch {
            let block = Block::<V> { run: *run, b, first };
            let zero = M::State::<V>::filled(V::splat(0.0));
            let mut point = Point::<M, V> { x: block.start::<M>(), t: [zero; MOST] };
            let size = M::STATE.len() * run.batch * run.neurons;
            if !self.start.is_empty() {
                for (k, t) in point.t[..count].iter_mut().enumerate() {
                    *t = block.states::<M>(&self.start[k * size..][..size]);
                }
            }
            for from in (0..run.steps).step_by(TILE) {
                let mut sums = Sums::zero();
                self.tile(block, from..(from + TILE).min(run.steps), &mut point, &c, &mut sums);
                total.add(&sums, count, pairs);
            }
            if let Some(to) = &self.end {
                // SAFETY: blocks have neurons, and so columns, of their own.
                unsafe { block.store_states::<M>(to, &point.x, 0) };
            }
            if let Some(to) = &self.end_slopes {
                for (k, t) in point.t[..count].iter().enumerate() {
                    // SAFETY: blocks have neurons, and so columns, of their own.
                    unsafe { block.store_states::<M>(to, t, k * size) };
                }
            }
        }
        let n = run.neurons;
        // SAFETY: blocks have neurons, and so columns, of their own.
        unsafe { self.loss.store(0, first, n, total.loss) };
        for (k, &v) in total.gradient[..count].iter().enumerate() {
            // SAFETY: blocks have neurons, and so columns, of their own.
            unsafe { self.gradient.store(k * n, first, n, v) };
        }
        if let Some(to) = &self.curvature {
            for (k, &v) in total.curvature[..pairs].iter().enumerate() {
                // SAFETY: blocks have neurons, and so columns, of their own.
                unsafe { to.store(k * n, first, n, v) };
            }
        }
    }
}

impl<M: Scanned, F: Precision> Sensitivity<'_, M, F> {
    #[inline(always)]
    fn tile<V: Simd<Elem = F>>(
        &self,
        block: Block<V>,
        steps: std::ops::Range<usize>,
        point: &mut Point<M, V>,
        c: &M::TangentInvariants<V>,
        sums: &mut Sums<V>,
    ) {
        let row = self.objective.row;
        let zero = V::splat(0.0);
        let mut source = M::ParamJacobian::<V>::filled(M::State::<V>::filled(zero));
        let mut slopes = [[zero; MOST]; KEPT];
        let mut weights = [zero; KEPT];
        let mut kept = 0;
        // Local copies stay in registers, which values behind references do not.
        let (which, objective, curvature) = (self.which, self.objective, self.curvature.is_some());
        let count = which.len().min(MOST);
        let (mut x, mut loss) = (point.x, sums.loss);
        for t in steps {
            let (y, j) = M::step_tangent(&x, &block.input::<M>(t), c, &mut source);
            x = states_of::<M, V>(&y);
            let weight = block.at(&objective.weight, t, 0, 1);
            let away = y.as_ref()[row] - block.at(&objective.target, t, 0, 1);
            let pull = away * weight;
            loss = V::fma(pull, away, loss);
            let used = curvature && block.any(&objective.weight, t);
            let recorded = (t * (1 + count) * block.run.batch + block.b) * block.run.neurons;
            if let Some(to) = &self.rows {
                // SAFETY: blocks have neurons, and so columns, of their own.
                unsafe { to.store(recorded, block.first, block.run.neurons, y.as_ref()[row]) };
            }
            let derivatives = which.iter().zip(&mut point.t).zip(&mut sums.gradient).zip(&mut slopes[kept]);
            for (k, (((&parameter, t), gradient), slope)) in derivatives.enumerate() {
                *t = M::push(&j, t, source.as_ref()[parameter]);
                let s = t.as_ref()[row];
                *gradient = V::fma(pull, s, *gradient);
                if used {
                    *slope = s;
                }
                if let Some(to) = &self.rows {
                    let at = recorded + (1 + k) * block.run.batch * block.run.neurons;
                    // SAFETY: blocks have neurons, and so columns, of their own.
                    unsafe { to.store(at, block.first, block.run.neurons, s) };
                }
            }
            if used {
                weights[kept] = weight;
                kept += 1;
                if kept == KEPT {
                    products(&slopes, &weights, count, sums);
                    kept = 0;
                }
            }
        }
        (point.x, sums.loss) = (x, loss);
        if kept > 0 {
            weights[kept..].fill(zero);
            products(&slopes, &weights, count, sums);
        }
    }
}

/// Adds `sum_t w_t s_tk s_tl` to the sum of every pair of parameters `k` and `l`.
#[inline(always)]
fn products<V: Simd>(slopes: &[[V; MOST]; KEPT], weights: &[V; KEPT], count: usize, sums: &mut Sums<V>) {
    let mut pair = 0;
    for k in 0..count {
        let mut weighted = [V::splat(0.0); KEPT];
        for ((w, &weight), slopes) in weighted.iter_mut().zip(weights).zip(slopes) {
            *w = weight * slopes[k];
        }
        for l in k..count {
            let mut sum = sums.curvature[pair];
            for (&w, slopes) in weighted.iter().zip(slopes) {
                sum = V::fma(w, slopes[l], sum);
            }
            sums.curvature[pair] = sum;
            pair += 1;
        }
    }
}
