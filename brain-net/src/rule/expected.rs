//! What a rule needs and how many synapses it will make.

use super::{Allow, Ends, Rule};
use crate::network::{Estimate, NetworkError};

/// Where a distance-dependent probability is cut: `exp(-x)` with this `x` is 1e-6.
const CUT: f64 = 13.815_510_557_964_274;

impl Rule {
    /// The expected number of synapses; for distance-dependent rules an upper bound, as if all neurons were one place.
    pub fn expected(&self, ends: Ends, allow: Allow) -> f64 {
        let (pre, post) = (f64::from(ends.pre.size), f64::from(ends.post.size));
        let pairs = pre * post - if ends.same && !allow.self_connections { pre } else { 0.0 };
        match *self {
            Self::FixedProbability { p } => p * pairs,
            Self::FixedOutDegree { k } => f64::from(k) * pre,
            Self::FixedInDegree { k } => f64::from(k) * post,
            Self::FixedTotal { n } => n as f64,
            // Positions may be anywhere: counted, not bounded, where they are many.
            Self::Gaussian { p, .. } | Self::Exponential { p, .. } => (p * pairs).min(pre * 1e4),
            Self::OneToOne => pre,
            Self::AllToAll => pairs,
            Self::ReferenceGaussian { sigma, .. } => (sigma * std::f64::consts::TAU.sqrt() * pre).min(pairs + pre),
        }
    }

    /// The memory it will need, at `per_synapse` bytes a synapse.
    pub fn estimate(&self, ends: Ends, allow: Allow, per_synapse: u64) -> Estimate {
        Estimate { rows: ends.pre.size.into(), synapses: self.expected(ends, allow), per_synapse }
    }

    /// Distance beyond which there are no synapses, mm.
    pub(super) fn reach_mm(&self) -> f64 {
        match *self {
            Self::Gaussian { sigma_mm, .. } => sigma_mm * (2.0 * CUT).sqrt(),
            Self::Exponential { lambda_mm, .. } => lambda_mm * CUT,
            _ => f64::INFINITY,
        }
    }

    /// Fails on parameters that no network can have.
    pub fn check(&self, what: &str, ends: Ends, allow: Allow) -> Result<(), NetworkError> {
        let fail = |parameter, value: f64, problem: String| {
            Err(NetworkError::Rule { what: what.into(), parameter, value, problem })
        };
        let probability = |p: f64| match (0.0..=1.0).contains(&p) {
            true => Ok(()),
            false => fail("p", p, "is not a probability; give 0 to 1".into()),
        };
        let length = |parameter, x: f64| match x.is_finite() && x > 0.0 {
            true => Ok(()),
            false => fail(parameter, x, "is not a length above 0".into()),
        };
        let skipped = u32::from(ends.same && !allow.self_connections);
        let degree = |k: u32, side: &str, n: u32| {
            let candidates = n.saturating_sub(skipped);
            if k > 0 && candidates == 0 || k > candidates && !allow.multapses {
                let problem = format!(
                    "is more than the {candidates} {side} neurons there are; lower it, enlarge the population, or allow `multapses`"
                );
                return fail("k", k.into(), problem);
            }
            Ok(())
        };
        match *self {
            Self::FixedProbability { p } => probability(p)?,
            Self::FixedOutDegree { k } => degree(k, "postsynaptic", ends.post.size)?,
            Self::FixedInDegree { k } => degree(k, "presynaptic", ends.pre.size)?,
            Self::FixedTotal { n } if n > 0 && (ends.pre.size == 0 || ends.post.size <= skipped) => {
                return fail("n", n as f64, "synapses have no pair of neurons to connect".into());
            }
            Self::Gaussian { p, sigma_mm: x } | Self::Exponential { p, lambda_mm: x } => {
                probability(p)?;
                length(if matches!(self, Self::Gaussian { .. }) { "sigma_mm" } else { "lambda_mm" }, x)?;
                for end in [ends.pre, ends.post] {
                    if end.positions.len() != end.size as usize {
                        let (what, population) = (what.into(), end.name.clone());
                        return Err(NetworkError::Positions { what, population });
                    }
                }
            }
            Self::OneToOne if ends.pre.size != ends.post.size => {
                let problem = format!("is not the size {} of the other population", ends.post.size);
                return fail("size", ends.pre.size.into(), problem);
            }
            Self::OneToOne if skipped > 0 => {
                return fail(
                    "size",
                    ends.pre.size.into(),
                    "to itself one to one is self-connections; allow them".into(),
                );
            }
            Self::ReferenceGaussian { sigma, .. } => length("sigma", sigma)?,
            Self::FixedTotal { .. } | Self::OneToOne | Self::AllToAll => {}
        }
        Ok(())
    }
}
