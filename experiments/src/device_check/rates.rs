//! This module times the workloads, and computes the part of a card's rates that they reach.

use super::Options;
use crate::bench::{self, BenchReport, Mode, Workload};
use brain_core::device::Card;
use clap::Parser;
use kernels::equations::Cost;
use serde::Serialize;

/// The timing of one workload in single precision.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// Report that `bench` prints.
    #[serde(flatten)]
    pub report: BenchReport,
    /// Number of additions, products and multiply-adds of a neuron's step, with those of series, as the equations'
    /// graph counts them.
    pub arithmetic_per_step: usize,
    /// Number of its exponentials and quotients, which a card's special-function units compute.
    pub special_per_step: usize,
    /// Part of the card's rate of single-precision instructions that is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp32_fraction: Option<f64>,
    /// Part of the card's rate of special-function instructions that is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special_fraction: Option<f64>,
}

const WORKLOADS: [(&str, Option<Mode>); 7] = [
    ("hh-forward", None),
    ("hh-gradient", Some(Mode::Tangent)),
    ("hh-gradient", Some(Mode::Adjoint)),
    ("hh-lm", None),
    ("glif-forward", None),
    ("glif-gradient", Some(Mode::Tangent)),
    ("glif-gradient", Some(Mode::Adjoint)),
];

/// Number of instructions of a series: a polynomial of eight terms, and the test of its range.
const SERIES: usize = 10;
/// Number of single-precision lanes of a multiprocessor, from compute capability 8.6 on; 8.0 has half.
const LANES: f64 = 128.0;
/// Number of its special-function lanes.
const SPECIAL_LANES: f64 = 16.0;

/// Times every workload at every size.
pub(super) fn timings(options: &Options, card: Option<&Card>) -> anyhow::Result<Vec<Timing>> {
    let mut timings = vec![];
    for n in &options.n {
        for (workload, mode) in WORKLOADS {
            let mut line = vec!["bench".to_owned(), workload.to_owned()];
            let settings = [("--n", *n), ("--steps", options.steps), ("--repeats", options.repeats)];
            line.extend(settings.iter().flat_map(|(name, value)| [name.to_string(), value.to_string()]));
            line.extend(["--device".into(), options.device.clone()]);
            let options = bench::Options { mode, ..bench::Options::try_parse_from(line)? };
            timings.push(Timing::new(bench::run(&options)?, options.workload, mode, card)?);
        }
    }
    Ok(timings)
}

impl Timing {
    fn new(report: BenchReport, workload: Workload, mode: Option<Mode>, card: Option<&Card>) -> anyhow::Result<Self> {
        let (arithmetic, special) = operations(workload, mode);
        let fraction = |operations: usize, lanes: f64| {
            let card = card.filter(|c| c.clock_hz > 0.0)?;
            let rate = f64::from(card.multiprocessors) * lanes * card.clock_hz;
            Some(operations as f64 * report.neuron_steps_per_s / rate)
        };
        Ok(Timing {
            arithmetic_per_step: arithmetic,
            special_per_step: special,
            fp32_fraction: fraction(arithmetic, LANES),
            special_fraction: fraction(special, SPECIAL_LANES),
            report,
        })
    }
}

/// Counts the arithmetic and the special-function operations of a neuron's step.
fn operations(workload: Workload, mode: Option<Mode>) -> (usize, usize) {
    let Some(spec) = workload.spec() else { return (0, 0) };
    let Some(cell) = kernels::find_for(spec.model, kernels::Use::Scan) else { return (0, 0) };
    let Some(scan) = cell.scan else { return (0, 0) };
    let count = |c: Cost| [c.arithmetic + SERIES * c.series, c.exponentials + c.divisions];
    let [forward, adjoint, tangent] = [scan.cost.forward, scan.cost.adjoint, scan.cost.tangent].map(count);
    let k = spec.parameters.iter().map(|p| p.fields.len()).sum::<usize>();
    let curvature = if workload == Workload::HhLm { k * (k + 1) / 2 } else { 0 };
    match (workload, mode) {
        (Workload::HhForward | Workload::GlifForward, _) => (forward[0], forward[1]),
        // The adjoint takes two plain steps and an adjoint one, and the sums.
        (_, Some(Mode::Adjoint)) => (2 * forward[0] + adjoint[0] + cell.param.len(), 2 * forward[1] + adjoint[1]),
        _ => (tangent[0] + k * (scan.state_jacobian.len() + 1) + curvature, tangent[1]),
    }
}
