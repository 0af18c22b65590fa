//! Synapses, by presynaptic neuron.

use super::Invalid;
use crate::{
    Precision,
    random::{Uniforms, successes},
};
use rayon::prelude::*;

/// Weights in the unit of the input that they arrive at.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights<F> {
    /// One for all: no memory.
    Uniform(F),
    /// `[synapse]`
    Each(Vec<F>),
}

/// Time from a spike to its effect, in steps; the shortest is one.
#[derive(Clone, Debug, PartialEq)]
pub enum Delays {
    /// One for all: no memory.
    Uniform(u16),
    /// `[synapse]`
    Each(Vec<u16>),
}

/// The synapses of a projection: compressed rows by presynaptic neuron, targets in ascending order.
///
/// With single weights a synapse takes 8 bytes, 4 where all weights are equal, 2 more with delays of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Edges<F> {
    /// Where each presynaptic neuron's row starts, and the end: `[presynaptic + 1]`.
    pub starts: Vec<u64>,
    /// Postsynaptic neurons, `[synapse]`.
    pub targets: Vec<u32>,
    /// Weights.
    pub weights: Weights<F>,
    /// Delays.
    pub delays: Delays,
}

/// Rows that are drawn by one task.
const CHUNK: usize = 256;

impl<F: Precision> Edges<F> {
    /// Synapses from each of `pre` neurons to each of `post` with probability `p`, drawn independently; a neuron may
    /// contact itself. Row `r` uses the stream `(key, r)` and skips from synapse to synapse by geometric numbers, so
    /// it takes time in proportion to the synapses and does not depend on the number of threads.
    pub fn bernoulli(
        pre: usize,
        post: usize,
        p: f64,
        key: u64,
        weights: Weights<F>,
        delays: Delays,
    ) -> Result<Self, Invalid> {
        if !(0.0..=1.0).contains(&p) || post > u32::MAX as usize {
            return Err(Invalid::new("edges", format!("probability {p} and {post} targets")));
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
            .map_err(|_| Invalid::new("edges", format!("no memory for {total} synapses")))?;
        let mut starts = Vec::with_capacity(pre + 1);
        starts.push(0);
        for (row, ends) in chunks {
            let before = targets.len() as u64;
            starts.extend(ends.into_iter().map(|e| before + e));
            targets.extend_from_slice(&row);
        }
        Ok(Edges { starts, targets, weights, delays })
    }

    /// Number of presynaptic neurons.
    pub fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Shortest and longest delay, steps.
    pub fn delay_range(&self) -> (u16, u16) {
        match &self.delays {
            Delays::Uniform(d) => (*d, *d),
            Delays::Each(d) => {
                let range = (d.par_iter().min(), d.par_iter().max());
                (*range.0.unwrap_or(&1), *range.1.unwrap_or(&1))
            }
        }
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        let weights = if let Weights::Each(w) = &self.weights { w.len() * size_of::<F>() } else { 0 };
        let delays = if let Delays::Each(d) = &self.delays { d.len() * 2 } else { 0 };
        self.starts.len() * 8 + self.targets.len() * 4 + weights + delays
    }

    /// What is wrong, if anything, where delays are `shortest` or longer.
    pub(super) fn check(&self, part: &str, post: usize, shortest: u16) -> Result<(), Invalid> {
        let count = self.targets.len();
        let wrong = |what: String| Err(Invalid::new(part, what));
        if self.starts.first() != Some(&0) || self.starts.last() != Some(&(count as u64)) {
            return wrong(format!(
                "row starts from {:?} to {:?}, not 0 to {count}",
                self.starts.first(),
                self.starts.last()
            ));
        }
        if let Weights::Each(w) = &self.weights
            && w.len() != count
        {
            return wrong(format!("{} weights for {count} synapses", w.len()));
        }
        if let Delays::Each(d) = &self.delays
            && d.len() != count
        {
            return wrong(format!("{} delays for {count} synapses", d.len()));
        }
        let weights = match &self.weights {
            Weights::Uniform(w) => std::slice::from_ref(w),
            Weights::Each(w) => w,
        };
        if let Some(k) = weights.par_iter().position_first(|w| !w.to().is_finite()) {
            return wrong(format!("weight {k} is not a number: {}", weights[k].to()));
        }
        let delay = self.delay_range().0;
        if delay < shortest {
            return wrong(format!("a delay of {delay} steps; the shortest is {shortest}"));
        }
        let bad = (0..self.rows()).into_par_iter().find_map_first(|row| {
            let (from, to) = (self.starts[row], self.starts[row + 1]);
            if from > to || to > count as u64 {
                return Some(format!("row {row} from {from} to {to}"));
            }
            let targets = &self.targets[from as usize..to as usize];
            match targets.iter().find(|&&t| t as usize >= post) {
                Some(t) => Some(format!("row {row}: target {t} of {post} neurons")),
                None => (!targets.is_sorted()).then(|| format!("row {row}: targets are not in ascending order")),
            }
        });
        bad.map_or(Ok(()), wrong)
    }

    /// Where the row of each presynaptic neuron passes from one thread's targets to the next one's, after its start:
    /// `[presynaptic, thread - 1]`.
    pub(super) fn splits(&self, firsts: &[usize]) -> Vec<u32> {
        let between = &firsts[1..];
        let row = |r: usize| {
            let row = &self.targets[self.starts[r] as usize..self.starts[r + 1] as usize];
            between.iter().map(move |&first| row.partition_point(|&t| (t as usize) < first) as u32)
        };
        match between.is_empty() {
            true => vec![],
            false => (0..self.rows()).into_par_iter().flat_map_iter(row).collect(),
        }
    }
}
