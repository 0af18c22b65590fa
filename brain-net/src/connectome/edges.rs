//! This module reads edge lists, which have one connection per row.

use super::table::Table;
use super::{ConnectomeError, NeuronTable, RowProblem, Synapse, projection};
use crate::network::{AnatomicalNetwork, Anatomy, Population, Sign};
use brain_core::unit;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// The columns of an edge list have these names, where they are not the usual ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeColumns {
    /// Presynaptic neurons are in this column, usually `pre`, `source` or `from`.
    pub pre: Option<String>,
    /// Postsynaptic neurons are in this column, usually `post`, `target` or `to`.
    pub post: Option<String>,
    /// Strengths are in this column, usually `weight` or `synapses`; all are 1 where there is no such column.
    pub weight: Option<String>,
    /// Types are in this column, usually `type`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Delays are in this column, usually `delay` or `delay_ms`.
    pub delay: Option<String>,
    /// The delays have this unit; ms where it is null.
    pub delay_unit: Option<String>,
    /// Cells are separated by this character; by the most frequent one of tab, semicolon, comma and space where it is null.
    pub delimiter: Option<char>,
}

/// An edge connects two neurons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The presynaptic neuron has this index.
    pub pre: u32,
    /// The postsynaptic neuron has this index.
    pub post: u32,
    /// The edge has this signed strength, as it is written.
    pub weight: f64,
    /// The type of the edge has this index; it is 0 where there are no types.
    pub kind: usize,
    /// The edge has this delay, ms; it is `None` where the file gives none.
    pub delay_ms: Option<f64>,
    /// The edge is in this line of the file, from 1.
    pub line: u64,
}

/// An edge list holds the connections of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EdgeList {
    /// The connections are from this file.
    pub file: PathBuf,
    /// The neurons have these ids, in the order of the table of neurons, or sorted where there is none.
    pub neurons: Vec<String>,
    /// The table of neurons gives these signs, `[neuron]`.
    pub signs: Vec<Option<Sign>>,
    /// The types have these names, sorted.
    pub kinds: Vec<String>,
    /// The connections are in the order of the file.
    pub edges: Vec<Edge>,
}

/// An edge list becomes a network with these options.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeOptions {
    /// The simulation goes in steps of this time, ms.
    pub dt_ms: f64,
    /// Edges of these types become synapses; all edges do where it is empty. Gap junctions (`electrical`) should be
    /// left out, since they are not synapses of one direction.
    pub kinds: Vec<String>,
    /// Neurons of these ids are inhibitory, in addition to those of the table; `DD*` stands for all ids that begin with
    /// `DD`.
    pub inhibitory: Vec<String>,
    /// An edge of weight 1 has this magnitude.
    pub scale: f64,
    /// Edges that have no delay get this one, ms.
    pub delay_ms: f64,
}

impl EdgeOptions {
    /// Returns whether a name of `inhibitory` stands for the neuron `id`.
    pub fn names(name: &str, id: &str) -> bool {
        name.strip_suffix('*').map_or(name == id, |prefix| id.starts_with(prefix))
    }
}

impl EdgeList {
    /// Reads a CSV or TSV file with a header. With a table of neurons, edges to other neurons are errors; without one,
    /// the neurons are those that occur in the edges.
    pub fn read(file: &Path, columns: &EdgeColumns, table: Option<&NeuronTable>) -> Result<Self, ConnectomeError> {
        let t = Table::read(file, columns.delimiter)?;
        let pre = t.needed("pre", columns.pre.as_deref(), &["pre", "source", "from"])?;
        let post = t.needed("post", columns.post.as_deref(), &["post", "target", "to"])?;
        let optional = |role, declared: &Option<String>, usual: &[&str]| match declared {
            Some(name) => t.needed(role, Some(name), usual).map(Some),
            None => Ok(t.column(None, usual)),
        };
        let weight = optional("weight", &columns.weight, &["weight", "synapses"])?;
        let kind = optional("type", &columns.kind, &["type"])?;
        let delay = optional("delay", &columns.delay, &["delay", "delay_ms"])?;
        let delay_unit = columns.delay_unit.as_deref().unwrap_or("ms");
        let unit =
            unit::convert(1.0, delay_unit, "ms").map_err(|e| ConnectomeError::table(file, format!("delay: {e}")))?;

        let (neurons, signs): (Vec<String>, Vec<_>) = match table {
            Some(table) => table.neurons.iter().map(|n| (n.id.clone(), n.sign)).unzip(),
            None => {
                let ids: BTreeSet<&str> = t.rows.iter().flat_map(|(_, r)| [&r[pre], &r[post]]).collect();
                ids.into_iter().map(|id| (id.to_owned(), None)).unzip()
            }
        };
        let kinds: BTreeSet<&str> = kind.iter().flat_map(|&k| t.rows.iter().map(move |(_, r)| &r[k])).collect();
        let kinds: Vec<String> = kinds.into_iter().map(str::to_owned).collect();
        let index: HashMap<&str, u32> = neurons.iter().enumerate().map(|(i, n)| (n.as_str(), i as u32)).collect();
        let mut edges = Vec::with_capacity(t.rows.len());
        for (line, row) in &t.rows {
            let neuron = |side, id: &str| {
                index.get(id).copied().ok_or_else(|| {
                    let place = table.map_or(String::new(), |t| t.file.display().to_string());
                    let problem = RowProblem::MissingNeuron { side, id: id.into(), known: neurons.len(), place };
                    ConnectomeError::row(file, *line, problem)
                })
            };
            let delay_ms = match delay.filter(|&d| !row[d].is_empty()) {
                None => None,
                Some(d) => Some(t.number(*line, row, d)? * unit),
            };
            if let Some(delay_ms) = delay_ms.filter(|d| *d < 0.0) {
                return Err(ConnectomeError::row(file, *line, RowProblem::NegativeDelay { delay_ms }));
            }
            edges.push(Edge {
                pre: neuron("presynaptic", &row[pre])?,
                post: neuron("postsynaptic", &row[post])?,
                weight: weight.map_or(Ok(1.0), |w| t.number(*line, row, w))?,
                kind: kind.and_then(|k| kinds.binary_search_by(|x| x.as_str().cmp(&row[k])).ok()).unwrap_or(0),
                delay_ms,
                line: *line,
            });
        }
        Ok(Self { file: file.into(), neurons, signs, kinds, edges })
    }

    /// Builds the network of the edges: populations `E` and `I` with the ids as labels, and a projection for each pair
    /// of populations that has edges.
    ///
    /// The sign of a neuron comes from the table of neurons, from `inhibitory`, or from its first weight. Where no
    /// weight of the file is negative, all weights are magnitudes. Fails where a weight does not have the sign of its
    /// neuron.
    pub fn network(&self, options: &EdgeOptions) -> Result<AnatomicalNetwork, ConnectomeError> {
        if let Some(kind) = options.kinds.iter().find(|k| !self.kinds.contains(k)) {
            let known = self.kinds.join(", ");
            return Err(ConnectomeError::table(&self.file, format!("no edge of type `{kind}`; the types are {known}")));
        }
        let used = |e: &&Edge| options.kinds.is_empty() || options.kinds.contains(&self.kinds[e.kind]);
        let signs = self.signs_of(options, used)?;
        let mut network = AnatomicalNetwork::new(options.dt_ms);
        let mut place = vec![0u32; self.neurons.len()];
        for (name, sign) in [("E", Sign::Excitatory), ("I", Sign::Inhibitory)] {
            let members: Vec<usize> = (0..self.neurons.len()).filter(|&i| signs[i] == sign).collect();
            members.iter().enumerate().for_each(|(k, &i)| place[i] = k as u32);
            let labels = members.iter().map(|&i| self.neurons[i].clone()).collect();
            network.add(Population::named(name, members.len(), ""), Anatomy { labels, ..Anatomy::of(sign) });
        }
        let side = |i: u32| usize::from(signs[i as usize] == Sign::Inhibitory);
        let mut edges = vec![Vec::new(); 4];
        for e in self.edges.iter().filter(used) {
            edges[2 * side(e.pre) + side(e.post)].push(Synapse {
                pre: place[e.pre as usize],
                post: place[e.post as usize],
                magnitude: (e.weight.abs() * options.scale) as f32,
                delay_ms: e.delay_ms.unwrap_or(options.delay_ms),
            });
        }
        for (k, edges) in edges.into_iter().enumerate().filter(|(_, e)| !e.is_empty()) {
            let (s, t) = (k / 2, k % 2);
            let (pre, post) = (network.at(s), network.at(t));
            let name = format!("{}-{}", pre.name(), post.name());
            let p = projection(name, (s, t), pre.sign(), pre.size(), edges, options.dt_ms)?;
            network.graph.projections.push(p);
        }
        network.check()?;
        Ok(network)
    }

    fn signs_of(&self, options: &EdgeOptions, used: impl Fn(&&Edge) -> bool) -> Result<Vec<Sign>, ConnectomeError> {
        let named = |id: &str| options.inhibitory.iter().any(|name| EdgeOptions::names(name, id));
        let mut signs: Vec<Option<(Sign, Option<u64>)>> = (0..self.neurons.len())
            .map(|i| if named(&self.neurons[i]) { Some(Sign::Inhibitory) } else { self.signs[i] })
            .map(|s| s.map(|s| (s, None)))
            .collect();
        let counts = self.edges.iter().all(|e| e.weight >= 0.0);
        for e in self.edges.iter().filter(|e| used(e) && e.weight != 0.0 && !counts) {
            let (sign, line) = *signs[e.pre as usize].get_or_insert((Sign::of(e.weight), Some(e.line)));
            if sign != Sign::of(e.weight) {
                let neuron = self.neurons[e.pre as usize].clone();
                let because = match line {
                    Some(line) => format!("row {line}"),
                    None => format!("the table of neurons ({})", sign.name()),
                };
                let problem = RowProblem::Dale { neuron, weight: e.weight, because };
                return Err(ConnectomeError::row(&self.file, e.line, problem));
            }
        }
        Ok(signs.into_iter().map(|s| s.map_or(Sign::Excitatory, |s| s.0)).collect())
    }
}
