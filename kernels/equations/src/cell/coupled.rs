//! Neurons whose potential is pulled towards a given one, as the first stage of a fit to a recording needs them.

use super::{
    fields::Fields,
    neuron::{Neuron, ReferenceDrive},
};
use crate::expr::Real;
use std::marker::PhantomData;

/// Neuron `N` with `k (v_data - v)` added to the rate of its potential.
///
/// While the coupling is strong the model stays in phase with the recording, which makes a distance between the two
/// potentials smooth in the parameters; a fit then weakens it (Toth et al. 2011,
/// <https://doi.org/10.1007/s00422-011-0459-1>). Without it the neuron is `N`.
pub struct Coupled<N>(PhantomData<N>);

fields! {
    /// Input of [`Coupled`] beside the neuron's own.
    pub struct Coupling {
        /// Strength of the coupling.
        k: "1/ms" = 0.0 in 0.0..10.0,
        /// Potential that the neuron is pulled to.
        v_data: "mV" = 0.0 in -120.0..60.0,
    }
}

impl<N: Neuron> Neuron for Coupled<N> {
    const NAME: &'static str = N::NAME;
    const SUMMARY: &'static str = N::SUMMARY;
    const CITATION: &'static str = N::CITATION;
    const SOURCE: &'static str = N::SOURCE;
    const STAGES: &'static [&'static [usize]] = N::STAGES;
    const READOUT: bool = N::READOUT;
    const REST_AND_THRESHOLD: Option<(f64, f64)> = N::REST_AND_THRESHOLD;
    const REFERENCE_DRIVE: ReferenceDrive = N::REFERENCE_DRIVE;
    type State = N::State;
    type Input = (N::Input, Coupling);
    type Param = N::Param;

    fn stages() -> Vec<Vec<usize>> {
        N::stages()
    }

    fn prepare(x: Self::State, (i, _): Self::Input, p: Self::Param) -> Self::State {
        N::prepare(x, i, p)
    }

    fn rates(x: Self::State, (i, given): Self::Input, p: Self::Param) -> Self::State {
        let mut rates = N::rates(x, i, p).to_vec();
        rates[0] = rates[0] + given.k * (given.v_data - N::voltage(x));
        N::State::from_slice(&rates)
    }

    fn voltage(x: Self::State) -> Real {
        N::voltage(x)
    }

    fn inject((i, given): Self::Input, current: Real) -> Self::Input {
        (N::inject(i, current), given)
    }

    fn spike(before: Self::State, x: Self::State, (i, _): Self::Input, p: Self::Param) -> Real {
        N::spike(before, x, i, p)
    }

    fn reset(before: Self::State, x: Self::State, z: Real, p: Self::Param) -> Self::State {
        N::reset(before, x, z, p)
    }

    fn finish(x: Self::State, (i, _): Self::Input, p: Self::Param) -> Self::State {
        N::finish(x, i, p)
    }
}
