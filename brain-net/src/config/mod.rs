//! The YAML config of a network. Every key has a default; unknown keys are errors.

mod assemble;
mod check;
mod describe;
mod neurons;
mod parts;
mod paths;
mod rules;
mod simulation;
mod table;

pub use assemble::{Assembled, assemble};
pub use parts::{
    AreasConfig, Distribution, EdgesConfig, LocalConfig, LongRangeConfig, MarmosetConfig, NeuronConfig,
    PopulationConfig, ProbabilitiesConfig, ProjectionConfig, RuleKind, SonataConfig, WeightConfig,
};
pub use simulation::{InputConfig, InputKind, PlasticityConfig, SimulationConfig, SynapseConfig};
pub use table::{External, externals};

use crate::connectome::{ConnectomeError, MatrixFile};
use crate::network::NetworkError;
use brain_core::checkpoint::CheckpointError;
use brain_core::cli::{Fault, Faulty};
use brain_core::config::{ConfigError, Quantity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where the connectivity comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Areas drawn with the marmoset's published statistics: `marmoset` and `areas`.
    #[default]
    Marmoset,
    /// Areas of a matrix: `matrix` and `areas`.
    Matrix,
    /// A list of edges between neurons: `edges`.
    Edges,
    /// A SONATA circuit: `sonata`.
    Sonata,
    /// A table of probabilities between populations: `probabilities`.
    Probabilities,
    /// Connection rules: `populations` and `projections`.
    Rules,
}

/// A whole network.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetConfig {
    /// Name of the network, and of its output folder within `out`.
    pub name: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Output folder; `out/<name>` where it is empty.
    pub out: PathBuf,
    /// Step in which delays are counted.
    pub dt: Quantity,
    /// Where the connectivity comes from.
    pub source: Source,
    /// Areas with the marmoset's statistics.
    pub marmoset: MarmosetConfig,
    /// Areas of a matrix.
    pub matrix: MatrixFile,
    /// From areas to neurons.
    pub areas: AreasConfig,
    /// Edge list.
    pub edges: EdgesConfig,
    /// SONATA circuit.
    pub sonata: SonataConfig,
    /// Table of probabilities.
    pub probabilities: ProbabilitiesConfig,
    /// Populations of rules.
    pub populations: Vec<PopulationConfig>,
    /// Projections of rules.
    pub projections: Vec<ProjectionConfig>,
    /// Projections that learning leaves as they are, whatever the source; `plastic: false` says so of one of rules.
    pub fixed: Vec<String>,
    /// Models of the populations by name.
    pub neurons: BTreeMap<String, NeuronConfig>,
    /// Scales inhibition so that every neuron's inhibitory inputs add up to this times its excitatory ones.
    pub balance: Option<f64>,
    /// How it is simulated.
    pub simulation: SimulationConfig,
}

impl Default for NetConfig {
    fn default() -> Self {
        Self {
            name: "network".into(),
            seed: 0,
            out: PathBuf::new(),
            dt: Quantity::from("0.1 ms"),
            source: Source::default(),
            marmoset: MarmosetConfig::default(),
            matrix: MatrixFile::default(),
            areas: AreasConfig::default(),
            edges: EdgesConfig::default(),
            sonata: SonataConfig::default(),
            probabilities: ProbabilitiesConfig::default(),
            populations: vec![],
            projections: vec![],
            fixed: vec![],
            neurons: BTreeMap::new(),
            balance: None,
            simulation: SimulationConfig::default(),
        }
    }
}

/// Why a config gives no network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The config.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A connectome.
    #[error(transparent)]
    Connectome(#[from] ConnectomeError),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A fitted neuron.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A network or the state of a simulation in a checkpoint.
    #[error(transparent)]
    Load(#[from] crate::checkpoint::LoadError),
    /// What the engine refuses.
    #[error("cannot simulate {0}")]
    Invalid(#[from] kernels::network::Invalid),
    /// A checksum.
    #[error(transparent)]
    Output(#[from] brain_core::output::OutputError),
}

impl Faulty for BuildError {
    fn fault(&self) -> Fault {
        match self {
            Self::Checkpoint(error) => error.fault(),
            Self::Load(error) => error.fault(),
            Self::Output(error) => error.fault(),
            _ => Fault::Input,
        }
    }
}
