//! This rule is RFLO, the random feedback local online learning of Murray (2019),
//! <https://doi.org/10.7554/eLife.43299>.
//!
//! The eligibility of a synapse is what its spikes left in the conductance and the potential of its target, and errors
//! come back by random weights. Slower states of a neuron, such as adaptation or recovery, have no part in eligibility,
//! as they have in D-RTRL.

use brain_core::family::{SettingError, Settings, SettingsReader};
use brain_task::rule::{FeedbackWeights, LearningRule, Online, Recurrent};
use kernels::Cell;
use kernels::network::online::{Horizon, OnlineRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the rule.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rflo {
    /// The weights by which errors come back to the neurons: the readout's own, or random ones that do not change.
    pub feedback: FeedbackWeights,
}

impl Default for Rflo {
    fn default() -> Self {
        Self { feedback: FeedbackWeights::Random }
    }
}

impl Settings<dyn LearningRule> for Rflo {
    const NAME: &'static str = "rflo";

    fn build(&self, _: &SettingsReader) -> Result<Box<dyn LearningRule>, SettingError> {
        Ok(Box::new(*self))
    }
}

impl LearningRule for Rflo {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn recurrent(&self) -> Recurrent {
        Recurrent::Cut
    }

    fn feedback(&self) -> FeedbackWeights {
        self.feedback
    }

    fn online(&self, random: Option<Vec<f64>>) -> Option<Online> {
        Some(Online { rule: Box::new(Membrane { feedback: random }), horizon: Horizon::Readout })
    }

    fn is_exact_for_readout(&self) -> bool {
        self.feedback == FeedbackWeights::Symmetric
    }
}

/// The eligibility of receptors and membrane. Errors come back by these weights, or by the readout's.
#[derive(Debug)]
struct Membrane {
    feedback: Option<Vec<f64>>,
}

/// Returns whether a state is the potential, or one of a receptor.
fn is_synaptic(cell: &Cell, state: usize) -> bool {
    state == 0 || cell.receptors().any(|receptor| cell.state[state].name.starts_with(&format!("{receptor}_")))
}

impl OnlineRule for Membrane {
    fn name(&self) -> &'static str {
        <Rflo as Settings<dyn LearningRule>>::NAME
    }

    fn feedback(&self) -> Option<&[f64]> {
        self.feedback.as_deref()
    }

    fn follows(&self, cell: &Cell, output: usize, state: usize) -> bool {
        let is_spike = output == cell.state.len();
        is_synaptic(cell, state) && (is_spike || is_synaptic(cell, output))
    }
}
