//! This module reads node populations.

use super::super::ConnectomeError;
use super::group::Grouped;
use super::hdf5::File;
use super::types::Types;
use crate::network::Sign;
use std::path::{Path, PathBuf};

/// A node population holds the nodes `0, 1, 2, ...`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodePopulation {
    /// The nodes were read from this file.
    pub file: PathBuf,
    /// The node population has this name.
    pub population: String,
    /// The nodes have these types and properties.
    pub of: Grouped,
}

impl NodePopulation {
    /// Reads every node population of a file.
    pub fn read(file: &Path, types: Option<&Path>) -> Result<Vec<Self>, ConnectomeError> {
        let types = types.map(|t| Types::read(t, "node_type_id")).transpose()?.unwrap_or_default();
        let file = File::open(file)?;
        let (populations, _) = file.members("nodes")?;
        let mut all = Vec::with_capacity(populations.len());
        for population in populations {
            let at = format!("nodes/{population}");
            let of = Grouped::read(&file, &at, "node", types.clone())?;
            if file.members(&at)?.1.iter().any(|s| s == "node_id") {
                let ids = file.ids(&format!("{at}/node_id"))?;
                let unsorted = ids.iter().enumerate().find(|(row, id)| **id != *row as u64);
                if let Some((row, id)) = unsorted {
                    let problem = format!("row {row}: the id is {id}; SONATA numbers nodes 0, 1, 2, ... in order");
                    return Err(file.error(&format!("{at}/node_id"), problem));
                }
                if ids.len() != of.len() {
                    let problem = format!("{} ids for {} types", ids.len(), of.len());
                    return Err(file.error(&format!("{at}/node_id"), problem));
                }
            }
            all.push(Self { file: file.path.clone(), population, of });
        }
        Ok(all)
    }

    /// Returns the sign of a node's synapses by its property `ei`; `None` where it has none.
    pub fn sign(&self, node: usize) -> Option<Sign> {
        match self.of.text(node, "ei")?.to_lowercase().chars().next()? {
            'e' => Some(Sign::Excitatory),
            'i' => Some(Sign::Inhibitory),
            _ => None,
        }
    }

    /// Returns whether all nodes only replay spikes (`model_type` is `virtual`).
    pub fn is_virtual(&self) -> bool {
        !self.of.is_empty() && (0..self.of.len()).all(|i| self.of.text(i, "model_type").as_deref() == Some("virtual"))
    }
}
