//! This program checks everything of a device that can be checked only where there is one.
//!
//! Every scan of every model runs on the device and in double precision on the processor, and is compared tensor by
//! tensor ([`Check`]); the workloads of `bench` are timed beside the card's rates ([`Timing`]). Where there is no
//! device, the program says so in the same JSON, and fails.

mod parity;
mod rates;

pub use parity::{Check, TensorErrors};
pub use rates::Timing;

use brain_core::cli::{Machine, Program};
use brain_core::device::{Card, open};
use clap::Parser;
use serde::Serialize;

/// Checks a device against the processor, times it, and prints JSON.
#[derive(Clone, Debug, Parser)]
#[command(name = "device-check", version)]
pub struct Options {
    /// Device: `cuda`, `cuda:1` (the second card) or `metal`; `cpu` checks single against double precision.
    #[arg(long, default_value = "cuda")]
    pub device: String,
    /// Check only models whose name contains this.
    #[arg(long, default_value = "")]
    pub model: String,
    /// Numbers of neurons that are timed.
    #[arg(long, value_delimiter = ',', default_values_t = [1024, 8192, 65_536])]
    pub n: Vec<u32>,
    /// Number of time steps that are timed.
    #[arg(long, default_value_t = 10_000)]
    pub steps: u32,
    /// Number of timed runs; 0 times nothing.
    #[arg(long, default_value_t = 7)]
    pub repeats: u32,
    /// How much of the machine is used.
    #[command(flatten)]
    pub machine: Machine,
}

/// The report that the program prints.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceReport {
    /// Device that was asked for.
    pub device: String,
    /// Why the device cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Properties of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// Version of this program.
    pub version: &'static str,
    /// Number of checks that failed.
    pub failed: usize,
    /// All checks.
    pub checks: Vec<Check>,
    /// All timings.
    pub timings: Vec<Timing>,
}

impl DeviceReport {
    /// Returns whether there were checks and none failed.
    pub fn passed(&self) -> bool {
        self.error.is_none() && self.failed == 0 && !self.checks.is_empty()
    }

    /// Returns what stands in the way of a pass.
    fn problem(&self) -> String {
        match (&self.error, self.checks.is_empty()) {
            (Some(error), _) => error.clone(),
            (None, true) => "no model has such a name; nothing was checked".into(),
            (None, false) => format!("{} of {} checks failed; see their `error`", self.failed, self.checks.len()),
        }
    }
}

impl Program for Options {
    fn execute(self) -> anyhow::Result<()> {
        self.machine.start()?;
        let report = run(&self);
        println!("{}", serde_json::to_string_pretty(&report)?);
        anyhow::ensure!(report.passed(), "{}", report.problem());
        Ok(())
    }
}

/// Checks, then times.
pub fn run(options: &Options) -> DeviceReport {
    let mut report = DeviceReport {
        device: options.device.clone(),
        error: None,
        card: None,
        version: env!("CARGO_PKG_VERSION"),
        failed: 0,
        checks: vec![],
        timings: vec![],
    };
    let device = match open(&options.device) {
        Ok(device) => device,
        Err(error) => return DeviceReport { error: Some(error.to_string()), ..report },
    };
    report.card = Card::of(&device);
    report.checks = parity::checks(&device, &options.model);
    report.failed = report.checks.iter().filter(|check| check.error.is_some()).count();
    if options.repeats > 0 {
        match rates::timings(options, report.card.as_ref()) {
            Ok(timings) => report.timings = timings,
            Err(error) => report.error = Some(format!("{error:#}")),
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_device_it_says_so_and_fails() {
        let report = run(&Options::parse_from(["device-check", "--device", "cuda:99"]));
        assert!(!report.passed());
        let text = serde_json::to_value(&report).unwrap();
        let error = text["error"].as_str().unwrap();
        assert!(error.contains("CUDA") || error.contains("card") || error.contains("cuda:99"), "{error}");
    }

    #[test]
    fn the_processor_agrees_with_itself_in_both_precisions() {
        let line =
            ["device-check", "--device", "cpu", "--model", "glif3", "--n", "3", "--steps", "50", "--repeats", "1"];
        let report = run(&Options::parse_from(line));
        let errors: Vec<_> = report.checks.iter().filter_map(|c| c.error.as_ref()).collect();
        assert!(report.passed(), "{:?} {errors:?}", report.error);
        assert!(report.checks.len() > 20 && report.timings.len() == 7, "{}", report.timings.len());
    }
}
