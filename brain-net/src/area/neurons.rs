//! This module turns areas into neurons.
//!
//! Every area is a pair of an excitatory and an inhibitory group with local connectivity; areas are joined by
//! excitatory projections. Every neuron receives `K` long-range synapses, of which the fractions of its area, divided
//! by their sum, say how many come from which area. The numbers are a systematic sample of the cumulative fractions: an
//! area with fraction `f` gives `K f` synapses rounded up or down, with mean `K f` over the neurons (Madow 1949,
//! <https://doi.org/10.1214/aoms/1177729988>). Within a source area neurons are drawn at random. The network of neurons
//! therefore has the density, the reciprocity and the log-normal distribution of the fractions of the areas.

use super::AreaMatrix;
use crate::network::{AnatomicalNetwork, Anatomy, Estimate, NetworkError, Population, Segment, Sign, check_all};
use crate::weight::WeightDistribution;
use brain_core::Seed;
use brain_core::memory::available;

/// The neurons of an area are connected among each other like this.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// Every neuron receives this many synapses from the excitatory neurons of its area.
    pub excitatory: u32,
    /// Every neuron receives this many synapses from the inhibitory neurons of its area.
    pub inhibitory: u32,
    /// Excitatory synapses have these magnitudes.
    pub excitatory_weights: WeightDistribution,
    /// Inhibitory synapses have these magnitudes.
    pub inhibitory_weights: WeightDistribution,
    /// All synapses within areas have this delay, ms.
    pub delay_ms: f64,
}

/// Areas project to each other like this; all of these synapses are excitatory.
#[derive(Clone, Debug, PartialEq)]
pub struct LongRange {
    /// Every excitatory neuron receives this many synapses from other areas.
    pub to_excitatory: u32,
    /// Every inhibitory neuron receives this many synapses from other areas.
    pub to_inhibitory: u32,
    /// The synapses have these magnitudes.
    pub weights: WeightDistribution,
    /// This part of the delay does not grow with distance, ms.
    pub delay_ms: f64,
    /// Spikes travel at this conduction velocity, mm/ms (which is m/s).
    pub velocity: f64,
}

/// Areas become a network with these numbers of neurons and synapses.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaNetwork {
    /// Each area has this many neurons, in the order of the matrix.
    pub neurons: Vec<u32>,
    /// This fraction of the neurons is excitatory.
    pub excitatory: f64,
    /// The simulation goes in steps of this time, ms.
    pub dt_ms: f64,
    /// The neurons of an area are connected like this.
    pub local: Local,
    /// The areas are connected with each other like this.
    pub long_range: LongRange,
}

/// A projection of a network of areas connects neurons within each area or between areas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaProjection {
    /// The projection has this name, such as `E-I-local`.
    pub name: String,
    /// The presynaptic population has this index: 0 for the excitatory one, 1 for the inhibitory one.
    pub source: usize,
    /// The postsynaptic population has this index.
    pub target: usize,
    /// Each postsynaptic neuron receives this many synapses.
    pub in_degree: u32,
    /// The projection connects neurons of different areas where this is true, and of the same area where it is false.
    pub long_range: bool,
}

impl AreaNetwork {
    /// Returns the projections `E-E-local`, `E-I-local`, `I-E-local`, `I-I-local`, `E-E-long` and `E-I-long`.
    pub fn projections(&self) -> Vec<AreaProjection> {
        let (l, r) = (&self.local, &self.long_range);
        let names = ["E", "I"];
        let projection = |source: usize, target: usize, in_degree, long_range| {
            let range = if long_range { "long" } else { "local" };
            let name = format!("{}-{}-{range}", names[source], names[target]);
            AreaProjection { name, source, target, in_degree, long_range }
        };
        vec![
            projection(0, 0, l.excitatory, false),
            projection(0, 1, l.excitatory, false),
            projection(1, 0, l.inhibitory, false),
            projection(1, 1, l.inhibitory, false),
            projection(0, 0, r.to_excitatory, true),
            projection(0, 1, r.to_inhibitory, true),
        ]
    }

    /// Builds the populations `E` and `I`, with their neurons ordered by area, and the
    /// [projections](Self::projections). Fails where the network does not fit into memory or an area has too few
    /// neurons for an in-degree.
    pub fn build(&self, areas: &AreaMatrix, seed: Seed) -> Result<AnatomicalNetwork, NetworkError> {
        let mut network = AnatomicalNetwork::new(self.dt_ms);
        if self.neurons.len() != areas.areas() {
            let problem =
                format!("there are sizes of {} areas, and the matrix has {}", self.neurons.len(), areas.areas());
            return Err(NetworkError::Inconsistent { what: "areas".into(), problem });
        }
        let share = self.excitatory.clamp(0.0, 1.0);
        let e: Vec<u32> = self.neurons.iter().map(|n| (f64::from(*n) * share).round() as u32).collect();
        let i: Vec<u32> = self.neurons.iter().zip(&e).map(|(n, e)| n - e).collect();
        for (name, sizes, sign) in [("E", &e, Sign::Excitatory), ("I", &i, Sign::Inhibitory)] {
            let (neurons, anatomy) = population(name, sizes, sign, areas)?;
            network.add(neurons, anatomy);
        }
        let projections = self.projections();
        let estimates: Vec<_> = projections.iter().map(|p| (&*p.name, p.estimate(&network))).collect();
        check_all(&estimates, available())?;
        for p in &projections {
            let drawn = match p.long_range {
                true => self.long_range.draw(p, &network, areas, seed)?,
                false => self.local.draw(p, &network, seed)?,
            };
            network.graph.projections.push(drawn);
        }
        Ok(network)
    }
}

impl AreaProjection {
    fn estimate(&self, network: &AnatomicalNetwork) -> Estimate {
        let [pre, post] = [self.source, self.target].map(|p| network.at(p).size());
        let synapses = f64::from(post) * f64::from(self.in_degree);
        // Delays between areas differ, so that each synapse stores its own in two more bytes.
        Estimate { rows: pre.into(), synapses, per_synapse: if self.long_range { 10 } else { 8 } }
    }
}

/// Makes a population in which area `k` has `each[k]` neurons.
fn population(name: &str, each: &[u32], sign: Sign, areas: &AreaMatrix) -> Result<(Population, Anatomy), NetworkError> {
    let size = each.iter().map(|n| u64::from(*n)).sum();
    let size = u32::try_from(size).map_err(|_| NetworkError::Size { population: name.into(), size })?;
    let mut end = 0;
    let segment = |(area, n): (&String, &u32)| {
        end += n;
        Segment { name: area.clone(), start: end - n, end }
    };
    let segments = areas.names.iter().zip(each).map(segment).collect();
    Ok((Population::named(name, size as usize, ""), Anatomy { segments, ..Anatomy::of(sign) }))
}
