//! This module writes circuits.

use super::super::ConnectomeError;
use super::column::AttributeColumn;
use super::group::Grouped;
use super::{EdgePopulation, NodePopulation, SonataCircuit};
use brain_core::Output;
use brain_core::output::write_atomic;
use hdf5_writer::{AttributeBuilder, DatasetBuilder, Hdf5Builder, Hdf5Writer, WriteOptions};
use serde_json::json;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

/// This number marks a SONATA file; it is stored beside the version of the format.
const MAGIC: u32 = 0x0A7A;
const VERSION: [u32; 2] = [0, 1];

impl SonataCircuit {
    /// Writes `circuit_config.json`, and `network/<population>_{nodes,edges}.h5` with `_{node,edge}_types.csv` beside
    /// them. Returns the path of the config.
    pub fn write(&self, dir: &Path) -> Result<PathBuf, ConnectomeError> {
        let root = Output::create(dir)?;
        let folder = Output::create(dir.join("network"))?;
        let (mut nodes, mut edges) = (vec![], vec![]);
        for n in &self.nodes {
            let (table, types) = (format!("{}_nodes.h5", n.population), format!("{}_node_types.csv", n.population));
            save(
                n.hdf5().map_err(|e| ConnectomeError::table(&folder.path(&table), e.to_string()))?,
                &folder.path(&table),
            )?;
            n.of.types.write(&folder.path(&types), "node_type_id")?;
            nodes.push(json!({"nodes_file": format!("$NETWORK_DIR/{table}"), "node_types_file": format!("$NETWORK_DIR/{types}")}));
        }
        for e in &self.edges {
            let (table, types) = (format!("{}_edges.h5", e.population), format!("{}_edge_types.csv", e.population));
            let size = |name: &str| self.population(name).map_or(0, |n| n.of.len());
            let built = e.hdf5(size(&e.source), size(&e.target));
            save(
                built.map_err(|e| ConnectomeError::table(&folder.path(&table), e.to_string()))?,
                &folder.path(&table),
            )?;
            e.of.types.write(&folder.path(&types), "edge_type_id")?;
            edges.push(json!({"edges_file": format!("$NETWORK_DIR/{table}"), "edge_types_file": format!("$NETWORK_DIR/{types}")}));
        }
        let config = json!({"manifest": {"$NETWORK_DIR": "./network"}, "networks": {"nodes": nodes, "edges": edges}});
        root.write("circuit_config.json", format!("{config:#}"))?;
        Ok(root.path("circuit_config.json"))
    }
}

type Built = Result<Hdf5Builder, hdf5_writer::Error>;

impl NodePopulation {
    fn hdf5(&self) -> Built {
        let at = format!("nodes/{}", self.population);
        let ids: Vec<u64> = (0..self.of.len() as u64).collect();
        let builder = Hdf5Builder::new().dataset(ids_set(format!("{at}/node_id"), &ids)?);
        self.of.add(builder, &at, "node")
    }
}

impl EdgePopulation {
    fn hdf5(&self, sources: usize, targets: usize) -> Built {
        let at = format!("edges/{}", self.population);
        let end = |side: &str, ids: &[u64], population: &str| {
            let set = ids_set(format!("{at}/{side}_node_id"), ids)?;
            Ok::<_, hdf5_writer::Error>(set.attribute(AttributeBuilder::fixed_string("node_population", population)))
        };
        let mut builder = Hdf5Builder::new().dataset(end("source", &self.sources, &self.source)?).dataset(end(
            "target",
            &self.targets,
            &self.target,
        )?);
        for (name, ids, nodes) in
            [("source_to_target", &self.sources, sources), ("target_to_source", &self.targets, targets)]
        {
            let (nodes, ranges) = index(ids, nodes);
            for (set, pairs) in [("node_id_to_range", nodes), ("range_to_edge_id", ranges)] {
                let flat: Vec<u64> = pairs.iter().flatten().copied().collect();
                let path = format!("{at}/indices/{name}/{set}");
                builder = builder.dataset(DatasetBuilder::typed_data(path, vec![pairs.len() as u64, 2], &flat)?);
            }
        }
        self.of.add(builder, &at, "edge")
    }
}

impl Grouped {
    fn add(&self, mut builder: Hdf5Builder, at: &str, prefix: &str) -> Built {
        for (name, ids) in
            [("type_id", &self.type_ids), ("group_id", &self.group_ids), ("group_index", &self.group_indices)]
        {
            builder = builder.dataset(ids_set(format!("{at}/{prefix}_{name}"), ids)?);
        }
        for (id, columns) in &self.groups {
            for (name, column) in columns {
                builder = builder.dataset(column.set(format!("{at}/{id}/{name}"))?);
            }
        }
        Ok(builder)
    }
}

impl AttributeColumn {
    fn set(&self, path: String) -> Result<DatasetBuilder, hdf5_writer::Error> {
        let shape = vec![self.len() as u64];
        match self {
            Self::U64(x) => DatasetBuilder::typed_data(path, shape, x),
            Self::I64(x) => DatasetBuilder::typed_data(path, shape, x),
            Self::F32(x) => DatasetBuilder::typed_data(path, shape, x),
            Self::F64(x) => DatasetBuilder::typed_data(path, shape, x),
            Self::Text(x) => DatasetBuilder::vlen_string_data(path, shape, x),
        }
    }
}

fn ids_set(path: String, ids: &[u64]) -> Result<DatasetBuilder, hdf5_writer::Error> {
    DatasetBuilder::typed_data(path, vec![ids.len() as u64], ids)
}

/// Builds SONATA's index of edges by node. The first table holds for each node a range of rows of the second table;
/// each row of the second table is a range of edges.
fn index(ids: &[u64], nodes: usize) -> (Vec<[u64; 2]>, Vec<[u64; 2]>) {
    let mut runs: Vec<(u64, [u64; 2])> = vec![];
    for (edge, &id) in ids.iter().enumerate() {
        let edge = edge as u64;
        match runs.last_mut() {
            Some((last, range)) if *last == id => range[1] = edge + 1,
            _ => runs.push((id, [edge, edge + 1])),
        }
    }
    runs.sort_by_key(|(id, range)| (*id, range[0]));
    // The reader refuses ids that no node has; the index has room for them.
    let nodes = nodes.max(runs.last().map_or(0, |(id, _)| *id as usize + 1));
    let mut by_node = vec![[0, 0]; nodes];
    for (k, (id, _)) in runs.iter().enumerate() {
        let range: &mut [u64; 2] = &mut by_node[*id as usize];
        *range = if range[1] == 0 { [k as u64, k as u64 + 1] } else { [range[0], k as u64 + 1] };
    }
    (by_node, runs.into_iter().map(|r| r.1).collect())
}

/// Writes a SONATA file, which is replaced as a whole or left as it was.
pub(super) fn save(builder: Hdf5Builder, file: &Path) -> Result<(), ConnectomeError> {
    let encode = || -> Result<Vec<u8>, hdf5_writer::Error> {
        let plan = builder
            .attribute(AttributeBuilder::scalar("magic", MAGIC)?)
            .attribute(AttributeBuilder::vector("version", &VERSION)?)
            .into_plan()?;
        Ok(Hdf5Writer::new(Cursor::new(Vec::new()), WriteOptions::default()).finish(plan)?.into_inner())
    };
    let bytes = encode().map_err(|e| ConnectomeError::table(file, e.to_string()))?;
    Ok(write_atomic(file, |w| w.write_all(&bytes))?)
}
