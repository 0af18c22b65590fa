//! This module gives a block its view of a run: its lanes of parameters, states and series.

use super::columns::Columns;
use crate::{
    CompiledModel, FixedArray, Precision, Simd,
    run::{Run, Series, Spread},
    simd::MOST_LANES,
};

/// Loads the lanes `first..` of a row; those past its end repeat its last value.
#[inline(always)]
pub(crate) fn lanes<V: Simd>(row: &[V::Elem], first: usize) -> V {
    if first + V::LANES <= row.len() {
        return V::load(&row[first..]);
    }
    let mut padded = [V::Elem::default(); MOST_LANES];
    for (k, to) in padded[..V::LANES].iter_mut().enumerate() {
        *to = row[(first + k).min(row.len() - 1)];
    }
    V::load(&padded)
}

/// Returns one in lanes that are neurons and zero in those that are padding.
#[inline(always)]
pub(super) fn present<V: Simd>(first: usize, neurons: usize) -> V {
    let mut mask = [V::Elem::default(); MOST_LANES];
    mask[..(neurons - first).min(V::LANES)].fill(V::Elem::of(1.0));
    V::load(&mask)
}

/// A block's view of a [`Run`]: batch element `b`, neurons from `first` on.
pub(super) struct Block<'a, V: Simd> {
    // The run is held by value, so that writes through pointers cannot change it and it stays in registers.
    pub(super) run: Run<'a, V::Elem>,
    pub(super) b: usize,
    pub(super) first: usize,
}

impl<V: Simd> Clone for Block<'_, V> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Simd> Copy for Block<'_, V> {}

impl<'a, V: Simd> Block<'a, V> {
    /// Loads row `r` of `rows` of a series at step `t`.
    #[inline(always)]
    pub(super) fn at(&self, series: &Series<V::Elem>, t: usize, r: usize, rows: usize) -> V {
        let (batch, n) = (self.run.batch, self.run.neurons);
        match series.spread {
            Spread::Shared => V::fill(series.data[t * rows + r]),
            Spread::Batch => V::fill(series.data[(t * rows + r) * batch + self.b]),
            Spread::Neuron => lanes(&series.data[((t * rows + r) * batch + self.b) * n..][..n], self.first),
        }
    }

    /// Returns whether a series of one row, which neurons share, is not zero at step `t`.
    #[inline(always)]
    pub(super) fn any(&self, series: &Series<V::Elem>, t: usize) -> bool {
        let at = match series.spread {
            Spread::Shared => t,
            Spread::Batch => t * self.run.batch + self.b,
            Spread::Neuron => return true,
        };
        series.data[at] != V::Elem::default()
    }

    #[inline(always)]
    pub(super) fn input<M: CompiledModel>(&self, t: usize) -> M::Input<V> {
        let mut i = M::Input::<V>::filled(V::splat(0.0));
        for (r, to) in i.as_mut().iter_mut().enumerate() {
            *to = self.at(&self.run.drive, t, r, M::INPUT.len());
        }
        i
    }

    #[inline(always)]
    pub(super) fn params<M: CompiledModel>(&self) -> M::Param<V> {
        let mut p = M::Param::<V>::filled(V::splat(0.0));
        for (r, to) in p.as_mut().iter_mut().enumerate() {
            *to = lanes(&self.run.params[r * self.run.neurons..][..self.run.neurons], self.first);
        }
        p
    }

    #[inline(always)]
    pub(super) fn start<M: CompiledModel>(&self) -> M::State<V> {
        self.states::<M>(self.run.start)
    }

    /// Loads the block's part of `[state, batch, neuron]`.
    #[inline(always)]
    pub(super) fn states<M: CompiledModel>(&self, from: &[V::Elem]) -> M::State<V> {
        let mut x = M::State::<V>::filled(V::splat(0.0));
        for (s, to) in x.as_mut().iter_mut().enumerate() {
            *to = lanes(&from[(s * self.run.batch + self.b) * self.run.neurons..][..self.run.neurons], self.first);
        }
        x
    }

    /// Stores the block's part of `[state, batch, neuron]`, which begins at `from`.
    ///
    /// # Safety
    /// No other thread may access the block's columns of `to` during the call.
    #[inline(always)]
    pub(super) unsafe fn store_states<M: CompiledModel>(&self, to: &Columns<V::Elem>, x: &M::State<V>, from: usize) {
        for (s, &v) in x.as_ref().iter().enumerate() {
            let row = from + (s * self.run.batch + self.b) * self.run.neurons;
            // SAFETY: the caller ensures that no other thread accesses these columns.
            unsafe { to.store(row, self.first, self.run.neurons, v) };
        }
    }
}

/// Returns the states among the outputs of a step.
#[inline(always)]
pub(crate) fn states_of<M: CompiledModel, V: Simd>(y: &M::Output<V>) -> M::State<V> {
    let mut x = M::State::<V>::filled(V::splat(0.0));
    x.as_mut().copy_from_slice(&y.as_ref()[..M::STATE.len()]);
    x
}
