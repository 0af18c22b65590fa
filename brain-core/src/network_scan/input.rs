//! This module says what each population of a network scan is given, and what is recorded of it.

use crate::CellPopulation;
use candle_core::Tensor;
use kernels::network::bptt::{Raster, Reduce};
use std::ops::Range;

/// A recorder selects an output of a population, and the steps of it that [`network_scan`](super::network_scan())
/// returns.
#[derive(Clone, Debug)]
pub struct Recorder<'a> {
    /// The state variable, as it is after a step, or `spike`.
    pub output: &'a str,
    /// The steps that are recorded.
    pub steps: Range<usize>,
    /// How the values of these steps are reduced.
    pub reduce: Reduce,
}

impl<'a> Recorder<'a> {
    /// Records every value, `[t, B, N]`.
    pub fn each(output: &'a str, steps: Range<usize>) -> Self {
        Recorder { output, steps, reduce: Reduce::Each }
    }

    /// Records the sum over the steps, such as the count of spikes, `[B, N]`.
    pub fn sum(output: &'a str, steps: Range<usize>) -> Self {
        Recorder { output, steps, reduce: Reduce::Sum }
    }

    /// Records the sum of squares over the steps, `[B, N]`.
    pub fn squares(output: &'a str, steps: Range<usize>) -> Self {
        Recorder { output, steps, reduce: Reduce::Squares }
    }
}

/// What a gradient is multiplied by on its way back along a projection; see [`Feedback`](kernels::network::bptt::Feedback).
#[derive(Clone, Debug, Default)]
pub enum FeedbackPath {
    /// The gradient is multiplied by the weights, as the chain rule says.
    #[default]
    Weights,
    /// The path is cut: nothing goes back.
    Cut,
    /// The gradient is multiplied by these numbers, `[synapse]`, in place of the weights.
    Fixed(Tensor),
}

/// The input of one population of a [`network_scan`](super::network_scan()).
#[derive(Clone, Debug)]
pub enum PopulationInput<'a> {
    /// Cells have states, parameters, and perhaps an input from outside.
    Cells {
        /// The states before the first step, `[S, B, N]`.
        start: &'a Tensor,
        /// The parameters, `[P, N]`.
        params: &'a Tensor,
        /// Names of the inputs that are driven, and the drive (see the [module](super)).
        drive: Option<(&'a [&'a str], &'a Tensor)>,
        /// The outputs that are returned.
        record: &'a [Recorder<'a>],
    },
    /// Sources only replay spikes.
    Sources(Raster),
}

impl<'a> PopulationInput<'a> {
    /// Makes the input of a population of tensors, whose state is where the run begins.
    pub fn of(
        population: &'a CellPopulation,
        drive: Option<(&'a [&'a str], &'a Tensor)>,
        record: &'a [Recorder<'a>],
    ) -> Self {
        PopulationInput::Cells { start: population.state(), params: population.params(), drive, record }
    }
}
