//! This module defines the errors of networks that cannot be built.

/// A network cannot be built for one of these reasons.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The network needs more memory than there is.
    #[error("{what}: {synapses} synapses need {needed:.2} GiB (up to {per_synapse} bytes each), but {available:.2} GiB are free; ask for fewer neurons or a lower in-degree, or use a machine with more memory", needed = gib(*.bytes), available = gib(*.available))]
    Memory {
        /// The projection has this name; several together are named by their number.
        what: String,
        /// This many synapses are expected.
        synapses: u64,
        /// Each synapse takes this many bytes.
        per_synapse: u64,
        /// All synapses take this many bytes.
        bytes: u64,
        /// This many bytes are available.
        available: u64,
    },
    /// A population has more neurons than an index of 32 bits can count.
    #[error("population `{population}`: {size} neurons; a population holds at most 4294967295")]
    Size {
        /// The population has this name.
        population: String,
        /// The population has this many neurons.
        size: u64,
    },
    /// A parameter of a connection rule does not fit the populations.
    #[error("{what}: {parameter} = {value} {problem}")]
    Rule {
        /// The parameter is that of the projection of this name, or of this part of the config.
        what: String,
        /// The parameter has this name.
        parameter: &'static str,
        /// The parameter has this value.
        value: f64,
        /// This explains what does not fit, and what would.
        problem: String,
    },
    /// A distance-dependent rule lacks positions.
    #[error(
        "{what}: the rule needs the position of every neuron of `{population}`; give the population `positions`, or use a rule without distance"
    )]
    Positions {
        /// The projection has this name.
        what: String,
        /// This population lacks positions.
        population: String,
    },
    /// A delay is longer than 16 bits of steps can hold.
    #[error("a delay of {delay_ms} ms cannot be counted in steps of {dt_ms} ms; delays run from 0 to {longest_ms} ms")]
    Delay {
        /// The delay has this value, ms.
        delay_ms: f64,
        /// The simulation goes in steps of this time, ms.
        dt_ms: f64,
        /// No longer delay than this can be counted, ms.
        longest_ms: f64,
    },
    /// A synapse violates Dale's law.
    #[error(transparent)]
    Dale(Box<DaleViolation>),
    /// Arrays of the network do not fit each other.
    #[error("{what}: {problem}")]
    Inconsistent {
        /// The population or projection has this name; it is `network` or `areas` where the whole does not fit.
        what: String,
        /// This explains what does not fit.
        problem: String,
    },
}

impl NetworkError {
    /// Says what is wrong without the place, for errors that say it themselves.
    pub(crate) fn without_place(&self) -> String {
        match self {
            Self::Rule { parameter, value, problem, .. } => format!("{parameter} = {value} {problem}"),
            Self::Inconsistent { problem, .. } => problem.clone(),
            other => other.to_string(),
        }
    }
}

/// A violation is a synapse whose sign or magnitude its presynaptic neuron cannot have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{projection}: synapse {synapse} from {source_neuron} to {target_neuron} has the {problem}; Dale's law: a neuron of `{population}` makes {sign} synapses only, whose magnitude is stored, not negative"
)]
pub struct DaleViolation {
    /// The projection has this name.
    pub projection: String,
    /// The synapse has this index in its projection.
    pub synapse: usize,
    /// The presynaptic neuron has this name.
    pub source_neuron: String,
    /// The postsynaptic neuron has this name.
    pub target_neuron: String,
    /// This explains what is wrong.
    pub problem: String,
    /// The presynaptic population has this name.
    pub population: String,
    /// The presynaptic population has this sign.
    pub sign: &'static str,
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / (1u64 << 30) as f64
}
