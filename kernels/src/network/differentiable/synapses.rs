//! Spikes along synapses, and gradients back: all three go along the rows of some presynaptic neurons.

use super::{
    super::Delays,
    Passing,
    circuit::Link,
    forward::{Element, Pass},
};
use crate::{
    Level, Simd,
    cpu::{Task, alone},
};
use std::{cell::UnsafeCell, ops::Range};

/// What is done along the rows of `neurons`.
pub(super) enum Along<'a, F> {
    /// Adds the weights to the targets' inputs.
    Deliver(&'a mut [F]),
    /// Adds the sum of weight times target's gradient to each presynaptic neuron's.
    Gather(&'a [F], &'a mut [F]),
    /// Adds the target's gradient to each weight's, of all projections.
    Credit(&'a [F], &'a mut [F]),
}

/// One projection and the spikes of one step.
pub(super) struct Rows<'a, F> {
    pub(super) link: &'a Link,
    /// Of the projection.
    pub(super) weights: &'a [F],
    /// Presynaptic neurons, ascending.
    pub(super) neurons: &'a [u32],
    /// Row of the inputs that is the spikes' own step; may lie outside.
    pub(super) now: isize,
    /// Length of a row of inputs.
    pub(super) length: usize,
    /// Whether the last row of inputs is followed by the first.
    pub(super) ring: bool,
}

/// What one thread does along some rows.
struct Walk<'a, W, F>(W, UnsafeCell<Along<'a, F>>);

// SAFETY: it is run by one thread.
unsafe impl<W, F> Sync for Walk<'_, W, F> {}

impl<'a, F: Passing> Rows<'a, F> {
    /// Walks along the rows; what would be outside of the rows of inputs is left out.
    pub(super) fn walk(self, along: Along<'a, F>, level: Level) {
        if !self.neurons.is_empty() {
            alone(&Walk(self, UnsafeCell::new(along)), level)
        }
    }
}

/// The spikes of some groups in some steps.
pub(super) struct Spikes<'a, F> {
    pub(super) pass: Pass<'a, F>,
    pub(super) element: &'a Element<F>,
    pub(super) steps: Range<usize>,
    pub(super) groups: Range<usize>,
    /// Row of the inputs that is the first step; may lie outside.
    pub(super) first: isize,
    /// Whether the last row of inputs is followed by the first.
    pub(super) ring: bool,
}

impl<'a, F: Passing> Spikes<'a, F> {
    /// Walks along the rows of all, step by step.
    pub(super) fn walk(self, along: Along<'a, F>) {
        let level = self.pass.episode.level;
        alone(&Walk(self, UnsafeCell::new(along)), level)
    }
}

impl<F: Passing> Task<F> for Walk<'_, Spikes<'_, F>, F> {
    fn blocks(&self, _: usize) -> usize {
        1
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, _: usize) {
        // SAFETY: run once, by one thread.
        let along = unsafe { &mut *self.1.get() };
        let Spikes { pass, element, steps, groups, first, ring } = &self.0;
        let (circuit, length) = (pass.circuit, pass.circuit.lengths[1]);
        for t in steps.clone() {
            let now = first + (t - steps.start) as isize;
            for g in groups.clone() {
                let neurons = pass.fired(element, t, g);
                if neurons.is_empty() {
                    continue;
                }
                for &l in &circuit.from[g] {
                    let link = &circuit.links[l];
                    let weights = &pass.episode.weights[link.weights..][..link.synapses];
                    follow::<V>(&Rows { link, weights, neurons, now, length, ring: *ring }, along);
                }
            }
        }
    }
}

impl<F: Passing> Task<F> for Walk<'_, Rows<'_, F>, F> {
    fn blocks(&self, _: usize) -> usize {
        1
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, _: usize) {
        // SAFETY: run once, by one thread.
        let along = unsafe { &mut *self.1.get() };
        follow::<V>(&self.0, along)
    }
}

#[inline(always)]
fn follow<V: Simd<Elem: Passing>>(rows: &Rows<V::Elem>, along: &mut Along<V::Elem>) {
    let Rows { link, weights, neurons, now, length, ring } = rows;
    let edges = &link.edges;
    let rows = match along {
        Along::Deliver(inputs) => inputs.len(),
        Along::Gather(by, _) | Along::Credit(by, _) => by.len(),
    } / (*length).max(1);
    let place = |d: u16| {
        let mut row = now + d as isize;
        if *ring && row >= rows as isize {
            row -= rows as isize;
        }
        (row >= 0 && row < rows as isize).then(|| row as usize * length + link.column)
    };
    let from = if link.first == 0 { 0 } else { neurons.partition_point(|&n| n < link.first) };
    let neurons = &neurons[from..];
    // Loops rather than closures: these would not be compiled for the vectors.
    macro_rules! rows {
        (|$n:ident, $row:ident, $range:ident| $body:expr) => {
            for &n in neurons {
                let ($n, $row) = (n as usize, (n - link.first) as usize);
                if $row >= edges.rows() {
                    break;
                }
                let $range = edges.starts[$row] as usize..edges.starts[$row + 1] as usize;
                $body
            }
        };
    }
    macro_rules! synapses {
        (|$n:ident, $k:ident, $at:ident| $body:expr) => {
            match &edges.delays {
                Delays::Uniform(d) => {
                    let Some(base) = place(*d) else { return };
                    rows!(|$n, row, range| for $k in range {
                        let $at = base + edges.targets[$k] as usize;
                        $body
                    })
                }
                Delays::Each(d) => rows!(|$n, row, range| for $k in range {
                    if let Some(base) = place(d[$k]) {
                        let $at = base + edges.targets[$k] as usize;
                        $body
                    }
                }),
            }
        };
    }
    match (along, &edges.delays) {
        (along, Delays::Uniform(d)) if link.dense => {
            let Some(base) = place(*d) else { return };
            match along {
                Along::Deliver(inputs) => rows!(|_n, row, range| {
                    let w = &weights[range];
                    add::<V>(&mut inputs[base + link.heads[row] as usize..][..w.len()], w)
                }),
                Along::Gather(by, to) => rows!(|n, row, range| {
                    let w = &weights[range];
                    to[n] += dot::<V>(&by[base + link.heads[row] as usize..][..w.len()], w)
                }),
                Along::Credit(by, to) => rows!(|_n, row, range| {
                    let to = &mut to[link.weights..][range];
                    add::<V>(to, &by[base + link.heads[row] as usize..][..to.len()])
                }),
            }
        }
        (Along::Deliver(inputs), _) => synapses!(|_n, k, at| inputs[at] += weights[k]),
        (Along::Gather(by, to), _) => synapses!(|n, k, at| to[n] += by[at] * weights[k]),
        (Along::Credit(by, to), _) => synapses!(|_n, k, at| to[link.weights + k] += by[at]),
    }
}

#[inline(always)]
fn add<V: Simd>(to: &mut [V::Elem], from: &[V::Elem])
where
    V::Elem: std::ops::AddAssign,
{
    let (mut to, mut from) = (to.chunks_exact_mut(V::LANES), from.chunks_exact(V::LANES));
    for (to, from) in to.by_ref().zip(from.by_ref()) {
        (V::load(to) + V::load(from)).store(to);
    }
    to.into_remainder().iter_mut().zip(from.remainder()).for_each(|(to, &x)| *to += x);
}

/// In two chains of vectors, whose lanes are added in order.
#[inline(always)]
fn dot<V: Simd>(a: &[V::Elem], b: &[V::Elem]) -> V::Elem
where
    V::Elem: std::ops::AddAssign + std::ops::Mul<Output = V::Elem>,
{
    let mut sums = [V::splat(0.0); 2];
    let whole = a.len() / V::LANES;
    for k in 0..whole {
        let at = k * V::LANES;
        sums[k % 2] = V::fma(V::load(&a[at..]), V::load(&b[at..]), sums[k % 2]);
    }
    let mut lanes = [V::Elem::default(); crate::simd::MOST_LANES];
    (sums[0] + sums[1]).store(&mut lanes);
    let mut sum = V::Elem::default();
    lanes[..V::LANES].iter().for_each(|&x| sum += x);
    let rest = whole * V::LANES;
    a[rest..].iter().zip(&b[rest..]).for_each(|(&a, &b)| sum += a * b);
    sum
}
