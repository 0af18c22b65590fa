//! This module describes external input other than the spikes of a population.

use super::{InvalidNetwork, PerNeuron};

/// The samples of a time series.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// All neurons have the same samples, `[sample]`.
    Same(Vec<f64>),
    /// Each neuron has its own: `[sample, neuron]`.
    Each(Vec<f64>),
}

/// The signal of a stimulus.
#[derive(Clone, Debug, PartialEq)]
pub enum StimulusKind {
    /// Independent events of one weight arrive at each neuron; their number in a step is a Poisson number of mean `rate
    /// dt`.
    Poisson {
        /// The rate, Hz.
        rate: PerNeuron,
        /// The weight of an event.
        weight: f64,
        /// The key of the random stream: a neuron's number of a step depends on the key and these two numbers alone.
        key: u64,
    },
    /// The samples of a time series are added; after their end nothing is.
    Series {
        /// Samples, in the unit of the input.
        samples: Samples,
        /// The number of steps that each sample lasts.
        every: usize,
    },
}

/// A [`StimulusKind`] to one input of a population.
#[derive(Clone, Debug, PartialEq)]
pub struct Stimulus {
    /// The name by which errors call it.
    pub name: String,
    /// The population, one of cells, by its place.
    pub population: usize,
    /// The input of its cells, by its place.
    pub input: usize,
    /// What it brings.
    pub signal: StimulusKind,
}

impl Stimulus {
    pub(super) fn check(&self, neurons: usize, dt: f64) -> Result<(), InvalidNetwork> {
        match &self.signal {
            StimulusKind::Poisson { rate, .. } => rate.check_rate(&self.name, neurons, dt),
            StimulusKind::Series { every: 0, .. } => Err(InvalidNetwork::new(&self.name, "samples of no step".into())),
            StimulusKind::Series { samples: Samples::Each(x), .. } if neurons > 0 && x.len() % neurons != 0 => {
                Err(InvalidNetwork::new(&self.name, format!("{} numbers are no whole samples of {neurons}", x.len())))
            }
            StimulusKind::Series { .. } => Ok(()),
        }
    }
}
