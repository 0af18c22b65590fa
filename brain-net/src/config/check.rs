//! From the config's words to what the library takes, with the place of what is wrong.

use super::{Distribution, NetConfig, ProjectionConfig, RuleKind, WeightConfig};
use crate::delay::DelayRule;
use crate::rule::{Allow, Rule};
use crate::weight::Weights;
use brain_core::config::{Config, ConfigError, Quantity};

/// A quantity that is finite and at least 0.
pub(super) fn quantity(c: &Config<NetConfig>, key: &str, q: &Quantity, unit: &str) -> Result<f64, ConfigError> {
    let x = c.quantity(key, q, unit)?;
    if x.is_finite() && x >= 0.0 { Ok(x) } else { Err(c.error(key, format!("{x} {unit} must be 0 or more"))) }
}

/// A number in a range.
pub(super) fn within(c: &Config<NetConfig>, key: &str, x: f64, low: f64, high: f64) -> Result<(), ConfigError> {
    if (low..=high).contains(&x) { Ok(()) } else { Err(c.error(key, format!("{x} is not within {low} to {high}"))) }
}

pub(super) fn step(c: &Config<NetConfig>) -> Result<f64, ConfigError> {
    let dt = quantity(c, "dt", &c.value.dt, "ms")?;
    if dt > 0.0 { Ok(dt) } else { Err(c.error("dt", "the step must be above 0")) }
}

pub(super) fn weights(c: &Config<NetConfig>, key: &str, w: &WeightConfig) -> Result<Weights, ConfigError> {
    let weights = match w.distribution {
        Distribution::Constant => Weights::Constant(w.mean),
        Distribution::Uniform => Weights::Uniform { low: w.low, high: w.high },
        Distribution::Normal => Weights::Normal { mean: w.mean, sd: w.cv * w.mean },
        Distribution::LogNormal => Weights::LogNormal { mean: w.mean, cv: w.cv },
        Distribution::FanIn => Weights::FanIn { scale: w.scale, fan_in: w.fan_in },
    };
    weights.check(key).map_err(|e| c.error(key, e))?;
    Ok(weights)
}

pub(super) fn rule(c: &Config<NetConfig>, key: &str, p: &ProjectionConfig) -> Result<(Rule, Allow), ConfigError> {
    let length_mm = || quantity(c, &format!("{key}.length"), &p.length, "mm");
    let mut allow = Allow { self_connections: p.self_connections, multapses: p.multapses };
    let rule = match p.rule {
        RuleKind::FixedProbability => Rule::FixedProbability { p: p.p },
        RuleKind::FixedInDegree => Rule::FixedInDegree { k: p.k },
        RuleKind::FixedOutDegree => Rule::FixedOutDegree { k: p.k },
        RuleKind::FixedTotal => Rule::FixedTotal { n: p.n },
        RuleKind::Gaussian => Rule::Gaussian { p: p.p, sigma_mm: length_mm()? },
        RuleKind::Exponential => Rule::Exponential { p: p.p, lambda_mm: length_mm()? },
        RuleKind::OneToOne => Rule::OneToOne,
        RuleKind::AllToAll | RuleKind::Dense => Rule::AllToAll,
        RuleKind::Rand => Rule::FixedProbability { p: p.p },
        RuleKind::ReferenceGaussian => Rule::ReferenceGaussian { sigma: p.sigma, square: p.square },
    };
    if matches!(p.rule, RuleKind::Dense | RuleKind::Rand | RuleKind::ReferenceGaussian) {
        allow.self_connections = true;
    }
    if p.rule == RuleKind::FixedTotal && !p.multapses {
        return Err(
            c.error(&format!("{key}.multapses"), "fixed-total draws both ends at random; set `multapses: true`")
        );
    }
    Ok((rule, allow))
}

pub(super) fn delays(c: &Config<NetConfig>, key: &str, p: &ProjectionConfig) -> Result<DelayRule, ConfigError> {
    let ms = quantity(c, &format!("{key}.delay"), &p.delay, "ms")?;
    let sd_ms = quantity(c, &format!("{key}.delay_sd"), &p.delay_sd, "ms")?;
    let velocity = p.velocity.as_ref().map(|v| quantity(c, &format!("{key}.velocity"), v, "mm/ms")).transpose()?;
    match velocity {
        Some(velocity) if sd_ms == 0.0 => Ok(DelayRule::Distance { base_ms: ms, velocity }),
        Some(_) => Err(c.error(&format!("{key}.delay_sd"), "delays grow with distance or scatter, not both; drop one")),
        None if sd_ms > 0.0 => Ok(DelayRule::Normal { mean_ms: ms, sd_ms }),
        None => Ok(DelayRule::Constant(ms)),
    }
}
