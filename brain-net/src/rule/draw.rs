//! From a rule to compressed rows.

use super::sample::{distinct, without};
use super::{Allow, Ends, Rule, reference, spatial};
use crate::network::{NetworkError, Rows, available, draw_rows, scatter};
use brain_core::Seed;

/// Synapses of [`Rule::FixedTotal`] that share a stream.
const CHUNK: u64 = 4096;

impl Rule {
    /// Offsets and targets of the projection named `what`; see [`crate::network::Projection`]. The memory is estimated
    /// first.
    pub(crate) fn draw(&self, what: &str, ends: Ends, allow: Allow, seed: Seed) -> Result<Rows, NetworkError> {
        self.check(what, ends, allow)?;
        // Beside what stays: rules that draw by target need pairs for a while; see `scatter`.
        let scattered = matches!(self, Self::FixedInDegree { .. } | Self::FixedTotal { .. });
        self.estimate(ends, allow, if scattered { 12 } else { 8 }).check(what, available())?;
        let (pre, post) = (ends.pre.size, ends.post.size);
        let own = |i: u32| (ends.same && !allow.self_connections).then_some(i);
        // Candidates of a neuron: all of the other side but itself.
        let others = |n: u32| n - u32::from(ends.same && !allow.self_connections && n > 0);
        Ok(match *self {
            Self::FixedProbability { p } => draw_rows(pre, true, |i, emit| {
                let mut stream = seed.at(i.into());
                stream.successes(others(post).into(), p).for_each(|j| emit(without(j as u32, own(i))));
            }),
            Self::FixedOutDegree { k } if allow.multapses => draw_rows(pre, false, |i, emit| {
                let mut stream = seed.at(i.into());
                (0..k).for_each(|_| emit(without(stream.below(others(post).into()) as u32, own(i))));
            }),
            Self::FixedOutDegree { k } => draw_rows(pre, true, |i, emit| {
                distinct(others(post), k, &mut seed.at(i.into()), |j| emit(without(j, own(i))));
            }),
            Self::FixedInDegree { k } if allow.multapses => scatter(pre, post.into(), |j, emit| {
                let mut stream = seed.at(j);
                let j = j as u32;
                (0..k).for_each(|_| emit(without(stream.below(others(pre).into()) as u32, own(j)), j));
            }),
            Self::FixedInDegree { k } => scatter(pre, post.into(), |j, emit| {
                let (mut stream, j) = (seed.at(j), j as u32);
                distinct(others(pre), k, &mut stream, |i| emit(without(i, own(j)), j));
            }),
            Self::FixedTotal { n } => scatter(pre, n.div_ceil(CHUNK), |chunk, emit| {
                let mut stream = seed.at(chunk);
                for _ in chunk * CHUNK..((chunk + 1) * CHUNK).min(n) {
                    let i = stream.below(pre.into()) as u32;
                    emit(i, without(stream.below(others(post).into()) as u32, own(i)));
                }
            }),
            Self::Gaussian { p, sigma_mm } => {
                spatial::draw(ends, own, p, |d2| (-d2 / (2.0 * sigma_mm * sigma_mm)).exp(), self.reach_mm(), seed)
            }
            Self::Exponential { p, lambda_mm } => {
                spatial::draw(ends, own, p, |d2| (-d2.sqrt() / lambda_mm).exp(), self.reach_mm(), seed)
            }
            Self::OneToOne => draw_rows(pre, true, |i, emit| emit(i)),
            Self::AllToAll => draw_rows(pre, true, |i, emit| (0..others(post)).for_each(|j| emit(without(j, own(i))))),
            Self::ReferenceGaussian { sigma, square } => {
                reference::gaussian(pre, if square { post.min(pre) } else { post }, sigma, own, seed)
            }
        })
    }
}
