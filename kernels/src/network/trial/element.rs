//! This module holds one batch element of a run.

use super::{NotFinite, Precomputed, RunInputs, precomputed::pad};
use crate::{
    Precision, Spread,
    network::{circuit::Circuit, delivery::spike_delivery::SpikeDelivery},
};

/// One batch element of a run.
#[derive(Clone, Copy)]
pub(crate) struct Trial<'a, F> {
    pub(crate) circuit: &'a Circuit,
    pub(crate) run: &'a RunInputs<'a, F>,
    pub(crate) precomputed: &'a Precomputed<F>,
    /// Weights in the order of [`Connectivity::pack`](crate::network::delivery::connectivity::Connectivity::pack).
    pub(crate) weights: &'a [F],
    /// Index of the batch element.
    pub(crate) b: usize,
}

impl<'a, F: Precision> Trial<'a, F> {
    /// Returns the synapses with the weights of the run.
    pub(crate) fn delivery(&self) -> SpikeDelivery<'a, F> {
        let Trial { circuit, weights, run, .. } = *self;
        SpikeDelivery { connectivity: &circuit.connectivity, weights, level: run.level }
    }

    /// Returns the states of all groups before the first step, as a padded row.
    pub(crate) fn start(&self) -> Vec<F> {
        let mut x = vec![F::default(); self.circuit.rows.states];
        let mut rest = self.run.start;
        for p in &self.circuit.layouts {
            let (own, others) = rest.split_at(p.fields.states * self.run.batch * p.neurons);
            rest = others;
            let to = &mut x[p.states..p.states + p.fields.states * p.stride];
            pad(p, own, self.run.batch, self.b, to);
        }
        x
    }

    /// Adds the external input of step `t` to a row of the inputs of all groups.
    pub(crate) fn drive(&self, t: usize, row: &mut [F]) {
        let (batch, b) = (self.run.batch, self.b);
        let mut from = self.run.drive;
        for (p, d) in self.circuit.layouts.iter().zip(self.run.drives) {
            for (k, &i) in d.inputs.iter().enumerate() {
                let to = &mut row[p.inputs + i * p.stride..][..p.stride];
                let at = t * d.inputs.len() + k;
                match d.spread() {
                    Spread::Shared => to.iter_mut().for_each(|to| *to += from[at]),
                    Spread::Batch => to.iter_mut().for_each(|to| *to += from[at * batch + b]),
                    Spread::Neuron => {
                        let from = &from[(at * batch + b) * p.neurons..][..p.neurons];
                        to.iter_mut().zip(from).for_each(|(to, &x)| *to += x);
                    }
                }
            }
            from = &from[d.count(self.run.steps, batch, p.neurons, d.spread())..];
        }
    }

    /// Finds the first number that is not finite in a row of states, or of gradients w.r.t. them. `what` names the row,
    /// and `steps` is the number of steps after which it holds.
    pub(crate) fn not_finite(&self, what: &str, steps: usize, row: &[F]) -> Option<NotFinite> {
        self.circuit.populations.iter().zip(&self.circuit.layouts).find_map(|(g, p)| {
            let states = p.states..p.states + p.fields.states * p.stride;
            let at = row[states].iter().position(|x| !x.to().is_finite())?;
            let variable = &g.cell()?.state[at / p.stride].name;
            Some(NotFinite {
                part: g.name.clone(),
                what: format!("{what} {variable}"),
                index: (at % p.stride).min(p.neurons - 1),
                element: Some(self.b),
                steps: Some(steps),
            })
        })
    }
}

/// Returns whether all numbers are finite. Zero times a finite number is zero; zero times any other number is NaN,
/// which the sums then hold.
pub(crate) fn all_finite<F: Precision>(x: &[F]) -> bool {
    let (some, rest) = x.as_chunks::<16>();
    let mut sums = [F::default(); 16];
    for x in some {
        sums.iter_mut().zip(x).for_each(|(sum, &x)| *sum += x * F::of(0.0));
    }
    sums.iter().chain(rest).all(|x| x.to().is_finite())
}
