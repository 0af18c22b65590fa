//! Figures and benchmarks: one binary each under `src/bin`.

pub mod bench;
pub mod device_check;
pub mod fig3;
pub mod workflow;
