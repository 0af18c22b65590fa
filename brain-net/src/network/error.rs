//! Networks that cannot be built.

/// Why a network cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// Larger than the memory.
    #[error("{what}: {synapses} synapses need {needed:.2} GiB (up to {per_synapse} bytes each), but {available:.2} GiB are free; ask for fewer neurons or a lower in-degree, or use a machine with more memory", needed = gib(*.bytes), available = gib(*.available))]
    Memory {
        /// Projection or network.
        what: String,
        /// Expected synapses.
        synapses: u64,
        /// Bytes of each.
        per_synapse: u64,
        /// Bytes of all.
        bytes: u64,
        /// Bytes that are free.
        available: u64,
    },
    /// More neurons than an index can name.
    #[error("population `{population}`: {size} neurons; a population holds at most 4294967295")]
    Size {
        /// Population.
        population: String,
        /// Neurons.
        size: u64,
    },
    /// A parameter of a connection rule.
    #[error("{what}: {parameter} = {value} {problem}")]
    Rule {
        /// Projection.
        what: String,
        /// Parameter.
        parameter: &'static str,
        /// Its value.
        value: f64,
        /// What does not fit, and what would.
        problem: String,
    },
    /// A distance-dependent rule without positions.
    #[error(
        "{what}: the rule needs the position of every neuron of `{population}`; give the population `positions`, or use a rule without distance"
    )]
    Positions {
        /// Projection.
        what: String,
        /// Population.
        population: String,
    },
    /// A delay that steps of 16 bits cannot hold.
    #[error("a delay of {delay_ms} ms cannot be counted in steps of {dt_ms} ms; delays run from 0 to {longest_ms} ms")]
    Delay {
        /// Delay, ms.
        delay_ms: f64,
        /// Step, ms.
        dt_ms: f64,
        /// Longest delay, ms.
        longest_ms: f64,
    },
    /// Dale's law.
    #[error(transparent)]
    Dale(Box<DaleViolation>),
    /// Arrays that do not fit each other.
    #[error("{what}: {problem}")]
    Inconsistent {
        /// Population or projection.
        what: String,
        /// What does not fit.
        problem: String,
    },
}

/// A synapse whose sign or magnitude its presynaptic neuron cannot have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{projection}: synapse {synapse} from {source_neuron} to {target_neuron} has the {problem}; Dale's law: a neuron of `{population}` makes {sign} synapses only, whose magnitude is stored, not negative"
)]
pub struct DaleViolation {
    /// Projection.
    pub projection: String,
    /// Synapse.
    pub synapse: usize,
    /// Presynaptic neuron.
    pub source_neuron: String,
    /// Postsynaptic neuron.
    pub target_neuron: String,
    /// What is wrong.
    pub problem: String,
    /// Presynaptic population.
    pub population: String,
    /// Its sign.
    pub sign: &'static str,
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / (1u64 << 30) as f64
}
