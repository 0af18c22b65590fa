//! This module stores the state of a running simulation in a checkpoint, bit for bit.
//!
//! The tensors are those of [`kernels::network::Saved`] (`step`, `state/..`, `events/..`, `plasticity/..`); the config
//! of the network is in the metadata.

use crate::checkpoint::LoadError;
use crate::config::BuildError;
use brain_core::Checkpoint;
use brain_core::checkpoint::{Array, CheckpointError, Data, Element, Meta};
use kernels::Precision;
use kernels::network::{Saved, SavedData, Simulation};
use std::path::Path;

/// Writes the state to a file, which is replaced as a whole or left as it was.
pub fn save_state<F: Precision>(simulation: &Simulation<F>, mut meta: Meta, file: &Path) -> Result<(), CheckpointError>
where
    Data: From<Vec<F>>,
{
    meta.step = simulation.step();
    let mut checkpoint = Checkpoint::default();
    checkpoint.meta = meta;
    for saved in simulation.state() {
        let data: Data = match saved.data {
            SavedData::Number(x) => x.into(),
            SavedData::Double(x) => x.into(),
            SavedData::Step(x) => x.into(),
        };
        checkpoint.insert(saved.name, Array::new(saved.shape, data)?);
    }
    checkpoint.save(file)
}

/// Sets a simulation of the same network to a saved state. Fails where the state is that of another network.
pub fn load_state<F: Precision + Element>(
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
            Data::U64(x) => SavedData::Step(x),
            Data::F64(x) if name.starts_with("plasticity/") => SavedData::Double(x),
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
    Ok(simulation.restore(&all).map_err(failed)?)
}
