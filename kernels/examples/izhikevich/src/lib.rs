//! A neuron of one's own, with kernels for every backend.
//!
//! Its equations are in `neuron.rs`, which the build script reads as a module of its own; what it makes of them is
//! included below. A crate like this one depends on `equations` and `kernels`, and its build script on `codegen` and
//! `equations`.
//!
//! ```
//! use izhikevich::CELL;
//! use kernels::{Forward, Level, Run, Series, Spread};
//!
//! let drive = vec![10.0; 400];
//! let run = Run {
//!     dt: 0.1,
//!     steps: drive.len(),
//!     batch: 1,
//!     neurons: 1,
//!     start: &CELL.state.iter().map(|f| f.default).collect::<Vec<f64>>(),
//!     drive: Series { data: &drive, spread: Spread::Shared },
//!     params: &CELL.param.iter().map(|f| f.default).collect::<Vec<f64>>(),
//!     level: Level::best(),
//! };
//! let mut spikes = vec![0.0; run.steps];
//! let record = [CELL.output("spike").unwrap()];
//! CELL.forward(&run, Forward { record: &record, rows: &mut spikes, end: &mut [] }).unwrap();
//! assert_eq!(spikes.iter().sum::<f64>(), 2.0);
//! ```

#![deny(missing_docs)]

mod neuron;

pub use neuron::{Input, Izhikevich, Param, State};

include!(concat!(env!("OUT_DIR"), "/cells.rs"));

/// The neuron as other crates take it: for scans of a population, and for networks that are simulated or trained.
pub static CELL: kernels::Cell = kernels::Cell::of::<Izhikevich>().scan().network().train().build();
