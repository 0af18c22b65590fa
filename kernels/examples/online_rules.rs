//! Time of the rules that learn online: 160 excitatory and 40 inhibitory neurons, dense, conductances, 100 sources, two
//! readouts, batch 32.
//!
//! `cargo run --release -p kernels --example online_rules -- [steps] [threads] [steps with a loss] [block] [0 or 1: one rule]`

use kernels::{
    Cell, Level,
    network::{Delays, Edges, Network, Population, Projection, bptt::*, online::*},
    random::Uniforms,
};
use std::time::Instant;

struct Distance {
    from: usize,
}

impl LossFunction<f32> for Distance {
    fn loss(&self, b: usize, t: usize, readout: &[f32], gradient: &mut [f32]) -> f64 {
        if t < self.from {
            return 0.0;
        }
        let away = |(k, r): (usize, &f32)| r - if k == b % 2 { 1.0 } else { 0.0 };
        gradient.iter_mut().zip(readout.iter().enumerate().map(away)).for_each(|(g, x)| *g = x);
        gradient.iter().map(|&x| 0.5 * f64::from(x * x)).sum()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |k: usize, default| std::env::args().nth(k).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (steps, threads, batch, n) = (argument(1, 1000), argument(2, 2), 32, 200);
    let (seen, block) = (argument(3, steps), argument(4, BLOCK));
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let (neuron, readout) =
        (kernels::find("gif-network").expect("compiled"), kernels::find("leaky-readout").expect("compiled"));
    let input = |name: &str| neuron.input(name).expect("an input");
    let projection = |name: &str, pre, first, post, input, edges| Projection {
        first,
        ..Projection::new(name, pre, post, input, edges)
    };
    let delay = Delays::Uniform;
    let circuit = Circuit::new(Network::new(
        1.0,
        vec![
            Population::sources("in", 100),
            Population::cells("cells", n, neuron),
            Population::cells("out", 2, readout),
        ],
        vec![
            projection("in", 0, 0, 1, input("exc_w"), Edges::dense(100, n, delay(1))),
            projection("exc", 1, 0, 1, input("exc_w"), Edges::dense(160, n, delay(1))),
            projection("inh", 1, 160, 1, input("inh_w"), Edges::dense(40, n, delay(1))),
            projection("out", 1, 0, 2, 0, Edges::dense(n, 2, delay(0))),
        ],
    ))?;
    let mut u = Uniforms::new(1, 0);
    let mut next = || u.next().unwrap_or(0.5);
    let ends = [100 * n, 260 * n, 300 * n];
    let scale =
        |k: usize| [2.0 * 0.0824 * 2.0, 2.0 * 0.0459, 2.0 * 0.1823, 0.16][ends.iter().filter(|&&e| k >= e).count()];
    let weights: Vec<f32> = (0..circuit.synapses()).map(|k| scale(k) as f32 * next() as f32).collect();
    let mut raster = Raster { starts: vec![0], neurons: vec![] };
    for _ in 0..steps * batch {
        raster.neurons.extend((0..100).filter(|_| next() < 0.02));
        raster.starts.push(raster.neurons.len());
    }
    let defaults =
        |cell: &Cell, n: usize| -> Vec<f32> { cell.param.iter().flat_map(|f| vec![f.default as f32; n]).collect() };
    let params = [defaults(neuron, n), defaults(readout, 2)].concat();
    let start = vec![0.0f32; batch * (neuron.state.len() * n + 2)];
    let run = RunInputs {
        steps,
        batch,
        start: &start,
        params: &params,
        weights: &weights,
        drive: &[],
        drives: &[Drive::default(), Drive::default(), Drive::default()],
        spikes: &[raster, Raster::default(), Raster::default()],
        record: &[vec![], vec![], vec![]],
        feedback: &[],
        level: Level::best(),
    };
    let loss = Distance { from: steps.saturating_sub(seen) };
    let es = EsDRtrl { alpha: 0.98, correction: Correction::Usual };
    let which: usize = argument(5, 2);
    let rules = [("D-RTRL", &DRtrl as &dyn OnlineRule), ("ES-D-RTRL", &es)];
    for (name, rule) in rules.into_iter().enumerate().filter(|(k, _)| which == 2 || which == *k).map(|x| x.1) {
        let mut gradient = vec![0.0; weights.len()];
        for _ in 0..3 {
            let begin = Instant::now();
            let learned = Learned { weights: &mut gradient, counts: &mut [] };
            let summary = online(&circuit, &run, &Learning { block, ..Learning::by(rule) }, &loss, learned)?;
            let spikes: u64 = summary.spikes[1].iter().sum();
            println!(
                "{name}: {:.1} ms, {:.1} Hz, loss {:.4}, a thread's traces {:.3} MB of {:.2} MB",
                1e3 * begin.elapsed().as_secs_f64(),
                1e3 * spikes as f64 / (steps * batch * n) as f64,
                summary.loss / (batch * seen.max(1)) as f64,
                summary.trace_bytes as f64 / 1e6,
                summary.bytes as f64 / 1e6
            );
        }
    }
    Ok(())
}
