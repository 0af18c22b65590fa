//! This module turns the edges of a file into compressed rows.

use crate::network::{Delays, Edges, NetworkError, Projection, Sign, delay_steps};
use kernels::network::Weights;

/// A synapse is an edge between neurons of two populations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Synapse {
    pub pre: u32,
    pub post: u32,
    pub magnitude: f32,
    pub delay_ms: f64,
}

/// Makes a projection of edges in any order. Edges between the same two neurons keep their order.
pub(crate) fn projection(
    name: String,
    (source, target): (usize, usize),
    sign: Sign,
    rows: u32,
    mut edges: Vec<Synapse>,
    dt_ms: f64,
) -> Result<Projection, NetworkError> {
    edges.sort_by_key(|e| (e.pre, e.post));
    let mut offsets = vec![0u64; rows as usize + 1];
    edges.iter().for_each(|e| offsets[e.pre as usize + 1] += 1);
    (1..offsets.len()).for_each(|i| offsets[i] += offsets[i - 1]);
    let steps = edges.iter().map(|e| delay_steps(e.delay_ms, dt_ms)).collect::<Result<Vec<_>, _>>()?;
    let delays = match steps.first() {
        Some(first) if steps.iter().any(|d| d != first) => Delays::Each(steps),
        first => Delays::Uniform(first.copied().unwrap_or(1)),
    };
    Ok(Projection {
        name,
        pre: source,
        post: target,
        sign,
        edges: Edges {
            starts: offsets,
            targets: edges.iter().map(|e| e.post).collect(),
            weights: Weights::Each(edges.iter().map(|e| e.magnitude).collect()),
            delays,
        },
        ..Projection::default()
    })
}
