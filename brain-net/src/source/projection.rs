//! This module reads one projection of a network of connection rules.

use crate::config::{WeightConfig, magnitude, weights};
use crate::connect::ProjectionSpec;
use crate::delay::DelayRule;
use crate::keys::{Keys, Member, complete};
use crate::rule::{ConnectionOptions, RuleEntry};
use brain_core::config::{ConfigError, Origin, Quantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_yaml::{Mapping, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// A projection has its ends, its rule and the keys of that rule.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProjectionConfig {
    /// The projection has this name; it is `<from>-<to>` where it is empty.
    pub name: String,
    /// This population is presynaptic.
    pub from: String,
    /// This population is postsynaptic.
    pub to: String,
    /// The synapses are drawn by this connection rule.
    ///
    /// The module [`crate::rule`] lists the rules.
    pub rule: String,
    /// The keys of the connection rule have these values.
    #[serde(flatten)]
    #[schemars(skip)]
    pub rule_keys: Mapping,
    /// Neurons may connect to themselves where this is true.
    pub self_connections: bool,
    /// Two neurons may share several synapses where this is true.
    pub multapses: bool,
    /// This CSV file lists the pairs that may be connected, with the columns `pre` and `post`; neurons are counted from 0.
    /// All pairs may be connected where it is null. Rules that fix numbers of synapses allow no mask.
    pub mask: Option<PathBuf>,
    /// The synapses have these magnitudes.
    pub weight: WeightConfig,
    /// Delays have this mean; where `velocity` is given, this part of the delay does not grow with distance.
    pub delay: Quantity,
    /// Delays have this standard deviation.
    pub delay_sd: Quantity,
    /// Delays grow with the distance between the two neurons, by this conduction velocity, where it is given.
    pub velocity: Option<Quantity>,
    /// Learning may change the magnitudes where this is true.
    pub plastic: bool,
}

impl Default for ProjectionConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            from: String::new(),
            to: String::new(),
            rule: "fixed-probability".into(),
            rule_keys: Mapping::new(),
            self_connections: false,
            multapses: false,
            mask: None,
            weight: WeightConfig::default(),
            delay: Quantity::from("1 ms"),
            delay_sd: Quantity::from("0 ms"),
            velocity: None,
            plastic: true,
        }
    }
}

impl ProjectionConfig {
    /// Returns the name of the projection, made of the names of its ends where none is given.
    pub fn called(&self) -> String {
        if self.name.is_empty() { format!("{}-{}", self.from, self.to) } else { self.name.clone() }
    }

    /// Fills in the keys that the projection leaves out; `at` is its path in the config.
    pub(super) fn complete(&mut self, origin: &Origin, at: &str, rules: &[RuleEntry]) -> Result<(), ConfigError> {
        let own = brain_core::config::to_value(&Self::default())?;
        let own: Vec<&str> = own.as_mapping().into_iter().flat_map(Mapping::keys).filter_map(Value::as_str).collect();
        let rules: Vec<Member> = rules.iter().map(|r| (r.name, r.keys)).collect();
        complete(origin, at, &mut self.rule_keys, ("rule", &self.rule), &rules, &own)
    }

    /// Checks the projection and returns the description from which it is drawn; the indices are those of its
    /// populations.
    pub(super) fn spec(
        &self,
        origin: &Origin,
        at: &str,
        rules: &[RuleEntry],
        (source, target): (usize, usize),
    ) -> Result<ProjectionSpec, ConfigError> {
        let known = || rules.iter().map(|r| r.name);
        let entry = rules.iter().find(|r| r.name == self.rule);
        let entry = entry.ok_or_else(|| origin.unknown(&format!("{at}.rule"), &self.rule, known()))?;
        let rule = entry.read(Keys { origin, at, values: &self.rule_keys })?;
        let given = ConnectionOptions { self_connections: self.self_connections, multapses: self.multapses };
        if let Some((option, problem)) = rule.refused(given) {
            return Err(origin.error(&format!("{at}.{option}"), problem));
        }
        if self.mask.is_some() && rule.counts_synapses() {
            let why = "it would take synapses away that the rule counts; use `rule: fixed-probability` or `all-to-all`";
            return Err(origin.error(&format!("{at}.mask"), why));
        }
        Ok(ProjectionSpec {
            name: self.called(),
            source,
            target,
            rule: Arc::from(rule),
            options: given,
            weights: weights(origin, &format!("{at}.weight"), &self.weight)?,
            delays: self.delays(origin, at)?,
        })
    }

    fn delays(&self, origin: &Origin, at: &str) -> Result<DelayRule, ConfigError> {
        let ms = magnitude(origin, &format!("{at}.delay"), &self.delay, "ms")?;
        let sd_ms = magnitude(origin, &format!("{at}.delay_sd"), &self.delay_sd, "ms")?;
        let velocity =
            self.velocity.as_ref().map(|v| magnitude(origin, &format!("{at}.velocity"), v, "mm/ms")).transpose()?;
        match velocity {
            Some(velocity) if sd_ms == 0.0 => Ok(DelayRule::Distance { base_ms: ms, velocity }),
            Some(_) => {
                let problem = "delays grow with distance or scatter, not both; drop one";
                Err(origin.error(&format!("{at}.delay_sd"), problem))
            }
            None if sd_ms > 0.0 => Ok(DelayRule::Normal { mean_ms: ms, sd_ms }),
            None => Ok(DelayRule::Constant(ms)),
        }
    }
}
