//! The workloads of this module can be compared in speed with other simulators.
//!
//! Parameters, stimuli and steps are those of the peers' scripts, so that spike counts, losses and gradients can be
//! compared, too. A target is one trace that all neurons share; it is never copied, so memory does not grow with it.

mod cells;
pub mod coba;
mod measure;
mod options;
mod passes;
mod report;
mod runner;
mod train;

pub use cells::{BenchCells, GLIF, HH, Parameter, Spec};
pub use options::{Mode, Options, Workload};
pub use passes::{Checks, forward, gradient};
pub use report::BenchReport;
pub use train::Training;

use brain_core::Dtype;
use brain_core::cli::Program;
use brain_core::device::{Number, on_device};
use kernels::Precision;
#[cfg(any(feature = "cuda", feature = "metal"))]
use runner::QueueRunner;
use runner::{Processor, Runner};

impl Program for Options {
    fn execute(self) -> anyhow::Result<()> {
        println!("{}", serde_json::to_string(&run(&self)?)?);
        Ok(())
    }
}

/// Runs a workload.
pub fn run(options: &Options) -> anyhow::Result<BenchReport> {
    options.check()?;
    options.machine.pool()?.install(|| match options.dtype() {
        Dtype::F32 => run_in::<f32>(options),
        Dtype::F64 => run_in::<f64>(options),
    })
}

fn run_in<F: Number>(options: &Options) -> anyhow::Result<BenchReport> {
    let Some(spec) = options.workload.spec() else {
        options.place.processor_only("a network")?;
        if options.workload.trains() {
            let (seconds, checks) = train::run(options)?;
            return Ok(BenchReport::new(options, None, &seconds, checks));
        }
        let (seconds, checks) =
            coba::run::<F>(options.neurons() as usize, options.steps as usize, options.repeats as usize)?;
        return Ok(BenchReport::new(options, None, &seconds, checks));
    };
    let device = options.place.open()?;
    on_device!(
        &device,
        queue => timed::<F, _>(options, spec, &QueueRunner(queue)),
        cpu => timed::<F, _>(options, spec, &Processor)
    )
}

fn timed<F: Precision, B: Runner<F>>(
    options: &Options,
    spec: &'static Spec,
    runner: &B,
) -> anyhow::Result<BenchReport> {
    let (n, steps, repeats) = (options.neurons() as usize, options.steps as usize, options.repeats as usize);
    let cells = BenchCells::<F>::new(spec, n, steps, options.batch as usize)?;
    let count: usize = spec.parameters.iter().map(|p| p.fields.len()).sum();
    let cheaper = if cells.cell.tangent_is_cheaper(count) { Mode::Tangent } else { Mode::Adjoint };
    let mode = options.mode.unwrap_or(cheaper);
    let (mode, (seconds, checks)) = match options.workload {
        Workload::HhForward | Workload::GlifForward => (None, forward(runner, &cells, repeats)?),
        Workload::HhGradient | Workload::GlifGradient => (Some(mode), gradient(runner, &cells, mode, false, repeats)?),
        _ => (Some(Mode::Tangent), gradient(runner, &cells, Mode::Tangent, true, repeats)?),
    };
    Ok(BenchReport::new(options, mode, &seconds, checks))
}

#[cfg(test)]
mod tests;
