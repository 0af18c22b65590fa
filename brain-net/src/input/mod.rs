//! This module defines the inputs that neurons receive from outside the network.
//!
//! An input is a file with a type that implements [`NetworkInput`] and [`InputFamily`], and a line in [`INPUTS`]. A crate
//! outside adds a line to the inputs of its [`Registry`](crate::Registry) instead.
//!
//! | `kind` | type | what the neurons receive |
//! |---|---|---|
//! | `poisson` | [`Poisson`] | independent Poisson events at each neuron, or Poisson spikes of an `input` population |
//! | `spikes` | [`SpikeFile`] | spikes of a file, which an `input` population replays |
//! | `current` | [`StepCurrent`] | a current that is on from `start` to `end` |

use crate::error::BuildError;
use crate::keys::{Key, Keys};
use crate::network::AnatomicalPopulation;
use brain_core::Seed;
use brain_core::config::{ConfigError, Origin};
use kernels::Cell;
use kernels::network::{PerNeuron, Samples};
use std::fmt::Debug;
use std::ops::Range;

brain_core::members! {
    /// The inputs that a config can name.
    pub const INPUTS: [InputEntry] {
        poisson::Poisson,
        spikes::SpikeFile,
        current::StepCurrent,
    }
}

/// An input with its values.
pub trait NetworkInput: Debug + Send + Sync {
    /// Returns the drive of the neurons that the input reaches. `seed` belongs to this input alone. Fails where the
    /// input does not fit the model of the neurons.
    fn drive(&self, target: &InputTarget, seed: Seed) -> Result<InputDrive, BuildError>;
}

/// The name of an input and its keys in a config.
pub trait InputFamily: NetworkInput + Sized + 'static {
    /// Value of the key `kind` in a config.
    const NAME: &'static str;

    /// Keys of the input, beside those that every input has. Inputs may share keys of the same meaning and default.
    const KEYS: &'static [Key];

    /// Makes the input from the values of its keys.
    fn read(keys: Keys) -> Result<Self, ConfigError>;
}

/// A line in the list of inputs.
#[derive(Clone, Copy, Debug)]
pub struct InputEntry {
    /// Value of the key `kind` in a config.
    pub name: &'static str,
    /// The keys of the input.
    pub keys: &'static [Key],
    read: fn(Keys) -> Result<Box<dyn NetworkInput>, ConfigError>,
}

impl InputEntry {
    /// Makes the line of an input.
    pub const fn of<I: InputFamily>() -> Self {
        Self { name: I::NAME, keys: I::KEYS, read: |keys| Ok(Box::new(I::read(keys)?)) }
    }

    /// Makes the input from the values of its keys.
    pub fn read(&self, keys: Keys) -> Result<Box<dyn NetworkInput>, ConfigError> {
        (self.read)(keys)
    }
}

/// The effect of an input on a population.
#[derive(Clone, Debug)]
pub enum InputDrive {
    /// Poisson events arrive at an input of the cells, such as that of a receptor.
    Events {
        /// Index of the cell's input.
        input: usize,
        /// Rate of the events, Hz.
        rate_hz: PerNeuron,
        /// Signed value that an event adds, in the unit of the input.
        weight: f64,
    },
    /// A constant is added to the current of some neurons.
    Constant {
        /// The current, in the unit of the model.
        current: f64,
    },
    /// A time series is added to an input of the cells.
    Series {
        /// Index of the cell's input.
        input: usize,
        /// Values, `[sample]` or `[sample, neuron]`, in the unit of the input.
        samples: Samples,
        /// Number of steps that a sample lasts.
        every: u64,
    },
    /// The neurons are Poisson processes.
    Rates {
        /// Rate of each neuron, Hz.
        rate_hz: PerNeuron,
    },
    /// The neurons replay spikes.
    Spikes {
        /// Step and neuron of each spike, sorted.
        times: Vec<(u64, u32)>,
    },
}

/// The neurons that an input reaches, and what it needs to know of them.
#[derive(Clone, Debug)]
pub struct InputTarget<'a> {
    /// Config, which errors name.
    pub origin: &'a Origin,
    /// Path of the input in the config.
    pub at: &'a str,
    /// Population that receives the input.
    pub population: AnatomicalPopulation<'a>,
    /// Range of the population's neurons that the input reaches.
    pub neurons: Range<usize>,
    /// Model of the neurons; `None` where they replay spikes.
    pub cell: Option<&'static Cell>,
    /// Time step, ms.
    pub dt_ms: f64,
    /// Number of steps of the simulation.
    pub steps: u64,
}

impl InputTarget<'_> {
    /// Returns the model of the neurons. Fails where they only replay spikes.
    pub fn membrane(&self) -> Result<&'static Cell, ConfigError> {
        self.cell.ok_or_else(|| self.wrong_kind("have a membrane"))
    }

    /// Fails unless the neurons only replay spikes.
    pub fn source(&self) -> Result<(), ConfigError> {
        if self.cell.is_none() { Ok(()) } else { Err(self.wrong_kind("only replay spikes")) }
    }

    /// Returns `x` for the neurons that the input reaches and `none` for the others.
    pub fn spread(&self, x: f64, none: f64) -> PerNeuron {
        let n = self.population.size() as usize;
        match self.neurons.len() == n {
            true => PerNeuron::Same(x),
            false => PerNeuron::Each((0..n).map(|k| if self.neurons.contains(&k) { x } else { none }).collect()),
        }
    }

    fn wrong_kind(&self, wanted: &str) -> ConfigError {
        let name = self.population.name();
        let problem = format!(
            "the neurons of `{name}` must {wanted}: `model: input` in `neurons.{name}` makes neurons that replay spikes"
        );
        self.origin.error(&format!("{}.kind", self.at), problem)
    }
}
