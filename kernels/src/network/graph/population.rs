//! This module holds populations: neurons of one kind.

use super::InvalidNetwork;
use crate::{Cell, Use, cells};
use std::collections::BTreeMap;

/// The numbers of one field for the neurons of a population.
#[derive(Clone, Debug, PartialEq)]
pub enum PerNeuron {
    /// All neurons have this number.
    Same(f64),
    /// Each neuron has its own number, `[neuron]`.
    Each(Vec<f64>),
}

/// The kind of neurons of a population.
#[derive(Clone, Debug)]
pub enum PopulationKind {
    /// The neurons are cells with a membrane and receptors.
    Cells {
        /// Compiled equations of the cells.
        cell: &'static Cell,
        /// Parameters, in the order of [`Cell::param`].
        params: Vec<PerNeuron>,
        /// State before the first step, in the order of [`Cell::state`].
        start: Vec<PerNeuron>,
        /// Constant input, such as a fixed current, in the order of [`Cell::input`].
        drive: Vec<PerNeuron>,
    },
    /// The neurons are cells of which a model is known by name alone. Whoever simulates or trains the network makes
    /// [`PopulationKind::Cells`] of them; which cells depends on what they know, such as the receptors of its synapses.
    Named {
        /// Name of the model; it is empty where it is not decided.
        model: String,
        /// Parameters that differ from the model's defaults, by their names and in their units.
        params: BTreeMap<String, PerNeuron>,
    },
    /// The neurons spike independently in each step with probability `rate dt`.
    Poisson {
        /// The rate, Hz.
        rate: PerNeuron,
        /// The key of the random stream: whether a neuron spikes in a step depends on the key and these two numbers
        /// alone.
        key: u64,
    },
    /// The neurons replay given spikes.
    Spikes {
        /// Pairs of step and neuron, in ascending order. A spike of step `t` acts at the start of step `t + delay`. In
        /// training it is each run that tells them.
        times: Vec<(u64, u32)>,
    },
}

/// Neurons of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// The name by which errors and checkpoints call it.
    pub name: String,
    /// How many neurons there are.
    pub neurons: usize,
    /// What the neurons do.
    pub kind: PopulationKind,
}

impl From<Vec<f64>> for PerNeuron {
    /// Takes one number for all neurons, or one for each.
    fn from(values: Vec<f64>) -> Self {
        match values[..] {
            [all] => PerNeuron::Same(all),
            _ => PerNeuron::Each(values),
        }
    }
}

impl PerNeuron {
    /// Returns the number of neuron `n`.
    ///
    /// # Panics
    /// Panics if each neuron has its own number and this neuron does not exist.
    pub fn of(&self, n: usize) -> f64 {
        match self {
            PerNeuron::Same(x) => *x,
            PerNeuron::Each(x) => x[n],
        }
    }

    /// All numbers, or one where they are the same.
    pub fn as_slice(&self) -> &[f64] {
        match self {
            PerNeuron::Same(x) => std::slice::from_ref(x),
            PerNeuron::Each(x) => x,
        }
    }

    /// Turns them into all numbers, or one where they are the same.
    pub fn into_vec(self) -> Vec<f64> {
        match self {
            PerNeuron::Same(x) => vec![x],
            PerNeuron::Each(x) => x,
        }
    }

    fn check(&self, part: &str, what: &str, neurons: usize) -> Result<(), InvalidNetwork> {
        match self {
            PerNeuron::Each(x) if x.len() != neurons => {
                Err(InvalidNetwork::new(part, format!("{what}: {} numbers for {neurons} neurons", x.len())))
            }
            _ => Ok(()),
        }
    }

    /// Fails unless the numbers are rates in Hz that are valid for Poisson events in a step of `dt` ms.
    pub(super) fn check_rate(&self, part: &str, neurons: usize, dt: f64) -> Result<(), InvalidNetwork> {
        self.check(part, "rates", neurons)?;
        match self.as_slice().iter().find(|r| !(r.is_finite() && **r >= 0.0 && **r * dt < 1e5)) {
            Some(r) => Err(InvalidNetwork::new(part, format!("a rate of {r} Hz in steps of {dt} ms"))),
            None => Ok(()),
        }
    }
}

impl PartialEq for PopulationKind {
    /// Compares populations; cell models are equal where their names are.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (
                PopulationKind::Cells { cell, params, start, drive },
                PopulationKind::Cells { cell: c, params: p, start: s, drive: d },
            ) => cell.name == c.name && (params, start, drive) == (p, s, d),
            (PopulationKind::Named { model, params }, PopulationKind::Named { model: m, params: p }) => {
                (model, params) == (m, p)
            }
            (PopulationKind::Poisson { rate, key }, PopulationKind::Poisson { rate: r, key: k }) => {
                (rate, key) == (r, k)
            }
            (PopulationKind::Spikes { times }, PopulationKind::Spikes { times: t }) => times == t,
            _ => false,
        }
    }
}

impl Population {
    /// Makes a population of cells of the model `cell`, or of sources where it is `None`.
    pub fn new(name: impl Into<String>, neurons: usize, cell: Option<&'static Cell>) -> Self {
        match cell {
            Some(cell) => Self::cells(name, neurons, cell),
            None => Self::sources(name, neurons),
        }
    }

    /// Makes cells with the default parameters and states of `cell`, without constant input.
    pub fn cells(name: impl Into<String>, neurons: usize, cell: &'static Cell) -> Self {
        let defaults = |fields: &[equations::Field]| fields.iter().map(|f| PerNeuron::Same(f.default)).collect();
        let drive = vec![PerNeuron::Same(0.0); cell.input.len()];
        let kind = PopulationKind::Cells { cell, params: defaults(cell.param), start: defaults(cell.state), drive };
        Population { name: name.into(), neurons, kind }
    }

    /// Makes cells of a model that is known by `model`, its name, with its default parameters.
    pub fn named(name: impl Into<String>, neurons: usize, model: impl Into<String>) -> Self {
        let kind = PopulationKind::Named { model: model.into(), params: BTreeMap::new() };
        Population { name: name.into(), neurons, kind }
    }

    /// Makes sources without spikes.
    pub fn sources(name: impl Into<String>, neurons: usize) -> Self {
        Population { name: name.into(), neurons, kind: PopulationKind::Spikes { times: vec![] } }
    }

    /// Returns whether the neurons are sources, which have no membrane.
    pub fn is_source(&self) -> bool {
        matches!(self.kind, PopulationKind::Poisson { .. } | PopulationKind::Spikes { .. })
    }

    /// The equations of the neurons; `None` of sources, and of neurons whose model is known by name alone.
    pub fn cell(&self) -> Option<&'static Cell> {
        if let PopulationKind::Cells { cell, .. } = self.kind { Some(cell) } else { None }
    }

    /// Returns the state before the first step, `[state, neuron]`; it is empty where there are no equations.
    pub fn start(&self) -> Vec<f64> {
        if let PopulationKind::Cells { start, .. } = &self.kind { self.rows(start) } else { vec![] }
    }

    /// Returns the parameters, `[parameter, neuron]`; they are empty where there are no equations.
    pub fn params(&self) -> Vec<f64> {
        if let PopulationKind::Cells { params, .. } = &self.kind { self.rows(params) } else { vec![] }
    }

    fn rows(&self, fields: &[PerNeuron]) -> Vec<f64> {
        fields.iter().flat_map(|f| (0..self.neurons).map(|n| f.of(n))).collect()
    }

    pub(super) fn check(&self, by: Use, dt: f64) -> Result<(), InvalidNetwork> {
        let (name, neurons) = (&self.name, self.neurons);
        let wrong = |what: String| Err(InvalidNetwork::new(name, what));
        if neurons > u32::MAX as usize {
            return wrong(format!("{neurons} neurons; there may be {}", u32::MAX));
        }
        match &self.kind {
            PopulationKind::Cells { cell, .. } if !cell.serves(by) => {
                let known: Vec<_> = cells(by).map(|c| c.name).collect();
                let by = if by == Use::Train { "training" } else { "networks" };
                wrong(format!("`{}` is not compiled for {by}; {} are", cell.name, known.join(", ")))
            }
            PopulationKind::Cells { cell, params, start, drive } => {
                for (what, values, fields) in
                    [("parameters", params, cell.param), ("states", start, cell.state), ("inputs", drive, cell.input)]
                {
                    if values.len() != fields.len() {
                        return wrong(format!("{what}: {} where {} are needed", values.len(), fields.len()));
                    }
                    for (values, field) in values.iter().zip(fields) {
                        values.check(name, &format!("{what}: `{}`", field.name), neurons)?;
                    }
                }
                Ok(())
            }
            PopulationKind::Named { model, .. } => {
                wrong(format!("its model `{model}` is a name alone; give it cells of a model"))
            }
            PopulationKind::Poisson { rate, .. } => {
                rate.check_rate(name, neurons, dt)?;
                match rate.as_slice().iter().find(|&&r| r * dt > 1e3) {
                    Some(r) => wrong(format!("{r} Hz is more than a spike in each step of {dt} ms")),
                    None => Ok(()),
                }
            }
            PopulationKind::Spikes { times } => {
                if let Some(p) = times.windows(2).find(|p| p[0] > p[1]) {
                    return wrong(format!("spike {:?} after {:?}", p[1], p[0]));
                }
                match times.iter().find(|s| s.1 as usize >= neurons) {
                    Some(s) => wrong(format!("a spike of source {} of {neurons}", s.1)),
                    None => Ok(()),
                }
            }
        }
    }
}
