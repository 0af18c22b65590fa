//! This module turns a network into a circuit.

use super::{AttributeColumn, EdgePopulation, Grouped, NodePopulation, SonataCircuit, Types};
use crate::network::{AnatomicalNetwork, AnatomicalPopulation, Anatomy, Delays, Projection};
use std::collections::BTreeMap;

impl SonataCircuit {
    /// Makes the circuit of a network: a node population for each population, and an edge population for each
    /// projection with signed `syn_weight` and `delay` in ms.
    pub fn of(network: &AnatomicalNetwork) -> Self {
        let nodes = network.populations().map(nodes).collect();
        let edges = network.graph.projections.iter().map(|p| edges(network, p)).collect();
        Self { nodes, edges, files: vec![] }
    }
}

/// Makes `n` members of one type and one group.
fn grouped(n: usize, columns: BTreeMap<String, AttributeColumn>, properties: &[(&str, String)]) -> Grouped {
    let (names, values) = properties.iter().map(|(name, value)| (name.to_string(), value.clone())).unzip();
    Grouped {
        type_ids: vec![100; n],
        group_ids: vec![0; n],
        group_indices: (0..n as u64).collect(),
        groups: if columns.is_empty() { BTreeMap::new() } else { [(0, columns)].into() },
        types: Types { file: Default::default(), columns: names, rows: [(100, values)].into() },
    }
}

fn nodes(p: AnatomicalPopulation) -> NodePopulation {
    let mut columns = BTreeMap::new();
    let Anatomy { positions, segments, .. } = p.anatomy;
    if !positions.is_empty() {
        for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
            let um = positions.iter().map(|x| f64::from(x[axis]) * 1000.0).collect();
            columns.insert(name.to_owned(), AttributeColumn::F64(um));
        }
    }
    if !segments.is_empty() {
        let areas = (0..p.size()).map(|i| p.anatomy.area(i).unwrap_or("").to_owned()).collect();
        columns.insert("area".into(), AttributeColumn::Text(areas));
    }
    let ei = p.sign().name()[..1].to_owned();
    let model_type = if p.is_input() { "virtual" } else { "point_neuron" };
    let template = if p.model().is_empty() { "NULL".to_owned() } else { format!("brain-net:{}", p.model()) };
    let properties = [("ei", ei), ("model_type", model_type.into()), ("model_template", template)];
    NodePopulation {
        file: Default::default(),
        population: p.name().into(),
        of: grouped(p.size() as usize, columns, &properties),
    }
}

fn edges(network: &AnatomicalNetwork, p: &Projection) -> EdgePopulation {
    let (pre, post) = (network.at(p.pre), network.at(p.post));
    let pairs = (0..p.rows()).flat_map(|i| p.row(i).map(move |k| (i as u64, k)));
    let mut order: Vec<(u64, usize)> = pairs.collect();
    // Sources ascend already, and the stable sort preserves their order for each target.
    order.sort_by_key(|&(_, k)| p.edges.targets[k]);
    let signed = |k: usize| f64::from(p.edges.weights.of(k) * p.sign.factor());
    let mut columns: BTreeMap<String, AttributeColumn> = BTreeMap::new();
    columns.insert("syn_weight".into(), AttributeColumn::F64(order.iter().map(|&(_, k)| signed(k)).collect()));
    let mut properties = vec![("model_template", "static_synapse".to_owned())];
    match &p.edges.delays {
        Delays::Uniform(steps) => properties.push(("delay", (f64::from(*steps) * network.graph.dt).to_string())),
        Delays::Each(steps) => {
            let ms = order.iter().map(|&(_, k)| f64::from(steps[k]) * network.graph.dt).collect();
            columns.insert("delay".into(), AttributeColumn::F64(ms));
        }
    }
    EdgePopulation {
        file: Default::default(),
        population: p.name.clone(),
        source: pre.name().into(),
        target: post.name().into(),
        sources: order.iter().map(|o| o.0).collect(),
        targets: order.iter().map(|&(_, k)| u64::from(p.edges.targets[k])).collect(),
        of: grouped(order.len(), columns, &properties),
    }
}
