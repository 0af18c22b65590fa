//! What a neuron is: rates of change between spikes, a threshold, and what a spike does.

use crate::{
    fields,
    fields::{Field, Fields},
    real::Real,
};
use std::marker::PhantomData;

/// A point-neuron model. Written once; every integrator, backend and gradient is derived from it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a neuron model",
    note = "implement `equations::Neuron`; the crate documentation has a worked example"
)]
pub trait Neuron {
    /// Name in configs and checkpoints, such as `hh-traub`.
    const NAME: &'static str;
    /// DOI of the paper whose equations and defaults these are.
    const SOURCE: &'static str;
    /// Groups of states (by position) that are advanced one after another, later groups seeing the new values of
    /// earlier ones and the states that are in no group coming last; empty: all together.
    const STAGES: &'static [&'static [usize]] = &[];
    /// Whether it is a readout of a network: losses look at it, and it never spikes.
    const READOUT: bool = false;
    /// Resting potential and threshold where they are constants of the equations; where they are parameters, these are
    /// called `E_L` and `V_th`.
    const REST_AND_THRESHOLD: Option<(f64, f64)> = None;
    /// What makes the neuron spike with its default parameters; a tenth of the input's upper bound unless said.
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: None };
    /// State variables; the first is the membrane potential.
    type State: Fields;
    /// Inputs.
    type Input: Fields;
    /// Parameters.
    type Param: Fields;

    /// [`Neuron::STAGES`], with those of receptors.
    fn stages() -> Vec<Vec<usize>> {
        Self::STAGES.iter().map(|s| s.to_vec()).collect()
    }

    /// What happens at the start of a step, before integration: jumps caused by input events or by the
    /// last step's spike.
    fn prepare(x: Self::State, _: Self::Input, _: Self::Param) -> Self::State {
        x
    }

    /// Time derivative of every state variable, per ms.
    fn rates(x: Self::State, i: Self::Input, p: Self::Param) -> Self::State;

    /// Membrane potential, which receptors see.
    fn voltage(x: Self::State) -> Real;

    /// The input with `current` added, which receptors give.
    fn inject(i: Self::Input, current: Real) -> Self::Input;

    /// The spike of the step from `before` to `x`, zero or one; see [`spike`](crate::spike).
    fn spike(before: Self::State, x: Self::State, i: Self::Input, p: Self::Param) -> Real;

    /// State after the step: what the spike `z` does to `x`.
    fn reset(before: Self::State, x: Self::State, z: Real, p: Self::Param) -> Self::State;

    /// What happens at the end of a step, after the reset: jumps caused by input events that do not decay in it.
    fn finish(x: Self::State, _: Self::Input, _: Self::Param) -> Self::State {
        x
    }
}

/// How checks of a neuron drive it, so that it spikes within some tens of milliseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReferenceDrive {
    /// Step length, ms.
    pub dt: f64,
    /// Constant current, in the unit of the neuron's first input.
    pub current: Option<f64>,
}

/// Synaptic input: presynaptic events in, current out. See [`Driven`].
#[diagnostic::on_unimplemented(message = "`{Self}` is not a receptor", note = "implement `equations::Receptor`")]
pub trait Receptor {
    /// Prefix of its fields in the driven neuron, such as `ampa`.
    const NAME: &'static str;
    /// State variables.
    type State: Fields;
    /// Inputs: weighted presynaptic events.
    type Input: Fields;
    /// Parameters.
    type Param: Fields;
    /// Values in place of the fields' own defaults.
    const DEFAULTS: &'static [(&'static str, f64)] = &[];
    /// Whether the weights are currents, not conductances.
    const CURRENT: bool = false;
    /// Whether the states decay before the neuron sees them, events included, not along with it.
    const DECAY_FIRST: bool = false;
    /// State after the events of this step.
    fn events(x: Self::State, i: Self::Input, p: Self::Param) -> Self::State;
    /// Time derivative of every state variable, per ms.
    fn rates(x: Self::State, p: Self::Param) -> Self::State;
    /// Current into a neuron at potential `v`.
    fn current(x: Self::State, v: Real, p: Self::Param) -> Real;
}

/// Neuron `N` driven through receptor `R`. Itself a neuron, so receptors nest.
pub struct Driven<N, R>(PhantomData<(N, R)>);

/// Fields of receptor `R` under its name, with its defaults, in the units of neuron `N`.
pub struct Prefixed<N, R, F>(F, PhantomData<fn() -> (N, R)>);

impl<N, R, F: Copy> Clone for Prefixed<N, R, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N, R, F: Copy> Copy for Prefixed<N, R, F> {}

impl<N: Neuron, R: Receptor, F: Fields> Fields for Prefixed<N, R, F> {
    fn fields() -> Vec<Field> {
        let current = N::Input::fields().first().map_or("pA", |f| f.unit);
        let placed = |f: &Field| {
            let default = R::DEFAULTS.iter().find(|(name, _)| f.name == *name).map_or(f.default, |d| d.1);
            let unit = match (f.unit, R::CURRENT) {
                ("nS", true) => current,
                ("nS", false) => conductance(current),
                ("mV", _) if current == "1" => "1",
                (unit, _) => unit,
            };
            Field { default, unit, ..f.prefixed(R::NAME) }
        };
        F::fields().iter().map(placed).collect()
    }
    fn from_slice(x: &[Real]) -> Self {
        Prefixed(F::from_slice(x), PhantomData)
    }
    fn to_vec(self) -> Vec<Real> {
        self.0.to_vec()
    }
}

/// Unit of what is a `current` when multiplied with mV, or with the unit of a neuron without dimensions.
fn conductance(current: &str) -> &'static str {
    match current {
        "nA" => "uS",
        "uA/cm2" => "mS/cm2",
        "1" => "1",
        _ => "nS",
    }
}

impl<N: Neuron, R: Receptor> Neuron for Driven<N, R> {
    const NAME: &'static str = N::NAME;
    const SOURCE: &'static str = N::SOURCE;
    const STAGES: &'static [&'static [usize]] = N::STAGES;
    const READOUT: bool = N::READOUT;
    const REST_AND_THRESHOLD: Option<(f64, f64)> = N::REST_AND_THRESHOLD;
    const REFERENCE_DRIVE: ReferenceDrive = N::REFERENCE_DRIVE;
    type State = (N::State, Prefixed<N, R, R::State>);
    type Input = (N::Input, Prefixed<N, R, R::Input>);
    type Param = (N::Param, Prefixed<N, R, R::Param>);

    fn stages() -> Vec<Vec<usize>> {
        let neuron = N::State::fields().len();
        let own: Vec<usize> = (neuron..neuron + R::State::fields().len()).collect();
        match R::DECAY_FIRST {
            true => [vec![own], N::stages()].concat(),
            false => N::stages(),
        }
    }

    fn prepare((x, r): Self::State, (i, e): Self::Input, (p, q): Self::Param) -> Self::State {
        (N::prepare(x, i, p), Prefixed(R::events(r.0, e.0, q.0), PhantomData))
    }

    fn rates((x, r): Self::State, (i, _): Self::Input, (p, q): Self::Param) -> Self::State {
        let current = R::current(r.0, N::voltage(x), q.0);
        (N::rates(x, N::inject(i, current), p), Prefixed(R::rates(r.0, q.0), PhantomData))
    }

    fn voltage((x, _): Self::State) -> Real {
        N::voltage(x)
    }

    fn inject((i, e): Self::Input, current: Real) -> Self::Input {
        (N::inject(i, current), e)
    }

    fn spike((before, _): Self::State, (x, _): Self::State, (i, _): Self::Input, (p, _): Self::Param) -> Real {
        N::spike(before, x, i, p)
    }

    fn reset((before, _): Self::State, (x, r): Self::State, z: Real, (p, _): Self::Param) -> Self::State {
        (N::reset(before, x, z, p), r)
    }

    fn finish((x, r): Self::State, (i, _): Self::Input, (p, _): Self::Param) -> Self::State {
        (N::finish(x, i, p), r)
    }
}

/// Neuron `N` with its spikes given, not found: the input `z` is one in the steps that spike.
///
/// With recorded spikes the state is a smooth function of the parameters, which makes the fit of the
/// subthreshold dynamics and the likelihood of the threshold well-behaved
/// (Mensi et al. 2012, <https://doi.org/10.1152/jn.00408.2011>).
pub struct Forced<N>(PhantomData<N>);

fields! {
    /// Input of [`Forced`] beside the neuron's own.
    pub struct Given {
        /// Whether the neuron spikes in this step, zero or one.
        z: "1" = 0.0 in 0.0..1.0,
    }
}

impl<N: Neuron> Neuron for Forced<N> {
    const NAME: &'static str = N::NAME;
    const SOURCE: &'static str = N::SOURCE;
    const STAGES: &'static [&'static [usize]] = N::STAGES;
    const READOUT: bool = N::READOUT;
    const REST_AND_THRESHOLD: Option<(f64, f64)> = N::REST_AND_THRESHOLD;
    const REFERENCE_DRIVE: ReferenceDrive = N::REFERENCE_DRIVE;
    type State = N::State;
    type Input = (N::Input, Given);
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
