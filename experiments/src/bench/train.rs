//! This workload is one whole training step: it draws trials, runs forward and backward, and steps by Adam. The network
//! has four fifths excitatory and one fifth inhibitory neurons and 100 channels, and is dense unless a density is
//! given.

use super::{Checks, Options, Workload};
use brain_core::config;
use brain_task::Registry;
use brain_task::config::TrainConfig;
use clap::ValueEnum;
use std::time::Instant;

/// The network that is trained, and its task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Training {
    /// Integrate-and-fire neurons that tell apart two steady inputs and spike at some 20 Hz.
    #[default]
    Steady,
    /// Evidence accumulation by adaptive neurons, as `brain-task` has it: cues, then a delay that is nearly silent.
    Evidence,
}

/// Number of steps of a cue and its gap.
const CUE: usize = 150;
/// Largest number of cues.
const CUES: usize = 7;

impl Training {
    /// Returns the task, in so many steps of a millisecond.
    fn task(self, steps: usize) -> anyhow::Result<String> {
        Ok(match self {
            Training::Steady => {
                anyhow::ensure!(steps >= 10, "--steps {steps}: a trial takes at least 10 steps");
                let answer = steps / 10;
                format!(
                    "cues: 1, gap: 0 ms, cue: {} ms, delay: 0 ms, recall: {answer} ms, label: side, p: 1, \
                     cue_rate: 120 Hz, recall_rate: 120 Hz, noise_rate: 40 Hz",
                    steps - answer
                )
            }
            Training::Evidence => {
                let least = 2 * CUE;
                anyhow::ensure!(steps >= least, "--steps {steps}: a trial of the task takes at least {least} steps");
                let cues = ((steps - CUE) / CUE).min(CUES);
                let cues = cues - usize::from(cues.is_multiple_of(2));
                format!("cues: {cues}, delay: {} ms", steps - (cues + 1) * CUE)
            }
        })
    }

    /// Returns keys of its training, with steps so small that the network stays the same over the runs that are timed.
    fn keys(self) -> &'static str {
        match self {
            Training::Steady => "adam: {learning_rate: 1e-5}\n",
            Training::Evidence => "",
        }
    }

    /// Returns the config of its network.
    fn network(self) -> &'static str {
        match self {
            Training::Steady => concat!(env!("CARGO_MANIFEST_DIR"), "/config/bench-network.yaml"),
            Training::Evidence => concat!(env!("CARGO_MANIFEST_DIR"), "/../brain-task/config/evidence-network.yaml"),
        }
    }

    /// Returns the variance over the leak that a neuron's `inputs` from channels, excitatory or inhibitory neurons
    /// bring together, where the sum of their weights stays the same.
    fn scale(self, from: usize, inputs: f64) -> Option<f64> {
        let sum: f64 = [2.0, 0.8, 1.2][from];
        (self == Training::Steady).then(|| sum * sum / inputs)
    }
}

/// Measures the seconds of each of `repeats` steps, after one that warms caches and pages.
pub(super) fn run(options: &Options) -> anyhow::Result<(Vec<f64>, Checks)> {
    let (n, steps) = (options.neurons() as usize, options.steps as usize);
    anyhow::ensure!(n >= 5, "--n {n}: give at least 5");
    let rule = match options.workload {
        Workload::TrainDRtrl => "d-rtrl",
        Workload::TrainEsDRtrl => "es-d-rtrl",
        _ => "bptt",
    };
    let text = format!(
        "network: {{file: network}}\n\
         task: {{evidence-accumulation: {{{}}}}}\n\
         rule: {{kind: {rule}}}\n\
         batch: {}\n{}",
        options.network.task(steps)?,
        options.batch,
        options.network.keys()
    );
    let mut config = config::parse::<TrainConfig>("bench", &text, &[""; 0])?;
    let network = &mut config.value.network;
    network.file = options.network.network().into();
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
        let scale = options.network.scale(k / 2, inputs);
        network.set.extend(scale.map(|scale| format!("projections.{k}.weight.scale={scale}")));
    }
    let dtype = options.dtype().into();
    let begin = Instant::now();
    let (mut trainer, source) = brain_task::setup(&config, &Registry::default(), &candle_core::Device::Cpu, dtype)?;
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
