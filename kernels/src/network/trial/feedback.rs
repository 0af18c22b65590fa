//! What gradients go back along projections by.

use super::RunInputs;
use crate::{Precision, network::circuit::Circuit};

/// What a gradient is multiplied by on its way back from a synapse's target to its spike. The gradient w.r.t. the weights
/// of the projection itself is the same for all of these.
#[derive(Clone, Copy, Debug, Default)]
pub enum Feedback<'a, F> {
    /// The weights: what goes back is the gradient.
    #[default]
    Weights,
    /// Zero: the path is cut. With all paths between cells that way but those to the readout, what is left is what
    /// real-time recurrent learning with a diagonal Jacobian sums up forwards (Bellec et al. 2020,
    /// <https://doi.org/10.1038/s41467-020-17236-y>).
    Cut,
    /// Other numbers, in the order of the weights: feedback alignment (Lillicrap et al. 2016,
    /// <https://doi.org/10.1038/ncomms13276>).
    Fixed(&'a [F]),
}

impl<'a, F: Precision> RunInputs<'a, F> {
    /// What gradients go back along each projection by, `[synapse]`. There is none where the path is cut, nor where the
    /// projection comes from sources, whose spikes have no gradient.
    pub(crate) fn feedback_weights(&self, circuit: &Circuit) -> Vec<Option<&'a [F]>> {
        let projections = circuit.connectivity.projections.iter().enumerate();
        let weights = projections.map(|(k, p)| {
            circuit.groups[p.pre].cell?;
            match self.feedback.get(k) {
                None | Some(Feedback::Weights) => Some(&self.weights[p.weights..][..p.synapses]),
                Some(Feedback::Cut) => None,
                Some(Feedback::Fixed(numbers)) => Some(*numbers),
            }
        });
        weights.collect()
    }
}
