//! This module draws the projections of a network of areas: every postsynaptic neuron draws its own inputs.

use super::AreaMatrix;
use super::neurons::{AreaProjection, Local, LongRange};
use crate::network::{AnatomicalNetwork, Delays, Edges, NetworkError, Projection, delay_steps, each_row};
use crate::rule::{by_target, distinct, without};
use crate::weight::WeightDistribution;
use brain_core::{Seed, Stream};
use kernels::network::Weights;

impl Local {
    /// Draws a projection in which every neuron receives inputs from neurons of its own area. Fails where an area has
    /// fewer neurons than the in-degree.
    pub(super) fn draw(
        &self,
        p: &AreaProjection,
        network: &AnatomicalNetwork,
        seed: Seed,
    ) -> Result<Projection, NetworkError> {
        let (pre, post) = (network.at(p.source), network.at(p.target));
        let weights = if p.source == 0 { &self.excitatory_weights } else { &self.inhibitory_weights };
        let delays = Delays::Uniform(delay_steps(self.delay_ms, network.graph.dt)?);
        let same = p.source == p.target;
        let others = |area: usize| pre.anatomy.segments[area].size().saturating_sub(u32::from(same));
        for (k, area) in post.anatomy.segments.iter().enumerate().filter(|(_, s)| s.size() > 0) {
            enough(&p.name, &area.name, p.in_degree.into(), others(k))?;
        }
        let draw = |j: u32, stream: &mut Stream, emit: &mut dyn FnMut(u32)| {
            let Some(area) = post.anatomy.segment_of(j) else { return };
            let first = pre.anatomy.segments[area].start;
            let own = same.then(|| j - first);
            distinct(others(area), p.in_degree, stream, |i| emit(first + without(i, own)));
        };
        p.draw(network, weights, seed, draw, |_, _| delays)
    }
}

impl LongRange {
    /// Draws a projection in which every neuron receives inputs from the other areas, in proportion to their fractions.
    /// Fails where a source area has fewer neurons than inputs of one neuron come from it.
    pub(super) fn draw(
        &self,
        p: &AreaProjection,
        network: &AnatomicalNetwork,
        areas: &AreaMatrix,
        seed: Seed,
    ) -> Result<Projection, NetworkError> {
        let (pre, post, n) = (network.at(p.source), network.at(p.target), areas.areas());
        let steps = self.delays(areas, network.graph.dt)?;
        let cumulative = cumulative(areas);
        let targets = cumulative.chunks(n.max(1)).zip(&post.anatomy.segments).filter(|(_, area)| area.size() > 0);
        for (cumulative, _) in targets {
            let mut before = 0.0;
            for (c, area) in cumulative.iter().zip(&pre.anatomy.segments) {
                enough(&p.name, &area.name, ((c - before) * f64::from(p.in_degree)).ceil(), area.size())?;
                before = *c;
            }
        }
        let draw = |j: u32, stream: &mut Stream, emit: &mut dyn FnMut(u32)| {
            let area = post.anatomy.segment_of(j).unwrap_or(0);
            let (cumulative, start) = (&cumulative[area * n..(area + 1) * n], stream.uniform());
            let mut before = 0;
            for (source, c) in cumulative.iter().enumerate() {
                let up_to = (c * f64::from(p.in_degree) - start).ceil().max(0.0) as u32;
                let from = &pre.anatomy.segments[source];
                distinct(from.size(), up_to - before, stream, |i| emit(from.start + i));
                before = up_to;
            }
        };
        let delays = |offsets: &[u64], targets: &[u32]| {
            let mut delays = vec![1u16; targets.len()];
            each_row(offsets, &mut delays, |row, items| {
                let from = pre.anatomy.segment_of(row as u32).unwrap_or(0);
                let row = &targets[offsets[row] as usize..offsets[row + 1] as usize];
                for (d, &t) in items.iter_mut().zip(row) {
                    *d = steps[post.anatomy.segment_of(t).unwrap_or(0) * n + from];
                }
            });
            Delays::Each(delays)
        };
        p.draw(network, &self.weights, seed, draw, delays)
    }

    /// Computes the delays between areas in steps, `[target area, source area]`. Unknown distances count as 0.
    fn delays(&self, areas: &AreaMatrix, dt_ms: f64) -> Result<Vec<u16>, NetworkError> {
        if !(self.velocity.is_finite() && self.velocity > 0.0) {
            return Err(NetworkError::Rule {
                what: "long range".into(),
                parameter: "velocity",
                value: self.velocity,
                problem: "is not a velocity above 0".into(),
            });
        }
        let n = areas.areas();
        let ms = |k: usize| self.delay_ms + areas.distance(k / n, k % n).unwrap_or(0.0) / self.velocity;
        (0..n * n).map(|k| delay_steps(ms(k), dt_ms)).collect()
    }
}

impl AreaProjection {
    /// Draws the inputs of every postsynaptic neuron, then the magnitudes and the delays of the sorted synapses.
    fn draw(
        &self,
        network: &AnatomicalNetwork,
        weights: &WeightDistribution,
        seed: Seed,
        draw: impl Fn(u32, &mut Stream, &mut dyn FnMut(u32)) + Sync,
        delays: impl FnOnce(&[u64], &[u32]) -> Delays,
    ) -> Result<Projection, NetworkError> {
        weights.check(&self.name)?;
        let (pre, post) = (network.at(self.source), network.at(self.target));
        let seed = seed.child("projection").child(&self.name);
        let edges = seed.child("edges");
        let (offsets, targets) = by_target(pre.size(), post.size().into(), |j, emit| {
            draw(j as u32, &mut edges.at(j), &mut |i| emit(i, j as u32));
        });
        let weights = weights.draw(&offsets, self.in_degree.into(), seed.child("weights"));
        let delays = delays(&offsets, &targets);
        let (name, sign) = (self.name.clone(), pre.sign());
        let edges = Edges { starts: offsets, targets, weights: Weights::Each(weights), delays };
        Ok(Projection { name, pre: self.source, post: self.target, sign, edges, ..Projection::default() })
    }
}

/// Fails where an area has fewer `neurons` than the inputs that one neuron needs from it.
fn enough(what: &str, area: &str, needed: f64, neurons: u32) -> Result<(), NetworkError> {
    if needed <= f64::from(neurons) {
        return Ok(());
    }
    let problem = format!(
        "inputs of one neuron from the area `{area}` are more than the {neurons} neurons it has for them; lower the in-degree or give the area more neurons"
    );
    Err(NetworkError::Rule { what: what.into(), parameter: "in-degree", value: needed, problem })
}

/// Returns the cumulative fractions of each target, `[target, source]`, normalised so that the last one is 1. They are
/// 0 throughout where a target has no source.
fn cumulative(areas: &AreaMatrix) -> Vec<f64> {
    let n = areas.areas();
    let mut cumulative = areas.fln.clone();
    for row in cumulative.chunks_mut(n.max(1)) {
        let total: f64 = row.iter().sum();
        let mut sum = 0.0;
        for f in row.iter_mut().filter(|_| total > 0.0) {
            sum += *f;
            // The last cumulative fraction is exactly 1 in spite of rounding.
            *f = if sum >= total * (1.0 - 1e-12) { 1.0 } else { sum / total };
        }
    }
    cumulative
}
