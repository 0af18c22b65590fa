//! This module holds the checked settings that a network is built from.

use super::General;
use super::neurons::NeuronSettings;
use crate::error::BuildError;
use crate::source::{BuiltNetwork, ConnectomePlan, ExternalInput};
use brain_core::Seed;
use brain_core::config::{ConfigError, Origin};
use brain_core::memory::TooLarge;

/// A network is built from these checked settings, in the units of the models.
#[derive(Debug)]
pub struct NetSettings {
    seed: u64,
    connectome: Box<dyn ConnectomePlan>,
    fixed: Vec<String>,
    neurons: Vec<NeuronSettings>,
    cells: kernels::Registry,
    balance: Option<f64>,
    origin: Origin,
}

impl NetSettings {
    pub(super) fn new(
        general: &General,
        connectome: Box<dyn ConnectomePlan>,
        cells: &kernels::Registry,
        origin: &Origin,
    ) -> Result<Self, ConfigError> {
        let neurons = general.neurons.iter().map(|(name, n)| NeuronSettings::new(origin, cells, name, n));
        if let Some(ratio) = general.balance.filter(|x| !(x.is_finite() && *x > 0.0)) {
            return Err(
                origin.error("balance", format!("{ratio} must be above 0; 1 lets inhibition cancel excitation"))
            );
        }
        Ok(Self {
            seed: general.seed,
            connectome,
            fixed: general.fixed.clone(),
            neurons: neurons.collect::<Result<_, _>>()?,
            cells: cells.clone(),
            balance: general.balance,
            origin: origin.clone(),
        })
    }

    /// Builds the network: it draws or reads the connectivity, gives the neurons their models, and balances the
    /// weights.
    pub fn build(&self) -> Result<BuiltNetwork, BuildError> {
        let seed = Seed::new(self.seed);
        let mut built = self.connectome.build(seed)?;
        let projections = &mut built.network.graph.projections;
        for (k, name) in self.fixed.iter().enumerate() {
            let Some(p) = projections.iter_mut().find(|p| p.name == *name) else {
                let known = projections.iter().map(|p| p.name.clone());
                return Err(self.origin.unknown(&format!("fixed.{k}"), name, known).into());
            };
            p.plastic = Some(vec![false; p.synapses()]);
        }
        for neurons in &self.neurons {
            neurons.add(&self.origin, &self.cells, &mut built, seed)?;
        }
        if let Some(ratio) = self.balance {
            let left = built.network.balance(ratio).map_err(|e| self.origin.error("balance", e.without_place()))?;
            if left > 0 {
                built
                    .notes
                    .push(format!("{left} neurons have no excitatory or no inhibitory input and are not balanced"));
            }
        }
        Ok(built)
    }

    /// Says that the network of this config cannot be written.
    pub(crate) fn too_large(&self, error: &TooLarge) -> ConfigError {
        self.origin.error("source", format!("the network is built and cannot be saved: {error}; give fewer synapses"))
    }

    /// Describes in a few words where a projection comes from: its rule, or what it is read from.
    pub fn describe(&self, projection: &str) -> String {
        self.connectome.describe(projection)
    }

    /// Returns the external inputs of the populations that the source defines.
    pub fn external_inputs(&self) -> Result<Vec<ExternalInput>, BuildError> {
        self.connectome.external_inputs()
    }
}
