//! What a learning rule decides, and what a run that learns is given and gives.

use super::es_d_rtrl::Correction;
use crate::{Cell, network::InvalidNetwork};
use std::fmt::Debug;

/// A learning rule that goes forwards with the run; see the [module](super) for what the words mean.
///
/// A rule decides what carries eligibility, by which weights the loss reaches the neurons, and which derivatives of a
/// neuron's step it looks at. The loops are the same for all rules and ask a rule only before the run, so a rule costs
/// nothing per step. Every method has an answer, that of D-RTRL.
pub trait OnlineRule: Debug + Send + Sync {
    /// The name for errors.
    fn name(&self) -> &'static str;

    /// Fails where the rule's own numbers are wrong.
    fn check(&self) -> Result<(), InvalidNetwork> {
        Ok(())
    }

    /// What carries the eligibility of a synapse.
    fn eligibility(&self) -> Eligibility {
        Eligibility::Synapse
    }

    /// Weights by which the loss reaches the neurons in place of the readout's, `[readout, cell]`: the cells of all groups
    /// but sources and readouts, in their order.
    fn feedback(&self) -> Option<&[f64]> {
        None
    }

    /// Whether the rule follows the derivative of the next `output` (a state, or the spike behind them) w.r.t. `state`
    /// within a neuron of this cell. Derivatives that it does not follow are taken for zero.
    fn follows(&self, _cell: &Cell, _output: usize, _state: usize) -> bool {
        true
    }
}

/// What carries the eligibility of a synapse from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Eligibility {
    /// Each synapse carries a trace of its own for every state that its spikes act on.
    Synapse,
    /// Each neuron carries a trace for each of its inputs, and each presynaptic neuron one of its spikes; a synapse's
    /// eligibility is their product.
    Neuron {
        /// The decay of the traces in each step, between zero and one.
        alpha: f64,
        /// What sums over the first steps are divided by, because traces start at zero.
        correction: Correction,
    },
}

/// Which spikes a loss of step `t` gives credit to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Horizon {
    /// All spikes that the readout still remembers, which is the gradient of the loss.
    Readout,
    /// The spikes of step `t` alone, as in the reference code, where the readout's state is taken for given.
    Step,
}

/// The steps of a block where nothing else is said.
pub const BLOCK: usize = 64;

/// A rule with its options.
#[derive(Clone, Copy, Debug)]
pub struct Learning<'a> {
    /// The rule.
    pub rule: &'a dyn OnlineRule,
    /// Which spikes a loss gives credit to.
    pub horizon: Horizon,
    /// The number of steps after which traces are brought up to date.
    pub block: usize,
}

impl<'a> Learning<'a> {
    /// The rule with credit for all that the readout remembers, in blocks of [`BLOCK`] steps.
    pub fn by(rule: &'a dyn OnlineRule) -> Self {
        Learning { rule, horizon: Horizon::Readout, block: BLOCK }
    }
}

/// The loss of a run, step by step.
pub trait LossFunction<F> {
    /// The loss of batch element `b` in step `t`, given the readouts after the step, `[readout]`, those of all readout
    /// groups one after the other. Its gradient w.r.t. them goes to `gradient`, `[readout]`, which comes as zeros.
    fn loss(&self, b: usize, t: usize, readout: &[F], gradient: &mut [F]) -> f64;
}

/// Where the gradients of a run go.
pub struct Learned<'a, F> {
    /// The gradient of the summed loss w.r.t. [`RunInputs::weights`](super::super::bptt::RunInputs::weights), summed over
    /// the batch, `[synapse]`.
    pub weights: &'a mut [F],
    /// The gradient of each cell's own number of spikes w.r.t. the weights of synapses onto it, `[synapse]`, without the
    /// paths that D-RTRL leaves out. Multiplied by the loss's derivative w.r.t. a cell's rate it is a regulariser's
    /// gradient. It is empty where it is not wanted; rules with traces of neurons do not have it.
    pub counts: &'a mut [F],
}

/// What a run was.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The loss, summed over steps and batch.
    pub loss: f64,
    /// The spikes of each cell, summed over the batch, by group.
    pub spikes: Vec<Vec<u64>>,
    /// The bytes of eligibility traces of one thread.
    pub trace_bytes: usize,
    /// The bytes of everything that one thread works with, lists of spikes at their longest.
    pub bytes: usize,
}
