//! Every program of this workspace stands on this crate: candle around the fused scans, and runs that can be repeated.
//!
//! [`kernels`] turns rows of floats into rows of floats. This crate makes them tensors with gradients, and adds what a
//! run needs before and after: a [config] with units, random numbers [by name](seed), [bounded
//! parameters](param), [optimisers](optim), [checkpoints](checkpoint) and an [output folder](output). A single
//! neuron (`brain-fit`), a network (`brain-net`) and a task (`brain-task`) are built from the same parts.
//!
//! A whole run in small reads a quantity, draws a start, descends, saves and loads:
//!
//! ```
//! use brain_core::checkpoint::{Array, Checkpoint};
//! use brain_core::optim::{Adam, AdamConfig};
//! use brain_core::{Seed, Transform, unit};
//! use candle_core::{Device, Var};
//! use candle_nn::Optimizer;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let target = unit::parse_quantity("0.02 s", "ms")?;
//! let tau = Transform::of(1.0, 100.0);
//! let start = Seed::new(7).child("fit/start").at(0).within(1.0, 100.0);
//!
//! let free = Var::new(tau.to_free(start), &Device::Cpu)?;
//! let mut adam = Adam::named([("tau".into(), free.clone())], AdamConfig { learning_rate: 0.1, ..Default::default() })?;
//! for _ in 0..200 {
//!     let loss = tau.to_values(&free)?.affine(1.0, -target)?.sqr()?;
//!     adam.backward_step(&loss)?;
//! }
//!
//! let mut checkpoint = Checkpoint::default();
//! adam.save(&mut checkpoint)?;
//! checkpoint.insert("param/cell/tau", Array::from_tensor(&tau.to_values(&free)?)?);
//! # let dir = tempfile::tempdir()?;
//! # let file = dir.path().join("cell.safetensors");
//! checkpoint.save(&file)?;
//!
//! let found = Checkpoint::load(&file)?.take::<f64>("param/cell/tau", &[])?;
//! assert!((found[0] - 20.0).abs() < 0.1);
//! # Ok(())
//! # }
//! ```
//!
//! Three rules hold throughout. *A run is a function of its config, its seed and its input files*: streams of random
//! numbers are counted, not shared, sums are made in a fixed order, and a resumed run is the same run bit for bit.
//! *A quantity has a unit*, as text, from the file that declares it to the axis that shows it. *Nothing a user gives
//! makes a program panic*: every error says where, what, and what to write instead.

pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod device;
mod divergence;
pub mod dtype;
pub mod family;
pub mod interrupt;
mod known_gradient;
pub mod loss;
pub mod memory;
pub mod model;
pub mod network_scan;
pub mod objective;
pub mod optim;
pub mod output;
pub mod param;
pub mod population;
pub mod progress;
pub mod scan;
pub mod seed;
pub mod stats;
pub mod table;
pub mod unit;

pub use checkpoint::Checkpoint;
pub use config::{Config, Quantity};
pub use device::Backend;
pub use divergence::Divergence;
pub use dtype::Dtype;
pub use family::{Choice, Family};
pub use loss::Loss;
pub use model::{Model, Models};
pub use network_scan::{FeedbackPath, PopulationInput, Recorder, network_scan};
pub use objective::Objective;
pub use output::Output;
pub use param::Transform;
pub use population::CellPopulation;
pub use progress::Progress;
pub use scan::{Scan, scan};
pub use seed::{Seed, Stream};
