//! NMDA: slow excitation that magnesium blocks near rest.
//!
//! The block is that of Jahr and Stevens (1990), <https://doi.org/10.1523/JNEUROSCI.10-09-03178.1990>, equation 4a:
//! the open fraction at potential `v` is `1 / (1 + [Mg] / (3.57 mM) exp(-0.062 v / mV))`. Time constants are those of
//! Brunel and Wang (2001), <https://doi.org/10.1023/A:1011204814320>: 2 ms of rise, 100 ms of decay. Responses add up;
//! their saturation is that of the synapse, not of the receptor.

use super::{
    biexponential::{self, Biexponential},
    kinetics::{Events, Kinetics},
};
use crate::{Real, Receptor, fields};

fields! {
    /// Parameters of [`Nmda`] beside those of its kinetics.
    pub struct Param {
        /// Reversal potential.
        E: "mV" = 0.0 in -20.0..20.0,
        /// Concentration of magnesium outside the cell.
        Mg: "mM" = 1.0 in 0.0..10.0,
    }
}

/// The NMDA receptor; see the page of this module.
pub struct Nmda;

impl Receptor for Nmda {
    const NAME: &'static str = "nmda";
    const DEFAULTS: &'static [(&'static str, f64)] = &[("tau_rise", 2.0), ("tau", 100.0)];
    type State = biexponential::State;
    type Input = Events;
    type Param = (Param, biexponential::Param);

    fn events(x: Self::State, i: Events, (_, p): Self::Param) -> Self::State {
        Biexponential::events(x, i.w, p)
    }
    fn rates(x: Self::State, (_, p): Self::Param) -> Self::State {
        Biexponential::rates(x, p)
    }
    fn current(x: Self::State, v: Real, (p, _): Self::Param) -> Real {
        Biexponential::response(x) * unblocked(v, p.Mg) * (p.E - v)
    }
}

/// Returns the fraction of the channels that magnesium leaves open at `v`, mV, where its concentration is `mg`, mM.
#[track_caller]
fn unblocked(v: Real, mg: Real) -> Real {
    1.0 / (1.0 + mg / 3.57 * (-0.062 * v).exp())
}
