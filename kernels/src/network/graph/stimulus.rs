//! This module describes external input other than the spikes of a population.

use super::{Invalid, PerNeuron};

/// The samples of a time series.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// All neurons have the same samples, `[sample]`.
    Same(Vec<f64>),
    /// Each neuron has its own samples, `[sample, neuron]`.
    Each(Vec<f64>),
}

/// The signal of a stimulus.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// Independent events of one weight arrive at each neuron; their number in a step is a Poisson number of mean `rate
    /// dt`.
    Poisson {
        /// Rate, Hz.
        rate: PerNeuron,
        /// Weight of an event, in the unit of the input.
        weight: f64,
        /// Key of the random stream: the number of events depends only on the key, the step and the neuron.
        key: u64,
    },
    /// The samples of a time series are added; after their end nothing is.
    Series {
        /// Samples, in the unit of the input.
        samples: Samples,
        /// Number of steps that each sample lasts.
        every: usize,
    },
}

/// A [`Signal`] to one input of a population.
#[derive(Clone, Debug, PartialEq)]
pub struct Stimulus {
    /// Name in errors.
    pub name: String,
    /// Index of the population, which consists of cells.
    pub population: usize,
    /// Index of the input of its cells.
    pub input: usize,
    /// Signal that is added to the input.
    pub signal: Signal,
}

impl Stimulus {
    pub(super) fn check(&self, neurons: usize, dt: f64) -> Result<(), Invalid> {
        match &self.signal {
            Signal::Poisson { rate, .. } => rate.check_rate(&self.name, neurons, dt),
            Signal::Series { every: 0, .. } => Err(Invalid::new(&self.name, "samples of no step".into())),
            Signal::Series { samples: Samples::Each(x), .. } if neurons > 0 && x.len() % neurons != 0 => {
                Err(Invalid::new(&self.name, format!("{} numbers are no whole samples of {neurons}", x.len())))
            }
            Signal::Series { .. } => Ok(()),
        }
    }
}
