//! Populations that spike, and what every backend computes of them: for tests, and for checks of a device.
//!
//! Numbers are drawn from their position and rounded to single precision, so that both precisions have them and a
//! smaller population is part of a larger one.
//!
//! ```
//! use kernels::{Level, Spread};
//! use kernels_testing::{Buffers, Population};
//!
//! let lif = kernels::find("lif").unwrap();
//! let population = Population::new(lif, [5, 100, 2], Spread::Batch);
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
pub use population::Population;
pub use scans::{Buffers, Gradients, Sums};
