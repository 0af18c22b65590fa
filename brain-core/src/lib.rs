//! candle around the fused scans: what every program of this workspace shares.

pub mod checkpoint;
pub mod config;
pub mod interrupt;
pub mod optim;
pub mod output;
pub mod param;
pub mod progress;
pub mod seed;
pub mod unit;

pub use param::Transform;
pub use progress::Progress;
pub use seed::{Seed, Stream};
