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
    /// A config can name these inputs.
    pub const INPUTS: [InputEntry] {
        poisson::Poisson,
        spikes::SpikeFile,
        current::StepCurrent,
    }
}

/// An input knows its values and turns them into a drive of the neurons.
pub trait NetworkInput: Debug + Send + Sync {
    /// Returns the drive of the neurons that the input reaches. `seed` belongs to this input alone. Fails where the
    /// input does not fit the model of the neurons.
    fn drive(&self, target: &InputTarget, seed: Seed) -> Result<InputDrive, BuildError>;
}

/// A family gives an input its name and its keys in a config.
pub trait InputFamily: NetworkInput + Sized + 'static {
    /// The key `kind` of a config has this value.
    const NAME: &'static str;

    /// The input has these keys, beside those that every input has. Inputs may share keys of the same meaning and
    /// default.
    const KEYS: &'static [Key];

    /// Makes the input from the values of its keys.
    fn read(keys: Keys) -> Result<Self, ConfigError>;
}

/// An entry is a line in the list of inputs.
#[derive(Clone, Copy, Debug)]
pub struct InputEntry {
    /// The key `kind` of a config has this value.
    pub name: &'static str,
    /// The input has these keys.
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

/// An input drives a population in one of these ways.
#[derive(Clone, Debug)]
pub enum InputDrive {
    /// Poisson events arrive at an input of the cells, such as that of a receptor.
    Events {
        /// The events arrive at the cell's input of this index.
        input: usize,
        /// The events arrive at this rate, Hz.
        rate_hz: PerNeuron,
        /// An event adds this signed value, in the unit of the input.
        weight: f64,
    },
    /// A constant is added to the current of some neurons.
    Constant {
        /// The current has this value, in the unit of the model.
        current: f64,
    },
    /// A time series is added to an input of the cells.
    Series {
        /// The series is added to the cell's input of this index.
        input: usize,
        /// The series has these values, `[sample]` or `[sample, neuron]`, in the unit of the input.
        samples: Samples,
        /// A sample lasts this many steps.
        every: u64,
    },
    /// The neurons are Poisson processes.
    Rates {
        /// Each neuron fires at this rate, Hz.
        rate_hz: PerNeuron,
    },
    /// The neurons replay spikes.
    Spikes {
        /// Each spike has this step and this neuron; they are sorted.
        times: Vec<(u64, u32)>,
    },
}

/// An input reaches these neurons, and needs to know this of them.
#[derive(Clone, Debug)]
pub struct InputTarget<'a> {
    /// Errors name this config.
    pub origin: &'a Origin,
    /// Errors name the input by this path in the config.
    pub at: &'a str,
    /// This population receives the input.
    pub population: AnatomicalPopulation<'a>,
    /// The input reaches this range of the population's neurons.
    pub neurons: Range<usize>,
    /// The neurons have this model; it is `None` where they replay spikes.
    pub cell: Option<&'static Cell>,
    /// The simulation goes in steps of this time, ms.
    pub dt_ms: f64,
    /// The simulation takes this many steps.
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
