//! Synaptic input: receptors, and neurons that are driven through them.

use super::{
    fields::{Field, Fields},
    neuron::{Neuron, ReferenceDrive},
};
use crate::expr::Real;
use std::marker::PhantomData;

/// A receptor: it takes presynaptic events in and gives a current into the neuron. See [`Driven`].
#[diagnostic::on_unimplemented(message = "`{Self}` is not a receptor", note = "implement `equations::Receptor`")]
pub trait Receptor {
    /// The prefix of its fields in the driven neuron, such as `ampa`.
    const NAME: &'static str;
    /// The state variables.
    type State: Fields;
    /// The inputs: weighted presynaptic events.
    type Input: Fields;
    /// The parameters.
    type Param: Fields;
    /// Default values, by the names of fields, in place of the fields' own.
    const DEFAULTS: &'static [(&'static str, f64)] = &[];
    /// Whether the weights are currents rather than conductances.
    const CURRENT: bool = false;
    /// Whether the states, with the events of this step, decay before the neuron sees them rather than along with it.
    const DECAY_FIRST: bool = false;
    /// Returns the state after the events of this step.
    fn events(x: Self::State, i: Self::Input, p: Self::Param) -> Self::State;
    /// Returns the time derivative of every state variable, per ms.
    fn rates(x: Self::State, p: Self::Param) -> Self::State;
    /// Returns the current into a neuron at potential `v`, mV.
    fn current(x: Self::State, v: Real, p: Self::Param) -> Real;
}

/// Neuron `N` driven through receptor `R`. It is a neuron too, so that receptors nest.
pub struct Driven<N, R>(PhantomData<(N, R)>);

/// The fields `F` of receptor `R` under its name, with its defaults, in the units of neuron `N`.
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

/// Returns the unit of conductances, whose product with mV is in the unit `current`; a neuron without dimensions has
/// `1`.
fn conductance(current: &str) -> &'static str {
    match current {
        "nA" => "uS",
        "uA/cm2" => "mS/cm2",
        "1" => "1",
        "mV/ms" => "1/ms",
        _ => "nS",
    }
}

impl<N: Neuron, R: Receptor> Neuron for Driven<N, R> {
    const NAME: &'static str = N::NAME;
    const SUMMARY: &'static str = N::SUMMARY;
    const CITATION: &'static str = N::CITATION;
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
