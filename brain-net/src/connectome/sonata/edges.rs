//! This module reads edge populations.

use super::super::ConnectomeError;
use super::NodePopulation;
use super::group::Grouped;
use super::hdf5::File;
use super::types::Types;
use std::path::{Path, PathBuf};

/// An edge population holds edges sorted by target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EdgePopulation {
    /// The edges were read from this file.
    pub file: PathBuf,
    /// The edge population has this name.
    pub population: String,
    /// The sources belong to this node population.
    pub source: String,
    /// The targets belong to this node population.
    pub target: String,
    /// Each edge comes from this node, `[edge]`.
    pub sources: Vec<u64>,
    /// Each edge goes to this node, `[edge]`.
    pub targets: Vec<u64>,
    /// The edges have these types and properties.
    pub of: Grouped,
}

impl EdgePopulation {
    /// Reads every edge population of a file and checks that its nodes exist.
    pub fn read(file: &Path, types: Option<&Path>, nodes: &[NodePopulation]) -> Result<Vec<Self>, ConnectomeError> {
        let types = types.map(|t| Types::read(t, "edge_type_id")).transpose()?.unwrap_or_default();
        let file = File::open(file)?;
        let (populations, _) = file.members("edges")?;
        populations.into_iter().map(|p| Self::one(&file, p, types.clone(), nodes)).collect()
    }

    fn one(file: &File, population: String, types: Types, nodes: &[NodePopulation]) -> Result<Self, ConnectomeError> {
        let at = format!("edges/{population}");
        let end = |side: &str| -> Result<(String, Vec<u64>), ConnectomeError> {
            let path = format!("{at}/{side}_node_id");
            let ids = file.ids(&path)?;
            let name = file.attribute(&path, "node_population")?;
            let Some(name) = name else {
                return Err(file.error(&path, "no attribute `node_population`; name the population of the nodes there"));
            };
            let Some(nodes) = nodes.iter().find(|n| n.population == name) else {
                let known = nodes.iter().map(|n| n.population.as_str()).collect::<Vec<_>>().join(", ");
                let problem = format!("node population `{name}` is in no nodes file of the config; there are {known}");
                return Err(file.error(&path, problem));
            };
            if let Some(row) = ids.iter().position(|id| *id >= nodes.of.len() as u64) {
                let problem = format!(
                    "row {row}: node {} is not among the {} nodes of `{name}` ({}); add it there, or remove the edge",
                    ids[row],
                    nodes.of.len(),
                    nodes.file.display()
                );
                return Err(file.error(&path, problem));
            }
            Ok((name, ids))
        };
        let ((source, sources), (target, targets)) = (end("source")?, end("target")?);
        let of = Grouped::read(file, &at, "edge", types)?;
        if sources.len() != targets.len() || of.len() != targets.len() {
            let problem = format!("{} sources, {} targets, {} types", sources.len(), targets.len(), of.len());
            return Err(file.error(&at, problem));
        }
        if let Some(row) = targets.windows(2).position(|w| w[0] > w[1]).map(|r| r + 1) {
            let problem = format!(
                "row {row}: target {} after {}; SONATA edges are sorted by target: sort them, and write their indices anew",
                targets[row],
                targets[row - 1]
            );
            return Err(file.error(&format!("{at}/target_node_id"), problem));
        }
        Ok(Self { file: file.path.clone(), population, source, target, sources, targets, of })
    }
}
