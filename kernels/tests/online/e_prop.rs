//! This test trains the regression task of NEST's test suite (Bellec et al. 2020,
//! <https://doi.org/10.1038/s41467-020-17236-y>) for five steps of gradient descent by e-prop with random feedback and
//! a regularised rate.

use crate::numpy::RandomState;
use kernels::{
    Level,
    network::{Delays, Edges, Network, Population, Projection, Weights, bptt::*, online::*},
};
use std::f64::consts::TAU;

const N: usize = 100;
const STEPS: usize = 1000;
/// Loss before each step of gradient descent, as an independent implementation computed it from the task alone.
const LOSSES: [f64; 5] = [101.964356999041, 103.466731126206, 103.340607074772, 103.680244037687, 104.412775748753];

struct Task {
    /// Weights, `[pre, post]`; the recurrent ones have no diagonal.
    weights: [Vec<f64>; 3],
    feedback: Vec<f64>,
    spikes: Raster,
    target: Vec<f64>,
}

impl Task {
    fn new() -> Self {
        let mut random = RandomState::seed(1);
        let mut normals = |count: usize| -> Vec<f64> {
            (0..count).map(|_| f64::from((random.normal() / (N as f64).sqrt()) as f32)).collect()
        };
        let (input, recurrent, output, feedback) = (normals(N * N), normals(N * N), normals(N), normals(N));
        let off = |(k, _): &(usize, f64)| k / N != k % N;
        let recurrent = recurrent.into_iter().enumerate().filter(off).map(|x| x.1).collect();
        let mut spikes = Raster { starts: vec![0], neurons: vec![] };
        for t in 0..STEPS {
            let fired: Vec<u32> = (0..N as u32).filter(|_| random.uniform() < 0.05).collect();
            // The first step has no spikes; the others are one step earlier, since a spike takes a step to arrive.
            if t > 0 {
                spikes.neurons.extend(fired);
                spikes.starts.push(spikes.neurons.len());
            }
        }
        spikes.starts.push(spikes.neurons.len());
        let mut between =
            |low: f64, high: f64| -> Vec<f64> { (0..4).map(|_| low + (high - low) * random.uniform()).collect() };
        let (size, phase) = (between(0.5, 2.0), between(0.0, TAU));
        let mut target = vec![0.0; STEPS];
        for ((size, phase), period) in size.iter().zip(&phase).zip([1000, 500, 333, 200]) {
            // The run has whole periods, the last of which ends with the last step.
            let speed = TAU * (STEPS / period) as f64 / (STEPS - 1) as f64;
            target.iter_mut().enumerate().for_each(|(t, to)| *to += size * (phase + speed * t as f64).sin());
        }
        let first = target[0];
        target.iter_mut().for_each(|x| *x -= first);
        let largest = target.iter().fold(1e-6, |m: f64, x| m.max(x.abs()));
        target.iter_mut().for_each(|x| *x /= largest);
        Task { weights: [input, recurrent, output], feedback, spikes, target }
    }
}

impl LossFunction<f64> for Task {
    fn loss(&self, _: usize, t: usize, readout: &[f64], bar: &mut [f64]) -> f64 {
        bar[0] = readout[0] - self.target[t];
        0.5 * bar[0] * bar[0]
    }
}

fn circuit() -> Circuit {
    let population = |name: &str, neurons| Population::new(name, neurons, kernels::find(name));
    let mut others = Edges::dense(N, N, Delays::Uniform(1));
    others.targets = (0..N * N).filter(|k| k / N != k % N).map(|k| (k % N) as u32).collect();
    others.starts = (0..=N).map(|r| (r * (N - 1)) as u64).collect();
    others.weights = Weights::Uniform(0.0);
    let projection = |name: &str, pre, post, edges| Projection::new(name, pre, post, 0, edges);
    Circuit::new(Network::new(
        1.0,
        vec![population("sources", N), population("eprop-iaf", N), population("leaky-readout", 1)],
        vec![
            projection("in", 0, 1, Edges::dense(N, N, Delays::Uniform(1))),
            projection("recurrent", 1, 1, others),
            projection("out", 1, 2, Edges::dense(N, 1, Delays::Uniform(0))),
        ],
    ))
    .unwrap()
}

/// Returns the losses of the steps; the regulariser of the rate is multiplied by `regular`.
fn losses(mut task: Task, horizon: Horizon, regular: f64, random: bool) -> Vec<f64> {
    let circuit = circuit();
    let kappa = (-1.0f64 / 30.0).exp();
    let params: Vec<f64> = [30.0, 0.03].iter().flat_map(|&x| vec![x; N]).chain([30.0]).collect();
    (0..5)
        .map(|_| {
            // The input of the readout is the weight times the leak, 1 - kappa.
            let share = |x: &Vec<f64>| x.iter().map(|w| (1.0 - kappa) * w).collect::<Vec<_>>();
            let out = share(&task.weights[2]);
            let weights = [&task.weights[0][..], &task.weights[1], &out].concat();
            let feedback = if random { share(&task.feedback) } else { out.clone() };
            let run = RunInputs {
                steps: STEPS,
                batch: 1,
                start: &vec![0.0; N + 1],
                params: &params,
                weights: &weights,
                drive: &[],
                drives: &vec![Drive::default(); 3],
                spikes: &[task.spikes.clone(), Raster::default(), Raster::default()],
                record: &[vec![], vec![], vec![]],
                feedback: &[],
                level: Level::best(),
            };
            let (mut by, mut counts) = (vec![0.0; weights.len()], vec![0.0; weights.len()]);
            let rule = EProp { feedback };
            let learning = Learning { horizon, ..Learning::by(&rule) };
            let learned = Learned { weights: &mut by, counts: &mut counts };
            let summary = online(&circuit, &run, &learning, &task, learned).unwrap();
            // The regulariser draws the rate of each cell towards one spike in 100 steps.
            let steps = STEPS as f64;
            let pull = |n: usize| regular * 300.0 * (summary.spikes[1][n] as f64 / steps - 0.01) / steps;
            let mut at = 0;
            for (k, weights) in task.weights.iter_mut().enumerate() {
                let (targets, count) = (&circuit_targets(k), weights.len());
                for (e, w) in weights.iter_mut().enumerate() {
                    *w -= 1e-4
                        * match k {
                            2 => (1.0 - kappa) * by[at + e],
                            _ => by[at + e] + pull(targets[e]) * counts[at + e],
                        };
                }
                at += count;
            }
            summary.loss
        })
        .collect()
}

/// Returns the postsynaptic cell of each synapse of a projection onto cells.
fn circuit_targets(projection: usize) -> Vec<usize> {
    (0..N * N).filter(|k| projection == 0 || k / N != k % N).map(|k| k % N).collect()
}

#[test]
fn losses_match_the_reference_task() {
    let found = losses(Task::new(), Horizon::Readout, 1.0, true);
    for (found, want) in found.iter().zip(LOSSES) {
        assert!((found - want).abs() < 1e-9, "{found} {want}");
    }
    // The losses differ without any one part of the task.
    for (horizon, regular, random) in
        [(Horizon::Step, 1.0, true), (Horizon::Readout, 0.0, true), (Horizon::Readout, 1.0, false)]
    {
        let wrong = losses(Task::new(), horizon, regular, random);
        assert!((wrong[0] - LOSSES[0]).abs() < 1e-9);
        assert!(wrong[1..].iter().zip(&LOSSES[1..]).any(|(a, b)| (a - b).abs() > 1e-4), "{wrong:?}");
    }
}
