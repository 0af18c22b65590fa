//! A [`CheckpointKind`] says what a checkpoint is of, so that one of another scale is refused in words.

use super::{Checkpoint, CheckpointError};
use std::fmt;

/// What a checkpoint holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointKind {
    /// It holds the parameters of a fitted neuron.
    Neuron,
    /// It holds the state of an interrupted fit.
    FitState,
    /// It holds a network.
    Network,
    /// It holds the state of a simulated network.
    SimulationState,
    /// It holds a network with a readout, as a training leaves it.
    TrainedNetwork,
    /// It holds the state of an interrupted training.
    TrainingState,
    /// It holds none of these.
    Other,
}

impl fmt::Display for CheckpointKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Neuron => "a fitted neuron of `brain-fit run`",
            Self::FitState => "the state of a fit of `brain-fit run`",
            Self::Network => "a network of `brain-net build`",
            Self::SimulationState => "the state of a simulation of `brain-net run`",
            Self::TrainedNetwork => "a trained network of `brain-task train`",
            Self::TrainingState => "the state of a training of `brain-task train`",
            Self::Other => "a checkpoint of an unknown kind",
        })
    }
}

impl Checkpoint {
    /// Returns what the checkpoint holds, by the names of its arrays and notes; no version has written the kind itself.
    pub fn kind(&self) -> CheckpointKind {
        let has = |prefix: &str| self.names().any(|name| name.starts_with(prefix));
        let notes = &self.meta.notes;
        match () {
            () if notes.contains_key("network") && has("readout/") => CheckpointKind::TrainedNetwork,
            () if notes.contains_key("network") => CheckpointKind::Network,
            () if has("free/") => CheckpointKind::TrainingState,
            () if notes.contains_key("spike_counts") || has("state/") => CheckpointKind::SimulationState,
            () if notes.contains_key("stage") => CheckpointKind::FitState,
            () if !self.meta.models.is_empty() && has("param/") => CheckpointKind::Neuron,
            () => CheckpointKind::Other,
        }
    }

    /// Fails, and says what the checkpoint is instead, unless it is of one of these kinds.
    pub fn expect(&self, wanted: &[CheckpointKind]) -> Result<(), CheckpointError> {
        let found = self.kind();
        if wanted.contains(&found) {
            return Ok(());
        }
        let expected = wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        Err(CheckpointError::OtherKind { file: self.file().into(), found, expected })
    }
}
