//! This module defines the errors of networks that cannot be built.

/// The reason why a network cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The network needs more memory than there is.
    #[error("{what}: {synapses} synapses need {needed:.2} GiB (up to {per_synapse} bytes each), but {available:.2} GiB are free; ask for fewer neurons or a lower in-degree, or use a machine with more memory", needed = gib(*.bytes), available = gib(*.available))]
    Memory {
        /// Name of the projection, or `network`.
        what: String,
        /// Expected number of synapses.
        synapses: u64,
        /// Number of bytes per synapse.
        per_synapse: u64,
        /// Number of bytes of all synapses.
        bytes: u64,
        /// Number of bytes that are available.
        available: u64,
    },
    /// A population has more neurons than an index of 32 bits can count.
    #[error("population `{population}`: {size} neurons; a population holds at most 4294967295")]
    Size {
        /// Population.
        population: String,
        /// Number of neurons.
        size: u64,
    },
    /// A parameter of a connection rule does not fit the populations.
    #[error("{what}: {parameter} = {value} {problem}")]
    Rule {
        /// Projection.
        what: String,
        /// Parameter.
        parameter: &'static str,
        /// Value of the parameter.
        value: f64,
        /// Explanation of what does not fit, and of what would.
        problem: String,
    },
    /// A distance-dependent rule lacks positions.
    #[error(
        "{what}: the rule needs the position of every neuron of `{population}`; give the population `positions`, or use a rule without distance"
    )]
    Positions {
        /// Projection.
        what: String,
        /// Population.
        population: String,
    },
    /// A delay is longer than 16 bits of steps can hold.
    #[error("a delay of {delay_ms} ms cannot be counted in steps of {dt_ms} ms; delays run from 0 to {longest_ms} ms")]
    Delay {
        /// Delay, ms.
        delay_ms: f64,
        /// Time step, ms.
        dt_ms: f64,
        /// Longest delay, ms.
        longest_ms: f64,
    },
    /// A synapse violates Dale's law.
    #[error(transparent)]
    Dale(Box<DaleViolation>),
    /// Arrays of the network do not fit each other.
    #[error("{what}: {problem}")]
    Inconsistent {
        /// Name of the population or projection.
        what: String,
        /// Explanation of what does not fit.
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

/// A synapse whose sign or magnitude its presynaptic neuron cannot have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{projection}: synapse {synapse} from {source_neuron} to {target_neuron} has the {problem}; Dale's law: a neuron of `{population}` makes {sign} synapses only, whose magnitude is stored, not negative"
)]
pub struct DaleViolation {
    /// Projection.
    pub projection: String,
    /// Index of the synapse in its projection.
    pub synapse: usize,
    /// Presynaptic neuron.
    pub source_neuron: String,
    /// Postsynaptic neuron.
    pub target_neuron: String,
    /// Explanation of what is wrong.
    pub problem: String,
    /// Presynaptic population.
    pub population: String,
    /// Sign of the presynaptic population.
    pub sign: &'static str,
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / (1u64 << 30) as f64
}
