//! From areas to neurons.
//!
//! Every area is a pair of an excitatory and an inhibitory group with local connectivity; areas are joined by excitatory
//! projections. Every neuron receives `K` long-range synapses, of which the fractions of its area, divided by their sum,
//! say how many come from which area: systematic sampling of the cumulative fractions, so that an area with fraction `f`
//! gives `K f` synapses rounded up or down, with mean `K f` over the neurons (Madow 1949,
//! <https://doi.org/10.1214/aoms/1177729988>). Within a source area neurons are drawn at random. Density, reciprocity and
//! the log-normal distribution of the fractions are so handed down to the neurons.

use super::AreaMatrix;
use crate::network::{
    Delays, Edges, Estimate, Network, NetworkError, Population, Projection, Segment, Sign, available, check_all,
    delay_steps, each_row, scatter,
};
use crate::rule::{distinct, without};
use crate::weight::Weights;
use brain_core::{Seed, Stream};

/// Connections within an area.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// In-degree of every neuron from the excitatory neurons of its area.
    pub excitatory: u32,
    /// In-degree of every neuron from the inhibitory neurons of its area.
    pub inhibitory: u32,
    /// Magnitudes of excitatory synapses.
    pub excitatory_weights: Weights,
    /// Magnitudes of inhibitory synapses.
    pub inhibitory_weights: Weights,
    /// Delay, ms.
    pub delay_ms: f64,
}

/// Projections between areas; excitatory.
#[derive(Clone, Debug, PartialEq)]
pub struct LongRange {
    /// In-degree of every excitatory neuron.
    pub to_excitatory: u32,
    /// In-degree of every inhibitory neuron.
    pub to_inhibitory: u32,
    /// Magnitudes.
    pub weights: Weights,
    /// Part of the delay that does not grow with distance, ms.
    pub delay_ms: f64,
    /// Conduction velocity, mm/ms (which is m/s).
    pub velocity: f64,
}

/// How areas become neurons.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaNetwork {
    /// Neurons of each area, in the order of the matrix.
    pub neurons: Vec<u32>,
    /// Fraction of them that is excitatory.
    pub excitatory: f64,
    /// Step, ms.
    pub dt_ms: f64,
    /// Within areas.
    pub local: Local,
    /// Between areas.
    pub long_range: LongRange,
}

/// A projection of which every postsynaptic neuron draws its own inputs.
struct ByTarget<'a> {
    name: String,
    source: usize,
    target: usize,
    in_degree: u32,
    weights: &'a Weights,
}

impl AreaNetwork {
    /// Builds the populations `E` and `I`, their neurons ordered by area, and the projections `E-E-local`, `E-I-local`,
    /// `I-E-local`, `I-I-local`, `E-E-long`, `E-I-long`.
    pub fn build(&self, areas: &AreaMatrix, seed: Seed) -> Result<Network, NetworkError> {
        let mut network = Network { dt_ms: self.dt_ms, ..Default::default() };
        if self.neurons.len() != areas.areas() {
            let problem =
                format!("there are sizes of {} areas, and the matrix has {}", self.neurons.len(), areas.areas());
            return Err(NetworkError::Inconsistent { what: "areas".into(), problem });
        }
        let share = self.excitatory.clamp(0.0, 1.0);
        let e: Vec<u32> = self.neurons.iter().map(|n| (f64::from(*n) * share).round() as u32).collect();
        let i: Vec<u32> = self.neurons.iter().zip(&e).map(|(n, e)| n - e).collect();
        network.populations.push(population("E", &e, Sign::Excitatory, areas)?);
        network.populations.push(population("I", &i, Sign::Inhibitory, areas)?);
        self.fits(&network)?;
        self.local(&mut network, seed)?;
        self.long_range(&mut network, areas, seed)?;
        Ok(network)
    }

    /// Fails where all projections together do not fit into memory.
    fn fits(&self, network: &Network) -> Result<(), NetworkError> {
        let (l, r) = (&self.local, &self.long_range);
        let part = |name, source: usize, target: usize, k: u32, per_synapse| {
            let sizes = [source, target].map(|p| network.populations[p].size);
            let synapses = f64::from(sizes[1]) * f64::from(k);
            (name, Estimate { rows: sizes[0].into(), synapses, per_synapse })
        };
        let parts = [
            part("E-E-local", 0, 0, l.excitatory, 8),
            part("E-I-local", 0, 1, l.excitatory, 8),
            part("I-E-local", 1, 0, l.inhibitory, 8),
            part("I-I-local", 1, 1, l.inhibitory, 8),
            part("E-E-long", 0, 0, r.to_excitatory, 10),
            part("E-I-long", 0, 1, r.to_inhibitory, 10),
        ];
        check_all(&parts, available())
    }

    fn local(&self, network: &mut Network, seed: Seed) -> Result<(), NetworkError> {
        let l = &self.local;
        let delays = Delays::Uniform(delay_steps(l.delay_ms, self.dt_ms)?);
        for (source, target) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let (pre, post) = (&network.populations[source], &network.populations[target]);
            let (in_degree, weights) =
                [(l.excitatory, &l.excitatory_weights), (l.inhibitory, &l.inhibitory_weights)][source];
            let name = format!("{}-{}-local", pre.name, post.name);
            let own = |j: u32, first: u32| (source == target).then_some(j - first);
            let others = |area: usize| pre.segments[area].size().saturating_sub(u32::from(source == target));
            for (k, area) in post.segments.iter().enumerate().filter(|(_, s)| s.size() > 0) {
                enough(&name, &area.name, in_degree.into(), others(k))?;
            }
            let p = ByTarget { name, source, target, in_degree, weights };
            let draw = |j: u32, stream: &mut Stream, emit: &mut dyn FnMut(u32)| {
                let Some(area) = post.segment_of(j) else { return };
                let first = pre.segments[area].start;
                distinct(others(area), in_degree, stream, |i| emit(first + without(i, own(j, first))));
            };
            let projection = p.draw(network, seed, draw, |_, _| delays.clone())?;
            network.projections.push(projection);
        }
        Ok(())
    }

    fn long_range(&self, network: &mut Network, areas: &AreaMatrix, seed: Seed) -> Result<(), NetworkError> {
        let (l, n) = (&self.long_range, areas.areas());
        let steps = self.area_delays(areas)?;
        let cumulative = cumulative(areas);
        for (target, in_degree) in [(0, l.to_excitatory), (1, l.to_inhibitory)] {
            let (pre, post) = (&network.populations[0], &network.populations[target]);
            let name = format!("E-{}-long", post.name);
            let targets = cumulative.chunks(n.max(1)).zip(&post.segments).filter(|(_, area)| area.size() > 0);
            for (cumulative, _) in targets {
                let mut before = 0.0;
                for (c, area) in cumulative.iter().zip(&pre.segments) {
                    enough(&name, &area.name, ((c - before) * f64::from(in_degree)).ceil(), area.size())?;
                    before = *c;
                }
            }
            let p = ByTarget { name, source: 0, target, in_degree, weights: &l.weights };
            let draw = |j: u32, stream: &mut Stream, emit: &mut dyn FnMut(u32)| {
                let area = post.segment_of(j).unwrap_or(0);
                let (cumulative, start) = (&cumulative[area * n..(area + 1) * n], stream.uniform());
                let mut before = 0;
                for (source, c) in cumulative.iter().enumerate() {
                    let up_to = (c * f64::from(in_degree) - start).ceil().max(0.0) as u32;
                    let from = &pre.segments[source];
                    distinct(from.size(), up_to - before, stream, |i| emit(from.start + i));
                    before = up_to;
                }
            };
            let delays = |offsets: &[u64], targets: &[u32]| {
                let mut delays = vec![1u16; targets.len()];
                each_row(offsets, &mut delays, |row, items| {
                    let from = pre.segment_of(row as u32).unwrap_or(0);
                    let row = &targets[offsets[row] as usize..offsets[row + 1] as usize];
                    for (d, &t) in items.iter_mut().zip(row) {
                        *d = steps[post.segment_of(t).unwrap_or(0) * n + from];
                    }
                });
                Delays::Each(delays)
            };
            let projection = p.draw(network, seed, draw, delays)?;
            network.projections.push(projection);
        }
        Ok(())
    }

    /// Delays between areas in steps; without the part of distance where distances are unknown.
    fn area_delays(&self, areas: &AreaMatrix) -> Result<Vec<u16>, NetworkError> {
        let (l, n) = (&self.long_range, areas.areas());
        if !(l.velocity.is_finite() && l.velocity > 0.0) {
            return Err(NetworkError::Rule {
                what: "long range".into(),
                parameter: "velocity",
                value: l.velocity,
                problem: "is not a velocity above 0".into(),
            });
        }
        let ms = |k: usize| l.delay_ms + areas.distance(k / n, k % n).unwrap_or(0.0) / l.velocity;
        (0..n * n).map(|k| delay_steps(ms(k), self.dt_ms)).collect()
    }
}

impl ByTarget<'_> {
    fn draw(
        &self,
        network: &Network,
        seed: Seed,
        draw: impl Fn(u32, &mut Stream, &mut dyn FnMut(u32)) + Sync,
        delays: impl FnOnce(&[u64], &[u32]) -> Delays,
    ) -> Result<Projection, NetworkError> {
        self.weights.check(&self.name)?;
        let (pre, post) = (&network.populations[self.source], &network.populations[self.target]);
        let seed = seed.child("projection").child(&self.name);
        let edges = seed.child("edges");
        let (offsets, targets) =
            scatter(pre.size, post.size.into(), |j, emit| draw(j as u32, &mut edges.at(j), &mut |i| emit(i, j as u32)));
        let weights = self.weights.draw(&offsets, self.in_degree.into(), seed.child("weights"));
        let delays = delays(&offsets, &targets);
        let (name, sign) = (self.name.clone(), pre.sign);
        let edges = Edges { starts: offsets, targets, weights: kernels::network::Weights::Each(weights), delays };
        Ok(Projection { name, pre: self.source, post: self.target, sign, edges, ..Projection::default() })
    }
}

/// Fails where an area has fewer neurons than one neuron needs inputs of it.
fn enough(what: &str, area: &str, needed: f64, neurons: u32) -> Result<(), NetworkError> {
    if needed <= f64::from(neurons) {
        return Ok(());
    }
    let problem = format!(
        "inputs of one neuron from the area `{area}` are more than the {neurons} neurons it has for them; lower the in-degree or give the area more neurons"
    );
    Err(NetworkError::Rule { what: what.into(), parameter: "in-degree", value: needed, problem })
}

fn population(name: &str, each: &[u32], sign: Sign, areas: &AreaMatrix) -> Result<Population, NetworkError> {
    let size = each.iter().map(|n| u64::from(*n)).sum();
    let size = u32::try_from(size).map_err(|_| NetworkError::Size { population: name.into(), size })?;
    let mut end = 0;
    let segment = |(area, n): (&String, &u32)| {
        end += n;
        Segment { name: area.clone(), start: end - n, end }
    };
    let segments = areas.names.iter().zip(each).map(segment).collect();
    Ok(Population { segments, ..Population::new(name, size, sign) })
}

/// Cumulative fractions of each target, the last of them 1; 0 throughout where a target has no source.
fn cumulative(areas: &AreaMatrix) -> Vec<f64> {
    let n = areas.areas();
    let mut cumulative = areas.fln.clone();
    for row in cumulative.chunks_mut(n.max(1)) {
        let total: f64 = row.iter().sum();
        let mut sum = 0.0;
        for f in row.iter_mut().filter(|_| total > 0.0) {
            sum += *f;
            // The whole is 1 in spite of rounding.
            *f = if sum >= total * (1.0 - 1e-12) { 1.0 } else { sum / total };
        }
    }
    cumulative
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::Generator;

    fn plan() -> AreaNetwork {
        AreaNetwork {
            neurons: vec![100; 20],
            excitatory: 0.8,
            dt_ms: 0.1,
            local: Local {
                excitatory: 20,
                inhibitory: 10,
                excitatory_weights: Weights::LogNormal { mean: 0.1, cv: 1.0 },
                inhibitory_weights: Weights::Constant(0.8),
                delay_ms: 1.0,
            },
            long_range: LongRange {
                to_excitatory: 60,
                to_inhibitory: 40,
                weights: Weights::LogNormal { mean: 0.1, cv: 1.0 },
                delay_ms: 1.0,
                velocity: 3.5,
            },
        }
    }

    fn built() -> (AreaMatrix, Network) {
        let areas = Generator { areas: 20, ..Generator::default() }.generate(Seed::new(1));
        let network = plan().build(&areas, Seed::new(2)).unwrap();
        network.check().unwrap();
        (areas, network)
    }

    #[test]
    fn degrees_and_places() {
        let (_, network) = built();
        for (name, k) in [("E-E-local", 20), ("I-E-local", 10), ("E-E-long", 60), ("E-I-long", 40)] {
            let p = network.projection(name).unwrap();
            let (pre, post) = (&network.populations[p.pre], &network.populations[p.post]);
            assert!(p.in_degrees(post.size).iter().all(|&d| d == k), "{name}");
            for i in 0..p.rows() {
                for &t in &p.edges.targets[p.row(i)] {
                    let local = pre.area(i as u32) == post.area(t);
                    assert_eq!(local, name.ends_with("local"), "{name}: {i} to {t}");
                    assert!(p.pre != p.post || i as u32 != t, "no self-connection");
                }
            }
        }
    }

    /// Fractions, density, reciprocity and delays of the areas are found again among the neurons.
    #[test]
    fn fractions_are_handed_down() {
        let (areas, network) = built();
        let n = areas.areas();
        let p = network.projection("E-E-long").unwrap();
        let mut counts = vec![0.0; n * n];
        for i in 0..p.rows() {
            for k in p.row(i) {
                let (s, t) = (i / 80, p.edges.targets[k] as usize / 80);
                counts[t * n + s] += 1.0;
                let ms = 1.0 + areas.distance(t, s).unwrap() / 3.5;
                assert_eq!(p.edges.delays.of(k), (ms / 0.1).round() as u16);
            }
        }
        for t in 0..n {
            let total: f64 = (0..n).map(|s| areas.fraction(t, s)).sum();
            for s in 0..n {
                let mean = 60.0 * 80.0 * areas.fraction(t, s) / total;
                // Systematic sampling: each neuron rounds up or down.
                let part = (mean / 80.0).fract();
                let sd = (80.0 * part * (1.0 - part)).sqrt();
                assert!((counts[t * n + s] - mean).abs() < 5.0 * sd + 1.0, "{t} {s}: {} for {mean}", counts[t * n + s]);
            }
        }
        let found = AreaMatrix { fln: counts.iter().map(|c| c / 4800.0).collect(), ..areas.clone() }.statistics();
        let drawn = areas.statistics();
        assert!((found.log10_mean - drawn.log10_mean - 0.125).abs() < 0.25, "{found:?} {drawn:?}");
        assert!((found.reciprocal - drawn.reciprocal).abs() < 0.12, "weak links may find no neuron");
    }

    #[test]
    fn areas_of_unequal_size() {
        let areas = Generator { areas: 20, ..Generator::default() }.generate(Seed::new(1));
        let neurons: Vec<u32> = (0..20).map(|k| 100 + 37 * (k * 7 % 20)).collect();
        let network = AreaNetwork { neurons: neurons.clone(), ..plan() }.build(&areas, Seed::new(2)).unwrap();
        network.check().unwrap();
        let [e, i] = [0, 1].map(|k| &network.populations[k]);
        for (k, n) in neurons.iter().enumerate() {
            assert_eq!((&e.segments[k].name, e.segments[k].size() + i.segments[k].size()), (&areas.names[k], *n));
            assert_eq!(e.segments[k].size(), (f64::from(*n) * 0.8).round() as u32);
        }
        assert_eq!((e.segments[19].end, i.segments[19].end), (e.size, i.size));
        for (name, k) in [("E-E-local", 20), ("I-I-local", 10), ("E-E-long", 60), ("E-I-long", 40)] {
            let p = network.projection(name).unwrap();
            let (pre, post) = (&network.populations[p.pre], &network.populations[p.post]);
            assert!(p.in_degrees(post.size).iter().all(|&d| d == k), "{name}");
            // Every neuron of every area can be drawn; areas project by their fractions, not by their sizes.
            assert!(name.ends_with("long") || p.out_degrees().iter().all(|&d| d > 0), "{name}");
            for row in 0..p.rows() {
                for &t in &p.edges.targets[p.row(row)] {
                    let (from, to) = (pre.segment_of(row as u32).unwrap(), post.segment_of(t).unwrap());
                    let fits = if name.ends_with("local") { from == to } else { areas.fraction(to, from) > 0.0 };
                    assert!(fits && (p.pre != p.post || row as u32 != t), "{name}: {row} to {t}");
                }
            }
        }
    }

    #[test]
    fn too_few_neurons_are_named() {
        let areas = Generator { areas: 20, ..Generator::default() }.generate(Seed::new(1));
        let message = |plan: AreaNetwork| plan.build(&areas, Seed::new(2)).unwrap_err().to_string();
        let text = message(AreaNetwork { neurons: vec![20; 20], ..plan() });
        assert!(
            text.starts_with("E-E-local: in-degree = 20 inputs of one neuron") && text.contains("15 neurons"),
            "{text}"
        );
        let mut many = plan();
        many.long_range.to_excitatory = 2000;
        assert!(message(many).starts_with("E-E-long: in-degree = "));
        let mut slow = plan();
        slow.long_range.velocity = 1e-6;
        assert!(message(slow).contains("cannot be counted in steps of 0.1 ms"));
        assert!(message(AreaNetwork { neurons: vec![u32::MAX; 20], ..plan() }).contains("at most 4294967295"));
        let text = message(AreaNetwork { neurons: vec![100; 19], ..plan() });
        assert!(text.contains("sizes of 19 areas, and the matrix has 20"), "{text}");
        // One area alone is too small.
        let mut neurons = vec![100; 20];
        neurons[7] = 24;
        let text = message(AreaNetwork { neurons, ..plan() });
        assert!(text.contains(&format!("area `{}` are more than the 18 neurons", areas.names[7])), "{text}");
    }
}
