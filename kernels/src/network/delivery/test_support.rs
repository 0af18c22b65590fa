//! This module makes small networks and numbers for tests, and computes by plain loops what the fast ones must give.

use super::{
    batch_tile::BATCH_TILE,
    connectivity::Connectivity,
    placed_projection::{PlacedProjection, Placement},
};
use crate::{
    Precision,
    memory::LINE,
    network::{Delays, Edges, Projection, ReceptorTarget, Weights},
};

/// Number of inputs of each neuron in these networks.
const INPUTS: usize = 3;

/// Returns irregular numbers between -1 and 1.
pub(super) fn noise<F: Precision>(seed: usize, count: usize) -> Vec<F> {
    (0..count).map(|k| F::of(((3 + seed) as f64 * 5.17 + 12.9898 * k as f64).sin())).collect()
}

/// Returns [`noise`] in which all numbers below 0.75 are replaced by zero.
pub(super) fn sparse_noise<F: Precision>(seed: usize, count: usize) -> Vec<F> {
    noise(seed, count).into_iter().map(|x: F| if x.to() < 0.75 { F::default() } else { x }).collect()
}

/// Makes a projection from neurons `first..` of group `pre` to an input of group `post`.
pub(super) fn projection(pre: usize, first: usize, post: usize, input: usize, edges: Edges) -> Projection {
    Projection { first, ..Projection::new(format!("{pre} to {post}"), pre, post, input, edges) }
}

/// Places projections between groups of `neurons`, each of which has [`INPUTS`] inputs.
pub(super) fn connectivity(neurons: &[usize], projections: Vec<Projection>) -> Connectivity {
    let stride = |g: usize| neurons[g].next_multiple_of(LINE);
    let column = |g: usize| (0..g).map(|g| INPUTS * stride(g)).sum::<usize>();
    let mut weights = 0;
    let mut placed = vec![];
    for p in projections {
        let ReceptorTarget::Input { input, .. } = p.receptor else { unreachable!("it names its input") };
        let (sources, targets) = (neurons[p.pre], neurons[p.post]);
        let place = Placement { input, sources, targets, column: column(p.post) + input * stride(p.post), weights };
        let p = PlacedProjection::new(p, place);
        weights += p.synapses;
        placed.push(p);
    }
    Connectivity::new(placed, neurons.to_vec(), column(neurons.len()))
}

/// Connects each of `pre` neurons to each of `post` neurons with probability `p`.
pub(super) fn random(pre: usize, post: usize, p: f64, delays: Delays) -> Edges {
    Edges::bernoulli(pre, post, p, 5, Weights::Uniform(0.0), delays).unwrap()
}

/// Splits the weights of all projections into those of each.
pub(super) fn by_projection<'a, F>(connectivity: &Connectivity, weights: &'a [F]) -> Vec<Option<&'a [F]>> {
    connectivity.projections.iter().map(|p| Some(&weights[p.weights..][..p.synapses])).collect()
}

/// Computes the gradient w.r.t. the spike of neuron `n` in the step of row `now`, synapse by synapse. `by` gives the
/// gradient w.r.t. an input by its index in the rows.
pub(super) fn spike_gradient<F: Precision>(
    connectivity: &Connectivity,
    weights: &[F],
    n: usize,
    now: usize,
    by: impl Fn(usize) -> f64,
) -> f64 {
    let mut sum = 0.0;
    for p in &connectivity.projections {
        let Some(row) = p.row_of(n) else { continue };
        for k in p.edges.row(row) {
            let delay = match &p.edges.delays {
                Delays::Uniform(d) => *d,
                Delays::Each(d) => d[k],
            };
            let at = (now + delay as usize) * connectivity.input_row + p.column + p.edges.targets[k] as usize;
            sum += weights[p.weights + k].to() * by(at);
        }
    }
    sum
}

/// Returns the elements that share a pass with `element`: all elements of a full tile, or the element alone.
pub(super) fn tile_of(element: usize, elements: usize) -> std::ops::Range<usize> {
    if elements == BATCH_TILE { 0..BATCH_TILE } else { element..element + 1 }
}
