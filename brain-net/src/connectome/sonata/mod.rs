//! This module reads and writes SONATA circuits (Dai et al. 2020, <https://doi.org/10.1371/journal.pcbi.1007696>),
//! which have nodes and edges in HDF5, their types in CSV, and a JSON config that names the files.
//!
//! [`SonataCircuit`] holds the content of the files and writes it; [`SonataCircuit::network`] builds a network from it, and
//! [`SonataCircuit::of`] makes a circuit from a network. A property of a node or an edge is that of its group, or that of its
//! type where the group lacks it. Lengths are in um and delays in ms.

mod circuit;
mod column;
mod config;
mod edges;
mod export;
mod group;
mod hdf5;
mod nodes;
mod spikes;
mod types;
mod write;

pub use circuit::SonataOptions;
pub use column::AttributeColumn;
pub use edges::EdgePopulation;
pub use group::Grouped;
pub use nodes::NodePopulation;
pub use spikes::{Sorting, Spikes};
pub use types::Types;

use super::ConnectomeError;
use std::path::{Path, PathBuf};

/// A circuit holds populations of nodes and of edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SonataCircuit {
    /// The nodes are in these populations.
    pub nodes: Vec<NodePopulation>,
    /// The edges are in these populations.
    pub edges: Vec<EdgePopulation>,
    /// These files were read, the config first.
    pub files: Vec<PathBuf>,
}

impl SonataCircuit {
    /// Reads a circuit from its circuit config, or from a simulation config that names one.
    pub fn read(config: &Path) -> Result<Self, ConnectomeError> {
        let files = config::read(config)?;
        let mut circuit = Self { files: vec![config.into()], ..Self::default() };
        for (table, types) in &files.nodes {
            circuit.files.extend([table.clone()].into_iter().chain(types.clone()));
            for nodes in NodePopulation::read(table, types.as_deref())? {
                if circuit.nodes.iter().any(|n| n.population == nodes.population) {
                    let problem = format!("node population `{}` is in two files; names must differ", nodes.population);
                    return Err(ConnectomeError::table(table, problem));
                }
                circuit.nodes.push(nodes);
            }
        }
        for (table, types) in &files.edges {
            circuit.files.extend([table.clone()].into_iter().chain(types.clone()));
            circuit.edges.extend(EdgePopulation::read(table, types.as_deref(), &circuit.nodes)?);
        }
        Ok(circuit)
    }

    /// Returns the node population of a name.
    pub fn population(&self, name: &str) -> Option<&NodePopulation> {
        self.nodes.iter().find(|n| n.population == name)
    }
}
