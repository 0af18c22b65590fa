//! The fit strategies, one a file. [`STRATEGIES`](super::registry::STRATEGIES) lists them.

mod coupled_features;
mod forced_membrane;
mod known_from_spikes;
mod membrane;
mod moving_threshold;
mod spike_forced;
mod spike_timing;
mod threshold;
mod voltage_windows;

pub use coupled_features::CoupledFeatures;
pub use moving_threshold::MovingThreshold;
pub use spike_forced::SpikeForced;
pub use spike_timing::SpikeTiming;
pub(super) use voltage_windows::USUAL;
pub use voltage_windows::VoltageWindows;
