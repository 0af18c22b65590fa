//! The surrogate derivative of spikes that the models share, and the threshold of the Hodgkin-Huxley models.

use crate::{Real, Surrogate, select, spike};

/// The surrogate derivative of spikes: a triangle of height 0.3 and half width 1.
pub(super) const SURROGATE: Surrogate = Surrogate::ReluGrad { alpha: 0.3, width: 1.0 };

/// The half width of the surrogate derivative where the potential is in mV, mV.
pub(super) const WIDTH: f64 = 20.0;

/// Returns whether the potential rises through 0 mV in this step: one or zero.
#[track_caller]
pub(super) fn crossing(before: Real, after: Real) -> Real {
    rise_through(0.0, before, after)
}

/// Returns whether the potential rises through `level`, mV, in this step: one or zero.
#[track_caller]
pub(super) fn rise_through(level: f64, before: Real, after: Real) -> Real {
    select(before, level, spike((after - level) / WIDTH, SURROGATE), 0.0)
}
