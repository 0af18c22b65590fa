//! Time of a run and its gradients: 160 excitatory and 40 inhibitory neurons, dense, conductances, 100 sources, batch 32.
//!
//! `cargo run --release -p kernels --example train_network -- [steps] [threads]`

use kernels::{
    Level,
    network::{Delays, Edges, Projection, differentiable::*},
    random::Uniforms,
};
use std::time::Instant;

fn main() -> Result<(), Failure> {
    let argument = |k: usize, default| std::env::args().nth(k).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (steps, threads, batch, n) = (argument(1, 1000), argument(2, 1), 32, 200);
    if let Err(e) = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global() {
        eprintln!("{e}");
    }
    let cell = trained("gif-network").expect("compiled");
    let input = |name: &str| cell.cell.input(name).expect("an input");
    let projection = |name: &str, pre, first, input, edges| Projection {
        name: name.into(),
        pre,
        first,
        post: 1,
        input,
        edges,
        plasticity: None,
    };
    let one = || Delays::Uniform(1);
    let circuit = Circuit::new(
        1.0,
        vec![
            Group { name: "in".into(), neurons: 100, cell: None },
            Group { name: "cells".into(), neurons: n, cell: Some(cell) },
        ],
        vec![
            projection("in", 0, 0, input("exc_w"), Edges::dense(100, n, one())),
            projection("exc", 1, 0, input("exc_w"), Edges::dense(160, n, one())),
            projection("inh", 1, 160, input("inh_w"), Edges::dense(40, n, one())),
        ],
    )?;
    let mut u = Uniforms::new(1, 0);
    let mut next = || u.next().unwrap_or(0.5);
    let scale = |k: usize| [2.0 * 0.0824 * 2.0, 2.0 * 0.0459, 2.0 * 0.1823][k] as f32;
    let weights: Vec<f32> = (0..circuit.synapses())
        .map(|k| scale(usize::from(k >= 100 * n) + usize::from(k >= 260 * n)) * next() as f32)
        .collect();
    let mut raster = Raster { starts: vec![0], neurons: vec![] };
    for _ in 0..steps * batch {
        raster.neurons.extend((0..100).filter(|_| next() < 0.02));
        raster.starts.push(raster.neurons.len());
    }
    let params: Vec<f32> = cell.cell.param.iter().flat_map(|f| vec![f.default as f32; n]).collect();
    let start = vec![0.0f32; cell.cell.state.len() * batch * n];
    let episode = Episode {
        steps,
        batch,
        start: &start,
        params: &params,
        weights: &weights,
        drive: &[],
        drives: &[Drive::default(), Drive::default()],
        spikes: &[raster, Raster::default()],
        record: &[vec![], vec![Record::each(cell.cell.state.len(), 0..steps)]],
        feedback: &[],
        level: Level::best(),
    };
    let mut rows = vec![0.0f32; episode.rows(&circuit)];
    let bars: Vec<f32> = (0..rows.len()).map(|k| (k as f32).sin()).collect();
    let (mut by_weights, mut by_params) = (vec![0.0; weights.len()], vec![0.0; params.len()]);
    for _ in 0..5 {
        let begin = Instant::now();
        let history = forward(&circuit, &episode, &mut rows)?;
        let middle = Instant::now();
        let out = Gradients { start: &mut [], params: &mut by_params, weights: &mut by_weights, drive: &mut [] };
        backward(&circuit, &episode, &history, &bars, out)?;
        let rate = 1e3 * history.spikes(1) as f64 / (steps * batch * n) as f64;
        println!(
            "forward {:.1} ms, backward {:.1} ms, {rate:.1} Hz, kept {:.1} MB",
            1e3 * (middle - begin).as_secs_f64(),
            1e3 * middle.elapsed().as_secs_f64(),
            history.bytes() as f64 / 1e6
        );
    }
    Ok(())
}
