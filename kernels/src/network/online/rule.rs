//! This module defines the trait of learning rules, and the arguments and results of an online run.

use super::correction::Correction;
use crate::{Cell, network::InvalidNetwork};
use std::fmt::Debug;

/// A learning rule that runs forward in time; the [module](super) explains the terms.
///
/// A rule decides what carries eligibility, by which weights the loss is propagated to the neurons, and which
/// derivatives of a neuron's step it follows. The loops are the same for all rules and call a rule only before the run,
/// so that a rule costs nothing per step. The default of every method is that of D-RTRL.
pub trait OnlineRule: Debug + Send + Sync {
    /// Returns the name of the rule for errors.
    fn name(&self) -> &'static str;

    /// Fails where a parameter of the rule is out of range.
    fn check(&self) -> Result<(), InvalidNetwork> {
        Ok(())
    }

    /// Returns what carries the eligibility of a synapse.
    fn eligibility(&self) -> Eligibility {
        Eligibility::Synapse
    }

    /// Returns feedback weights that replace the readout's weights, `[readout, cell]`; the cells are those of all
    /// groups but sources and readouts, in their order. `None` stands for the readout's own weights.
    fn feedback(&self) -> Option<&[f64]> {
        None
    }

    /// Returns whether the rule follows the derivative of the next `output` w.r.t. `state` within a neuron of this
    /// cell. An output is a state, or the spike, whose index is the number of states. Derivatives that are not followed
    /// count as zero.
    fn follows(&self, _cell: &Cell, _output: usize, _state: usize) -> bool {
        true
    }
}

/// The carrier of a synapse's eligibility from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Eligibility {
    /// Each synapse carries a trace of its own for every state that its spikes act on.
    Synapse,
    /// Each neuron carries a trace for each of its inputs, and each presynaptic neuron one of its spikes; a synapse's
    /// eligibility is their product.
    Neuron {
        /// The decay of the traces in each step, between zero and one.
        alpha: f64,
        /// The divisor of sums over the first steps, which corrects for traces that start at zero.
        correction: Correction,
    },
}

/// The spikes that a loss of step `t` assigns credit to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Horizon {
    /// The loss assigns credit to all earlier spikes through the state of the readout, which gives its gradient.
    Readout,
    /// The loss assigns credit to the spikes of step `t` only: the earlier state of the readout counts as a constant,
    /// as in the reference code.
    Step,
}

/// Default number of steps of a block.
pub const BLOCK: usize = 64;

/// A rule with its options.
#[derive(Clone, Copy, Debug)]
pub struct Learning<'a> {
    /// The rule.
    pub rule: &'a dyn OnlineRule,
    /// The spikes that a loss assigns credit to.
    pub horizon: Horizon,
    /// The number of steps after which traces are updated.
    pub block: usize,
}

impl<'a> Learning<'a> {
    /// Makes the options of a rule with [`Horizon::Readout`] and blocks of [`BLOCK`] steps.
    pub fn by(rule: &'a dyn OnlineRule) -> Self {
        Learning { rule, horizon: Horizon::Readout, block: BLOCK }
    }
}

/// The loss of a run, step by step.
pub trait LossFunction<F> {
    /// Returns the loss of batch element `b` in step `t`. `readout` are the readouts of all readout groups after the
    /// step, `[readout]`. The gradient w.r.t. them must be written to `gradient`, `[readout]`, which is zero at the
    /// call.
    fn loss(&self, b: usize, t: usize, readout: &[F], gradient: &mut [F]) -> f64;
}

/// The arrays that the gradients of a run are written to.
pub struct Learned<'a, F> {
    /// The gradient of the summed loss w.r.t. [`RunInputs::weights`](super::super::bptt::RunInputs::weights), summed
    /// over the batch, `[synapse]`.
    pub weights: &'a mut [F],
    /// The gradient of each cell's own number of spikes w.r.t. the weights of synapses onto it, `[synapse]`, without
    /// the paths that D-RTRL neglects. Multiplied by the derivative of a regulariser w.r.t. a cell's rate, it is the
    /// gradient of that regulariser. It is empty where it is not wanted; rules with traces of neurons cannot compute
    /// it.
    pub counts: &'a mut [F],
}

/// The summary of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct OnlineSummary {
    /// The loss, summed over steps and batch.
    pub loss: f64,
    /// The spikes of each cell, summed over the batch, by group.
    pub spikes: Vec<Vec<u64>>,
    /// The bytes of eligibility traces of one thread.
    pub trace_bytes: usize,
    /// The bytes of all memory of one thread, with lists of spikes at their longest.
    pub bytes: usize,
}
