//! Steps of a population inside a network: a stretch of steps that needs no news from other neurons.
//!
//! A block runs the whole stretch with its state in registers; what arrives at each step waits in the input's ring.

use super::*;
use crate::simd::{MOST_LANES, Pair};
use std::marker::PhantomData;

/// Neurons that are padded to, and of which threads get whole numbers: a multiple of every vector's lanes.
pub(crate) const BLOCK: usize = 32;

/// Where one input of a population comes from: the sum of what is not null.
#[derive(Clone, Copy)]
pub(crate) struct Inflow<F> {
    /// The same for all neurons and steps.
    pub base: F,
    /// One for each neuron, `[neuron]`.
    pub each: *const F,
    /// Events under way, `[slot, neuron]`, taken out as they are used.
    pub ring: *mut F,
}

/// A state variable of one neuron to write down after each step.
#[derive(Clone, Copy)]
pub(crate) struct Probe<F> {
    pub neuron: u32,
    pub row: usize,
    pub to: *mut F,
    /// Distance of the values of two steps.
    pub stride: usize,
}

/// What a stretch takes and changes.
///
/// What its pointers, those of `inflow` and those of `probes` point to is allocated as the fields say, with rows that are
/// padded to whole blocks; of the columns of `columns` it is the caller's alone.
pub(crate) struct Stretch<'a, F> {
    /// A multiple of [`BLOCK`] at both ends.
    pub columns: std::ops::Range<usize>,
    /// Those beyond are padding.
    pub neurons: usize,
    /// Length of every row.
    pub stride: usize,
    /// The states, `[state, neuron]`.
    pub state: *mut F,
    /// What the step needs of the parameters; where it differs between neurons, anything.
    pub shared: &'a [F],
    /// Which of `shared` differ.
    pub varying: &'a [usize],
    /// Their values, `[varying, neuron]`.
    pub rows: *const F,
    /// One for each input of the model.
    pub inflow: &'a [Inflow<F>],
    /// Slots of the rings.
    pub slots: usize,
    /// Slot of the first step.
    pub slot: usize,
    /// Where each step's spikes go, appended in the order of neurons.
    pub spikes: &'a mut [Vec<u32>],
    /// By neuron.
    pub probes: &'a [Probe<F>],
}

/// Takes a stretch of steps, one for each of its `spikes`.
///
/// # Safety
/// The pointers of the stretch are as [`Stretch`] says.
pub(crate) unsafe fn advance<M: Model, F: Precision>(stretch: &mut Stretch<F>, level: Level) {
    run(&mut Steps::<M, F> { stretch, model: PhantomData }, level);
}

struct Steps<'a, 's, M, F> {
    stretch: &'a mut Stretch<'s, F>,
    model: PhantomData<M>,
}

impl<M: Model, F: Precision> Work<F> for Steps<'_, '_, M, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let stretch = &mut *self.stretch;
        let either = |i: &Inflow<F>| i.each.is_null() && (i.ring.is_null() || i.base.to() == 0.0);
        let alike = stretch.varying.is_empty() && stretch.inflow.iter().all(either);
        // Built once, for the vectors that large networks run with.
        let built = F::SINGLE && V::LANES >= 8;
        if !(built && alike && stretch.spikes.len() == 1 && stretch.probes.is_empty()) {
            return steps::<M, V>(stretch);
        }
        match stretch.inflow.iter().all(|i| i.ring.is_null()) {
            true => one_step::<M, Pair<V>, false>(stretch),
            false => one_step::<M, Pair<V>, true>(stretch),
        }
    }
}

/// A vector from a place.
///
/// # Safety
/// There are as many values as lanes, and they are the caller's.
#[inline(always)]
unsafe fn load<V: Simd>(from: *const V::Elem) -> V {
    // SAFETY: the caller's.
    V::load(unsafe { std::slice::from_raw_parts(from, V::LANES) })
}

/// A vector to a place.
///
/// # Safety
/// There are as many values as lanes, and they are the caller's.
#[inline(always)]
unsafe fn store<V: Simd>(to: *mut V::Elem, v: V) {
    // SAFETY: the caller's.
    v.store(unsafe { std::slice::from_raw_parts_mut(to, V::LANES) })
}

/// One step of neurons with the same parameters, whose inputs are either constant or, with `RINGS`, events: what
/// networks with the shortest delay do all the time. Everything but the states stays in registers. Two vectors at a
/// time, for a step is a chain of operations that wait for each other.
#[inline(always)]
fn one_step<M: Model, V: Simd, const RINGS: bool>(s: &mut Stretch<V::Elem>) {
    let zero = V::splat(0.0);
    let mut c = M::ForwardInvariants::<V>::filled(zero);
    for (to, &from) in c.as_mut().iter_mut().zip(s.shared) {
        *to = V::fill(from);
    }
    let (mut base, mut rings) = (M::Input::<V>::filled(zero), M::Input::<*mut V::Elem>::filled(std::ptr::null_mut()));
    for ((base, ring), flow) in base.as_mut().iter_mut().zip(rings.as_mut()).zip(s.inflow) {
        *base = V::fill(flow.base);
        if !flow.ring.is_null() {
            // SAFETY: as `advance` asks for, the ring has this slot.
            *ring = unsafe { flow.ring.add(s.slot * s.stride) };
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

/// Any number of steps of any neurons.
#[inline(always)]
fn steps<M: Model, V: Simd>(s: &mut Stretch<V::Elem>) {
    let zero = V::splat(0.0);
    let mut c = M::ForwardInvariants::<V>::filled(zero);
    for (to, &from) in c.as_mut().iter_mut().zip(s.shared) {
        *to = V::fill(from);
    }
    let (stride, state, slots) = (s.stride, s.state, s.slots);
    let mut inflow = M::Input::<Inflow<V::Elem>>::filled(Inflow {
        base: V::Elem::default(),
        each: std::ptr::null(),
        ring: std::ptr::null_mut(),
    });
    inflow.as_mut().copy_from_slice(s.inflow);
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
            for (to, flow) in i.as_mut().iter_mut().zip(inflow.as_ref()) {
                *to = match flow.each.is_null() {
                    true => V::fill(flow.base),
                    // SAFETY: as for the parameters.
                    false => unsafe { load(flow.each.add(first)) },
                };
                if !flow.ring.is_null() {
                    // SAFETY: as for the parameters; the ring has this slot.
                    unsafe {
                        let arrived = flow.ring.add(slot * stride + first);
                        *to = *to + load(arrived);
                        store(arrived, zero);
                    }
                }
            }
            slot = if slot + 1 == slots { 0 } else { slot + 1 };
            let y = M::step(&x, &i, &c);
            x = states_of::<M, V>(&y);
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

/// Appends the lanes that spike.
#[inline(always)]
pub(super) fn push<V: Simd>(z: V, first: usize, neurons: usize, spikes: &mut Vec<u32>) {
    if z.any_positive() {
        push_lanes(z.positive().into(), first, neurons, spikes);
    }
}

/// Appends the neurons of bits, that of `first` the lowest.
#[cold]
#[inline(never)]
pub(super) fn push_lanes(mut lanes: u64, first: usize, neurons: usize, spikes: &mut Vec<u32>) {
    while lanes != 0 {
        let neuron = first + lanes.trailing_zeros() as usize;
        if neuron < neurons {
            spikes.push(neuron as u32);
        }
        lanes &= lanes - 1;
    }
}

/// What [`Stretch::shared`] is made of: parameters, `[parameter, neuron]`, to `[hoisted, neuron]`.
pub(crate) struct Hoist<'a, F> {
    pub dt: f64,
    pub params: &'a [F],
    pub neurons: usize,
    pub stride: usize,
    pub to: &'a mut [F],
}

/// Computes once what depends on parameters alone, with the arithmetic of the steps.
pub(crate) fn hoist<M: Model, F: Precision>(from: &mut Hoist<F>, level: Level) {
    run(&mut Prepare::<M, F> { from, model: PhantomData }, level);
}

struct Prepare<'a, 'h, M, F> {
    from: &'a mut Hoist<'h, F>,
    model: PhantomData<M>,
}

impl<M: Model, F: Precision> Work<F> for Prepare<'_, '_, M, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let Hoist { dt, params, neurons, stride, ref mut to } = *self.from;
        for first in (0..neurons.div_ceil(BLOCK) * BLOCK).step_by(V::LANES) {
            let mut p = M::Param::<V>::filled(V::splat(0.0));
            for (r, at) in p.as_mut().iter_mut().enumerate() {
                *at = block::lanes(&params[r * neurons..][..neurons], first.min(neurons - 1));
            }
            for (row, &v) in M::forward_invariants(V::splat(dt), &p).as_ref().iter().enumerate() {
                v.store(&mut to[row * stride + first..]);
            }
        }
    }
}

/// Numbers that [`hoist`] makes for each neuron.
pub(crate) fn hoisted<M: Model>() -> usize {
    M::ForwardInvariants::<u8>::filled(0).as_ref().len()
}
