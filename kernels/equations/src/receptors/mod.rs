//! The receptors, one a file: what a presynaptic event becomes at the membrane. See [`Driven`].
//!
//! A receptor is a [`Kinetics`], how the response to an event rises and falls, seen either as a [`Current`] or as a
//! [`Conductance`]; or it is written out, where the response also depends on the potential.

use crate::{Driven, Integrator, Real, Receptor, Step, fields, fields::Fields, models::Lif, trace};
use std::marker::PhantomData;

pub mod alpha;
pub mod ampa;
pub mod biexponential;
pub mod exponential;
pub mod gaba_a;
pub mod gaba_b;
pub mod nmda;

pub use alpha::Alpha;
pub use ampa::Ampa;
pub use biexponential::Biexponential;
pub use exponential::Exponential;
pub use gaba_a::GabaA;
pub use gaba_b::GabaB;
pub use nmda::Nmda;

/// Time course of the response to an event. A weight is the peak of the response.
pub trait Kinetics {
    /// State variables.
    type State: Fields;
    /// Parameters.
    type Param: Fields;
    /// State after events of total weight `w`.
    fn events(x: Self::State, w: Real, p: Self::Param) -> Self::State;
    /// Time derivative of every state variable, per ms.
    fn rates(x: Self::State, p: Self::Param) -> Self::State;
    /// The response, in the unit of the weights.
    fn response(x: Self::State) -> Real;
}

/// What a receptor is called, and its defaults.
pub trait Named {
    /// Prefix of its fields.
    const NAME: &'static str;
    /// Values in place of the fields' own defaults.
    const DEFAULTS: &'static [(&'static str, f64)] = &[];
}

/// Excitatory: reverses at 0 mV.
pub struct Excitatory;

impl Named for Excitatory {
    const NAME: &'static str = "exc";
}

/// Inhibitory: reverses at -80 mV, decays in 10 ms (Vogels and Abbott 2005,
/// <https://doi.org/10.1523/JNEUROSCI.3508-05.2005>).
pub struct Inhibitory;

impl Named for Inhibitory {
    const NAME: &'static str = "inh";
    const DEFAULTS: &'static [(&'static str, f64)] = &[("E", -80.0), ("tau", 10.0)];
}

fields! {
    /// Input of every receptor with [`Kinetics`].
    pub struct Events {
        /// Sum of the weights of this step's events.
        w: "nS" = 0.0 in 0.0..10.0,
    }
}
fields! {
    /// Parameter of a [`Conductance`] beside those of its kinetics.
    pub struct Reversal {
        /// Reversal potential.
        E: "mV" = 0.0 in -100.0..50.0,
    }
}

/// The response is a current, whatever the potential.
pub struct Current<K, N>(PhantomData<(K, N)>);

impl<K: Kinetics, N: Named> Receptor for Current<K, N> {
    const NAME: &'static str = N::NAME;
    const DEFAULTS: &'static [(&'static str, f64)] = N::DEFAULTS;
    const CURRENT: bool = true;
    type State = K::State;
    type Input = Events;
    type Param = K::Param;

    fn events(x: K::State, i: Events, p: K::Param) -> K::State {
        K::events(x, i.w, p)
    }
    fn rates(x: K::State, p: K::Param) -> K::State {
        K::rates(x, p)
    }
    fn current(x: K::State, _: Real, _: K::Param) -> Real {
        K::response(x)
    }
}

/// The response is a conductance `g`, and the current `g (E - v)`.
pub struct Conductance<K, N>(PhantomData<(K, N)>);

impl<K: Kinetics, N: Named> Receptor for Conductance<K, N> {
    const NAME: &'static str = N::NAME;
    const DEFAULTS: &'static [(&'static str, f64)] = N::DEFAULTS;
    type State = K::State;
    type Input = Events;
    type Param = (Reversal, K::Param);

    fn events(x: K::State, i: Events, (_, p): Self::Param) -> K::State {
        K::events(x, i.w, p)
    }
    fn rates(x: K::State, (_, p): Self::Param) -> K::State {
        K::rates(x, p)
    }
    fn current(x: K::State, v: Real, (reversal, _): Self::Param) -> Real {
        K::response(x) * (reversal.E - v)
    }
}

/// Receptor `R` whose states, with this step's events, decay before the neuron is advanced: the order of the reference
/// code of Wang et al. (2024), where the neuron sees `(g + w) exp(-dt / tau)`.
pub struct DecayFirst<R>(PhantomData<R>);

impl<R: Receptor> Receptor for DecayFirst<R> {
    const NAME: &'static str = R::NAME;
    const DEFAULTS: &'static [(&'static str, f64)] = R::DEFAULTS;
    const CURRENT: bool = R::CURRENT;
    const DECAY_FIRST: bool = true;
    type State = R::State;
    type Input = R::Input;
    type Param = R::Param;

    fn events(x: R::State, i: R::Input, p: R::Param) -> R::State {
        R::events(x, i, p)
    }
    fn rates(x: R::State, p: R::Param) -> R::State {
        R::rates(x, p)
    }
    fn current(x: R::State, v: Real, p: R::Param) -> Real {
        R::current(x, v, p)
    }
}

macro_rules! receptors {
    ($( $name:literal: $receptor:ty, )*) => {
        /// One step of a [`Lif`] through every receptor.
        pub fn all(integrator: Integrator) -> Vec<Step> {
            vec![$( Step { name: concat!("lif through ", $name), ..trace::<Driven<Lif, $receptor>>(integrator) }, )*]
        }
    };
}

receptors! {
    "exponential current": Current<Exponential, Excitatory>,
    "exponential conductance": Conductance<Exponential, Inhibitory>,
    "exponential conductance, decay first": DecayFirst<Conductance<Exponential, Inhibitory>>,
    "alpha current": Current<Alpha, Excitatory>,
    "alpha conductance": Conductance<Alpha, Excitatory>,
    "biexponential current": Current<Biexponential, Excitatory>,
    "biexponential conductance": Conductance<Biexponential, Excitatory>,
    "ampa": Ampa,
    "nmda": Nmda,
    "gaba-a": GabaA,
    "gaba-b": GabaB,
}

/// A neuron with excitatory and inhibitory conductances of kinetics `K`.
pub type Conductances<N, K> = Driven<Driven<N, Conductance<K, Excitatory>>, Conductance<K, Inhibitory>>;
/// A neuron with excitatory and inhibitory currents of kinetics `K`.
pub type Currents<N, K> = Driven<Driven<N, Current<K, Excitatory>>, Current<K, Inhibitory>>;
/// A neuron with AMPA, NMDA, GABA-A and GABA-B receptors.
pub type Transmitters<N> = Driven<Driven<Driven<Driven<N, Ampa>, Nmda>, GabaA>, GabaB>;
