//! This module says what a source gives: a plan, and the network that is built from it.

use crate::area::AreaMatrix;
use crate::error::BuildError;
use crate::network::AnatomicalNetwork;
use brain_core::Seed;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::path::PathBuf;

/// A plan is a connectome that is ready to be built.
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

/// A built network keeps what it was built from.
#[derive(Clone, Debug, Default)]
pub struct BuiltNetwork {
    /// The network was built.
    pub network: AnatomicalNetwork,
    /// The network is made of these areas, where there are any.
    pub areas: Option<AreaMatrix>,
    /// These files were read, with their roles: `connectome`, `areas`, `mask` or `parent`.
    pub files: Vec<(&'static str, PathBuf)>,
    /// The user is told these remarks.
    pub notes: Vec<String>,
}

/// A population receives this from outside: Poisson events and a constant current.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExternalInput {
    /// The population has this name.
    pub population: String,
    /// All external inputs of a neuron together have this rate, Hz.
    pub rate_hz: f64,
    /// An event has this weight, in the unit of the receptor.
    pub weight: f64,
    /// This constant current is added, in the unit of the model.
    pub current: f64,
}
