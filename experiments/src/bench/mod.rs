//! Workloads whose speed can be compared with that of other simulators.
//!
//! Parameters, stimuli and steps are those of the peers' scripts, so that spike counts, losses and gradients can be
//! compared too. A target is one trace for all neurons, shared and never copied: memory does not grow with it.

mod backend;
mod cells;
pub mod coba;
mod measure;
mod options;
mod passes;
mod report;
mod train;

pub use cells::{Cells, GLIF, HH, Parameter, Spec};
pub use options::{Dtype, Mode, Options, Workload};
pub use passes::{Checks, forward, gradient};
pub use report::Report;
pub use train::Training;

use anyhow::Context;
#[cfg(any(feature = "cuda", feature = "metal"))]
use backend::On;
use backend::{Backend, Processor};
use brain_core::device::{Number, on_device, open};
use kernels::{Level, Precision};

/// Runs a workload.
pub fn run(options: &Options) -> anyhow::Result<Report> {
    let threads = options.threads.map_or(0, |k| k as usize);
    options.simd.into_iter().for_each(Level::cap);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().context("cannot start threads")?;
    pool.install(|| match options.dtype {
        Dtype::F32 => run_in::<f32>(options),
        Dtype::F64 => run_in::<f64>(options),
    })
}

fn run_in<F: Number + kernels::network::Number>(options: &Options) -> anyhow::Result<Report> {
    let Some(spec) = options.workload.spec() else {
        anyhow::ensure!(options.device == "cpu", "--device {}: networks run on the processor", options.device);
        if options.workload.trains() {
            let (seconds, checks) = train::run(options)?;
            return Ok(Report::new(options, None, &seconds, checks));
        }
        let (seconds, checks) =
            coba::run::<F>(options.neurons() as usize, options.steps as usize, options.repeats as usize)?;
        return Ok(Report::new(options, None, &seconds, checks));
    };
    let device = open(&options.device)?;
    on_device!(
        &device,
        queue => timed::<F, _>(options, spec, &On(queue)),
        cpu => timed::<F, _>(options, spec, &Processor)
    )
}

fn timed<F: Precision, B: Backend<F>>(options: &Options, spec: &'static Spec, backend: &B) -> anyhow::Result<Report> {
    let (n, steps, repeats) = (options.neurons() as usize, options.steps as usize, options.repeats as usize);
    let cells = Cells::<F>::new(spec, n, steps, options.batch as usize)?;
    let count: usize = spec.parameters.iter().map(|p| p.fields.len()).sum();
    let cheaper = if cells.kernel.tangent_is_cheaper(count) { Mode::Tangent } else { Mode::Adjoint };
    let mode = options.mode.unwrap_or(cheaper);
    let (mode, (seconds, checks)) = match options.workload {
        Workload::HhForward | Workload::GlifForward => (None, forward(backend, &cells, repeats)?),
        Workload::HhGradient | Workload::GlifGradient => (Some(mode), gradient(backend, &cells, mode, false, repeats)?),
        _ => (Some(Mode::Tangent), gradient(backend, &cells, Mode::Tangent, true, repeats)?),
    };
    Ok(Report::new(options, mode, &seconds, checks))
}

#[cfg(test)]
mod tests;
