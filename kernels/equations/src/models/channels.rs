//! The gates of ion channels that the Hodgkin-Huxley models share: rates in 1/ms of potentials in mV.

use crate::{Real, exprelr};

/// Returns `1 / (1 + e^-x)`.
#[track_caller]
pub(super) fn logistic(x: Real) -> Real {
    1.0 / (1.0 + (-x).exp())
}

/// Returns the rate of change of `x`, which relaxes to `steady` with the time constant `tau`, ms.
#[track_caller]
pub(super) fn relax(x: Real, steady: Real, tau: Real) -> Real {
    (steady - x) / tau
}

/// The opening rate `alpha` and the closing rate `beta` of a gate.
#[derive(Clone, Copy)]
pub(super) struct Gate {
    pub(super) alpha: Real,
    pub(super) beta: Real,
}

impl Gate {
    /// Returns the rate of change of the open fraction `x`: `alpha (1 - x) - beta x`.
    #[track_caller]
    pub(super) fn rate(self, x: Real) -> Real {
        self.alpha - (self.alpha + self.beta) * x
    }
}

/// The rates of Traub and Miles, of the Na activation `m`, the Na inactivation `h` and the K activation `n`.
#[derive(Clone, Copy)]
pub(super) struct Gates {
    pub(super) m: Gate,
    pub(super) h: Gate,
    pub(super) n: Gate,
}

impl Gates {
    /// Returns the rates at `u` mV above `V_T`.
    pub(super) fn at(u: Real) -> Gates {
        Gates { m: Gates::m(u), h: Gates::h(u), n: Gates::n(u) }
    }

    /// Returns the rates of the Na activation at `u` mV above `V_T`.
    pub(super) fn m(u: Real) -> Gate {
        Gate { alpha: 1.28 * exprelr((13.0 - u) / 4.0), beta: 1.4 * exprelr((u - 40.0) / 5.0) }
    }

    /// Returns the rates of the Na inactivation at `u` mV above `V_T`.
    pub(super) fn h(u: Real) -> Gate {
        Gate { alpha: 0.128 * ((17.0 - u) / 18.0).exp(), beta: 4.0 / (1.0 + ((40.0 - u) / 5.0).exp()) }
    }

    /// Returns the rates of the K activation at `u` mV above `V_T`.
    pub(super) fn n(u: Real) -> Gate {
        Gate { alpha: 0.16 * exprelr((15.0 - u) / 5.0), beta: 0.5 * ((10.0 - u) / 40.0).exp() }
    }
}

/// The gate of the M current: its steady state and its time constant, ms.
#[derive(Clone, Copy)]
pub(super) struct MCurrent {
    steady: Real,
    tau: Real,
}

impl MCurrent {
    /// Returns the gate at `u` mV above its half activation, with the slowest time constant `tau_max`, ms.
    pub(super) fn at(u: Real, tau_max: Real) -> MCurrent {
        MCurrent { steady: logistic(u / 10.0), tau: tau_max / (3.3 * (u / 20.0).exp() + (-u / 20.0).exp()) }
    }

    /// Returns the rate of change of the open fraction `x`.
    #[track_caller]
    pub(super) fn rate(self, x: Real) -> Real {
        relax(x, self.steady, self.tau)
    }
}
