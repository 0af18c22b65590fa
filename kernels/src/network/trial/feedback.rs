//! This module selects the feedback weights, by which gradients are propagated back along projections.

use super::RunInputs;
use crate::{Precision, network::circuit::Circuit};

/// The weights by which a gradient w.r.t. a synapse's target contributes to the gradient w.r.t. its spike. The gradient
/// w.r.t. the weights of the projection itself does not depend on this choice.
#[derive(Clone, Copy, Debug, Default)]
pub enum Feedback<'a, F> {
    /// The weights of the projection are used, which gives the true gradient.
    #[default]
    Weights,
    /// No gradient is propagated back. Where all paths between cells are cut except those to the readout, the result is
    /// the gradient that real-time recurrent learning with a diagonal Jacobian accumulates forward in time (Bellec et
    /// al. 2020, <https://doi.org/10.1038/s41467-020-17236-y>).
    Cut,
    /// Other weights, `[synapse]` in the order of the projection's own, are used: feedback alignment (Lillicrap et al.
    /// 2016, <https://doi.org/10.1038/ncomms13276>).
    Fixed(&'a [F]),
}

impl<'a, F: Precision> RunInputs<'a, F> {
    /// Returns the feedback weights of each projection, `[synapse]`. They are `None` where the path is cut and where
    /// the projection comes from sources, whose spikes have no gradient.
    pub(crate) fn feedback_weights(&self, circuit: &Circuit) -> Vec<Option<&'a [F]>> {
        let projections = circuit.connectivity.projections.iter().enumerate();
        let weights = projections.map(|(k, p)| {
            circuit.populations[p.pre].cell()?;
            match self.feedback.get(k) {
                None | Some(Feedback::Weights) => Some(&self.weights[p.weights..][..p.synapses]),
                Some(Feedback::Cut) => None,
                Some(Feedback::Fixed(numbers)) => Some(*numbers),
            }
        });
        weights.collect()
    }
}
