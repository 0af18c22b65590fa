//! This receptor is NMDA as in the thalamocortical model of Izhikevich and Edelman (2008),
//! <https://doi.org/10.1073/pnas.0712231105>: a conductance that rises at once, decays in 150 ms, and opens with the
//! potential by `((v + 80) / 60)^2 / (1 + ((v + 80) / 60)^2)`.

use equations::{Driven, Real, Receptor, fields, receptors::*};

fields! {
    /// Parameter of [`Nmda`] beside those of its kinetics.
    pub struct Opening {
        /// Reversal potential.
        E: "mV" = 0.0 in -20.0..20.0,
    }
}

/// The receptor.
pub struct Nmda;

impl Receptor for Nmda {
    const NAME: &'static str = "nmda";
    const DEFAULTS: &'static [(&'static str, f64)] = &[("tau", 150.0)];
    type State = exponential::State;
    type Input = Events;
    type Param = (Opening, exponential::Param);

    fn events(x: Self::State, i: Events, (_, p): Self::Param) -> Self::State {
        Exponential::events(x, i.w, p)
    }

    fn rates(x: Self::State, (_, p): Self::Param) -> Self::State {
        Exponential::rates(x, p)
    }

    fn current(x: Self::State, v: Real, (p, _): Self::Param) -> Real {
        let y = (v + 80.0) / 60.0;
        Exponential::response(x) * (y * y / (1.0 + y * y)) * (p.E - v)
    }
}

/// A neuron with fast excitatory and inhibitory conductances and this receptor.
pub type Synapses<N> = Driven<Conductances<N, Exponential>, Nmda>;
