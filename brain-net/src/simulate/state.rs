//! This module holds the neurons of a simulated network as tensors, and stores its whole state in a checkpoint, bit for
//! bit.
//!
//! The simulator keeps its own memory between two saved states. Its numbers cross the border to the tensors of
//! [`CellPopulations`] when it begins ([`prepare`](super::prepare)), when a state is saved, and when one is loaded; never in
//! a step. A checkpoint has the names of [`kernels::network::Saved`] (`step`, `state/..`, `events/..`, `plasticity/..`), and
//! in its metadata the config that made the network.

use crate::checkpoint::LoadError;
use crate::error::BuildError;
use brain_core::CellPopulation;
use brain_core::checkpoint::{Array, ArrayData, Checkpoint, Element, Meta};
use candle_core::{Device, Tensor, WithDType};
use kernels::Precision;
use kernels::network::{Saved, SavedData, Simulation};
use std::path::Path;

/// The names of saved states of cells have this prefix.
const STATE: &str = "state/";

/// The populations of a network that have equations are kept by name, with parameters `[parameter, neuron]` and the
/// state `[state, 1, neuron]` in which they begin, or which was last saved or loaded.
#[derive(Clone, Debug)]
pub struct CellPopulations(pub Vec<(String, CellPopulation)>);

impl CellPopulations {
    /// Finds the population of a name.
    pub fn get(&self, name: &str) -> Option<&CellPopulation> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, population)| population)
    }

    /// Copies the states of all neurons out of the simulator, and returns everything else that belongs to a saved state.
    pub fn read<F: Precision + WithDType>(&mut self, simulation: &Simulation<F>) -> Result<Vec<Saved<F>>, BuildError> {
        let of_cells = |saved: &Saved<F>| saved.name.starts_with(STATE);
        let (states, rest): (Vec<_>, Vec<_>) = simulation.state().into_iter().partition(of_cells);
        let mut states = states.into_iter();
        for (_, population) in &mut self.0 {
            let rows = states.by_ref().take(population.model().cell().state.len());
            let row = |saved: Saved<F>| match saved.data {
                SavedData::Number(x) => Tensor::from_vec(x, saved.shape, &Device::Cpu),
                _ => candle_core::bail!("{} does not have the precision of the simulation", saved.name),
            };
            let rows = rows.map(row).collect::<candle_core::Result<Vec<_>>>()?;
            *population = population.in_state(Tensor::stack(&rows, 0)?.unsqueeze(1)?)?;
        }
        Ok(rest)
    }

    /// Writes the state of the simulation to a file, which is replaced as a whole or left as it was.
    pub fn save<F: Precision + WithDType>(
        &mut self,
        simulation: &Simulation<F>,
        mut meta: Meta,
        file: &Path,
    ) -> Result<(), BuildError>
    where
        ArrayData: From<Vec<F>>,
    {
        meta.step = simulation.step();
        let mut checkpoint = Checkpoint::default();
        checkpoint.meta = meta;
        for saved in self.read(simulation)? {
            let data: ArrayData = match saved.data {
                SavedData::Number(x) => x.into(),
                SavedData::Double(x) => x.into(),
                SavedData::Step(x) => x.into(),
            };
            checkpoint.insert(saved.name, Array::new(saved.shape, data)?);
        }
        for (name, population) in &self.0 {
            let state = population.state().squeeze(1)?;
            for (k, field) in population.model().cell().state.iter().enumerate() {
                checkpoint.insert(format!("{STATE}{name}/{}", field.name), Array::from_tensor(&state.get(k)?)?);
            }
        }
        Ok(checkpoint.save(file)?)
    }

    /// Sets a simulation of the same network to a saved state. Fails where the state is that of another network.
    pub fn load<F: Precision + WithDType + Element>(
        &mut self,
        simulation: &mut Simulation<F>,
        mut checkpoint: Checkpoint,
    ) -> Result<(), BuildError> {
        let names: Vec<String> = checkpoint.names().map(str::to_owned).collect();
        let file = checkpoint.file().to_owned();
        let mut all = vec![];
        for name in names {
            let array = checkpoint.take_array(&name)?;
            let (shape, data) = (array.shape().to_vec(), array.into_data());
            let kind = data.kind();
            let data = match data {
                ArrayData::U64(x) => SavedData::Step(x),
                ArrayData::F64(x) if name.starts_with("plasticity/") => SavedData::Double(x),
                // Numbers of the simulation's own precision are passed on as they are, so that none is converted.
                data if kind == F::KIND => SavedData::Number(F::from_data(data).unwrap_or_default()),
                _ => {
                    let problem = format!("`{name}` is {kind}, this run computes in {}", F::KIND);
                    return Err(LoadError::Content { file: file.display().to_string(), problem }.into());
                }
            };
            all.push(Saved { name, shape, data });
        }
        let failed = |e: kernels::network::InvalidNetwork| LoadError::Content {
            file: file.display().to_string(),
            problem: format!("{e}; resume with the config that saved it"),
        };
        simulation.restore(&all).map_err(failed)?;
        self.read(simulation).map(drop)
    }
}
