//! Forward scan: states over time.

use super::*;

/// What a forward scan writes.
pub struct Forward<'a, F> {
    /// Outputs to record, each once: state variables, or the spike after them.
    pub record: &'a [usize],
    /// `[time, recorded, batch, neuron]`.
    pub rows: &'a mut [F],
    /// State at the end, `[state, batch, neuron]`; may be empty.
    pub end: &'a mut [F],
}

/// Runs a population and records outputs after every step.
pub fn forward<M: Model, F: Isa>(run: &Run<F>, out: Forward<F>) {
    let mut slots = vec![usize::MAX; M::STATE.len() + 1];
    for (slot, &row) in out.record.iter().enumerate() {
        slots[row] = slot;
    }
    let task = Scan::<M, F> {
        run,
        slots,
        model: std::marker::PhantomData,
        recorded: out.record.len(),
        rows: Columns::new(out.rows),
        end: (!out.end.is_empty()).then(|| Columns::new(out.end)),
    };
    for b in 0..run.batch {
        spread(&OneBatch { task: &task, b }, run.neurons, run.level);
    }
}

struct Scan<'a, M, F: Isa> {
    run: &'a Run<'a, F>,
    slots: Vec<usize>,
    model: std::marker::PhantomData<fn() -> M>,
    recorded: usize,
    rows: Columns<F>,
    end: Option<Columns<F>>,
}

struct OneBatch<'a, M, F: Isa> {
    task: &'a Scan<'a, M, F>,
    b: usize,
}

/// Steps that a block takes before its neighbours catch up: their output rows are then still in reach of the
/// translation buffer and the cache.
const TILE: usize = 64;
/// Blocks that advance together.
const GROUP: usize = 8;

impl<M: Model, F: Isa> Task<F> for OneBatch<'_, M, F> {
    fn blocks(&self, lanes: usize) -> usize {
        // Fewer where that would leave threads idle; lanes do not notice.
        let blocks = self.task.run.neurons.div_ceil(lanes);
        (blocks / rayon::current_num_threads()).clamp(1, GROUP)
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, first: usize) {
        let run = self.task.run;
        let group = self.blocks(V::LANES).min((run.neurons - first).div_ceil(V::LANES));
        let block = |k: usize| Block::<V> { run: *run, b: self.b, first: first + k * V::LANES };
        let mut x = [M::State::<V>::filled(V::splat(0.0)); GROUP];
        let mut c = [M::Forward::<V>::filled(V::splat(0.0)); GROUP];
        for k in 0..group {
            x[k] = block(k).start::<M>();
            c[k] = M::hoist_forward(V::splat(run.dt), &block(k).params::<M>());
        }
        let mut from = 0;
        while from < run.steps {
            let to = (from + TILE).min(run.steps);
            for k in 0..group {
                x[k] = self.task.tile(block(k), from..to, x[k], &c[k]);
            }
            from = to;
        }
        if let Some(end) = &self.task.end {
            for k in 0..group {
                block(k).store_states::<M>(end, &x[k]);
            }
        }
    }
}

impl<M: Model, F: Isa> Scan<'_, M, F> {
    #[inline(always)]
    fn tile<V: Simd<Elem = F>>(
        &self,
        block: Block<V>,
        steps: std::ops::Range<usize>,
        mut x: M::State<V>,
        c: &M::Forward<V>,
    ) -> M::State<V> {
        let n = block.run.neurons;
        let width = block.run.batch * n;
        let stride = self.recorded * width;
        let mut places = M::Output::<Option<Place<F>>>::filled(None);
        for (place, &slot) in places.as_mut().iter_mut().zip(&self.slots) {
            if slot != usize::MAX {
                // The last of the tile's rows: the check holds for all of them.
                let last = (steps.end - 1) * stride + slot * width + block.b * n;
                let mut p = self.rows.place::<V>(last, block.first, n);
                p.to = p.to.wrapping_sub((steps.len() - 1) * stride);
                *place = Some(p);
            }
        }
        for t in steps {
            let y = M::step(&x, &block.input::<M>(t), c);
            for (&v, place) in y.as_ref().iter().zip(places.as_mut()) {
                if let Some(p) = place {
                    // SAFETY: no other block has these columns.
                    unsafe { p.store(v) };
                    p.to = p.to.wrapping_add(stride);
                }
            }
            x = states_of::<M, V>(&y);
        }
        x
    }
}
