//! This crate is outside of the workspace's own: it adds a member to each family, a file each, without a change to any
//! other crate.
//!
//! | file | adds | to |
//! |---|---|---|
//! | `neuron.rs` | a neuron: Izhikevich (2003) | what `brain-fit` fits, and networks are made of |
//! | `receptor.rs` | a receptor: NMDA of Izhikevich and Edelman (2008) | networks, simulated and trained |
//! | `fit_strategy.rs` | a fit strategy: differential evolution of Storn and Price (1997) | `strategy` of a fit |
//! | `connection_rule.rs` | a connection rule: small worlds of Watts and Strogatz (1998) | `projections.N.rule` |
//! | `loss.rs` | a loss: log-cosh | `loss` of a training or a fit |
//! | `learning_rule.rs` | a learning rule: RFLO of Murray (2019) | `rule.kind` of a training |
//! | `task.rs` | a task: magnitude estimation, after Stevens (1957) | `task` of a training |
//!
//! Equations become compiled cells by `build.rs`, which reads the files of neuron and receptor as modules of its own; what
//! it makes of them is included below. `registry.rs` adds all members to the lists of the
//! workspace, and `commands.rs` hands these to the command lines of `brain-fit`, `brain-net` and `brain-task`:
//!
//! ```sh
//! cargo run --release -p outside -- net run experiments/examples/outside/config/network.yaml
//! cargo run --release -p outside -- task train experiments/examples/outside/config/task.yaml
//! cargo run --release -p outside -- fit run experiments/examples/outside/config/fit.yaml --data CELL.csv
//! ```
//!
//! Without its default feature the crate is the neuron and its receptors alone, with kernels for every backend:
//!
//! ```
//! use kernels::{Forward, Level, Run, Series, Spread};
//! use outside::IZHIKEVICH;
//!
//! let drive = vec![10.0; 400];
//! let run = Run {
//!     dt: 0.1,
//!     steps: drive.len(),
//!     batch: 1,
//!     neurons: 1,
//!     start: &IZHIKEVICH.state.iter().map(|f| f.default).collect::<Vec<f64>>(),
//!     drive: Series { data: &drive, spread: Spread::Shared },
//!     params: &IZHIKEVICH.param.iter().map(|f| f.default).collect::<Vec<f64>>(),
//!     level: Level::best(),
//! };
//! let mut spikes = vec![0.0; run.steps];
//! let record = [IZHIKEVICH.output("spike").unwrap()];
//! IZHIKEVICH.forward(&run, Forward { record: &record, rows: &mut spikes, end: &mut [] }).unwrap();
//! assert_eq!(spikes.iter().sum::<f64>(), 2.0);
//! ```

#![deny(missing_docs)]

#[cfg(feature = "programs")]
pub mod commands;
#[cfg(feature = "programs")]
mod connection_rule;
#[cfg(feature = "programs")]
mod fit_strategy;
#[cfg(feature = "programs")]
mod learning_rule;
#[cfg(feature = "programs")]
mod loss;
mod neuron;
mod receptor;
#[cfg(feature = "programs")]
pub mod registry;
#[cfg(feature = "programs")]
mod task;

#[cfg(feature = "programs")]
pub use {
    connection_rule::SmallWorld, fit_strategy::DifferentialEvolution, learning_rule::Rflo, loss::LogCosh,
    task::MagnitudeEstimation,
};

pub use neuron::{Input, Izhikevich, Param, State};
pub use receptor::{Nmda, Opening, Synapses};

/// The generated step of the neuron with its receptors.
pub struct IzhikevichSynapses;

include!(concat!(env!("OUT_DIR"), "/cells.rs"));

/// The neuron alone: for scans of a population, and for networks that are driven by currents.
pub static IZHIKEVICH: kernels::Cell = kernels::Cell::of::<Izhikevich>().scan().network().train().build();

/// The neuron with [`Synapses`], for networks that are simulated or trained.
pub static WITH_SYNAPSES: kernels::Cell = kernels::Cell::of::<IzhikevichSynapses>().network().train().build();

/// Returns the cells of the workspace and of this crate.
pub fn cells() -> kernels::Registry {
    kernels::Registry::default().with(&IZHIKEVICH).with(&WITH_SYNAPSES)
}
