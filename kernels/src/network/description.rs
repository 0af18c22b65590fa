//! What a network is made of. Plain data.

use super::{Edges, ShortTerm};
use crate::Cell;

/// A number for each field: the same for all neurons, or one for each.
#[derive(Clone, Debug, PartialEq)]
pub enum Values<F> {
    /// `[field]`
    Shared(Vec<F>),
    /// `[field, neuron]`
    Each(Vec<F>),
}

/// What a population does.
#[derive(Clone, Debug)]
pub enum Kind<F> {
    /// Neurons with receptors.
    Cells {
        /// Their equations.
        cell: &'static Cell,
        /// Parameters in the order of [`Cell::param`].
        params: Values<F>,
        /// State at the start in the order of [`Cell::state`].
        start: Values<F>,
        /// A constant input in the order of [`Cell::input`], such as a fixed current.
        drive: Values<F>,
    },
    /// Sources that spike in each step with probability `rate dt`, independently.
    Poisson {
        /// One rate, or one for each source, Hz.
        rate: Values<f64>,
        /// Key of the random stream; a source's spike in a step depends on these three numbers alone.
        key: u64,
    },
    /// Sources that spike when they are told to.
    Spikes {
        /// Step and source, in ascending order. A spike of step `t` acts at the start of step `t + delay`.
        times: Vec<(u64, u32)>,
    },
}

/// Like neurons or sources.
#[derive(Clone, Debug)]
pub struct Population<F> {
    /// Name in errors and checkpoints.
    pub name: String,
    /// How many.
    pub neurons: usize,
    /// What they do.
    pub kind: Kind<F>,
}

/// Synapses from one population, or some neurons of it, to another.
#[derive(Clone, Debug)]
pub struct Projection<F> {
    /// Name in errors and checkpoints.
    pub name: String,
    /// Presynaptic population.
    pub pre: usize,
    /// Presynaptic neuron of the first row: the rows are neurons `first..first + rows`.
    pub first: usize,
    /// Postsynaptic population, one of cells.
    pub post: usize,
    /// Input of its cells.
    pub input: usize,
    /// The synapses.
    pub edges: Edges<F>,
    /// Short-term plasticity.
    pub plasticity: Option<ShortTerm>,
}

/// Input from outside that is no spike of a population.
#[derive(Clone, Debug)]
pub enum Signal<F> {
    /// Independent events of one weight at each neuron: as many in a step as a Poisson number of mean `rate dt`.
    Poisson {
        /// One rate, or one for each neuron, Hz.
        rate: Values<f64>,
        /// Weight of an event.
        weight: F,
        /// Key of the random stream; a neuron's number of a step depends on these alone.
        key: u64,
    },
    /// Sampled: `[sample]`, or `[sample, neuron]`; nothing after its end.
    Series {
        /// The samples.
        values: Values<F>,
        /// Steps that each sample lasts.
        every: usize,
    },
}

/// A [`Signal`] to one input of a population.
#[derive(Clone, Debug)]
pub struct Stimulus<F> {
    /// Name in errors.
    pub name: String,
    /// Population, one of cells.
    pub population: usize,
    /// Input of its cells.
    pub input: usize,
    /// What it gets.
    pub signal: Signal<F>,
}

/// A network.
#[derive(Clone, Debug)]
pub struct Network<F> {
    /// Step length, ms.
    pub dt: f64,
    /// Populations.
    pub populations: Vec<Population<F>>,
    /// Projections; where several reach a neuron in one step they are added in this order.
    pub projections: Vec<Projection<F>>,
    /// Stimuli.
    pub stimuli: Vec<Stimulus<F>>,
}

/// What cannot be simulated, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// Name of the population, projection or stimulus.
    pub part: String,
    /// What is wrong, with both sizes.
    pub what: String,
}

impl Invalid {
    pub(crate) fn new(part: &str, what: String) -> Self {
        Invalid { part: part.into(), what }
    }
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}: {}", self.part, self.what)
    }
}

impl std::error::Error for Invalid {}
