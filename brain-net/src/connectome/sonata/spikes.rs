//! This module reads and writes SONATA files of spikes.

use super::super::ConnectomeError;
use super::column::AttributeColumn;
use super::hdf5::File;
use super::write::save;
use brain_core::unit;
use hdf5_writer::{AttributeBuilder, DatasetBuilder, Hdf5Builder};
use std::path::Path;

/// The spikes of a file are in one of these orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sorting {
    /// The spikes are in no order.
    #[default]
    None,
    /// The spikes are sorted by node; those of one node may be in any order.
    ById,
    /// The spikes are sorted by time.
    ByTime,
}

/// These are the spikes of a node population.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spikes {
    /// The node population has this name; it is empty in files of the first version, which do not give it.
    pub population: String,
    /// Each spike is of this node, `[spike]`.
    pub nodes: Vec<u64>,
    /// Each spike occurs at this time, ms, `[spike]`.
    pub times_ms: Vec<f64>,
    /// The spikes are in this order.
    pub sorting: Sorting,
}

impl Spikes {
    /// Reads the spikes of every population of a file.
    pub fn read(file: &Path) -> Result<Vec<Self>, ConnectomeError> {
        let file = File::open(file)?;
        let (populations, sets) = file.members("spikes")?;
        if sets.iter().any(|s| s == "gids") {
            return Ok(vec![one(&file, "spikes", "gids", String::new())?]);
        }
        populations.into_iter().map(|p| one(&file, &format!("spikes/{p}"), "node_ids", p.clone())).collect()
    }

    /// Writes the spikes of several populations.
    pub fn write(all: &[Self], file: &Path) -> Result<(), ConnectomeError> {
        let failed = |e: hdf5_writer::Error| ConnectomeError::table(file, e.to_string());
        let mut builder = Hdf5Builder::new();
        for s in all {
            let at = format!("spikes/{}", s.population);
            let sorting = match s.sorting {
                Sorting::None => "none",
                Sorting::ById => "by_id",
                Sorting::ByTime => "by_time",
            };
            let n = vec![s.nodes.len() as u64];
            let nodes = DatasetBuilder::typed_data(format!("{at}/node_ids"), n.clone(), &s.nodes).map_err(failed)?;
            let times = DatasetBuilder::typed_data(format!("{at}/timestamps"), n, &s.times_ms).map_err(failed)?;
            builder = builder
                .dataset(nodes)
                .dataset(times.attribute(AttributeBuilder::fixed_string("units", "ms")))
                .group_attribute(at, AttributeBuilder::fixed_string("sorting", sorting));
        }
        save(builder, file)
    }
}

fn one(file: &File, at: &str, ids: &str, population: String) -> Result<Spikes, ConnectomeError> {
    let nodes = file.ids(&format!("{at}/{ids}"))?;
    let path = format!("{at}/timestamps");
    let column = file.column(&path)?;
    if matches!(column, AttributeColumn::Text(_)) {
        return Err(file.error(&path, "text where times are expected"));
    }
    let unit_name = file.attribute(&path, "units")?.unwrap_or_else(|| "ms".into());
    let mut times_ms = Vec::with_capacity(column.len());
    for row in 0..column.len() {
        let t = column.number(row).unwrap_or(f64::NAN);
        if !t.is_finite() {
            return Err(file.error(&path, format!("row {row}: the time is {t}")));
        }
        times_ms.push(unit::convert(t, &unit_name, "ms").map_err(|e| file.error(&path, e))?);
    }
    if nodes.len() != times_ms.len() {
        return Err(file.error(&path, format!("{} times for {} nodes", times_ms.len(), nodes.len())));
    }
    let declared = file.group(at)?.attribute("sorting").ok().and_then(|a| a.read_string().ok()).unwrap_or_default();
    let sorting = match declared.as_str() {
        "by_time" => Sorting::ByTime,
        "by_id" | "by_gid" => Sorting::ById,
        _ => Sorting::None,
    };
    let ordered = |k: usize| match sorting {
        Sorting::None => true,
        Sorting::ByTime => times_ms[k - 1] <= times_ms[k],
        Sorting::ById => nodes[k - 1] <= nodes[k],
    };
    if let Some(row) = (1..nodes.len()).find(|&k| !ordered(k)) {
        let problem = format!(
            "row {row}: node {} at {} ms after node {} at {} ms, but `sorting` is `{declared}`; sort the spikes, or declare `none`",
            nodes[row],
            times_ms[row],
            nodes[row - 1],
            times_ms[row - 1]
        );
        return Err(file.error(at, problem));
    }
    Ok(Spikes { population, nodes, times_ms, sorting })
}
