//! This module reads circuit configs, which are JSON with variables.

use super::super::ConnectomeError;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A circuit has these HDF5 tables of nodes and edges, each with the CSV file of its types.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Files {
    pub nodes: Vec<(PathBuf, Option<PathBuf>)>,
    pub edges: Vec<(PathBuf, Option<PathBuf>)>,
}

/// Reads a circuit config, or the one that a simulation config names as `network`.
pub(super) fn read(file: &Path) -> Result<Files, ConnectomeError> {
    let mut file = file.to_owned();
    // The bound stops configs that name each other in a circle.
    for _ in 0..8 {
        let text =
            std::fs::read_to_string(&file).map_err(|cause| ConnectomeError::Open { file: file.clone(), cause })?;
        let json: Value = serde_json::from_str(&text)
            .map_err(|e| ConnectomeError::table(&file, format!("not a SONATA config: {e}")))?;
        match json.get("network").and_then(Value::as_str) {
            Some(network) => file = resolve(&file, &json, network),
            None => return circuit(&file, &json),
        }
    }
    Err(ConnectomeError::table(&file, "`network` leads in a circle; name the circuit config"))
}

fn circuit(file: &Path, json: &Value) -> Result<Files, ConnectomeError> {
    let Some(networks) = json.get("networks") else {
        return Err(ConnectomeError::table(file, "no `networks`, and no `network` that names another config"));
    };
    let list = |kind: &str| -> Result<Vec<(PathBuf, Option<PathBuf>)>, ConnectomeError> {
        let entries = networks.get(kind).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let enabled = |e: &&Value| e.get("enabled").and_then(Value::as_bool).unwrap_or(true);
        let mut files = Vec::new();
        for (k, entry) in entries.iter().enumerate().filter(|(_, e)| enabled(e)) {
            let path = |key: &str| {
                let text = entry.get(key).and_then(Value::as_str).filter(|t| !["", "NULL", "NONE"].contains(t));
                text.map(|t| resolve(file, json, t))
            };
            let Some(table) = path(&format!("{kind}_file")) else {
                let problem = format!("`networks.{kind}[{k}]` has no `{kind}_file`");
                return Err(ConnectomeError::table(file, problem));
            };
            files.push((table, path(&format!("{}_types_file", kind.trim_end_matches('s')))));
        }
        Ok(files)
    };
    Ok(Files { nodes: list("nodes")?, edges: list("edges")? })
}

/// Replaces the variables of the manifest in a path. Relative paths start at the folder of the config.
fn resolve(file: &Path, json: &Value, text: &str) -> PathBuf {
    let mut text = text.to_owned();
    let manifest = json.get("manifest").and_then(Value::as_object);
    for _ in 0..8 {
        for (name, value) in manifest.into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            text = text.replace(&format!("${{{}}}", name.trim_start_matches('$')), value).replace(name.as_str(), value);
        }
    }
    file.parent().unwrap_or(Path::new("")).join(text)
}
