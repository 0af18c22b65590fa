//! This module describes the populations that a rule connects and the options of the projection.

use crate::network::{AnatomicalNetwork, AnatomicalPopulation, NetworkError};

/// A rule may connect these pairs of neurons beside single synapses between different neurons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// Neurons may connect to themselves where this is true.
    pub self_connections: bool,
    /// Two neurons may share several synapses where this is true; rules of fixed degree and of fixed total read it.
    pub multapses: bool,
}

/// A projection has these two ends.
#[derive(Clone, Copy, Debug)]
pub struct Ends<'a> {
    /// Errors name the projection by this name.
    pub name: &'a str,
    /// The projection comes from this population.
    pub pre: AnatomicalPopulation<'a>,
    /// The projection goes to this population.
    pub post: AnatomicalPopulation<'a>,
    /// Both ends are the same population where this is true, so that index `i` is the same neuron on both sides.
    pub same: bool,
    /// The projection has these options.
    pub options: ConnectionOptions,
}

impl<'a> Ends<'a> {
    /// Returns the ends of the projection `name`; `source` and `target` are indices of populations. Fails where a
    /// population does not exist.
    pub fn of(
        network: &'a AnatomicalNetwork,
        name: &'a str,
        source: usize,
        target: usize,
        options: ConnectionOptions,
    ) -> Result<Self, NetworkError> {
        let get = |k: usize| {
            let count = network.anatomy.len();
            if k < count {
                return Ok(network.at(k));
            }
            let problem = format!("there is no population {k}; it has {count}");
            Err(NetworkError::Inconsistent { what: "network".into(), problem })
        };
        Ok(Self { name, pre: get(source)?, post: get(target)?, same: source == target, options })
    }

    /// Returns whether a neuron is left out of its own candidates.
    pub fn skips_self(&self) -> bool {
        self.same && !self.options.self_connections
    }

    /// Returns the neuron that is left out of the candidates of neuron `i`: itself, or none.
    pub fn own(&self, i: u32) -> Option<u32> {
        self.skips_self().then_some(i)
    }

    /// Returns the number of candidates of a neuron among the `n` neurons of the other side.
    pub fn candidates(&self, n: u32) -> u32 {
        n - u32::from(self.skips_self() && n > 0)
    }

    /// Returns the number of pairs that may be connected.
    pub fn pairs(&self) -> f64 {
        let (pre, post) = (f64::from(self.pre.size()), f64::from(self.post.size()));
        pre * post - if self.skips_self() { pre } else { 0.0 }
    }

    /// Makes an error about a parameter of the rule.
    pub fn error(&self, parameter: &'static str, value: f64, problem: impl Into<String>) -> NetworkError {
        NetworkError::Rule { what: self.name.into(), parameter, value, problem: problem.into() }
    }

    /// Fails where `p` is not a probability.
    pub fn check_probability(&self, p: f64) -> Result<(), NetworkError> {
        match (0.0..=1.0).contains(&p) {
            true => Ok(()),
            false => Err(self.error("p", p, "is not a probability; give 0 to 1")),
        }
    }

    /// Fails where `x` is not a finite length above 0.
    pub fn check_length(&self, parameter: &'static str, x: f64) -> Result<(), NetworkError> {
        match x.is_finite() && x > 0.0 {
            true => Ok(()),
            false => Err(self.error(parameter, x, "is not a length above 0")),
        }
    }

    /// Fails where a neuron cannot have `k` synapses with the `n` neurons of a side.
    pub fn check_degree(&self, k: u32, side: &str, n: u32) -> Result<(), NetworkError> {
        let candidates = n.saturating_sub(u32::from(self.skips_self()));
        if k > 0 && candidates == 0 || k > candidates && !self.options.multapses {
            let problem = format!(
                "is more than the {candidates} {side} neurons there are; lower it, enlarge the population, or allow `multapses`"
            );
            return Err(self.error("k", k.into(), problem));
        }
        Ok(())
    }

    /// Fails where a neuron has no position.
    pub fn check_positions(&self) -> Result<(), NetworkError> {
        for end in [self.pre, self.post] {
            if end.anatomy.positions.len() != end.size() as usize {
                return Err(NetworkError::Positions { what: self.name.into(), population: end.name().into() });
            }
        }
        Ok(())
    }
}
