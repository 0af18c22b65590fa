//! What a config says of a projection, in a few words.

use super::{NetConfig, ProjectionConfig, RuleKind, Source};
use brain_core::config::Quantity;

impl NetConfig {
    /// How a projection comes about: its rule, or what it is read from.
    pub fn rule_of(&self, projection: &str) -> String {
        let (local, long) = (&self.areas.local, &self.areas.long_range);
        let inhibitory = projection.starts_with("I-");
        match self.source {
            Source::Marmoset | Source::Matrix if projection.ends_with("-local") => {
                format!("in-degree {}, in area", if inhibitory { local.inhibitory } else { local.excitatory })
            }
            Source::Marmoset | Source::Matrix => {
                let k = if projection.contains("-I-") { long.to_inhibitory } else { long.to_excitatory };
                format!("in-degree {k}, by FLN")
            }
            Source::Edges => "edge list".into(),
            Source::Sonata => "SONATA edges".into(),
            Source::Probabilities => "table of probabilities".into(),
            Source::Rules => {
                let named = |p: &&ProjectionConfig| p.called() == projection;
                self.projections.iter().find(named).map_or_else(|| "as given".into(), ProjectionConfig::rule_text)
            }
        }
    }
}

impl ProjectionConfig {
    /// Its name, or the names of its ends.
    pub fn called(&self) -> String {
        if self.name.is_empty() { format!("{}-{}", self.from, self.to) } else { self.name.clone() }
    }

    /// The rule with its parameters.
    fn rule_text(&self) -> String {
        let length = match &self.length {
            Quantity::Number(x) => format!("{x} mm"),
            Quantity::Text(text) => text.clone(),
        };
        match self.rule {
            RuleKind::FixedProbability => format!("probability {}", self.p),
            RuleKind::FixedInDegree => format!("in-degree {}", self.k),
            RuleKind::FixedOutDegree => format!("out-degree {}", self.k),
            RuleKind::FixedTotal => format!("{} at random", self.n),
            RuleKind::Gaussian => format!("Gaussian, {} in {length}", self.p),
            RuleKind::Exponential => format!("exponential, {} in {length}", self.p),
            RuleKind::OneToOne => "one to one".into(),
            RuleKind::AllToAll => "all to all".into(),
            RuleKind::Dense => "dense".into(),
            RuleKind::Rand => format!("rand, {}", self.p),
            RuleKind::ReferenceGaussian => format!("gaussian, sd {} indices", self.sigma),
        }
    }
}
