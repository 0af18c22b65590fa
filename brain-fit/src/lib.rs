//! Fits neuron models to recordings.
//!
//! A patch-clamp experiment is a list of sweeps: a current went in, a voltage came out. Files say so in many
//! dialects, and most failed fits begin with a misread one: volts taken for millivolts, a voltage-clamp command
//! taken for a membrane potential, a holding current forgotten. So reading comes first and is strict:
//!
//! * [`recording`] turns files into sweeps in pA, mV and ms, or refuses and says what to declare;
//! * [`protocol`] recovers what the experimenter did (holding, steps, noise) from the current alone;
//! * [`spike_level`] finds from which potential on a recorded spike counts, [`plausible`] what no membrane does;
//! * [`features`] measures what the cell did: spikes, latencies, intervals, rest, sag;
//! * [`score`] compares a model's sweep with the recorded one, in the numbers of `metrics.json`;
//! * [`objective`] makes one number of how far a free run is from a sweep, which a fit may minimise, and [`electrode`] is what
//!   the recording adds to the potential;
//! * [`inspect`] prints the first three as a table;
//! * [`fit`] finds a model's parameters, [`import`] reads them from another project's file, [`predict`] runs it on other
//!   sweeps, [`report`] writes what came out.
//!
//! Any compiled model can be fitted, `gif`, `lif`, `glif3`, `gif-paper` and `hh-*`, and so can one of another crate
//! ([`fit::Registry`]). Reading a recording in small ([`fit`] has a fit in small):
//!
//! ```
//! use brain_fit::features::SpikeDetector;
//! use brain_fit::protocol::Protocol;
//! use brain_fit::recording::{Declaration, read};
//!
//! let cell = concat!(env!("CARGO_MANIFEST_DIR"), "/data/b6");
//! let files = [format!("{cell}/B6_Ch0_IDRest_181.ibw"), format!("{cell}/B6_Ch3_IDRest_181.ibw")];
//! let recording = read(&files, &Declaration::default())?;
//! let sweep = &recording.sweeps[0];
//! let step = Protocol::of(&sweep.current_pa, sweep.dt_ms).steps[0];
//! let spikes = SpikeDetector::default().times_ms(sweep.voltage_mv.as_ref().unwrap(), sweep.dt_ms);
//! assert_eq!((step.onset_ms, spikes.len()), (700.25, 26));
//! # Ok::<(), brain_fit::recording::RecordingError>(())
//! ```

pub mod commands;
pub mod electrode;
pub mod features;
pub mod fit;
pub mod import;
pub mod inspect;
pub mod objective;
pub mod plausible;
pub mod predict;
pub mod protocol;
pub mod recording;
pub mod report;
pub mod score;
pub mod spike_level;
