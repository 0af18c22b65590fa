//! Spikes along synapses, and gradients by these: both go along the rows of the neurons that spiked.

use super::{
    super::{Delays, deliver::fetch},
    Circuit, Passing,
    circuit::Link,
    forward::{Element, Pass},
};
use crate::{
    Level, Simd,
    cpu::{Task, alone},
};
use std::{cell::UnsafeCell, ops::Range};

/// What is done along rows.
pub(super) enum Along<'a, F> {
    /// Adds the weights, of all projections, to the targets' inputs.
    Deliver(&'a [F], &'a mut [F]),
    /// Adds the target's gradient to each weight's, of all projections.
    Credit(&'a [F], &'a mut [F]),
}

/// A presynaptic neuron's synapses of one projection, at one step.
#[derive(Clone, Copy)]
pub(super) struct Row {
    link: u32,
    /// Of the projection.
    synapses: (usize, u32),
    /// The first target.
    head: u32,
    /// Row of the inputs that is the step; may lie outside.
    now: i32,
}

/// Lists the rows of `neurons` of projection `l`.
fn list(circuit: &Circuit, l: usize, neurons: &[u32], now: isize, to: &mut Vec<Row>) {
    let Link { edges, first, heads, even, .. } = &circuit.links[l];
    let rows = edges.rows();
    for &neuron in neurons {
        let row = neuron.wrapping_sub(*first) as usize;
        if row < rows {
            let (start, count, head) = match *even {
                Some(count) => (row * count, count, 0),
                None => {
                    let (start, end) = (edges.starts[row] as usize, edges.starts[row + 1] as usize);
                    (start, end - start, heads.get(row).copied().unwrap_or(0))
                }
            };
            to.push(Row { link: l as u32, synapses: (start, count as u32), head, now: now as i32 });
        }
    }
}

impl<F: Passing> Pass<'_, F> {
    /// Lists the rows of the spikes of some groups in one step.
    pub(super) fn list(&self, element: &Element<F>, t: usize, groups: Range<usize>, now: isize, to: &mut Vec<Row>) {
        for g in groups {
            let neurons = self.fired(element, t, g);
            if !neurons.is_empty() {
                self.circuit.from[g].iter().for_each(|&l| list(self.circuit, l, neurons, now, to));
            }
        }
    }
}

/// Walks along rows, one after the other; what would be outside of the rows of inputs, or beyond the last of them where
/// this is not followed by the first, as in a `ring`, is left out.
pub(super) fn walk<F: Passing>(circuit: &Circuit, rows: &[Row], along: Along<F>, ring: bool, level: Level) {
    if !rows.is_empty() {
        alone(&Walk { circuit, rows, ring, along: UnsafeCell::new(along) }, level)
    }
}

struct Walk<'a, F> {
    circuit: &'a Circuit,
    rows: &'a [Row],
    ring: bool,
    along: UnsafeCell<Along<'a, F>>,
}

// SAFETY: it is run by one thread.
unsafe impl<F> Sync for Walk<'_, F> {}

/// Rows ahead whose first cache line is asked for; the machine itself asks for those that follow.
const AHEAD: usize = 2;

impl<F: Passing> Task<F> for Walk<'_, F> {
    fn blocks(&self, _: usize) -> usize {
        1
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, _: usize) {
        // SAFETY: run once, by one thread.
        let along = unsafe { &mut *self.along.get() };
        for (k, row) in self.rows.iter().enumerate() {
            if let Some(next) = self.rows.get(k + AHEAD) {
                let first = self.circuit.links[next.link as usize].weights + next.synapses.0;
                match along {
                    Along::Deliver(weights, _) => fetch(&weights[first..][..next.synapses.1 as usize], 1),
                    Along::Credit(_, to) => fetch(&to[first..][..next.synapses.1 as usize], 1),
                }
            }
            self.follow::<V>(row, along)
        }
    }
}

impl<F: Passing> Walk<'_, F> {
    #[inline(always)]
    fn follow<V: Simd<Elem = F>>(&self, row: &Row, along: &mut Along<F>) {
        let (link, length) = (&self.circuit.links[row.link as usize], self.circuit.lengths[1]);
        let inputs = match along {
            Along::Deliver(_, inputs) => inputs.len(),
            Along::Credit(by, _) => by.len(),
        };
        let place = |delay: u16| {
            let mut at = (row.now as isize + delay as isize) * length as isize;
            if self.ring && at >= inputs as isize {
                at -= inputs as isize;
            }
            (at >= 0 && at < inputs as isize).then_some(at as usize + link.column)
        };
        let count = row.synapses.1 as usize;
        let own = row.synapses.0..row.synapses.0 + count;
        let all = link.weights + own.start..link.weights + own.end;
        // Loops rather than closures: these would not be compiled for the vectors.
        macro_rules! synapses {
            (|$k:ident, $at:ident| $body:expr) => {
                match &link.edges.delays {
                    Delays::Uniform(delay) => {
                        let Some(base) = place(*delay) else { return };
                        for ($k, &target) in link.edges.targets[own].iter().enumerate() {
                            let $at = base + target as usize;
                            $body
                        }
                    }
                    Delays::Each(delays) => {
                        let targets = link.edges.targets[own.clone()].iter();
                        for ($k, (&target, &delay)) in targets.zip(&delays[own]).enumerate() {
                            if let Some(base) = place(delay) {
                                let $at = base + target as usize;
                                $body
                            }
                        }
                    }
                }
            };
        }
        match (along, &link.edges.delays) {
            (along, Delays::Uniform(delay)) if link.dense => {
                let Some(base) = place(*delay) else { return };
                let at = base + row.head as usize;
                match along {
                    Along::Deliver(weights, inputs) => add::<V>(&mut inputs[at..][..count], &weights[all]),
                    Along::Credit(by, to) => add::<V>(&mut to[all], &by[at..][..count]),
                }
            }
            (Along::Deliver(weights, inputs), _) => {
                let weights = &weights[all];
                synapses!(|k, at| inputs[at] += weights[k])
            }
            (Along::Credit(by, to), _) => {
                let to = &mut to[all];
                synapses!(|k, at| to[k] += by[at])
            }
        }
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
