//! This module computes short-term plasticity: the share of its resources that a synapse releases at a spike.

use super::InvalidNetwork;

/// Depression and facilitation of all synapses that a neuron makes in a projection.
///
/// At a spike, `u <- u + U (1 - u)`; the weight acts as `w u x`; then `x <- x - u x`. Between spikes `x` recovers to
/// one with `tau_rec` and `u` decays to zero with `tau_facil`; where that is zero, `u` is `U` at each spike. The first
/// spike after a long silence acts as `w U`.
///
/// The model is that of Tsodyks, Pawelzik and Markram (1998), <https://doi.org/10.1162/089976698300017502>, equations
/// 2.1 and 2.2. The state is stored per presynaptic neuron, which is exact because all of its synapses have the same
/// spikes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(non_snake_case)]
pub struct ShortTerm {
    /// The fraction that a first spike releases, from 0 to 1.
    pub U: f64,
    /// The time constant of recovery, ms.
    pub tau_rec: f64,
    /// The time constant of facilitation, ms; zero where there is none.
    pub tau_facil: f64,
}

impl ShortTerm {
    pub(super) fn check(&self, part: &str) -> Result<(), InvalidNetwork> {
        let ShortTerm { U, tau_rec, tau_facil } = *self;
        match (0.0..=1.0).contains(&U) && tau_rec > 0.0 && tau_facil >= 0.0 {
            true => Ok(()),
            false => Err(InvalidNetwork::new(part, format!("U {U}, tau_rec {tau_rec} ms, tau_facil {tau_facil} ms"))),
        }
    }

    /// What is released at a spike `ms` after the last one, which left `(u, x)`, and what this one leaves.
    pub fn release(&self, (u, x): (f64, f64), ms: f64) -> (f64, (f64, f64)) {
        let x = 1.0 + (x - 1.0) * (-ms / self.tau_rec).exp();
        let u = if self.tau_facil > 0.0 { u * (-ms / self.tau_facil).exp() } else { 0.0 };
        let u = u + self.U * (1.0 - u);
        (u * x, (u, x * (1.0 - u)))
    }
}
