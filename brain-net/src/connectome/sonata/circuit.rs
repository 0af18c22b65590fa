//! This module builds a network from a circuit.

use super::super::{ConnectomeError, RowProblem, Synapse, projection};
use super::{EdgePopulation, NodePopulation, SonataCircuit};
use crate::network::{AnatomicalNetwork, Anatomy, Population, Sign};

/// A circuit leaves these options of its network open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SonataOptions {
    /// The simulation goes in steps of this time, ms.
    pub dt_ms: f64,
    /// Edges for which the circuit gives no delay have this one, ms.
    pub delay_ms: f64,
    /// All magnitudes are multiplied by this factor.
    pub scale: f64,
}

/// Each node of a node population became a neuron of a population of the network; these are their indices, `[node]`.
struct Places {
    population: Vec<usize>,
    neuron: Vec<u32>,
}

impl SonataCircuit {
    /// Builds the network. Each node population becomes one population of the network, or two, `<name>-E` and
    /// `<name>-I`, where its nodes have both signs. Weights are `syn_weight` (1 where there is none) times `nsyns`.
    ///
    /// The sign of a node is its property `ei`, else that of its first edge. Where no weight of an edge population is
    /// negative, all are magnitudes, as for conductances; otherwise they must have the signs of their sources.
    pub fn network(&self, options: SonataOptions) -> Result<AnatomicalNetwork, ConnectomeError> {
        let mut network = AnatomicalNetwork::new(options.dt_ms);
        let mut places = Vec::with_capacity(self.nodes.len());
        for nodes in &self.nodes {
            let signs = self.signs(nodes)?;
            places.push(add(&mut network, nodes, &signs)?);
        }
        for edges in &self.edges {
            let find = |name: &str| self.nodes.iter().position(|n| n.population == name).unwrap_or(0);
            let (s, t) = (&places[find(&edges.source)], &places[find(&edges.target)]);
            self.add_edges(&mut network, edges, (s, t), options)?;
        }
        network.check()?;
        Ok(network)
    }

    fn add_edges(
        &self,
        network: &mut AnatomicalNetwork,
        edges: &EdgePopulation,
        (source, target): (&Places, &Places),
        options: SonataOptions,
    ) -> Result<(), ConnectomeError> {
        let mut pairs = std::collections::BTreeMap::<(usize, usize), Vec<Synapse>>::new();
        for row in 0..edges.targets.len() {
            let wrong = |problem| ConnectomeError::row(&edges.file, row as u64, problem);
            let weight = edges.weight(row);
            if !weight.is_finite() {
                return Err(wrong(RowProblem::NotFinite { column: "syn_weight".into(), text: weight.to_string() }));
            }
            let delay_ms = edges.of.number(row, "delay").unwrap_or(options.delay_ms);
            if delay_ms < 0.0 {
                return Err(wrong(RowProblem::NegativeDelay { delay_ms }));
            }
            let (i, j) = (edges.sources[row] as usize, edges.targets[row] as usize);
            let magnitude = (weight.abs() * options.scale) as f32;
            let synapse = Synapse { pre: source.neuron[i], post: target.neuron[j], magnitude, delay_ms };
            pairs.entry((source.population[i], target.population[j])).or_default().push(synapse);
        }
        for ((s, t), synapses) in pairs {
            let (pre, post) = (network.at(s), network.at(t));
            let mut name = format!("{}-{}", pre.name(), post.name());
            if network.projection(&name).is_some() {
                name = format!("{name}-{}", edges.population);
            }
            let p = projection(name, (s, t), pre.sign(), pre.size(), synapses, network.graph.dt)?;
            network.graph.projections.push(p);
        }
        Ok(())
    }

    /// Returns the signs of all nodes of a population.
    fn signs(&self, nodes: &NodePopulation) -> Result<Vec<Sign>, ConnectomeError> {
        let mut signs: Vec<_> = (0..nodes.of.len()).map(|i| nodes.sign(i)).collect();
        let mut because: Vec<Option<usize>> = vec![None; signs.len()];
        for edges in self.edges.iter().filter(|e| e.source == nodes.population) {
            let weights: Vec<f64> = (0..edges.targets.len()).map(|row| edges.weight(row)).collect();
            if weights.iter().all(|w| *w >= 0.0) {
                continue;
            }
            for (row, &weight) in weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
                let i = edges.sources[row] as usize;
                let sign = *signs[i].get_or_insert_with(|| {
                    because[i] = Some(row);
                    Sign::of(weight)
                });
                if sign != Sign::of(weight) {
                    let because = match because[i] {
                        Some(row) => format!("row {row}"),
                        None => format!("its property `ei` ({})", sign.name()),
                    };
                    let problem = RowProblem::Dale { neuron: i.to_string(), weight, because };
                    return Err(ConnectomeError::row(&edges.file, row as u64, problem));
                }
            }
        }
        Ok(signs.into_iter().map(|s| s.unwrap_or_default()).collect())
    }
}

impl EdgePopulation {
    /// Returns the weight of an edge times its number of synapses.
    fn weight(&self, row: usize) -> f64 {
        self.of.number(row, "syn_weight").unwrap_or(1.0) * self.of.number(row, "nsyns").unwrap_or(1.0)
    }
}

fn add(network: &mut AnatomicalNetwork, nodes: &NodePopulation, signs: &[Sign]) -> Result<Places, ConnectomeError> {
    let n = nodes.of.len();
    let mut places = Places { population: vec![0; n], neuron: vec![0; n] };
    let both = signs.windows(2).any(|w| w[0] != w[1]);
    for sign in [Sign::Excitatory, Sign::Inhibitory] {
        let members: Vec<usize> = (0..n).filter(|&i| signs[i] == sign).collect();
        if members.is_empty() && (both || n > 0) {
            continue;
        }
        let letter = if sign == Sign::Excitatory { "E" } else { "I" };
        let name = if both { format!("{}-{letter}", nodes.population) } else { nodes.population.clone() };
        for (k, &i) in members.iter().enumerate() {
            places.population[i] = network.anatomy.len();
            places.neuron[i] = k as u32;
        }
        let labels = members.iter().map(usize::to_string).collect();
        let position = |i: usize| {
            let axis = |name| nodes.of.number(i, name).map(|um| (um / 1000.0) as f32);
            Some([axis("x")?, axis("y")?, axis("z")?])
        };
        let positions = members.iter().map(|&i| position(i)).collect::<Option<_>>().unwrap_or_default();
        let neurons = match nodes.is_virtual() {
            true => Population::sources(name, members.len()),
            false => Population::named(name, members.len(), ""),
        };
        network.add(neurons, Anatomy { labels, positions, ..Anatomy::of(sign) });
        if n == 0 {
            break;
        }
    }
    Ok(places)
}
