//! The parts of the config, by where connectivity comes from.

mod areas;
mod files;
mod neurons;
mod rules;
mod weights;

pub use areas::{AreasConfig, LocalConfig, LongRangeConfig, MarmosetConfig};
pub use files::{EdgesConfig, ProbabilitiesConfig, SonataConfig};
pub use neurons::NeuronConfig;
pub use rules::{PopulationConfig, ProjectionConfig, RuleKind};
pub use weights::{Distribution, WeightConfig};
