//! A response with a rise and a decay of their own: `w a (exp(-t / tau) - exp(-t / tau_rise))`, where `a` makes its
//! peak `w`.
//!
//! Roth and van Rossum (2009), <https://doi.org/10.7551/mitpress/9780262013277.003.0007>, equations 6.3 to 6.5: the
//! peak comes at `t = tau tau_rise / (tau - tau_rise) ln(tau / tau_rise)`. With `q = ln(tau / tau_rise)` that is
//! `t / tau = q / (e^q - 1)`, and `a = exp(q / (e^q - 1)) tau / (tau - tau_rise)`. The two time constants must differ;
//! where they are to be equal, take [`Alpha`](super::Alpha). Exponential Euler integrates both states exactly.

use super::kinetics::Kinetics;
use crate::{Real, exprelr, fields};

fields! {
    /// State of [`Biexponential`].
    pub struct State {
        /// The part that decays.
        slow: "nS" = 0.0 in 0.0..100.0,
        /// The part that is subtracted while the response rises.
        fast: "nS" = 0.0 in 0.0..100.0,
    }
}
fields! {
    /// Parameters of [`Biexponential`].
    pub struct Param {
        /// Rise time constant.
        tau_rise: "ms" = 0.5 in 0.05..4.0,
        /// Decay time constant.
        tau: "ms" = 5.0 in 4.5..500.0,
    }
}

/// The kinetics of two time constants; see the page of this module.
pub struct Biexponential;

impl Kinetics for Biexponential {
    type State = State;
    type Param = Param;

    fn events(x: State, w: Real, p: Param) -> State {
        let jump = w * to_peak(p.tau_rise, p.tau);
        State { slow: x.slow + jump, fast: x.fast + jump }
    }
    fn rates(x: State, p: Param) -> State {
        State { slow: -x.slow / p.tau, fast: -x.fast / p.tau_rise }
    }
    fn response(x: State) -> Real {
        x.slow - x.fast
    }
}

/// Returns the factor `a` that makes the peak one.
#[track_caller]
fn to_peak(rise: Real, decay: Real) -> Real {
    exprelr((decay / rise).ln()).exp() * decay / (decay - rise)
}
