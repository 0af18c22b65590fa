//! This crate makes populations that spike and runs their scans on every backend, for tests and for checks of a device.
//!
//! Every number depends only on its position and is rounded to single precision, so that both precisions have the same
//! numbers and a smaller population is part of a larger one.
//!
//! ```
//! use kernels::{Level, Spread};
//! use kernels_testing::{Buffers, DrawnPopulation};
//!
//! let lif = kernels::find("lif").unwrap();
//! let population = DrawnPopulation::new(lif, [5, 100, 2], Spread::Batch);
//! let (rows, _) = Buffers::<f32>::new(&population).forward(lif, Level::best()).unwrap();
//! assert_eq!(rows.len(), 100 * (lif.state.len() + 1) * population.width());
//! ```

#![deny(missing_docs)]

mod compare;
mod engine;
mod population;
mod scans;

pub use compare::{compare, to};
pub use engine::{Engine, On};
pub use population::DrawnPopulation;
pub use scans::{Buffers, ScanGradients, Sums};
