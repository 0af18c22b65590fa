//! Time of a run and its gradients: the network of Wang et al. (2024), "A Differentiable Approach to Multi-scale Brain
//! Modeling", at its initial weights: 100 sources, excitatory and inhibitory neurons 4 to 1 with conductances, a readout
//! of two; batch 32, steps of 1 ms, the loss in the last 150.
//!
//! `cargo run --release -p kernels --example train_network -- [steps] [threads] [neurons] [connected share] [repeats]`

use kernels::{
    Level,
    network::{Delays, Edges, Network, Population, Projection, Weights, bptt::*},
    random::Uniforms,
};
use std::time::Instant;

fn main() -> Result<(), Failure> {
    let argument = |k: usize, default| std::env::args().nth(k).and_then(|a| a.parse().ok()).unwrap_or(default);
    let [steps, threads, n] = [(1, 2200.0), (2, 1.0), (3, 200.0)].map(|(k, d)| argument(k, d) as usize);
    let (share, repeats, batch) = (argument(4, 1.0), argument(5, 5.0) as usize, 32);
    if let Err(e) = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global() {
        eprintln!("{e}");
    }
    let (neuron, readout) = (kernels::find("gif-network"), kernels::find("leaky-readout"));
    let sizes = [100, n * 4 / 5, n / 5, 2];
    let cells = [None, neuron, neuron, readout];
    let names = ["in", "exc", "inh", "out"];
    let populations = (0..4).map(|k| Population::new(names[k], sizes[k], cells[k])).collect();
    let mut u = Uniforms::new(1, 0);
    let mut next = || u.next().unwrap_or(0.5);
    let (mut projections, mut weights) = (vec![], vec![]);
    // Truncated normal, of standard deviation sqrt(scale / fan-in) before it is truncated at two of them.
    let mut normal = |scale: f64| {
        loop {
            let z = (-2.0 * next().ln()).sqrt() * (std::f64::consts::TAU * next()).cos();
            if z.abs() <= 2.0 {
                return z * scale.sqrt() / 0.8796;
            }
        }
    };
    for (pre, post, input, scale, delay) in [
        (0, 1, "exc_w", 1.0, 0),
        (0, 2, "exc_w", 1.0, 0),
        (1, 1, "exc_w", 0.5, 1),
        (1, 2, "exc_w", 0.5, 1),
        (2, 1, "inh_w", 2.0, 1),
        (2, 2, "inh_w", 2.0, 1),
        (1, 3, "w", 2.0 * sizes[1] as f64 / n as f64, 0),
        (2, 3, "w", 2.0 * sizes[2] as f64 / n as f64, 0),
    ] {
        let delays = Delays::Uniform(delay);
        let share = if pre == 0 || post == 3 { 1.0 } else { share };
        let edges = match share < 1.0 {
            true => {
                Edges::bernoulli(sizes[pre], sizes[post], share, weights.len() as u64, Weights::Uniform(0.0), delays)?
            }
            false => Edges::dense(sizes[pre], sizes[post], delays),
        };
        let dale = |w: f64| if post == 3 { w } else { w.abs() };
        weights.extend(edges.targets.iter().map(|_| dale(normal(scale / (share * sizes[pre] as f64))) as f32));
        let input = cells[post].and_then(|c| c.input(input)).expect("an input");
        let name = format!("{} to {}", names[pre], names[post]);
        projections.push(Projection::new(name, pre, post, input, edges));
    }
    let circuit = Circuit::new(Network::new(1.0, populations, projections))?;
    let mut raster = Raster { starts: vec![0], neurons: vec![] };
    let recall = steps.saturating_sub(150);
    let mut u = Uniforms::new(2, 0);
    for k in 0..steps * batch {
        // Seven cues of 100 ms left or right, a delay, the recall; and noise.
        let (t, b) = (k / batch, k % batch);
        let side = usize::from((t / 150 * 5 + b * 3) % 7 < 3);
        let cued = (t < 1050.min(recall) && t % 150 >= 50).then_some(side).or((t >= recall).then_some(2));
        let rate = |i: usize| if i >= 75 { 0.01 } else { [0.0, 0.04][usize::from(cued == Some(i / 25))] };
        raster.neurons.extend((0..100u32).filter(|&i| u.next().unwrap_or(1.0) < rate(i as usize)));
        raster.starts.push(raster.neurons.len());
    }
    let defaults = |g: usize| {
        let fields = cells[g].map_or(&[][..], |c| c.param);
        fields.iter().flat_map(move |f| vec![f.default as f32; sizes[g]])
    };
    let params: Vec<f32> = (0..4).flat_map(defaults).collect();
    let start = vec![0.0f32; (neuron.map_or(0, |c| c.state.len()) * n + 2) * batch];
    let none = || Raster::default();
    let run = RunInputs {
        steps,
        batch,
        start: &start,
        params: &params,
        weights: &weights,
        drive: &[],
        drives: &[const { Drive { inputs: vec![], spread: None } }; 4],
        spikes: &[raster, none(), none(), none()],
        record: &[vec![], vec![], vec![], vec![Record::each(0, recall..steps)]],
        feedback: &[],
        level: Level::best(),
    };
    let mut rows = vec![0.0f32; run.rows(&circuit)];
    let bars: Vec<f32> = (0..rows.len()).map(|k| (k as f32).sin() / 4800.0).collect();
    let mut by_weights = vec![0.0; weights.len()];
    for _ in 0..repeats {
        let begin = Instant::now();
        let history = forward(&circuit, &run, &mut rows)?;
        let middle = Instant::now();
        let out = Gradients { start: &mut [], params: &mut [], weights: &mut by_weights, drive: &mut [] };
        let support = backward(&circuit, &run, &history, &bars, out)?;
        let end = Instant::now();
        let each = (steps * batch * n) as f64;
        let size = by_weights.iter().map(|x| f64::from(x * x)).sum::<f64>().sqrt();
        println!(
            "forward {:.1} ms, backward {:.1} ms, {:.2} Hz, {:.1} % in support, gradient {size:.6e}, kept {:.1} MB",
            1e3 * (middle - begin).as_secs_f64(),
            1e3 * (end - middle).as_secs_f64(),
            1e3 * (history.spikes(1) + history.spikes(2)) as f64 / each,
            100.0 * support as f64 / each,
            history.bytes() as f64 / 1e6
        );
    }
    Ok(())
}
