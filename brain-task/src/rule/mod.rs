//! A learning rule says how the loss gives credit to each weight.
//!
//! *Backpropagation through time* sends gradients back along every synapse. *D-RTRL* leaves out the paths through other
//! neurons' spikes. The rest is what its traces sum up forwards, `e_ji[t] = D_i[t] e_ji[t-1] + d_i[t] x_j[t]`; as
//! weights change once per batch, the same sum can be made backwards, without a trace for each synapse. The leaky
//! memory of the readout is kept, so D-RTRL is the gradient where neurons are not connected to each other. *e-prop* is
//! the same with the errors brought to the neurons by the readout's weights or by fixed random ones. All of these can
//! also be carried forward with the run, and *ES-D-RTRL*, whose traces are those of neurons, always is; see
//! [`kernels::network::online`].
//!
//! A rule is a file with its settings, which are its keys in a config, and a line in the list at the end of this page. A
//! crate outside adds one to [`rules`] with [`Family::with`](brain_core::Family::with); one with traces of its own also
//! implements [`OnlineRule`].

mod config;
mod wired;

pub use config::RuleConfig;
pub use wired::WiredRule;

use kernels::network::online::{Horizon, OnlineRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A learning rule computes the gradient of a batch.
///
/// A rule either goes back after the run, as [`recurrent`](Self::recurrent) and [`feedback`](Self::feedback) say, or
/// forward with it, as [`online`](Self::online) says. The defaults of the methods are those of backpropagation through
/// time.
pub trait LearningRule: Debug + Send + Sync {
    /// Returns the name, as configs write it.
    fn name(&self) -> &'static str;

    /// Returns whether gradients go back along the synapses between neurons.
    fn recurrent(&self) -> Recurrent {
        Recurrent::Weights
    }

    /// Returns the weights by which the loss reaches the neurons.
    fn feedback(&self) -> FeedbackWeights {
        FeedbackWeights::Symmetric
    }

    /// Returns the rule as it goes forward with the run, or none where it goes back. Where [`feedback`](Self::feedback)
    /// is random, `random` holds these weights, `[output, cell]`.
    fn online(&self, _random: Option<Vec<f64>>) -> Option<Online> {
        None
    }

    /// Returns two forms of the rule that must have the same gradient, with their names; a check of a gradient compares
    /// them.
    fn equal_forms(&self) -> Option<[(&'static str, Box<dyn LearningRule>); 2]> {
        None
    }

    /// Returns whether the gradient is that of backpropagation through time to rounding; a check of a gradient holds it to
    /// that.
    fn is_exact(&self) -> bool {
        false
    }

    /// Returns whether the gradient w.r.t. the readout's own weights is that of the loss; a check of a gradient holds
    /// it to that.
    fn is_exact_for_readout(&self) -> bool {
        true
    }
}

/// Gradients go back along the synapses between neurons in one of these ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrent {
    /// They are multiplied by the weights, as the chain rule says.
    Weights,
    /// They do not go back: a neuron gets no credit for what its spikes do to other neurons.
    Cut,
}

/// The loss reaches the neurons by these weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FeedbackWeights {
    /// The weights are the readout's own.
    #[default]
    Symmetric,
    /// The weights are random and do not change; they are as large as the readout's at the start.
    Random,
}

/// Makes the online and the batched form of a rule, which have the same gradient.
fn both_forms<R: LearningRule + 'static>(with: impl Fn(Form) -> R) -> [(&'static str, Box<dyn LearningRule>); 2] {
    [("online form", Box::new(with(Form::Online))), ("batched form", Box::new(with(Form::Batched)))]
}

/// The same gradient is computed in one of two ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// It is computed backwards after the run, for parameters that change once per batch.
    #[default]
    Batched,
    /// It is computed forwards with the run, with traces, in memory that does not grow with time.
    Online,
}

/// An online rule goes forward with the run.
#[derive(Debug)]
pub struct Online {
    /// This rule carries eligibility, and has the weights by which the loss reaches the neurons.
    pub rule: Box<dyn OnlineRule>,
    /// A loss gives credit to these spikes.
    pub horizon: Horizon,
}

/// Returns the horizon of credit; where it is `instant` only spikes of the loss's own step get credit.
fn horizon(instant: bool) -> Horizon {
    if instant { Horizon::Step } else { Horizon::Readout }
}

brain_core::family! {
    /// Returns all learning rules.
    pub fn rules() -> "learning rule", dyn LearningRule {
        bptt::BpttSettings,
        d_rtrl::DRtrlSettings,
        es_d_rtrl::EsDRtrlSettings,
        e_prop::EPropSettings,
    }
}
