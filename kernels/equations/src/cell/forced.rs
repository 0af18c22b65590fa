//! Neurons whose spikes are given, as the subthreshold stage of a fit needs them.

use super::neuron::{Neuron, ReferenceDrive};
use crate::expr::Real;
use std::marker::PhantomData;

/// Neuron `N` with its spikes given rather than found by a threshold: the input `z` is one in the steps that spike.
///
/// With recorded spikes the state is a smooth function of the parameters, which makes the fit of the
/// subthreshold dynamics and the likelihood of the threshold well-behaved
/// (Mensi et al. 2012, <https://doi.org/10.1152/jn.00408.2011>).
pub struct Forced<N>(PhantomData<N>);

fields! {
    /// Input of [`Forced`] beside the neuron's own.
    pub struct ForcedSpike {
        /// Whether the neuron spikes in this step, zero or one.
        z: "1" = 0.0 in 0.0..1.0,
    }
}

impl<N: Neuron> Neuron for Forced<N> {
    const NAME: &'static str = N::NAME;
    const SUMMARY: &'static str = N::SUMMARY;
    const CITATION: &'static str = N::CITATION;
    const SOURCE: &'static str = N::SOURCE;
    const STAGES: &'static [&'static [usize]] = N::STAGES;
    const READOUT: bool = N::READOUT;
    const REST_AND_THRESHOLD: Option<(f64, f64)> = N::REST_AND_THRESHOLD;
    const REFERENCE_DRIVE: ReferenceDrive = N::REFERENCE_DRIVE;
    type State = N::State;
    type Input = (N::Input, ForcedSpike);
    type Param = N::Param;

    fn stages() -> Vec<Vec<usize>> {
        N::stages()
    }

    fn prepare(x: Self::State, (i, _): Self::Input, p: Self::Param) -> Self::State {
        N::prepare(x, i, p)
    }

    fn rates(x: Self::State, (i, _): Self::Input, p: Self::Param) -> Self::State {
        N::rates(x, i, p)
    }

    fn voltage(x: Self::State) -> Real {
        N::voltage(x)
    }

    fn inject((i, given): Self::Input, current: Real) -> Self::Input {
        (N::inject(i, current), given)
    }

    fn spike(_: Self::State, _: Self::State, (_, given): Self::Input, _: Self::Param) -> Real {
        given.z
    }

    fn reset(before: Self::State, x: Self::State, z: Real, p: Self::Param) -> Self::State {
        N::reset(before, x, z, p)
    }

    fn finish(x: Self::State, (i, _): Self::Input, p: Self::Param) -> Self::State {
        N::finish(x, i, p)
    }
}
