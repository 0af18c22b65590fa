//! How well data determine what was fitted to them.
//!
//! The noise of the potential, its variance and its memory, comes from the residuals ([`noise`]). It goes through the
//! equations of the fit ([`potential`], [`spikes`]) to the errors of the coordinates ([`known`]): one by the noise within
//! sweeps, one by how sweeps differ (`between`). The larger is the standard error.

mod axes;
mod between;
pub mod known;
mod matrix;
pub mod noise;
pub mod potential;
pub mod profile;
pub mod rows;
pub mod spikes;

pub use axes::Axes;
pub use between::{student, surpasses};
pub use known::{Known, SweepShare};
pub use potential::SweepNoise;
pub use profile::{Profile, profiles};
pub use rows::PotentialRows;

/// Half the width of an interval that holds the truth in 95 of 100 data sets, in standard errors.
pub const INTERVAL: f64 = 1.959_963_984_540_054;
/// Deviance within which a profile's interval lies: the square of the above.
pub const DEVIANCE: f64 = INTERVAL * INTERVAL;

/// What a fit knows of its errors beyond those of the parameters.
#[derive(Clone, Debug, Default)]
pub struct ErrorReport {
    /// The noise of the potential of each fitted sweep, with the sweep's name.
    pub noise: Vec<(String, SweepNoise)>,
    /// Eigenvalues of the scaled curvature of each stage, the largest first, with the stage's name.
    pub spectra: Vec<(&'static str, Vec<f64>)>,
    /// Profile likelihoods, where they were asked for.
    pub profiles: Vec<Profile>,
}
