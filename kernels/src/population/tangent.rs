//! This module computes a quadratic distance with its forward sensitivities: its value, `J^T W r`, and `J^T W J`; or
//! records the sensitivities themselves.
//!
//! The derivative of the state w.r.t. each selected parameter is carried forward in one pass, without tape or
//! checkpoints. All parameters share the sparse Jacobian of a step. This is faster than the reverse scan up to about a
//! dozen parameters, and gives Levenberg-Marquardt its matrix at little extra cost.

use super::{
    normal_equations::{KEPT, Kept, Sums, products},
    *,
};
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

/// Number of steps that are summed on their own before they are added to the total, which loses less precision.
const TILE: usize = 64;

impl<M: Scanned, F: Precision> Task<F> for Sensitivity<'_, M, F> {
    type Cell = M;

    fn blocks(&self, _: usize) -> usize {
        1
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, first: usize) {
        let (run, count) = (self.run, self.which.len());
        let pairs = if self.curvature.is_some() { count * (count + 1) / 2 } else { 0 };
        let (mut total, mut sums) = (Sums::zero(), Sums::zero());
        let mut kept = Kept::none();
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
                self.tile(block, from..(from + TILE).min(run.steps), &mut point, &c, &mut sums, &mut kept);
                total.take(&mut sums, count, pairs);
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
        kept: &mut Kept<V>,
    ) {
        let row = self.objective.row;
        let zero = V::splat(0.0);
        let mut source = M::ParamJacobian::<V>::filled(M::State::<V>::filled(zero));
        // Local copies stay in registers, which values behind references do not.
        let (which, objective, curvature, records) =
            (self.which, self.objective, self.curvature.is_some(), self.rows.is_some());
        let (mut x, mut loss) = (point.x, sums.loss);
        let (end, mut count) = (steps.end, 0);
        for t in steps {
            let (y, j) = M::step_tangent(&x, &block.input::<M>(t), c, &mut source);
            x = states_of::<M, V>(&y);
            let value = y.as_ref()[row];
            let weight = block.at(&objective.weight, t, 0, 1);
            let away = value - block.at(&objective.target, t, 0, 1);
            let pull = away * weight;
            loss = V::fma(pull, away, loss);
            let used = records || curvature && block.any(&objective.weight, t);
            let slopes = &mut kept.slopes[count];
            let derivatives = which.iter().zip(&mut point.t).zip(&mut sums.gradient).zip(slopes);
            for (((&parameter, t), gradient), slope) in derivatives {
                *t = M::push(&j, t, source.as_ref()[parameter]);
                let s = t.as_ref()[row];
                *gradient = V::fma(pull, s, *gradient);
                if used {
                    *slope = s;
                }
            }
            if used {
                (kept.values[count], kept.weights[count]) = (value, weight);
                count += 1;
            }
            if count == KEPT || (count > 0 && t + 1 == end) {
                self.enter(block, t + 1, count, kept, sums);
                count = 0;
            }
        }
        (point.x, sums.loss) = (x, loss);
    }

    /// Records the `steps` that are kept, of which the last ends at `end`, or adds their products.
    #[inline(always)]
    fn enter<V: Simd<Elem = F>>(
        &self,
        block: Block<V>,
        end: usize,
        steps: usize,
        kept: &mut Kept<V>,
        sums: &mut Sums<V>,
    ) {
        let count = self.which.len().min(MOST);
        if let Some(to) = &self.rows {
            let first = end - steps;
            for (t, (value, slopes)) in kept.values.iter().zip(&kept.slopes).take(steps).enumerate() {
                for (k, v) in std::iter::once(value).chain(&slopes[..count]).enumerate() {
                    let row = ((first + t) * (1 + count) + k) * block.run.batch + block.b;
                    // SAFETY: blocks have neurons, and so columns, of their own.
                    unsafe { to.store(row * block.run.neurons, block.first, block.run.neurons, *v) };
                }
            }
        } else {
            kept.weights[steps..].fill(V::splat(0.0));
            products(&kept.slopes, &kept.weights, count, sums);
        }
    }
}
