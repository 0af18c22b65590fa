//! [`Meta`] is what a checkpoint says about its arrays.

use crate::output::{OutputError, sha256_file};
use kernels::equations::Field;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything in a checkpoint but the arrays; it is stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The whole resolved config, as YAML.
    pub config: String,
    /// Steps done.
    pub step: u64,
    /// Seed of the run.
    pub seed: u64,
    /// Model of every population.
    pub models: Vec<ModelInfo>,
    /// Every file that went into this one, with its checksum.
    pub lineage: Vec<InputFile>,
    /// Values that a program keeps for itself, by name.
    #[serde(default)]
    pub notes: BTreeMap<String, serde_json::Value>,
}

/// The model of one population.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Population.
    pub population: String,
    /// Name of the model.
    pub model: String,
    /// DOI of the paper that published its equations.
    pub doi: String,
    /// Its parameters.
    pub params: Vec<FieldInfo>,
    /// Its state variables.
    pub states: Vec<FieldInfo>,
}

/// A field as it was when the file was written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldInfo {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Lower bound, where there is one.
    pub low: Option<f64>,
    /// Upper bound, where there is one.
    pub high: Option<f64>,
}

/// A file that went into a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InputFile {
    /// What the file is used for: `data`, `connectome`, `parent`.
    pub role: String,
    /// Path, as the user gave it.
    pub path: String,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

impl From<&Field> for FieldInfo {
    fn from(field: &Field) -> Self {
        // JSON has no infinity.
        let finite = |x: f64| x.is_finite().then_some(x);
        let (low, high) = field.bounds;
        Self { name: field.name.to_string(), unit: field.unit.into(), low: finite(low), high: finite(high) }
    }
}

impl Meta {
    /// Notes a file that goes into this checkpoint, with its checksum.
    pub fn add_input(&mut self, role: &str, file: &Path) -> Result<(), OutputError> {
        let sha256 = sha256_file(file)?;
        self.lineage.push(InputFile { role: role.into(), path: file.display().to_string(), sha256 });
        Ok(())
    }

    /// Returns the model of a population.
    pub fn model(&self, population: &str) -> Option<&ModelInfo> {
        self.models.iter().find(|m| m.population == population)
    }
}
