//! Free runs of a conductance-based model with exact sensitivities, and what is compared of them.
//!
//! A scan carries the derivatives of the potential w.r.t. the parameters along with it. [`track`] finds the spikes in it
//! while it runs: a spike is a crossing of the level at which the recorded spikes are counted, at `t` between two steps,
//! whose derivative is `-S / v'` with the sensitivity `S` and the slope `v'` there. [`target`] reads off a recording what is compared, and [`residuals`]
//! compares.

pub mod problem;
pub mod residuals;
pub mod runner;
pub mod settled;
mod spline;
pub mod target;
pub mod track;
