//! This module is the JSON line that a benchmark prints.

use super::{Checks, Mode, Options, options::name};
use brain_core::memory::peak_rss_mb;
use brain_core::stats::median;
use serde::Serialize;

/// The report that a benchmark prints.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// Name of the workload.
    pub workload: String,
    /// Number of neurons.
    pub n: u32,
    /// Number of time steps.
    pub steps: u32,
    /// Number of runs of every neuron.
    pub batch: u32,
    /// Precision, as `--dtype` names it.
    pub dtype: String,
    /// Number of threads.
    pub threads: usize,
    /// Vectors that it took.
    pub simd: &'static str,
    /// Device that it ran on.
    pub device: String,
    /// Shortest time of a run, s.
    pub seconds_min: f64,
    /// Median time of a run, s.
    pub seconds_median: f64,
    /// Steps of all neurons per second of the shortest run.
    pub neuron_steps_per_s: f64,
    /// Largest memory of the process, MB of 2^20 bytes.
    pub peak_rss_mb: Option<f64>,
    /// Version of this program.
    pub version: &'static str,
    /// Mean squared distance to the target, mV^2.
    pub loss: Option<f64>,
    /// How the gradient was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Number of spikes of the first cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spikes_0: Option<usize>,
    /// Derivatives of the loss w.r.t. the parameters of the first cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_0: Option<serde_json::Map<String, serde_json::Value>>,
    /// Mean rate of a network, Hz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_hz: Option<f64>,
    /// Number of synapses of a network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synapses: Option<usize>,
    /// Time in which it was built, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_build: Option<f64>,
}

impl BenchReport {
    pub(super) fn new(options: &Options, mode: Option<Mode>, seconds: &[f64], checks: Checks) -> BenchReport {
        let shortest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        let work = f64::from(options.neurons()) * f64::from(options.steps) * f64::from(options.batch);
        let gradient = checks.gradient_0.map(|g| g.into_iter().map(|(k, v)| (k.to_owned(), v.into())).collect());
        BenchReport {
            workload: name(options.workload),
            n: options.neurons(),
            steps: options.steps,
            batch: options.batch,
            dtype: options.dtype().to_string(),
            threads: rayon::current_num_threads(),
            simd: kernels::Level::best().name(),
            device: options.place.device.clone(),
            seconds_min: shortest,
            seconds_median: median(seconds),
            neuron_steps_per_s: work / shortest,
            peak_rss_mb: peak_rss_mb(),
            version: env!("CARGO_PKG_VERSION"),
            loss: checks.loss,
            mode: mode.map(name),
            spikes_0: checks.spikes_0,
            gradient_0: gradient,
            rate_hz: checks.rate_hz,
            synapses: checks.synapses,
            seconds_build: checks.seconds_build,
        }
    }
}
