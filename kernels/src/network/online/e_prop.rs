//! This module implements e-prop: D-RTRL whose learning signal is propagated through separate feedback weights.

use super::OnlineRule;

/// Eligibility propagation (Bellec et al. 2020, <https://doi.org/10.1038/s41467-020-17236-y>): synapses carry traces,
/// and the learning signal is `sum_k B_ki dL/dr_k` with feedback weights `B` in place of the readout's weights. With
/// the readout's own weights (symmetric feedback) it is [`DRtrl`](super::DRtrl).
#[derive(Clone, Debug)]
pub struct EProp {
    /// The feedback, `[readout, cell]`; see [`OnlineRule::feedback`].
    pub feedback: Vec<f64>,
}

impl OnlineRule for EProp {
    fn name(&self) -> &'static str {
        "e-prop"
    }

    fn feedback(&self) -> Option<&[f64]> {
        Some(&self.feedback)
    }
}
