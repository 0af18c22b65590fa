//! This source reads areas from a matrix in a file.

use super::areas::{AreasConfig, AreasPlan};
use super::{BuiltNetwork, ConnectomePlan, ConnectomeSource, Scope};
use crate::config::named;
use crate::connectome::MatrixFile;
use crate::error::BuildError;
use brain_core::Seed;
use brain_core::config::ConfigError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The settings of `source: matrix` name the files of a matrix and the numbers of neurons and synapses.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MatrixSource {
    /// The matrix is read from these files.
    pub matrix: MatrixFile,
    /// Areas become a network with these numbers of neurons and synapses.
    pub areas: AreasConfig,
}

impl ConnectomeSource for MatrixSource {
    const NAME: &'static str = "matrix";

    fn plan(&self, scope: Scope) -> Result<Box<dyn ConnectomePlan>, ConfigError> {
        named(scope.origin, "matrix.fln", &self.matrix.fln, "the matrix, a CSV or TSV file")?;
        Ok(Box::new(MatrixPlan { matrix: self.matrix.clone(), areas: self.areas.plan(scope)? }))
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        let m = &mut self.matrix;
        let optional = [&mut m.distances, &mut m.coordinates, &mut self.areas.sizes_file];
        std::iter::once(&mut m.fln).chain(optional.into_iter().flatten()).collect()
    }
}

#[derive(Debug)]
struct MatrixPlan {
    matrix: MatrixFile,
    areas: AreasPlan,
}

impl ConnectomePlan for MatrixPlan {
    fn build(&self, seed: Seed) -> Result<BuiltNetwork, BuildError> {
        let m = &self.matrix;
        let mut built = self.areas.build(m.read()?, seed)?;
        let files = std::iter::once(&m.fln).chain(&m.distances).chain(&m.coordinates);
        built.files.extend(files.map(|f| ("connectome", f.clone())));
        Ok(built)
    }

    fn describe(&self, projection: &str) -> String {
        self.areas.describe(projection)
    }
}
