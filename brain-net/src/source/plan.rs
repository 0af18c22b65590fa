//! This module says what a source gives: a plan, and the network that is built from it.

use crate::area::AreaMatrix;
use crate::error::BuildError;
use crate::network::AnatomicalNetwork;
use brain_core::Seed;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::path::PathBuf;

/// A connectome that is ready to be built.
pub trait ConnectomePlan: Debug + Send + Sync {
    /// Builds the network: it reads the files of the source and draws the random numbers.
    fn build(&self, seed: Seed) -> Result<BuiltNetwork, BuildError>;

    /// Describes in a few words where a projection comes from: its rule, or what it is read from.
    fn describe(&self, projection: &str) -> String;

    /// Returns the external inputs of the populations; most sources define none.
    fn external_inputs(&self) -> Result<Vec<ExternalInput>, BuildError> {
        Ok(vec![])
    }
}

/// A network and what it was built from.
#[derive(Clone, Debug, Default)]
pub struct BuiltNetwork {
    /// The network.
    pub network: AnatomicalNetwork,
    /// Areas that it was made of, where there are any.
    pub areas: Option<AreaMatrix>,
    /// Roles and paths of the files that were read; roles are `connectome`, `areas`, `mask` and `parent`.
    pub files: Vec<(&'static str, PathBuf)>,
    /// Remarks for the user.
    pub notes: Vec<String>,
}

/// The input of a population from outside: Poisson events and a constant current.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExternalInput {
    /// Name of the population.
    pub population: String,
    /// Rate of all external inputs of a neuron together, Hz.
    pub rate_hz: f64,
    /// Weight of an event, in the unit of the receptor.
    pub weight: f64,
    /// Constant current, in the unit of the model.
    pub current: f64,
}
