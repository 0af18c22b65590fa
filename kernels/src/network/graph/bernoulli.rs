//! This module draws random synapses.

use super::{Delays, Edges, InvalidNetwork, Weights};
use crate::random::{Uniforms, successes};
use rayon::prelude::*;

/// Number of rows that one task draws.
const CHUNK: usize = 256;

impl Edges {
    /// Connects each of `pre` neurons to each of `post` neurons independently with probability `p`; a neuron may
    /// connect to itself. Row `r` uses the random stream `(key, r)` and skips from synapse to synapse by geometric
    /// gaps, so that the time is proportional to the number of synapses and the result does not depend on the number of
    /// threads.
    pub fn bernoulli(
        pre: usize,
        post: usize,
        p: f64,
        key: u64,
        weights: Weights,
        delays: Delays,
    ) -> Result<Self, InvalidNetwork> {
        if !(0.0..=1.0).contains(&p) || post > u32::MAX as usize {
            return Err(InvalidNetwork::new("edges", format!("probability {p} and {post} targets")));
        }
        let chunk = |c: usize| {
            let rows = c * CHUNK..((c + 1) * CHUNK).min(pre);
            let expected = (rows.len() * post) as f64 * p;
            let mut targets = Vec::with_capacity((expected + 5.0 * expected.sqrt()) as usize + 16);
            let mut ends = Vec::with_capacity(rows.len());
            for row in rows {
                targets.extend(successes(post as u64, p, Uniforms::new(key, row as u64)).map(|target| target as u32));
                ends.push(targets.len() as u64);
            }
            (targets, ends)
        };
        let chunks: Vec<_> = (0..pre.div_ceil(CHUNK)).into_par_iter().map(chunk).collect();
        let total: usize = chunks.iter().map(|(t, _)| t.len()).sum();
        let mut targets = Vec::new();
        targets
            .try_reserve_exact(total)
            .map_err(|_| InvalidNetwork::new("edges", format!("no memory for {total} synapses")))?;
        let mut starts = Vec::with_capacity(pre + 1);
        starts.push(0);
        for (row, ends) in chunks {
            let before = targets.len() as u64;
            starts.extend(ends.into_iter().map(|e| before + e));
            targets.extend_from_slice(&row);
        }
        Ok(Edges { starts, targets, weights, delays })
    }
}
