//! This module reads or builds the network that is trained.

use crate::TrainError;
use crate::config::{NetworkConfig, TrainConfig};
use brain_core::Checkpoint;
use brain_core::config::{Config, ConfigError};
use brain_net::config::BuildError;
use brain_net::{AnatomicalNetwork, NetConfig, Registry};
use std::path::PathBuf;

/// A source network comes with the files that it was made of.
#[derive(Clone, Debug)]
pub struct SourceNetwork {
    /// The network is to be trained.
    pub network: AnatomicalNetwork,
    /// The network was made of these files, with their roles.
    pub files: Vec<(&'static str, PathBuf)>,
    /// Neurons that have no receptors of their own have these, where the network's config says so.
    pub receptors: Option<String>,
}

/// Reads or builds the network of a config; its path is relative to the folder of the config's file.
pub fn network(config: &Config<TrainConfig>, registry: &Registry) -> Result<SourceNetwork, TrainError> {
    let NetworkConfig { file, set, .. } = &config.value.network;
    if file.as_os_str().is_empty() {
        let problem = "name the config of a network (see brain-net/config) or a checkpoint of `brain-net build`";
        return Err(config.error("network.file", problem).into());
    }
    if file.extension().is_some_and(|e| e == "safetensors") {
        if !set.is_empty() {
            let problem = "keys are overridden in configs; this is a checkpoint, whose network is what it is";
            return Err(config.error("network.set", problem).into());
        }
        let mut checkpoint = Checkpoint::load(file)?;
        // A network that `brain-net build` wrote has the config that it was built by; a trained one has that of its
        // training.
        let built_by = NetConfig::parse_stored(file, &checkpoint.meta.config, &[""; 0], registry).ok();
        let receptors = built_by.map(|config| config.general.simulation.receptors);
        let network = AnatomicalNetwork::from_checkpoint(&mut checkpoint)?;
        return Ok(SourceNetwork { network, files: vec![("parent", file.clone())], receptors });
    }
    // Keys that are overridden stand in the config of the training, not on the command line.
    let overridden = |e: ConfigError| e.of_items(&config.origin.place("network.set"), "network.set");
    let net = NetConfig::load(file, set, registry).map_err(overridden)?;
    let mut built = net.resolve().map_err(overridden)?.build().map_err(|e| match e {
        BuildError::Config(error) => overridden(error).into(),
        other => other,
    })?;
    built.files.push(("network", file.clone()));
    Ok(SourceNetwork { network: built.network, files: built.files, receptors: Some(net.general.simulation.receptors) })
}
