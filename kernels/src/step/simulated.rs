//! This module steps a population inside a network that is simulated, for a segment of steps that depends on no new
//! spikes.
//!
//! A block runs the whole segment with its state in registers; events that arrive in each step are in the input's ring.

use super::spikes::push;
use crate::{
    CompiledModel, FixedArray, Level, Precision, Simd,
    population::lanes,
    simd::{self, MOST_LANES, Pair, Work},
};
use std::marker::PhantomData;

/// Number of neurons of a block, a multiple of every vector's lanes. Populations are padded to whole blocks, and
/// threads own whole blocks.
pub(crate) const BLOCK: usize = 32;

/// The sources of one input of a population; the input is the sum of those that are not null.
#[derive(Clone, Copy)]
pub(crate) struct InputSource<F> {
    /// Constant input of all neurons.
    pub base: F,
    /// Constant input of each neuron, `[neuron]`, or null.
    pub each: *const F,
    /// Events in transit, `[slot, neuron]`, or null; a slot is cleared when it is used.
    pub ring: *mut F,
}

/// A recorder of a state variable of one neuron after each step.
#[derive(Clone, Copy)]
pub(crate) struct Probe<F> {
    pub neuron: u32,
    pub row: usize,
    pub to: *mut F,
    /// Distance of the values of two steps, in numbers.
    pub stride: usize,
}

/// The arguments of a segment of steps.
///
/// Its pointers and those of `sources` and `probes` must point to memory of the shapes that the fields say, with rows
/// that are padded to whole blocks. During the call no other thread may access the columns of `columns`.
pub(crate) struct Segment<'a, F> {
    /// Range of the neurons that take the steps; both ends are multiples of [`BLOCK`].
    pub columns: std::ops::Range<usize>,
    /// Number of neurons of the population; columns beyond are padding.
    pub neurons: usize,
    /// Length of every row.
    pub stride: usize,
    /// States, `[state, neuron]`.
    pub state: *mut F,
    /// [`CompiledModel::ForwardInvariants`] that all neurons share; the entries of `varying` are not used.
    pub shared: &'a [F],
    /// Indices of the invariants that differ between neurons.
    pub varying: &'a [usize],
    /// Values of these invariants, `[varying, neuron]`.
    pub rows: *const F,
    /// Sources of each input of the model.
    pub sources: &'a [InputSource<F>],
    /// Number of slots of the rings.
    pub slots: usize,
    /// Slot of the first step.
    pub slot: usize,
    /// Lists that the spikes of each step are appended to, in the order of neurons.
    pub spikes: &'a mut [Vec<u32>],
    /// Recorders, ordered by neuron.
    pub probes: &'a [Probe<F>],
}

/// Takes a segment of steps, one for each of its `spikes`.
///
/// # Safety
/// The pointers of the segment must be as [`Segment`] says.
pub(crate) unsafe fn advance<M: CompiledModel, F: Precision>(segment: &mut Segment<F>, level: Level) {
    simd::run(&mut Steps::<M, F> { segment, model: PhantomData }, level);
}

struct Steps<'a, 's, M, F> {
    segment: &'a mut Segment<'s, F>,
    model: PhantomData<M>,
}

impl<M: CompiledModel, F: Precision> Work<F> for Steps<'_, '_, M, F> {
    type Cell = M;

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let segment = &mut *self.segment;
        let either = |i: &InputSource<F>| i.each.is_null() && (i.ring.is_null() || i.base.to() == 0.0);
        let alike = segment.varying.is_empty() && segment.sources.iter().all(either);
        // The fast loop is compiled only for the vectors that large networks run with.
        let built = F::SINGLE && V::LANES >= 8;
        if !(built && alike && segment.spikes.len() == 1 && segment.probes.is_empty()) {
            return steps::<M, V>(segment);
        }
        match segment.sources.iter().all(|i| i.ring.is_null()) {
            true => one_step::<M, Pair<V>, false>(segment),
            false => one_step::<M, Pair<V>, true>(segment),
        }
    }
}

/// Loads a vector.
///
/// # Safety
/// `from` must point to `V::LANES` values that no other thread writes.
#[inline(always)]
unsafe fn load<V: Simd>(from: *const V::Elem) -> V {
    // SAFETY: the caller ensures that the values exist and that no other thread writes them.
    V::load(unsafe { std::slice::from_raw_parts(from, V::LANES) })
}

/// Stores a vector.
///
/// # Safety
/// `to` must point to `V::LANES` values that no other thread accesses.
#[inline(always)]
unsafe fn store<V: Simd>(to: *mut V::Elem, v: V) {
    // SAFETY: the caller ensures that the values exist and that no other thread accesses them.
    v.store(unsafe { std::slice::from_raw_parts_mut(to, V::LANES) })
}

/// Takes one step of neurons with the same parameters, whose inputs are either constant or, with `RINGS`, events.
/// Networks with a delay of one step spend their time here. All but the states stays in registers. Two vectors are
/// stepped at a time, because a step is a chain of dependent operations.
#[inline(always)]
fn one_step<M: CompiledModel, V: Simd, const RINGS: bool>(s: &mut Segment<V::Elem>) {
    let zero = V::splat(0.0);
    let mut c = M::ForwardInvariants::<V>::filled(zero);
    for (to, &from) in c.as_mut().iter_mut().zip(s.shared) {
        *to = V::fill(from);
    }
    let (mut base, mut rings) = (M::Input::<V>::filled(zero), M::Input::<*mut V::Elem>::filled(std::ptr::null_mut()));
    for ((base, ring), source) in base.as_mut().iter_mut().zip(rings.as_mut()).zip(s.sources) {
        *base = V::fill(source.base);
        if !source.ring.is_null() {
            // SAFETY: as `advance` asks for, the ring has this slot.
            *ring = unsafe { source.ring.add(s.slot * s.stride) };
        }
    }
    let (stride, state, neurons) = (s.stride, s.state, s.neurons);
    let spikes = &mut s.spikes[0];
    for first in s.columns.clone().step_by(V::LANES) {
        let mut x = M::State::<V>::filled(zero);
        for (row, to) in x.as_mut().iter_mut().enumerate() {
            // SAFETY: as `advance` asks for: rows are padded to whole blocks, and these columns are the caller's.
            *to = unsafe { load(state.add(row * stride + first)) };
        }
        let mut i = base;
        if RINGS {
            for (to, ring) in i.as_mut().iter_mut().zip(rings.as_ref()).filter(|(_, r)| !r.is_null()) {
                // SAFETY: as for the states.
                unsafe {
                    *to = load(ring.add(first));
                    store(ring.add(first), zero);
                }
            }
        }
        let y = M::step(&x, &i, &c);
        for (row, &v) in y.as_ref()[..M::STATE.len()].iter().enumerate() {
            // SAFETY: as where they were loaded.
            unsafe { store(state.add(row * stride + first), v) };
        }
        push(y.as_ref()[M::STATE.len()], first, neurons, spikes);
    }
}

/// Takes any number of steps of neurons with any parameters and inputs.
#[inline(always)]
fn steps<M: CompiledModel, V: Simd>(s: &mut Segment<V::Elem>) {
    let zero = V::splat(0.0);
    let mut c = M::ForwardInvariants::<V>::filled(zero);
    for (to, &from) in c.as_mut().iter_mut().zip(s.shared) {
        *to = V::fill(from);
    }
    let (stride, state, slots) = (s.stride, s.state, s.slots);
    let mut sources = M::Input::<InputSource<V::Elem>>::filled(InputSource {
        base: V::Elem::default(),
        each: std::ptr::null(),
        ring: std::ptr::null_mut(),
    });
    sources.as_mut().copy_from_slice(s.sources);
    let mut probes = s.probes;
    for first in s.columns.clone().step_by(V::LANES) {
        for (row, &which) in s.varying.iter().enumerate() {
            // SAFETY: as `advance` asks for: rows are padded to whole blocks, and these columns are the caller's.
            c.as_mut()[which] = unsafe { load(s.rows.add(row * stride + first)) };
        }
        let mut x = M::State::<V>::filled(zero);
        for (row, to) in x.as_mut().iter_mut().enumerate() {
            // SAFETY: as for the parameters.
            *to = unsafe { load(state.add(row * stride + first)) };
        }
        let here = probes.partition_point(|p| (p.neuron as usize) < first + V::LANES);
        let mut slot = s.slot;
        for (step, spikes) in s.spikes.iter_mut().enumerate() {
            let mut i = M::Input::<V>::filled(zero);
            for (to, source) in i.as_mut().iter_mut().zip(sources.as_ref()) {
                *to = match source.each.is_null() {
                    true => V::fill(source.base),
                    // SAFETY: as for the parameters.
                    false => unsafe { load(source.each.add(first)) },
                };
                if !source.ring.is_null() {
                    // SAFETY: as for the parameters; the ring has this slot.
                    unsafe {
                        let arrived = source.ring.add(slot * stride + first);
                        *to = *to + load(arrived);
                        store(arrived, zero);
                    }
                }
            }
            slot = if slot + 1 == slots { 0 } else { slot + 1 };
            let y = M::step(&x, &i, &c);
            x = crate::population::states_of::<M, V>(&y);
            push(y.as_ref()[M::STATE.len()], first, s.neurons, spikes);
            if here > 0 {
                for p in &probes[..here] {
                    let mut lanes = [V::Elem::default(); MOST_LANES];
                    y.as_ref()[p.row].store(&mut lanes);
                    // SAFETY: as `advance` asks for, the probe has a place for every step.
                    unsafe { *p.to.add(step * p.stride) = lanes[p.neuron as usize - first] };
                }
            }
        }
        probes = &probes[here..];
        for (row, &v) in x.as_ref().iter().enumerate() {
            // SAFETY: as where they were loaded.
            unsafe { store(state.add(row * stride + first), v) };
        }
    }
}

/// The arguments of the computation of invariants, from which [`Segment::shared`] and [`Segment::rows`] are made.
pub(crate) struct ForwardInvariants<'a, F> {
    /// Time step, ms.
    pub dt: f64,
    /// Parameters, `[parameter, neuron]`.
    pub params: &'a [F],
    /// Number of neurons.
    pub neurons: usize,
    /// Length of a row of `to`.
    pub stride: usize,
    /// [`CompiledModel::ForwardInvariants`], `[row, stride]`, written.
    pub to: &'a mut [F],
}

/// Computes all that depends on parameters alone, with the arithmetic of the steps.
pub(crate) fn forward_invariants<M: CompiledModel, F: Precision>(from: &mut ForwardInvariants<F>, level: Level) {
    simd::run(&mut ForParameters::<M, F> { from, model: PhantomData }, level);
}

struct ForParameters<'a, 'h, M, F> {
    from: &'a mut ForwardInvariants<'h, F>,
    model: PhantomData<M>,
}

impl<M: CompiledModel, F: Precision> Work<F> for ForParameters<'_, '_, M, F> {
    type Cell = M;

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let ForwardInvariants { dt, params, neurons, stride, ref mut to } = *self.from;
        for first in (0..neurons.div_ceil(BLOCK) * BLOCK).step_by(V::LANES) {
            let mut p = M::Param::<V>::filled(V::splat(0.0));
            for (r, at) in p.as_mut().iter_mut().enumerate() {
                *at = lanes(&params[r * neurons..][..neurons], first.min(neurons - 1));
            }
            for (row, &v) in M::forward_invariants(V::splat(dt), &p).as_ref().iter().enumerate() {
                v.store(&mut to[row * stride + first..]);
            }
        }
    }
}

/// Returns the number of values that [`forward_invariants`] computes for each neuron.
pub(crate) fn invariant_rows<M: CompiledModel>() -> usize {
    M::ForwardInvariants::<u8>::filled(0).as_ref().len()
}
