//! Programs know neuron models by name.
//!
//! A [`Model`] is plain data: it says which state variables, inputs and parameters there are, with unit, default and
//! bounds. [`Models`] is the list that a program looks names up in; it starts with every compiled model, and a crate
//! outside this workspace adds its own.
//!
//! ```
//! use brain_core::model::{Model, Models};
//!
//! let models = Models::default();
//! let lif = models.find("lif").unwrap();
//! assert_eq!(lif.param[lif.parameter("tau_m").unwrap()].unit, "ms");
//! // The same equations, reset where they are told instead of where they cross the threshold.
//! assert_eq!(models.spike_forced(lif).unwrap().name, "lif-forced");
//!
//! let message = Model::find("liff").unwrap_err().to_string();
//! assert!(message.contains("did you mean `lif`?"));
//! ```

use crate::{
    config::nearest,
    param::{BoundsError, check_bounds},
};
use kernels::{Cell, Registry, Use, equations::Field};
use std::ops::Deref;
use thiserror::Error;

/// A name that no model has, or a value that one cannot take.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ModelError {
    /// No model has this name.
    #[error("there is no model `{found}`; {hint}")]
    Model {
        /// The name that was given.
        found: String,
        /// A sentence on what was probably meant, and which names there are.
        hint: String,
    },
    /// The model has no field of this name.
    #[error("{model} has no {kind} `{found}`; {hint}")]
    Field {
        /// The model.
        model: &'static str,
        /// Whether a state variable, an input, a parameter or an output was looked for.
        kind: &'static str,
        /// The name that was given.
        found: String,
        /// A sentence on what was probably meant, and which names there are.
        hint: String,
    },
    /// The value is out of bounds.
    #[error("{model}: {source}")]
    Bounds {
        /// The model.
        model: &'static str,
        /// Which field it is, with its unit.
        source: BoundsError,
    },
    /// The number of values is not the number of neurons.
    #[error("{model}: {found} values of {field} for {neurons} neurons; give one for each")]
    Count {
        /// The model.
        model: &'static str,
        /// The parameter or state variable.
        field: String,
        /// How many values were given.
        found: usize,
        /// How many neurons there are.
        neurons: usize,
    },
}

/// A compiled model; it dereferences to its [`Cell`].
#[derive(Clone, Copy, Debug)]
pub struct Model(&'static Cell);

impl From<&'static Cell> for Model {
    fn from(cell: &'static Cell) -> Self {
        Model(cell)
    }
}

impl Deref for Model {
    type Target = Cell;

    fn deref(&self) -> &Cell {
        self.0
    }
}

impl PartialEq for Model {
    /// Two models are the same if they have the same name.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The models that a program knows by name.
#[derive(Clone, Debug)]
pub struct Models(Vec<Model>);

impl Default for Models {
    /// Returns every model of this workspace that is compiled for scans.
    fn default() -> Self {
        Models::of(&Registry::default())
    }
}

impl Models {
    /// Makes a list of the cells of a registry that are compiled for scans.
    pub fn of(cells: &Registry) -> Self {
        Models(cells.cells(Use::Scan).map(Model).collect())
    }

    /// Adds a model of another crate to the list; it replaces one of the same name.
    pub fn with(mut self, cell: &'static Cell) -> Self {
        self.0.retain(|model| model.name != cell.name);
        self.0.push(Model(cell));
        self
    }

    /// Iterates over the models, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Model> + '_ {
        self.0.iter().copied()
    }

    /// Finds the model of a name, such as `hh-traub`.
    pub fn find(&self, name: &str) -> Result<Model, ModelError> {
        self.iter().find(|model| model.name == name).ok_or_else(|| ModelError::Model {
            found: name.into(),
            hint: hint(name, &self.iter().map(|m| m.0.name).collect::<Vec<_>>()),
        })
    }

    /// Finds the model with the same equations whose spikes are given instead of found, if it was compiled.
    ///
    /// It is recognised by its fields: those of `model`, and one input more (see [`kernels::equations::Forced`]).
    pub fn spike_forced(&self, model: Model) -> Option<Model> {
        let same = |other: &Model| {
            other.source == model.source
                && other.state == model.state
                && other.param == model.param
                && other.input.len() == model.input.len() + 1
                && other.input.starts_with(model.input)
                && other.is_spike_forced()
        };
        self.iter().find(same)
    }

    /// Finds the model with the same equations whose potential is pulled to a given one, if it was compiled.
    ///
    /// It is recognised by its fields: those of `model`, and two inputs more (see [`kernels::equations::Coupled`]).
    pub fn coupled(&self, model: Model) -> Option<Model> {
        let same = |other: &Model| {
            other.source == model.source
                && other.state == model.state
                && other.param == model.param
                && other.input.len() == model.input.len() + 2
                && other.input.starts_with(model.input)
                && other.is_coupled()
        };
        self.iter().find(same)
    }
}

impl Model {
    /// Finds the compiled model of a name; see [`Models::find`].
    pub fn find(name: &str) -> Result<Self, ModelError> {
        Models::default().find(name)
    }

    /// Returns the compiled cell, for the scans.
    pub fn cell(self) -> &'static Cell {
        self.0
    }

    /// Returns whether the spikes of this model are given by its last input, `z`.
    pub fn is_spike_forced(self) -> bool {
        self.0.input.last().is_some_and(|f| f.name == "z")
    }

    /// Tells whether the potential of this model is pulled to its last input, `v_data`.
    pub fn is_coupled(self) -> bool {
        self.0.input.last().is_some_and(|f| f.name == "v_data")
    }

    /// Tells whether this model is given a recording to follow, as only a stage of a fit has it.
    pub fn follows_recording(self) -> bool {
        self.is_spike_forced() || self.is_coupled()
    }

    /// Finds the position of the parameter `name`.
    pub fn parameter(self, name: &str) -> Result<usize, ModelError> {
        self.0.parameter(name).ok_or_else(|| self.unknown("parameter", name, names(self.param)))
    }

    /// Finds the position of the state variable `name`.
    pub fn state(self, name: &str) -> Result<usize, ModelError> {
        let found = self.0.state.iter().position(|f| f.name == name);
        found.ok_or_else(|| self.unknown("state variable", name, names(self.0.state)))
    }

    /// Finds the position of the input `name`.
    pub fn input(self, name: &str) -> Result<usize, ModelError> {
        self.0.input(name).ok_or_else(|| self.unknown("input", name, names(self.0.input)))
    }

    /// Finds the position of the recorded output `name`: a state variable, or `spike`.
    pub fn output(self, name: &str) -> Result<usize, ModelError> {
        let known = || names(self.0.state).into_iter().chain(["spike"]).collect();
        self.0.output(name).ok_or_else(|| self.unknown("output", name, known()))
    }

    /// Checks a value: it fails unless `value` is within the bounds of `field`, one of this model's.
    pub fn check(self, field: &Field, value: f64) -> Result<(), ModelError> {
        check_bounds(&field.name, value, field.bounds, field.unit)
            .map_err(|source| ModelError::Bounds { model: self.name, source })
    }

    fn unknown(self, kind: &'static str, found: &str, known: Vec<&str>) -> ModelError {
        ModelError::Field { model: self.name, kind, found: found.into(), hint: hint(found, &known) }
    }
}

fn names(fields: &[Field]) -> Vec<&str> {
    fields.iter().map(|f| f.name.as_ref()).collect()
}

fn hint(found: &str, known: &[&str]) -> String {
    let all = known.join(", ");
    match nearest(found, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`? There are: {all}"),
        None => format!("there are: {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_there_is_answered_with_the_nearest() {
        let Err(ModelError::Model { found, hint }) = Model::find("hh-trub") else { panic!("there is no such model") };
        assert!(found == "hh-trub" && hint.contains("`hh-traub`?") && hint.contains("glif3"), "{hint}");
        let lif = Model::find("lif").unwrap();
        let Err(ModelError::Field { kind, hint, .. }) = lif.output("spikes") else { panic!("there is no such output") };
        assert!(kind == "output" && hint.contains("did you mean `spike`?"), "{hint}");
        assert!(lif.input("i").is_ok() && lif.state("v").is_ok() && lif.state("w").is_err());
    }

    #[test]
    fn the_spike_forced_form_is_found_by_what_it_is() {
        let models = Models::default();
        let forced = |name| models.spike_forced(models.find(name).unwrap()).map(|m| m.cell().name);
        assert_eq!((forced("gif"), forced("glif3")), (Some("gif-forced"), Some("glif3-forced")));
        assert_eq!((forced("gif-forced"), forced("hh-traub"), forced("gif-paper")), (None, None, None));
    }

    #[test]
    fn the_coupled_form_is_found_by_what_it_is() {
        let models = Models::default();
        let coupled = |name| models.coupled(models.find(name).unwrap());
        let found = coupled("hh-cortical").unwrap();
        assert!(found.name == "hh-cortical-coupled" && found.is_coupled() && found.follows_recording());
        assert_eq!((coupled("hh-cortical-coupled"), coupled("lif")), (None, None));
        assert!(!models.find("hh-cortical").unwrap().follows_recording());
    }

    #[test]
    fn a_model_of_another_crate_joins_and_replaces() {
        let models = Models::default();
        let count = models.iter().count();
        assert_eq!(models.with(models_first()).iter().count(), count);
    }

    fn models_first() -> &'static Cell {
        kernels::cells(Use::Scan).next().unwrap()
    }
}
