//! This source reads a list of edges between neurons.

use super::{BuiltNetwork, ConnectomePlan, ConnectomeSource, Scope};
use crate::config::{magnitude, named, within};
use crate::connectome::{ConnectomeError, Edge, EdgeColumns, EdgeList, EdgeOptions, NeuronTable};
use crate::error::BuildError;
use crate::network::AnatomicalNetwork;
use brain_core::Seed;
use brain_core::config::{ConfigError, Origin, Quantity, nearest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The settings of `source: edges` say how a list of edges is read.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EdgesSource {
    /// The list of edges is read like this.
    pub edges: EdgesConfig,
}

/// A list of edges is read like this.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EdgesConfig {
    /// This CSV or TSV file has one edge per row.
    pub file: PathBuf,
    /// The file's columns have these names, where they are not the usual ones.
    pub columns: EdgeColumns,
    /// This table lists all neurons; where it is null, the neurons are those that have an edge.
    pub neurons: Option<PathBuf>,
    /// The column of ids in the table of neurons has this name, where it is not a usual one.
    pub id: Option<String>,
    /// The column of signs in the table of neurons has this name, where it is not a usual one.
    pub sign: Option<String>,
    /// Edges of these types become synapses; all edges do where it is empty.
    pub types: Vec<String>,
    /// Neurons of these ids are inhibitory; `DD*` stands for all ids that begin with `DD`.
    pub inhibitory: Vec<String>,
    /// An edge of weight 1 has this magnitude.
    pub scale: f64,
    /// Edges for which the file gives no delay have this one.
    pub delay: Quantity,
}

impl Default for EdgesConfig {
    fn default() -> Self {
        Self {
            file: PathBuf::new(),
            columns: EdgeColumns::default(),
            neurons: None,
            id: None,
            sign: None,
            types: vec![],
            inhibitory: vec![],
            scale: 1.0,
            delay: Quantity::from("1 ms"),
        }
    }
}

impl ConnectomeSource for EdgesSource {
    const NAME: &'static str = "edges";

    fn plan(&self, scope: Scope) -> Result<Box<dyn ConnectomePlan>, ConfigError> {
        let e = &self.edges;
        named(scope.origin, "edges.file", &e.file, "the list of edges, a CSV or TSV file")?;
        within(scope.origin, "edges.scale", e.scale, 0.0, f64::MAX)?;
        let options = EdgeOptions {
            dt_ms: scope.dt_ms,
            kinds: e.types.clone(),
            inhibitory: e.inhibitory.clone(),
            scale: e.scale,
            delay_ms: magnitude(scope.origin, "edges.delay", &e.delay, "ms")?,
        };
        for (key, column) in [("edges.id", &e.id), ("edges.sign", &e.sign)] {
            if column.is_some() && e.neurons.is_none() {
                let problem = "is a column of the table of neurons, and edges.neurons names none: leave it out";
                return Err(scope.origin.error(key, problem));
            }
        }
        Ok(Box::new(EdgesPlan { settings: e.clone(), options, origin: scope.origin.clone() }))
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        std::iter::once(&mut self.edges.file).chain(&mut self.edges.neurons).collect()
    }

    fn open(file: &Path) -> Option<Result<AnatomicalNetwork, ConnectomeError>> {
        let read = || {
            let list = EdgeList::read(file, &EdgeColumns::default(), None)?;
            list.network(&EdgeOptions { dt_ms: 0.1, kinds: vec![], inhibitory: vec![], scale: 1.0, delay_ms: 1.0 })
        };
        let is = |ending: &str| file.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
        (is("csv") || is("tsv")).then(read)
    }
}

#[derive(Debug)]
struct EdgesPlan {
    settings: EdgesConfig,
    options: EdgeOptions,
    origin: Origin,
}

impl EdgesPlan {
    /// Fails on a name of `edges.inhibitory` that no neuron of the list has.
    fn check_inhibitory(&self, list: &EdgeList) -> Result<(), ConfigError> {
        for (k, name) in self.settings.inhibitory.iter().enumerate() {
            if !list.neurons.iter().any(|id| EdgeOptions::names(name, id)) {
                let near = nearest(name, list.neurons.iter().map(String::as_str));
                let near = near.map_or_else(String::new, |id| format!("did you mean `{id}`? "));
                let (file, count) = (list.file.display(), list.neurons.len());
                let problem =
                    format!("`{name}` is none of the {count} neurons of {file}; {near}leave it out otherwise");
                return Err(self.origin.error(&format!("edges.inhibitory.{k}"), problem));
            }
        }
        Ok(())
    }
}

impl ConnectomePlan for EdgesPlan {
    fn build(&self, _seed: Seed) -> Result<BuiltNetwork, BuildError> {
        let e = &self.settings;
        let table = e.neurons.as_ref().map(|f| NeuronTable::read(f, e.id.as_deref(), e.sign.as_deref())).transpose()?;
        let list = EdgeList::read(&e.file, &e.columns, table.as_ref())?;
        self.check_inhibitory(&list)?;
        let network = list.network(&self.options)?;
        let mut notes = vec![];
        let left_out = list.edges.len() as u64 - network.synapses();
        if left_out > 0 {
            notes.push(format!("{left_out} of {} edges are of other types and are left out", list.edges.len()));
        }
        let short = |e: &&Edge| e.delay_ms.unwrap_or(self.options.delay_ms) < 0.5 * self.options.dt_ms;
        let short = list.edges.iter().filter(short).count();
        if short > 0 {
            notes.push(format!(
                "the delays of {short} of {} edges are less than half a step and become one step, {} ms",
                list.edges.len(),
                self.options.dt_ms
            ));
        }
        let files = std::iter::once(&e.file).chain(&e.neurons).map(|f| ("connectome", f.clone())).collect();
        Ok(BuiltNetwork { network, files, notes, ..BuiltNetwork::default() })
    }

    fn describe(&self, _projection: &str) -> String {
        "edge list".into()
    }
}
