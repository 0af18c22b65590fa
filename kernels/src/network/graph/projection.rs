//! This module holds projections: the synapses from one population to another.

use super::{Edges, InvalidNetwork, ShortTerm, Weights};
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
pub enum ReceptorTarget {
    /// Spikes act on the fast receptor of the projection's sign; see [`Cell::fast_receptor`].
    #[default]
    Fast,
    /// Spikes act on a given input of the postsynaptic cells, with `factor` times the weights.
    Input {
        /// The input's place in [`Cell::input`].
        input: usize,
        /// What weights are multiplied by: a sign, or the share of one receptor of several.
        factor: f64,
    },
}

/// The synapses from a population, or from some of its neurons, to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    /// The name by which errors and checkpoints call it.
    pub name: String,
    /// The presynaptic population, by its place.
    pub pre: usize,
    /// The presynaptic neuron of the first row: rows belong to neurons `first..first + rows`.
    pub first: usize,
    /// The postsynaptic population, by its place.
    pub post: usize,
    /// The sign of all synapses, whose weights are magnitudes where a receptor gives them one.
    pub sign: Sign,
    /// Where its spikes act.
    pub receptor: ReceptorTarget,
    /// Synapses with their weights and delays.
    pub edges: Edges,
    /// Which weights may be learnt, `[synapse]`; all may where it is `None`.
    pub plastic: Option<Vec<bool>>,
    /// Short-term plasticity, if it has any; training refuses it.
    pub short_term: Option<ShortTerm>,
}

impl Projection {
    /// Makes a projection of all neurons of `pre` that acts on `input` of `post` with unscaled weights.
    pub fn new(name: impl Into<String>, pre: usize, post: usize, input: usize, edges: Edges) -> Self {
        let receptor = ReceptorTarget::Input { input, factor: 1.0 };
        Projection { name: name.into(), pre, post, receptor, edges, ..Projection::default() }
    }

    /// Returns the input of `cell`, the model of the postsynaptic neurons, that spikes act on, and the factor on the
    /// weights. Fails where the cell lacks it.
    pub fn input(&self, cell: &Cell) -> Result<(usize, f64), InvalidNetwork> {
        let wrong = |what: String| Err(InvalidNetwork::new(&self.name, what));
        match self.receptor {
            ReceptorTarget::Input { input, .. } if input >= cell.input.len() => {
                wrong(format!("input {input} of {} of `{}`", cell.input.len(), cell.name))
            }
            ReceptorTarget::Input { input, factor } => Ok((input, factor)),
            ReceptorTarget::Fast => match cell.fast_input(self.sign) {
                Some(found) => Ok(found),
                None => wrong(format!("`{}` has no receptor for {} synapses", cell.name, self.sign.name())),
            },
        }
    }

    /// The number of presynaptic neurons that have a row.
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

    /// The number of synapses.
    pub fn synapses(&self) -> usize {
        self.edges.len()
    }

    /// The bytes it takes in memory.
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

    pub(super) fn check(&self, pre: usize, cell: &Cell, post: usize, shortest: u16) -> Result<(), InvalidNetwork> {
        let rows = self.edges.rows();
        if self.first + rows > pre {
            let what = format!("rows of neurons {}..{} of {pre}", self.first, self.first + rows);
            return Err(InvalidNetwork::new(&self.name, what));
        }
        self.input(cell)?;
        self.edges.check(&self.name, post, shortest)?;
        if let Some(mask) = self.plastic.as_ref().filter(|m| m.len() != self.edges.len()) {
            let what = format!("a mask of {} for {} synapses", mask.len(), self.edges.len());
            return Err(InvalidNetwork::new(&self.name, what));
        }
        self.short_term.map_or(Ok(()), |rule| rule.check(&self.name))
    }
}
