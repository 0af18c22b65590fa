//! One whole training step: trials drawn, forward, backward, Adam. Evidence accumulation by a network of four fifths
//! excitatory and one fifth inhibitory neurons with 100 channels, dense unless a density is given.

use super::{Checks, Options, Workload};
use brain_core::config;
use brain_task::config::TrainConfig;
use candle_core::DType;
use std::time::Instant;

/// Steps of a cue and its gap.
const CUE: usize = 150;
/// Most cues.
const CUES: usize = 7;

/// Seconds of each of `repeats` steps, after one that warms.
pub(super) fn run(options: &Options) -> anyhow::Result<(Vec<f64>, Checks)> {
    let (n, steps) = (options.neurons() as usize, options.steps as usize);
    anyhow::ensure!(steps >= 2 * CUE, "--steps {steps}: a trial of the task takes at least {} steps", 2 * CUE);
    anyhow::ensure!(n >= 5, "--n {n}: give at least 5");
    let cues = ((steps - CUE) / CUE).min(CUES);
    let cues = cues - usize::from(cues.is_multiple_of(2));
    let rule = match options.workload {
        Workload::TrainDRtrl => "d-rtrl",
        Workload::TrainEsDRtrl => "es-d-rtrl",
        _ => "bptt",
    };
    let text = format!(
        "network: {{file: network}}\n\
         task: {{evidence-accumulation: {{cues: {cues}, delay: {} ms}}}}\n\
         rule: {{kind: {rule}}}\n\
         batch: {}\n",
        steps - (cues + 1) * CUE,
        options.batch
    );
    let mut config = config::parse::<TrainConfig>("bench", &text, &[""; 0])?;
    let network = &mut config.value.network;
    network.file = concat!(env!("CARGO_MANIFEST_DIR"), "/../brain-task/config/evidence-network.yaml").into();
    let (excitatory, inhibitory) = (n * 4 / 5, n - n * 4 / 5);
    network.set = vec![format!("populations.1.size={excitatory}"), format!("populations.2.size={inhibitory}")];
    let fan_in = [100, 100, excitatory, excitatory, inhibitory, inhibitory];
    for (k, fan_in) in fan_in.into_iter().enumerate() {
        let mut inputs = fan_in as f64;
        if options.density < 1.0 && k >= 2 {
            inputs *= options.density;
            network
                .set
                .extend([format!("projections.{k}.rule=rand"), format!("projections.{k}.p={}", options.density)]);
        }
        network.set.push(format!("projections.{k}.weight.fan_in={inputs}"));
    }
    let dtype = if options.dtype == super::Dtype::F64 { DType::F64 } else { DType::F32 };
    let begin = Instant::now();
    let (mut trainer, source) = brain_task::setup(&config, dtype)?;
    let seconds_build = Some(begin.elapsed().as_secs_f64());
    let mut last = trainer.step()?;
    let mut seconds = vec![];
    for _ in 0..options.repeats {
        let begin = Instant::now();
        last = trainer.step()?;
        seconds.push(begin.elapsed().as_secs_f64());
    }
    let rate_hz = last.rates.iter().map(|(_, hz)| hz).sum::<f64>() / last.rates.len().max(1) as f64;
    let synapses = Some(source.network.synapses() as usize);
    Ok((
        seconds,
        Checks { loss: Some(last.loss), rate_hz: Some(rate_hz), synapses, seconds_build, ..Checks::default() },
    ))
}
