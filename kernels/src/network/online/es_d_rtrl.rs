//! This module implements ES-D-RTRL: each neuron carries a smoothed trace of its inputs' effect, and the eligibility of
//! a synapse is a product of traces.

use super::{
    Eligibility, OnlineRule,
    correction::Correction,
    jacobian_pattern::JacobianPattern,
    neuron_pass::{Cotangents, NeuronPass, row, row_mut},
    plan::{GroupPlan, NeuronTraces},
    projection_traces::{product, scaled},
};
use crate::{Precision, network::InvalidNetwork};

/// D-RTRL in which eligibility is the product of a smoothed trace of the presynaptic and one of the postsynaptic neuron
/// (Wang et al. 2026, Nat. Commun. 17:1745). Memory grows with neurons rather than synapses. It is also called pp-prop.
#[derive(Clone, Copy, Debug)]
pub struct EsDRtrl {
    /// The decay of the traces in each step, between zero and one.
    pub alpha: f64,
    /// The divisor of sums over the first steps.
    pub correction: Correction,
}

impl OnlineRule for EsDRtrl {
    fn name(&self) -> &'static str {
        "ES-D-RTRL"
    }

    fn check(&self) -> Result<(), InvalidNetwork> {
        match self.alpha > 0.0 && self.alpha < 1.0 {
            true => Ok(()),
            false => Err(InvalidNetwork::new(
                "learning",
                format!("a decay of {} a step; it lies between 0 and 1", self.alpha),
            )),
        }
    }

    fn eligibility(&self) -> Eligibility {
        Eligibility::Neuron { alpha: self.alpha, correction: self.correction }
    }
}

/// Runs forward over the `steps` of a block that begins with step `from`. Writes to [`NeuronPass::credit`] what an
/// arriving spike adds to the gradient within the block: `sum_s a^(s-t) q[s]`, where `q` is the trace times the loss's
/// derivative.
#[inline(always)]
pub(super) fn along<F: Precision>(
    pattern: &JacobianPattern,
    plan: &GroupPlan<F>,
    pass: &mut NeuronPass<F>,
    cotangents: Cotangents<F>,
    from: usize,
    steps: usize,
    NeuronTraces { alpha, correction }: NeuronTraces,
) {
    let (stride, columns) = (pass.stride, pattern.columns.len());
    let (decay, gain) = (F::of(alpha), F::of(1.0 - alpha));
    pass.credited = cotangents.steps();
    for k in 0..steps {
        let base = k * pass.derivative_rows * stride;
        let mut first = 0;
        for column in &pattern.columns {
            let place = first * stride..(first + column.states.len()) * stride;
            let (traces, next) = (&mut pass.traces[place], &mut pass.spare[..column.states.len() * stride]);
            next.fill(F::default());
            for &[to, from, d] in &column.advance {
                let d = row(&pass.derivatives[base..], d, stride);
                product(row_mut(next, to, stride), row(traces, from, stride), d);
            }
            traces.iter_mut().zip(&*next).for_each(|(to, &x)| *to = decay * x);
            for &[state, d] in &column.by_input {
                let to = column.states.iter().position(|&s| s == state).unwrap_or(0);
                scaled(row_mut(traces, to, stride), row(&pass.derivatives[base..], d, stride), gain);
            }
            first += column.states.len();
        }
        if k >= pass.credited {
            continue;
        }
        pass.credit[k * columns * stride..(k + 1) * columns * stride].fill(F::default());
        if !cotangents.marked[k] || plan.signal.is_empty() {
            continue;
        }
        // The loss depends on the states of cells through the filtered spike only.
        pass.adjoint.fill(F::default());
        cotangents.seed(k, plan, 0, stride, &mut pass.adjoint);
        let weight = F::of(1.0 / correction.at(alpha, from + k));
        pass.adjoint.iter_mut().for_each(|x| *x = *x * weight);
        let mut first = 0;
        for (c, column) in pattern.columns.iter().enumerate() {
            if let Some(y) = column.states.iter().position(|&s| s == pattern.states) {
                let to = row_mut(&mut pass.credit, k * columns + c, stride);
                product(to, row(&pass.traces, first + y, stride), &pass.adjoint);
            }
            first += column.states.len();
        }
    }
    let width = columns * stride;
    for k in (1..pass.credited).rev() {
        let (before, after) = pass.credit.split_at_mut(k * width);
        scaled(&mut before[(k - 1) * width..], &after[..width], decay);
    }
}
