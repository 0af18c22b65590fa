//! This module reads the list of neurons of a connectome, with their signs.

use super::table::Table;
use super::{ConnectomeError, RowProblem};
use crate::network::Sign;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// An entry holds what the list says of a neuron of a connectome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeuronEntry {
    /// The neuron has this identifier.
    pub id: String,
    /// Its synapses have this sign; it is `None` where the file does not give it.
    pub sign: Option<Sign>,
}

/// The table lists all neurons of a connectome; an edge to any other neuron is an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NeuronTable {
    /// The neurons are listed in this file.
    pub file: PathBuf,
    /// The neurons are in the order of the file.
    pub neurons: Vec<NeuronEntry>,
}

impl NeuronTable {
    /// Reads a CSV or TSV file with a column of ids (`id`, `name`, `neuron` or `Cell name`, unless `id` names another)
    /// and optionally a column of signs (`sign` or `ei`, unless `sign` names another), which holds `e`, `i`,
    /// `excitatory`, `inhibitory`, `1`, `-1` or nothing.
    pub fn read(file: &Path, id: Option<&str>, sign: Option<&str>) -> Result<Self, ConnectomeError> {
        let table = Table::read(file, None)?;
        let id = table.needed("id", id, &["id", "name", "neuron", "cell name"])?;
        let sign_column = match sign {
            Some(name) => Some(table.needed("sign", Some(name), &["sign"])?),
            None => table.column(None, &["sign", "ei"]),
        };
        let mut first: HashMap<&str, u64> = HashMap::new();
        let mut neurons = Vec::with_capacity(table.rows.len());
        for (line, row) in &table.rows {
            if let Some(first) = first.insert(&row[id], *line) {
                let problem = RowProblem::DuplicateId { id: row[id].into(), first };
                return Err(ConnectomeError::row(file, *line, problem));
            }
            let sign = sign_column.map(|c| read_sign(&row[c])).transpose().map_err(|found| {
                let (column, known) = ("the sign".into(), "e, i, excitatory, inhibitory, 1, -1, or nothing".into());
                ConnectomeError::row(file, *line, RowProblem::Unknown { column, found, known })
            })?;
            neurons.push(NeuronEntry { id: row[id].into(), sign: sign.flatten() });
        }
        Ok(Self { file: file.into(), neurons })
    }
}

fn read_sign(text: &str) -> Result<Option<Sign>, String> {
    match text.to_lowercase().as_str() {
        "" => Ok(None),
        "e" | "exc" | "excitatory" | "1" | "+1" => Ok(Some(Sign::Excitatory)),
        "i" | "inh" | "inhibitory" | "-1" => Ok(Some(Sign::Inhibitory)),
        _ => Err(text.into()),
    }
}
