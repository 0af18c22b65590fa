//! Input from outside beside that of synapses.

use crate::Spread;

/// Inputs that a group gets from outside beside those of its synapses.
#[derive(Clone, Debug, Default)]
pub struct Drive {
    /// Which of its cell's inputs are driven; there may be none.
    pub inputs: Vec<usize>,
    /// How far a number is shared; `None` is [`Spread::Shared`].
    pub spread: Option<Spread>,
}

impl Drive {
    pub(crate) fn spread(&self) -> Spread {
        self.spread.unwrap_or(Spread::Shared)
    }

    /// Numbers that the drive of a group of `neurons` takes with this `spread`.
    pub(crate) fn count(&self, steps: usize, batch: usize, neurons: usize, spread: Spread) -> usize {
        let each = match spread {
            Spread::Shared => 1,
            Spread::Batch => batch,
            Spread::Neuron => batch * neurons,
        };
        steps * self.inputs.len() * each
    }

    /// Numbers of the gradient w.r.t. this drive: every batch element has its own.
    pub(crate) fn gradient_count(&self, steps: usize, batch: usize, neurons: usize) -> usize {
        let spread = if self.spread() == Spread::Neuron { Spread::Neuron } else { Spread::Batch };
        self.count(steps, batch, neurons, spread)
    }
}
