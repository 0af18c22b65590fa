//! GABA-B: slow inhibition by potassium, through a G protein of which four must bind.
//!
//! Destexhe and Sejnowski (1995), <https://doi.org/10.1073/pnas.92.21.9515>: with `r` the fraction of activated
//! receptors and `s` the concentration of G protein, `dr/dt = K_1 T (1 - r) - K_2 r`, `ds/dt = K_3 r - K_4 s`, and the
//! conductance is `g s^4 / (s^4 + K_d)`. A pulse of transmitter `T` is far shorter than these times, so an event takes
//! the fraction `w` of the free receptors at once; for 0.5 mM over 0.3 ms that is about 0.08. One event alone opens
//! next to nothing, a burst does.

use crate::{Real, Receptor, fields};

fields! {
    /// State of [`GabaB`].
    pub struct State {
        /// Fraction of activated receptors.
        r: "1" = 0.0 in 0.0..1.0,
        /// Concentration of G protein.
        s: "uM" = 0.0 in 0.0..20.0,
    }
}
fields! {
    /// Input of [`GabaB`].
    pub struct Input {
        /// Fraction of the free receptors that this step's events activate.
        w: "1" = 0.0 in 0.0..1.0,
    }
}
fields! {
    /// Parameters of [`GabaB`].
    pub struct Param {
        /// Reversal potential.
        E: "mV" = -95.0 in -110.0..-70.0,
        /// Conductance when every channel is open.
        g: "nS" = 1.0 in 0.0..100.0,
        /// Rate at which receptors are deactivated.
        K_2: "1/ms" = 0.0012 in 0.0001..0.05,
        /// Rate at which receptors produce G protein.
        K_3: "uM/ms" = 0.18 in 0.01..1.0,
        /// Rate at which G protein decays.
        K_4: "1/ms" = 0.034 in 0.001..0.5,
        /// Dissociation constant of the channel.
        K_d: "uM4" = 100.0 in 1.0..1000.0,
    }
}

/// The GABA-B receptor; see the page of this module.
pub struct GabaB;

impl Receptor for GabaB {
    const NAME: &'static str = "gaba_b";
    type State = State;
    type Input = Input;
    type Param = Param;

    fn events(x: State, i: Input, _: Param) -> State {
        State { r: x.r + i.w * (1.0 - x.r), s: x.s }
    }
    fn rates(x: State, p: Param) -> State {
        State { r: -p.K_2 * x.r, s: p.K_3 * x.r - p.K_4 * x.s }
    }
    fn current(x: State, v: Real, p: Param) -> Real {
        let four = x.s.powi(4);
        p.g * four / (four + p.K_d) * (p.E - v)
    }
}
