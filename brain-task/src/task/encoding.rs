//! An [`Encoding`] turns rates into the input of a network.

use super::{TaskShape, Trial};
use brain_core::Stream;
use kernels::network::bptt::Raster;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rates of a task's channels are shown to the network in this way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// A channel of rate `f` spikes with probability `f dt` at every step, independently.
    #[default]
    Spikes,
    /// A channel shows its rate itself, without noise.
    Rates,
}

/// A network has this input in a batch.
#[derive(Clone, Debug)]
pub enum Inputs {
    /// It is given the channels that spike, by step and trial.
    Spikes(Raster),
    /// It is given rates in Hz, `[time, trial, channel]`.
    Rates(Vec<f32>),
}

/// Makes the input of trials; the spikes of trial `b` are drawn from `stream(b)`.
pub fn encode(
    shape: &TaskShape,
    encoding: Encoding,
    trials: &[Trial],
    stream: impl Fn(usize) -> Stream + Sync,
) -> Inputs {
    match encoding {
        Encoding::Spikes => {
            let draw = |(b, trial)| spikes(trial, shape.dt_ms, &mut stream(b));
            let spikes: Vec<_> = trials.par_iter().enumerate().map(draw).collect();
            Inputs::Spikes(raster(shape.steps, &spikes))
        }
        Encoding::Rates => Inputs::Rates(rates(shape, trials)),
    }
}

/// Draws the spikes of a trial as (step, channel), ascending.
///
/// The places of a stretch, step by step and channel by channel, are a row of independent trials of equal probability.
fn spikes(trial: &Trial, dt_ms: f64, stream: &mut Stream) -> Vec<(u32, u32)> {
    let mut spikes = vec![];
    for s in &trial.input {
        let p = (s.hz * dt_ms * 1e-3).min(1.0);
        let channels = s.channels.len();
        for place in stream.successes((channels * s.steps.len()) as u64, p) {
            let (step, channel) = (place as usize / channels, place as usize % channels);
            spikes.push(((s.steps.start + step) as u32, (s.channels.start + channel) as u32));
        }
    }
    // The sort is stable, and fast because the spikes of each stretch are in order.
    spikes.sort();
    spikes
}

fn raster(steps: usize, spikes: &[Vec<(u32, u32)>]) -> Raster {
    let batch = spikes.len();
    let mut raster = Raster { starts: Vec::with_capacity(steps * batch + 1), neurons: vec![] };
    raster.starts.push(0);
    let mut at = vec![0; batch];
    for t in 0..steps as u32 {
        for (spikes, at) in spikes.iter().zip(&mut at) {
            while let Some(&(_, channel)) = spikes.get(*at).filter(|s| s.0 == t) {
                raster.neurons.push(channel);
                *at += 1;
            }
            raster.starts.push(raster.neurons.len());
        }
    }
    raster
}

fn rates(shape: &TaskShape, trials: &[Trial]) -> Vec<f32> {
    let (batch, channels) = (trials.len(), shape.channels());
    let mut rates = vec![0.0; shape.steps * batch * channels];
    for (b, trial) in trials.iter().enumerate() {
        for s in &trial.input {
            for t in s.steps.clone() {
                rates[(t * batch + b) * channels..][s.channels.clone()].fill(s.hz as f32);
            }
        }
    }
    rates
}
