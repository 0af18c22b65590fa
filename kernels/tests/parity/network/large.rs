//! This module sets up a network of more neurons than a block has threads, with several synapses between the same
//! neurons.

use super::{
    reference::step,
    setup::{Setup, noise},
};
use kernels::{
    Spread,
    network::{Delays, Edges, Network, Population, Projection, Weights, bptt::*},
};

const NEURONS: [usize; 3] = [600, 530, 37];

/// Makes `each` synapses from each neuron; every third one has the target of the one before.
fn edges(pre: usize, post: usize, each: usize, delays: Option<u16>) -> Edges {
    let (mut starts, mut targets) = (vec![0], vec![]);
    for r in 0..pre {
        let mut row: Vec<u32> =
            (0..each).map(|k| k - usize::from(k % 3 == 2)).map(|k| ((r * 31 + k * k * 7) % post) as u32).collect();
        row.sort();
        targets.append(&mut row);
        starts.push(targets.len() as u64);
    }
    let delays = delays
        .map_or_else(|| Delays::Each((0..targets.len()).map(|k| 1 + (k * 5 % 9) as u16).collect()), Delays::Uniform);
    Edges { starts, targets, weights: Weights::Uniform(0.0), delays }
}

/// Makes rows of consecutive targets, which differ between neurons.
fn bands(pre: usize, width: usize) -> Edges {
    let starts = (0..=pre).map(|r| (r * width) as u64).collect();
    let targets = (0..pre).flat_map(|r| (0..width).map(move |k| (r * 3 + k) as u32)).collect();
    Edges { starts, targets, weights: Weights::Uniform(0.0), delays: Delays::Uniform(2) }
}

pub fn setup() -> Setup {
    let cells = [None, kernels::find("glif3-cond-exp"), kernels::find("lif-psc-exp")];
    let (steps, batch) = (17, 1);
    let population = |g: usize| Population::new(format!("{g}"), NEURONS[g], cells[g]);
    let input = |g: usize, name: &str| cells[g].unwrap().input(name).unwrap();
    let plan = [
        (0, 0, 1, "exc_w", edges(600, 530, 40, Some(1)), 6.0),
        (1, 3, 1, "exc_w", edges(500, 530, 20, None), 2.0),
        (1, 430, 1, "inh_w", edges(100, 530, 40, Some(2)), 2.0),
        (1, 0, 2, "exc_w", Edges::dense(530, 37, Delays::Uniform(1)), 9.0),
        (2, 0, 1, "exc_w", Edges::dense(37, 530, Delays::Uniform(3)), 2.0),
        (1, 100, 1, "inh_w", bands(70, 300), 0.5),
    ];
    let (mut weights, mut projections) = (vec![], vec![]);
    for (k, (pre, first, post, name, edges, size)) in plan.into_iter().enumerate() {
        weights.extend(noise(20 + k, edges.targets.len()).iter().map(|x| size * x.abs()));
        let (name, input) = (format!("{k}"), input(post, name));
        projections.push(Projection { first, ..Projection::new(name, pre, post, input, edges) });
    }
    let circuit = Circuit::new(Network::new(1.0, (0..3).map(population).collect(), projections)).unwrap();
    let (mut start, mut params, mut drive, mut drives) = (vec![], vec![], vec![], vec![Drive::default()]);
    for (g, cell) in cells.iter().enumerate().filter_map(|(g, c)| c.map(|c| (g, c))) {
        for (k, f) in cell.state.iter().enumerate() {
            let size = if f.unit == "mV" { 0.1 * f.default.abs() } else { 0.0 };
            start.extend(noise(40 + 7 * g + k, batch * NEURONS[g]).iter().map(|x| f.default + size * x));
        }
        for (k, f) in cell.param.iter().enumerate() {
            let size = if f.name == "t_ref" { 0.0 } else { 0.05 * f.default.abs() };
            params.extend(noise(60 + 9 * g + k, NEURONS[g]).iter().map(|x| f.default + size * x));
        }
        let (spread, count) =
            if g == 1 { (Spread::Batch, steps * batch) } else { (Spread::Neuron, steps * batch * 37) };
        drive.extend(noise(80 + g, count).iter().map(|x| 300.0 + 300.0 * x));
        drives.push(Drive { inputs: vec![input(g, "i")], spread: Some(spread) });
    }
    let mut raster = Raster { starts: vec![0], neurons: vec![] };
    for k in 0..steps * batch {
        raster.neurons.extend((0..600u32).filter(|n| (k * 600 + *n as usize) * 7919 % 101 < 2));
        raster.starts.push(raster.neurons.len());
    }
    let each = |output: usize| Record::each(output, 0..steps);
    let spike = |g: usize| cells[g].unwrap().state.len();
    let (record, spikes) = (
        vec![vec![], vec![each(0), each(spike(1))], vec![each(spike(2)), each(0)]],
        vec![raster, Raster::default(), Raster::default()],
    );
    let equations = cells.iter().map(|c| c.map(|c| step(c.name))).collect();
    let (neurons, synapses) = (NEURONS.to_vec(), vec![]);
    Setup {
        steps,
        batch,
        neurons,
        equations,
        circuit,
        synapses,
        start,
        params,
        weights,
        drive,
        drives,
        spikes,
        record,
        cut: vec![],
        by_params: true,
    }
}
