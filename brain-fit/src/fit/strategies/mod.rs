//! The fit strategies, one a file, which [`STRATEGIES`] lists; the other files here are what some of them share.

mod coincident_threshold;
mod forced_membrane;
mod known_from_spikes;
mod likeliest_threshold;
mod membrane;
mod threshold;

#[cfg(test)]
mod noisy_cell_tests;

pub(super) use voltage_windows::USUAL;

use super::strategy::Strategy;

brain_core::members! {
    /// Every strategy of this crate; a model gets the first that suits it.
    pub static STRATEGIES: [&dyn Strategy] of values {
        moving_threshold::MovingThreshold,
        spike_forced::SpikeForced,
        coupled_features::CoupledFeatures,
        voltage_windows::VoltageWindows,
        spike_timing::SpikeTiming,
        free_run::FreeRun,
    }
}
