//! This module describes the input that groups receive from outside the network.

use crate::Spread;

/// The external input of a group, which is added to that of its synapses.
#[derive(Clone, Debug, Default)]
pub struct Drive {
    /// Indices of the cell's inputs that are driven; there may be none.
    pub inputs: Vec<usize>,
    /// Whether batch elements and neurons share the drive; `None` stands for [`Spread::Shared`].
    pub spread: Option<Spread>,
}

impl Drive {
    pub(crate) fn spread(&self) -> Spread {
        self.spread.unwrap_or(Spread::Shared)
    }

    /// Returns the number of values in the drive of a group of `neurons` with this `spread`.
    pub(crate) fn count(&self, steps: usize, batch: usize, neurons: usize, spread: Spread) -> usize {
        let each = match spread {
            Spread::Shared => 1,
            Spread::Batch => batch,
            Spread::Neuron => batch * neurons,
        };
        steps * self.inputs.len() * each
    }

    /// Returns the number of values in the gradient w.r.t. this drive, of which every batch element has its own.
    pub(crate) fn gradient_count(&self, steps: usize, batch: usize, neurons: usize) -> usize {
        let spread = if self.spread() == Spread::Neuron { Spread::Neuron } else { Spread::Batch };
        self.count(steps, batch, neurons, spread)
    }
}
