//! Fits.
//!
//! A plain distance between two spiking voltage traces is a trap: a spike a millisecond late costs more than no spike
//! at all, and a model that fires constantly can score best. So models are fitted in stages, each smooth, by the first
//! [`strategy`] that suits what the model is:
//!
//! | strategy | for models | how |
//! |---|---|---|
//! | [`moving-threshold`](strategies::MovingThreshold) | with after-spike currents and a moving threshold (`gif`) | membrane with the recorded spikes given, regression of the threshold, spike times; under noise the likeliest threshold |
//! | [`spike-forced`](strategies::SpikeForced) | that were also compiled with their spikes given (`lif`, `glif3`) | membrane with the recorded spikes given, spike times |
//! | [`coupled-features`](strategies::CoupledFeatures) | whose spikes show in the potential, and that were also compiled with a pull to the recorded one (`hh-cortical`) | potential under a pull that is weakened, features of the free run |
//! | [`voltage-windows`](strategies::VoltageWindows) | whose spikes show in the potential (other `hh-*`) | potential in windows of growing length |
//! | [`spike-timing`](strategies::SpikeTiming) | any (`gif-paper`) | spike times, and the potential before the first |
//! | [`free-run`](strategies::FreeRun) | any, where the config chooses an [`objective`](crate::objective) | that objective of the free run |
//!
//! The first two follow Mensi et al. (2012), <https://doi.org/10.1152/jn.00408.2011>, and Pozzorini et al. (2015),
//! <https://doi.org/10.1371/journal.pcbi.1004275>; judging on sweeps that were not fitted, and at spike times rather
//! than by a trace distance, follows Teeter et al. (2018), <https://doi.org/10.1038/s41467-017-02717-4>.
//!
//! ```
//! use brain_core::{Backend, Checkpoint, Output};
//! use brain_fit::fit::state::FitSession;
//! use brain_fit::fit::{Registry, FitSettings, Subject, FitTask};
//! use brain_fit::recording::{Declaration, read};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cell = concat!(env!("CARGO_MANIFEST_DIR"), "/data/b6");
//! let files = [format!("{cell}/B6_Ch0_IDRest_181.ibw"), format!("{cell}/B6_Ch3_IDRest_181.ibw")];
//! let recording = read(&files, &Declaration::default())?;
//!
//! let registry = Registry::default();
//! let lif = Subject::new(&registry.models, "lif", -10.0, &Backend::default())?;
//! let strategy = registry.strategy_for(&lif).expect("a strategy for every model");
//! let mut settings = FitSettings::of_model(lif.model().param);
//! settings.voltage.starts = 8;
//! let sweeps = [settings.to_fit(&recording.sweeps[0])?];
//! # let dir = tempfile::tempdir()?;
//! # let out = dir.path();
//! let mut session = FitSession::new(Output::create(out)?, Checkpoint::default(), None, true, Box::new(|_| false))?;
//! let task = FitTask { subject: &lif, settings: &settings, sweeps: &sweeps };
//! let outcome = strategy.fit(&task, &mut session)?;
//! let rest = outcome.params.iter().find(|p| p.name == "E_L").unwrap();
//! assert!((-80.0..-65.0).contains(&rest.value), "{rest:?}");
//! # Ok(())
//! # }
//! ```
//!
//! How well the data determine what was found follows from the residuals ([`errors`]). What is known beforehand weighs as
//! a few samples of their noise ([`prior`]).
//!
//! Every optimisation is a batch of Levenberg-Marquardt problems ([`brain_core::optim`]), one column a start, evaluated
//! together by one fused scan. A config may choose another optimiser ([`brain_core::optim::search`]), which then minimises
//! every stage.

pub mod columns;
pub mod config;
pub mod coordinates;
pub mod coupling;
pub mod electrode;
mod error;
pub mod errors;
pub mod escape;
pub mod free_answers;
pub mod free_run;
pub mod landmarks;
mod outcome;
pub mod potential;
pub mod prior;
pub mod refractory;
pub mod registry;
pub mod settings;
pub mod simulate;
pub mod spike_problem;
pub mod spike_samples;
pub mod spike_times;
pub mod state;
pub mod strategies;
pub mod strategy;
pub mod sweep;
pub mod traces;
pub mod unit_box;
pub mod voltage;

pub use config::{FitConfig, Resolved};
pub use error::FitError;
pub use outcome::{Fitted, Outcome};
pub use registry::Registry;
pub use settings::FitSettings;
pub use strategies::STRATEGIES;
pub use strategy::{FitTask, Strategy, Subject};
