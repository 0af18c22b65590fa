//! This module holds projections: the synapses from one population to another.

use super::{Edges, Invalid, ShortTerm, Weights};
use crate::Cell;
use std::{borrow::Cow, ops::Range};

/// Dale's law: all synapses that a neuron makes have one sign (Eccles, Fatt and Koketsu 1954,
/// <https://doi.org/10.1113/jphysiol.1954.sp005226>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// Weights act as `+|w|`.
    #[default]
    Excitatory,
    /// Weights act as `-|w|`.
    Inhibitory,
}

impl Sign {
    /// Returns +1 or -1.
    pub fn factor(self) -> f32 {
        match self {
            Self::Excitatory => 1.0,
            Self::Inhibitory => -1.0,
        }
    }

    /// Returns the sign of a weight that is not zero.
    pub fn of(weight: f64) -> Self {
        if weight < 0.0 { Self::Inhibitory } else { Self::Excitatory }
    }

    /// Returns the name of the sign in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Excitatory => "excitatory",
            Self::Inhibitory => "inhibitory",
        }
    }
}

/// The input of the postsynaptic cells that the spikes of a projection act on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Receptor {
    /// Spikes act on the fast receptor of the projection's sign; see [`Cell::fast_receptor`].
    #[default]
    Fast,
    /// Spikes act on a given input of the postsynaptic cells, with `factor` times the weights.
    Input {
        /// Index among [`Cell::input`].
        input: usize,
        /// Factor on the weights, such as a sign or the share of one of several receptors.
        factor: f64,
    },
}

/// The synapses from a population, or from some of its neurons, to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    /// Name in errors and checkpoints.
    pub name: String,
    /// Index of the presynaptic population.
    pub pre: usize,
    /// Presynaptic neuron of the first row: the rows are neurons `first..first + rows`.
    pub first: usize,
    /// Index of the postsynaptic population.
    pub post: usize,
    /// Sign of all synapses.
    pub sign: Sign,
    /// Input that the spikes act on.
    pub receptor: Receptor,
    /// Synapses with their weights and delays.
    pub edges: Edges,
    /// Whether learning may change a weight, `[synapse]`; it may change all where this is `None`.
    pub plastic: Option<Vec<bool>>,
    /// Short-term plasticity; `None` where synapses have none.
    pub short_term: Option<ShortTerm>,
}

impl Projection {
    /// Makes a projection of all neurons of `pre` that acts on `input` of `post` with unscaled weights.
    pub fn new(name: impl Into<String>, pre: usize, post: usize, input: usize, edges: Edges) -> Self {
        let receptor = Receptor::Input { input, factor: 1.0 };
        Projection { name: name.into(), pre, post, receptor, edges, ..Projection::default() }
    }

    /// Returns the input of `cell`, the model of the postsynaptic neurons, that spikes act on, and the factor on the
    /// weights. Fails where the cell lacks it.
    pub fn input(&self, cell: &Cell) -> Result<(usize, f64), Invalid> {
        let wrong = |what: String| Err(Invalid::new(&self.name, what));
        match self.receptor {
            Receptor::Input { input, .. } if input >= cell.input.len() => {
                wrong(format!("input {input} of {} of `{}`", cell.input.len(), cell.name))
            }
            Receptor::Input { input, factor } => Ok((input, factor)),
            Receptor::Fast => match cell.fast_input(self.sign) {
                Some(found) => Ok(found),
                None => wrong(format!("`{}` has no receptor for {} synapses", cell.name, self.sign.name())),
            },
        }
    }

    /// Returns the number of presynaptic neurons that have a row.
    pub fn rows(&self) -> usize {
        self.edges.rows()
    }

    /// Returns the indices of the synapses of a row.
    ///
    /// # Panics
    /// Panics if there is no such row.
    pub fn row(&self, row: usize) -> Range<usize> {
        self.edges.row(row)
    }

    /// Returns the weights, `[synapse]`.
    pub fn magnitudes(&self) -> Cow<'_, [f32]> {
        match &self.edges.weights {
            Weights::Uniform(w) => vec![*w; self.edges.len()].into(),
            Weights::Each(w) => w.into(),
        }
    }

    /// Returns the number of synapses.
    pub fn synapses(&self) -> usize {
        self.edges.len()
    }

    /// Returns the number of bytes in memory.
    pub fn bytes(&self) -> u64 {
        (self.edges.bytes() + self.plastic.as_ref().map_or(0, Vec::len)) as u64
    }

    /// Removes the synapses for which `keep(row, target)` is false, in place; rows are counted from the first
    /// presynaptic neuron of the projection.
    pub fn retain(&mut self, keep: impl Fn(u32, u32) -> bool) {
        let plastic = &mut self.plastic;
        let kept = self.edges.retain(keep, |to, from| {
            if let Some(p) = plastic {
                p[to] = p[from];
            }
        });
        if let Some(p) = plastic {
            p.truncate(kept);
        }
    }

    pub(super) fn check(&self, pre: usize, cell: &Cell, post: usize, shortest: u16) -> Result<(), Invalid> {
        let rows = self.edges.rows();
        if self.first + rows > pre {
            let what = format!("rows of neurons {}..{} of {pre}", self.first, self.first + rows);
            return Err(Invalid::new(&self.name, what));
        }
        self.input(cell)?;
        self.edges.check(&self.name, post, shortest)?;
        if let Some(mask) = self.plastic.as_ref().filter(|m| m.len() != self.edges.len()) {
            let what = format!("a mask of {} for {} synapses", mask.len(), self.edges.len());
            return Err(Invalid::new(&self.name, what));
        }
        self.short_term.map_or(Ok(()), |rule| rule.check(&self.name))
    }
}
