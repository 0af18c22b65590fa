//! This module reads distributions of magnitudes, which every key of the config that ends in `weight` holds.

use crate::network::NetworkError;
use crate::weight::WeightDistribution;
use brain_core::config::{ConfigError, Origin};
use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

/// A config names one of these distributions; [`WeightDistribution`] defines them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DistributionName {
    /// All magnitudes are `mean`.
    Constant,
    /// Magnitudes lie between `low` and `high`.
    Uniform,
    /// Magnitudes are normal with `mean` and `cv`, drawn again below 0.
    Normal,
    /// Magnitudes are log-normal with `mean` and `cv`.
    #[default]
    LogNormal,
    /// Magnitudes are those of normal numbers with variance `scale / fan_in`, as in the reference code of Wang et al.
    /// 2024.
    FanIn,
}

/// Synapses have these magnitudes.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WeightConfig {
    /// The magnitudes are drawn from this distribution.
    pub distribution: DistributionName,
    /// The distributions `constant`, `normal` and `log-normal` have this mean, in the unit of the receptor, such as nS.
    pub mean: f64,
    /// The distributions `normal` and `log-normal` have this coefficient of variation (standard deviation divided by mean).
    pub cv: f64,
    /// The distribution `uniform` begins at this magnitude, in the unit of the receptor.
    pub low: f64,
    /// The distribution `uniform` ends at this magnitude, in the unit of the receptor.
    pub high: f64,
    /// The weights of a neuron's inputs have this summed variance, for `fan-in`.
    pub scale: f64,
    /// A neuron has this many inputs, for `fan-in`; the mean in-degree is used where it is null.
    pub fan_in: Option<f64>,
}

impl Default for WeightConfig {
    fn default() -> Self {
        Self {
            distribution: DistributionName::LogNormal,
            mean: 1.0,
            cv: 1.0,
            low: 0.0,
            high: 1.0,
            scale: 1.0,
            fan_in: None,
        }
    }
}

impl DistributionName {
    /// Returns the keys that the distribution has, beside its name.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Constant => &["mean"],
            Self::Uniform => &["low", "high"],
            Self::Normal | Self::LogNormal => &["mean", "cv"],
            Self::FanIn => &["scale", "fan_in"],
        }
    }
}

impl Serialize for WeightConfig {
    /// Writes the keys of the distribution; others would do nothing.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys = self.distribution.keys();
        let mut map = serializer.serialize_map(Some(1 + keys.len()))?;
        map.serialize_entry("distribution", &self.distribution)?;
        for key in keys {
            match *key {
                "mean" => map.serialize_entry(key, &self.mean)?,
                "cv" => map.serialize_entry(key, &self.cv)?,
                "low" => map.serialize_entry(key, &self.low)?,
                "high" => map.serialize_entry(key, &self.high)?,
                "scale" => map.serialize_entry(key, &self.scale)?,
                _ => map.serialize_entry(key, &self.fan_in)?,
            }
        }
        map.end()
    }
}

/// Returns the distribution at `key`. Fails on keys of other distributions, and where its parameters give no magnitudes.
pub(crate) fn weights(origin: &Origin, key: &str, w: &WeightConfig) -> Result<WeightDistribution, ConfigError> {
    let own = w.distribution.keys();
    let foreign = ["mean", "cv", "low", "high", "scale", "fan_in"].into_iter().filter(|k| !own.contains(k));
    for other in foreign {
        let path = format!("{key}.{other}");
        if origin.is_given(&path) && !origin.may_be_idle(&format!("{key}.distribution"), &path) {
            let name = serde_yaml::to_string(&w.distribution).unwrap_or_default();
            let message =
                format!("has no effect: the distribution `{}` has {}; leave it out", name.trim(), own.join(", "));
            return Err(origin.error(&path, message));
        }
    }
    let weights = match w.distribution {
        DistributionName::Constant => WeightDistribution::Constant(w.mean),
        DistributionName::Uniform => WeightDistribution::Uniform { low: w.low, high: w.high },
        DistributionName::Normal | DistributionName::LogNormal if !(w.cv.is_finite() && w.cv >= 0.0) => {
            let problem = format!("{} is not a coefficient of variation; give 0 or more", w.cv);
            return Err(origin.error(&format!("{key}.cv"), problem));
        }
        DistributionName::Normal => WeightDistribution::Normal { mean: w.mean, sd: w.cv * w.mean },
        DistributionName::LogNormal => WeightDistribution::LogNormal { mean: w.mean, cv: w.cv },
        DistributionName::FanIn => WeightDistribution::FanIn { scale: w.scale, fan_in: w.fan_in },
    };
    weights.check(key).map_err(|e| match &e {
        NetworkError::Rule { parameter, value, problem, .. } => {
            let own = parameter.strip_prefix("weight.").unwrap_or("mean");
            // The difference of the bounds of a uniform distribution is its upper one's to mend.
            let own = if own.contains(' ') { "high" } else { own };
            origin.error(&format!("{key}.{own}"), format!("{value} {problem}"))
        }
        _ => origin.error(key, e.without_place()),
    })?;
    Ok(weights)
}
