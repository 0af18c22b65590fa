//! The fit strategies, one a file. [`STRATEGIES`](super::registry::STRATEGIES) lists them.

mod coincident_threshold;
mod coupled_features;
mod forced_membrane;
mod free_run;
mod known_from_spikes;
mod likeliest_threshold;
mod membrane;
mod moving_threshold;
mod spike_forced;
mod spike_timing;
mod threshold;
mod voltage_windows;

#[cfg(test)]
mod noisy_cell_tests;

pub use coupled_features::CoupledFeatures;
pub use free_run::FreeRun;
pub use moving_threshold::MovingThreshold;
pub use spike_forced::SpikeForced;
pub use spike_timing::SpikeTiming;
pub(super) use voltage_windows::USUAL;
pub use voltage_windows::VoltageWindows;
