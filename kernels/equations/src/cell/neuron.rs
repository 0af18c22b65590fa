//! A point neuron: rates of change between spikes, a threshold, and the effect of a spike.

use super::fields::Fields;
use crate::expr::Real;

/// A point-neuron model. It is written once; every integrator, backend and gradient is derived from it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a neuron model",
    note = "implement `equations::Neuron`; the crate documentation has a worked example"
)]
pub trait Neuron {
    /// The name in configs and checkpoints, such as `hh-traub`.
    const NAME: &'static str;
    /// What it is, in a few words that follow "a" or "the".
    const SUMMARY: &'static str;
    /// The paper or book whose equations and defaults these are: authors, year, title and place.
    const CITATION: &'static str;
    /// The DOI of that paper or book.
    const SOURCE: &'static str;
    /// Groups of states, by position, that are advanced one after another: later groups see the new values of earlier
    /// ones, and the states that are in no group come last. All states are advanced together where there is no group.
    const STAGES: &'static [&'static [usize]] = &[];
    /// Whether the cell is a readout of a network, which losses look at and which never spikes.
    const READOUT: bool = false;
    /// The resting potential and the threshold where they are constants of the equations; where they are parameters,
    /// these are called `E_L` and `V_th`.
    const REST_AND_THRESHOLD: Option<(f64, f64)> = None;
    /// The drive that makes the neuron spike with its default parameters.
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: None };
    /// The state variables; the first is the membrane potential.
    type State: Fields;
    /// The inputs.
    type Input: Fields;
    /// The parameters.
    type Param: Fields;

    /// Returns [`Neuron::STAGES`] with those of receptors.
    fn stages() -> Vec<Vec<usize>> {
        Self::STAGES.iter().map(|s| s.to_vec()).collect()
    }

    /// Returns the state at the start of a step, after the jumps that input events or the last step's spike cause
    /// before integration.
    fn prepare(x: Self::State, _: Self::Input, _: Self::Param) -> Self::State {
        x
    }

    /// Returns the time derivative of every state variable, per ms.
    fn rates(x: Self::State, i: Self::Input, p: Self::Param) -> Self::State;

    /// Returns the membrane potential, which receptors see.
    fn voltage(x: Self::State) -> Real;

    /// Returns the input with `current` added, which receptors give.
    fn inject(i: Self::Input, current: Real) -> Self::Input;

    /// Returns the spike of the step from `before` to `x`, zero or one; see [`spike`](crate::spike).
    fn spike(before: Self::State, x: Self::State, i: Self::Input, p: Self::Param) -> Real;

    /// Returns the state after the effect of the spike `z` on `x`.
    fn reset(before: Self::State, x: Self::State, z: Real, p: Self::Param) -> Self::State;

    /// Returns the state at the end of a step, after the reset and the jumps that input events cause which do not decay
    /// in the step.
    fn finish(x: Self::State, _: Self::Input, _: Self::Param) -> Self::State {
        x
    }
}

/// The drive by which checks make a neuron spike within some tens of milliseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReferenceDrive {
    /// The step length, ms.
    pub dt: f64,
    /// The constant current, in the unit of the neuron's first input; a tenth of that input's upper bound where it is
    /// `None`.
    pub current: Option<f64>,
}
