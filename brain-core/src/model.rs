//! Neuron models by name, and populations of them with named parameters.
//!
//! A [`Model`] is plain data: which state variables, inputs and parameters there are, with unit, default and bounds. A
//! [`Population`] is a model with one value per neuron and parameter; from it come the tensors that
//! [`scan`](crate::scan()) takes.
//!
//! ```
//! use brain_core::model::{Model, Population};
//! use candle_core::{DType, Device};
//!
//! let lif = Model::find("lif").unwrap();
//! let mut cells = Population::new(lif, 3);
//! cells.set("tau_m", 20.0).unwrap();
//! cells.set_each("E_L", &[-70.0, -72.0, -68.0]).unwrap();
//!
//! let params = cells.params(DType::F64, &Device::Cpu).unwrap();
//! let start = cells.start(1, DType::F64, &Device::Cpu).unwrap();
//! assert_eq!((params.dims(), start.dims()), (&[6, 3][..], &[2, 1, 3][..]));
//!
//! let message = Model::find("liff").unwrap_err().to_string();
//! assert!(message.contains("did you mean `lif`?"));
//! ```

use crate::{
    config::nearest,
    param::{BoundsError, Transform, check_bounds},
};
use candle_core::{DType, Device, Tensor};
use kernels::{Cell, Use, equations::Field};
use std::ops::Deref;
use thiserror::Error;

/// A name that no model has, or a value that one cannot take.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ModelError {
    /// No such model.
    #[error("there is no model `{found}`; {hint}")]
    Model {
        /// Name given.
        found: String,
        /// What was probably meant, and what there is.
        hint: String,
    },
    /// No such field.
    #[error("{model} has no {kind} `{found}`; {hint}")]
    Field {
        /// Model.
        model: &'static str,
        /// State variable, input, parameter or output.
        kind: &'static str,
        /// Name given.
        found: String,
        /// What was probably meant, and what there is.
        hint: String,
    },
    /// Out of bounds.
    #[error("{model}: {source}")]
    Bounds {
        /// Model.
        model: &'static str,
        /// Which field, with its unit.
        source: BoundsError,
    },
    /// Another number of values.
    #[error("{model}: {found} values of {field} for {neurons} neurons; give one for each")]
    Count {
        /// Model.
        model: &'static str,
        /// Parameter.
        field: String,
        /// Values given.
        found: usize,
        /// Neurons.
        neurons: usize,
    },
}

/// A compiled model; dereferences to its [`Cell`].
#[derive(Clone, Copy, Debug)]
pub struct Model(&'static Cell);

impl From<&'static Cell> for Model {
    fn from(kernel: &'static Cell) -> Self {
        Model(kernel)
    }
}

impl Deref for Model {
    type Target = Cell;

    fn deref(&self) -> &Cell {
        self.0
    }
}

impl Model {
    /// The model of a name, such as `hh-traub`.
    pub fn find(name: &str) -> Result<Self, ModelError> {
        kernels::find_for(name, Use::Scan).map(Model).ok_or_else(|| ModelError::Model {
            found: name.into(),
            hint: hint(name, &kernels::cells(Use::Scan).map(|k| k.name).collect::<Vec<_>>()),
        })
    }

    /// The kernel, for the scans.
    pub fn kernel(self) -> &'static Cell {
        self.0
    }

    /// Position of the parameter `name`.
    pub fn parameter(self, name: &str) -> Result<usize, ModelError> {
        self.0.parameter(name).ok_or_else(|| self.unknown("parameter", name, names(self.param)))
    }

    /// Position of the state variable `name`.
    pub fn state(self, name: &str) -> Result<usize, ModelError> {
        let found = self.0.state.iter().position(|f| f.name == name);
        found.ok_or_else(|| self.unknown("state variable", name, names(self.0.state)))
    }

    /// Position of the input `name`.
    pub fn input(self, name: &str) -> Result<usize, ModelError> {
        self.0.input(name).ok_or_else(|| self.unknown("input", name, names(self.0.input)))
    }

    /// Position of the recorded output `name`: a state variable, or `spike`.
    pub fn output(self, name: &str) -> Result<usize, ModelError> {
        let known = || names(self.0.state).into_iter().chain(["spike"]).collect();
        self.0.output(name).ok_or_else(|| self.unknown("output", name, known()))
    }

    /// Fails unless `value` is within the bounds of `field`, one of this model's.
    pub fn check(self, field: &Field, value: f64) -> Result<(), ModelError> {
        check_bounds(&field.name, value, field.bounds, field.unit)
            .map_err(|source| ModelError::Bounds { model: self.name, source })
    }

    /// Runs a population of this model; see [`scan`](crate::scan()).
    pub fn scan(
        self,
        dt: f64,
        start: &Tensor,
        drive: &Tensor,
        params: &Tensor,
        outputs: &[&str],
    ) -> candle_core::Result<Tensor> {
        crate::scan(self.0, dt, start, drive, params, outputs)
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

/// Neurons of one model, each with its own parameters and initial state.
#[derive(Clone, Debug)]
pub struct Population {
    model: Model,
    neurons: usize,
    /// `[parameter, neuron]`.
    params: Vec<f64>,
    /// `[state, neuron]`.
    start: Vec<f64>,
}

impl Population {
    /// `neurons` neurons with the model's defaults.
    pub fn new(model: Model, neurons: usize) -> Self {
        let rows = |fields: &[Field]| fields.iter().flat_map(|f| std::iter::repeat_n(f.default, neurons)).collect();
        Population { model, neurons, params: rows(model.0.param), start: rows(model.0.state) }
    }

    /// The model.
    pub fn model(&self) -> Model {
        self.model
    }

    /// Number of neurons.
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// Sets a parameter of all neurons, in its unit; fails if there is no such parameter or the value is out of bounds.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), ModelError> {
        self.set_each(name, &vec![value; self.neurons])
    }

    /// Sets a parameter of each neuron; fails, changing nothing, if any value is out of bounds or one is missing.
    pub fn set_each(&mut self, name: &str, values: &[f64]) -> Result<(), ModelError> {
        let row = self.model.parameter(name)?;
        self.checked(&self.model.0.param[row], values)?;
        self.params[row * self.neurons..][..self.neurons].copy_from_slice(values);
        Ok(())
    }

    /// Sets a state variable at the start of each neuron, as [`set_each`](Self::set_each) does a parameter.
    pub fn set_start(&mut self, name: &str, values: &[f64]) -> Result<(), ModelError> {
        let row = self.model.state(name)?;
        self.checked(&self.model.0.state[row], values)?;
        self.start[row * self.neurons..][..self.neurons].copy_from_slice(values);
        Ok(())
    }

    /// A parameter of each neuron, in its unit.
    pub fn get(&self, name: &str) -> Result<&[f64], ModelError> {
        let row = self.model.parameter(name)?;
        Ok(&self.params[row * self.neurons..][..self.neurons])
    }

    /// Parameters, `[P, N]`.
    pub fn params(&self, dtype: DType, device: &Device) -> candle_core::Result<Tensor> {
        let shape = (self.model.param.len(), self.neurons);
        Tensor::from_slice(&self.params, shape, &Device::Cpu)?.to_dtype(dtype)?.to_device(device)
    }

    /// State at the start, the same for every element of the batch, `[S, B, N]`.
    pub fn start(&self, batch: usize, dtype: DType, device: &Device) -> candle_core::Result<Tensor> {
        let states = self.model.0.state.len();
        let rows = Tensor::from_slice(&self.start, (states, 1, self.neurons), &Device::Cpu)?.to_dtype(dtype)?;
        rows.broadcast_as((states, batch, self.neurons))?.contiguous()?.to_device(device)
    }

    /// The map of each parameter from a free number to a value within its bounds, for
    /// [`rows_to_values`](crate::param::rows_to_values).
    pub fn transforms(&self) -> Vec<Transform> {
        self.model.param.iter().map(|f| Transform::of(f.bounds.0, f.bounds.1)).collect()
    }

    fn checked(&self, field: &Field, values: &[f64]) -> Result<(), ModelError> {
        if values.len() != self.neurons {
            return Err(ModelError::Count {
                model: self.model.name,
                field: field.name.to_string(),
                found: values.len(),
                neurons: self.neurons,
            });
        }
        values.iter().try_for_each(|&v| self.model.check(field, v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bounds_are_checked() {
        let message = Model::find("hh-trub").unwrap_err().to_string();
        assert!(message.contains("did you mean `hh-traub`?") && message.contains("glif3"), "{message}");
        let lif = Model::find("lif").unwrap();
        let message = lif.output("spikes").unwrap_err().to_string();
        assert!(message.contains("lif has no output `spikes`; did you mean `spike`?"), "{message}");
        assert!(lif.input("i").is_ok() && lif.state("v").is_ok() && lif.state("w").is_err());
        let mut cells = Population::new(lif, 2);
        let message = cells.set("tau_m", 500.0).unwrap_err().to_string();
        assert!(message.contains("lif: tau_m: 500 ms is not within 1 to 200 ms"), "{message}");
        let message = cells.set_each("tau_m", &[5.0]).unwrap_err().to_string();
        assert!(message.contains("1 values of tau_m for 2 neurons"), "{message}");
        assert!(cells.set_each("tau_m", &[5.0, f64::NAN]).is_err());
        assert_eq!(cells.get("tau_m").unwrap(), [10.0, 10.0], "a refused value changes nothing");
        cells.set_each("tau_m", &[5.0, 6.0]).unwrap();
        cells.set_start("v", &[-60.0, -61.0]).unwrap();
        let params = cells.params(DType::F32, &Device::Cpu).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!((params[2].as_slice(), params[0].as_slice()), (&[5.0, 6.0][..], &[250.0, 250.0][..]));
        let start = cells.start(3, DType::F64, &Device::Cpu).unwrap().to_vec3::<f64>().unwrap();
        assert_eq!((start[0][2].as_slice(), start[1][0].as_slice()), (&[-60.0, -61.0][..], &[0.0, 0.0][..]));
        for (transform, field) in cells.transforms().iter().zip(lif.param) {
            assert!((transform.to_value(transform.to_free(field.default)) - field.default).abs() < 1e-3);
        }
    }
}
