//! The refractory clock shared by the integrate-and-fire models: a state in ms that runs down at rate one.
//!
//! No gradient passes through it.

use crate::{Real, select};

/// The rate of change of the clock, ms per ms.
pub(super) const RATE: f64 = -1.0;

/// Returns `held` in a step that is refractory, else `free`.
///
/// A step is refractory if the clock is positive in its middle, which needs no `dt`: the clock at the end lies below
/// zero by what the step exceeds it. So the number of refractory steps is `t_ref / dt` to the nearest whole number,
/// however the clock's values are rounded.
#[track_caller]
pub(super) fn held(before: Real, after: Real, held: impl Into<Real>, free: impl Into<Real>) -> Real {
    select(0.0, before + after, held, free)
}

/// Returns the clock, ms, after a step that ends with the spike `z`.
#[track_caller]
pub(super) fn next(after: Real, z: Real, t_ref: Real) -> Real {
    select(z, 0.5, after.max(0.0), t_ref).detach()
}
