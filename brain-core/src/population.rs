//! A population is neurons of one model whose parameters and state are tensors.
//!
//! | tensor | shape | |
//! |---|---|---|
//! | [`params`](CellPopulation::params) | `[parameter, neuron]` | one set per neuron, shared by the batch |
//! | [`state`](CellPopulation::state) | `[state, batch, neuron]` | where a run begins |
//!
//! [`CellPopulation::run`] is one differentiable operation over all its steps; [`CellPopulation::advance`] moves the
//! state on, for runs that are too long to be kept.
//!
//! ```
//! use brain_core::{Backend, CellPopulation, Model};
//! use candle_core::{DType, Tensor};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut cells = CellPopulation::new(Model::find("lif")?, 3)?;
//! cells.set("tau_m", 20.0)?;
//! cells.set_each("E_L", &[-70.0, -72.0, -68.0])?;
//! cells.set_start("v", &[-70.0, -72.0, -68.0])?;
//! let cells = cells.batched(2)?.on(&Backend::default())?;
//! assert_eq!((cells.params().dims(), cells.state().dims()), (&[6, 3][..], &[2, 2, 3][..]));
//!
//! let drive = Tensor::zeros((100, 1), DType::F64, cells.params().device())?;
//! let v = cells.run(0.1, &drive, &["v"])?;
//! assert_eq!(v.dims(), [100, 1, 2, 3]);
//! # Ok(())
//! # }
//! ```

mod network;

use crate::{
    device::Backend,
    model::{Model, ModelError},
    param::Transform,
    scan::{advance, advance_into, scan},
};
use candle_core::{Device, Error, Result, Tensor};
use kernels::equations::Field;

/// Neurons of one model, each with its own parameters and state.
#[derive(Clone, Debug)]
pub struct CellPopulation {
    model: Model,
    params: Tensor,
    state: Tensor,
}

impl CellPopulation {
    /// Makes `neurons` neurons with the model's defaults, a batch of one, in double precision on the processor.
    pub fn new(model: Model, neurons: usize) -> Result<Self> {
        let rows = |fields: &[Field]| -> Vec<f64> {
            fields.iter().flat_map(|f| std::iter::repeat_n(f.default, neurons)).collect()
        };
        let params = Tensor::from_vec(rows(model.param), (model.param.len(), neurons), &Device::Cpu)?;
        let states = model.cell().state;
        let state = Tensor::from_vec(rows(states), (states.len(), 1, neurons), &Device::Cpu)?;
        Ok(CellPopulation { model, params, state })
    }

    /// Makes a population of given parameters `[parameter, neuron]` and state `[state, batch, neuron]`.
    pub fn of(model: Model, params: Tensor, state: Tensor) -> Result<Self> {
        let neurons = params.dims().get(1).copied();
        let fits = params.dims().first() == Some(&model.param.len()) && params.rank() == 2;
        if !fits || state.rank() != 3 || state.dim(0)? != model.cell().state.len() || state.dim(2).ok() != neurons {
            candle_core::bail!(
                "population of {}: parameters of shape {:?} and a state of {:?}; give [{}, neurons] and \
                 [{}, batch, neurons]",
                model.name,
                params.shape(),
                state.shape(),
                model.param.len(),
                model.cell().state.len()
            )
        }
        Ok(CellPopulation { model, params, state })
    }

    /// Returns the model.
    pub fn model(&self) -> Model {
        self.model
    }

    /// Returns the number of neurons.
    pub fn neurons(&self) -> usize {
        self.params.dims()[1]
    }

    /// Returns the parameters, `[parameter, neuron]`, in the model's order and units.
    pub fn params(&self) -> &Tensor {
        &self.params
    }

    /// Returns the state before the next step, `[state, batch, neuron]`.
    pub fn state(&self) -> &Tensor {
        &self.state
    }

    /// Returns the same neurons with every element of a batch of `batch` in the state of the first.
    pub fn batched(&self, batch: usize) -> Result<Self> {
        let (states, _, neurons) = self.state.dims3()?;
        let state = self.state.narrow(1, 0, 1)?.broadcast_as((states, batch, neurons))?.contiguous()?;
        Ok(CellPopulation { state, ..self.clone() })
    }

    /// Returns the same neurons on another device or in another precision.
    pub fn on(&self, backend: &Backend) -> Result<Self> {
        let moved = |t: &Tensor| t.to_dtype(backend.dtype())?.to_device(backend.device());
        Ok(CellPopulation { model: self.model, params: moved(&self.params)?, state: moved(&self.state)? })
    }

    /// Sets a parameter of all neurons, in its unit.
    ///
    /// # Errors
    /// It fails if there is no such parameter or the value is out of bounds.
    pub fn set(&mut self, name: &str, value: f64) -> std::result::Result<(), ModelError> {
        self.set_each(name, &vec![value; self.neurons()])
    }

    /// Sets a parameter of each neuron.
    ///
    /// # Errors
    /// It fails, and changes nothing, if any value is out of bounds or one is missing.
    pub fn set_each(&mut self, name: &str, values: &[f64]) -> std::result::Result<(), ModelError> {
        let row = self.model.parameter(name)?;
        self.checked(&self.model.cell().param[row], values)?;
        self.params = replaced(&self.params, row, values).expect("a checked row fits");
        Ok(())
    }

    /// Sets a state variable at the start of each neuron, the same for the whole batch, as
    /// [`set_each`](Self::set_each) does a parameter.
    pub fn set_start(&mut self, name: &str, values: &[f64]) -> std::result::Result<(), ModelError> {
        let row = self.model.state(name)?;
        self.checked(&self.model.cell().state[row], values)?;
        self.state = replaced(&self.state, row, values).expect("a checked row fits");
        Ok(())
    }

    /// Returns the parameter `name` of each neuron, `[neuron]`, in its unit.
    pub fn get(&self, name: &str) -> Result<Tensor> {
        self.params.get(self.model.parameter(name).map_err(Error::wrap)?)
    }

    /// Runs the population from its state and returns the outputs named, `[time, output, batch, neuron]`; gradients
    /// flow to parameters, state and drive. `dt` is ms. See [`scan`](crate::scan()).
    pub fn run(&self, dt: f64, drive: &Tensor, outputs: &[&str]) -> Result<Tensor> {
        scan(self.model.cell(), dt, &self.state, drive, &self.params, outputs)
    }

    /// Runs the population and leaves it in the state that it reaches; no gradients flow. `outputs` are positions that
    /// [`Model::output`] returns. See [`advance`].
    pub fn advance(&mut self, dt: f64, drive: &Tensor, outputs: &[usize]) -> Result<Tensor> {
        let (rows, end) = advance(self.model.cell(), dt, &self.state, drive, &self.params, outputs)?;
        self.state = end;
        Ok(rows)
    }

    /// Moves the population on as [`advance`](Self::advance) does, and writes the outputs into `rows`,
    /// `[time, output, batch, neuron]`. See [`advance_into`].
    pub fn advance_into(&mut self, dt: f64, drive: &Tensor, outputs: &[usize], rows: &Tensor) -> Result<()> {
        self.state = advance_into(self.model.cell(), dt, &self.state, drive, &self.params, outputs, rows)?;
        Ok(())
    }

    /// Returns the map of each parameter from a free number to a value within its bounds, for
    /// [`rows_to_values`](crate::param::rows_to_values).
    pub fn transforms(&self) -> Vec<Transform> {
        self.model.param.iter().map(|f| Transform::of(f.bounds.0, f.bounds.1)).collect()
    }

    fn checked(&self, field: &Field, values: &[f64]) -> std::result::Result<(), ModelError> {
        if values.len() != self.neurons() {
            return Err(ModelError::Count {
                model: self.model.cell().name,
                field: field.name.to_string(),
                found: values.len(),
                neurons: self.neurons(),
            });
        }
        values.iter().try_for_each(|&v| self.model.check(field, v))
    }
}

/// Returns the tensor with row `row` of its first dimension replaced by values `[neuron]`, the same along the others.
fn replaced(tensor: &Tensor, row: usize, values: &[f64]) -> Result<Tensor> {
    let rows = tensor.dim(0)?;
    let new = Tensor::from_slice(values, values.len(), tensor.device())?.to_dtype(tensor.dtype())?;
    let new = new.broadcast_as(tensor.get(0)?.shape())?.unsqueeze(0)?.contiguous()?;
    Tensor::cat(&[tensor.narrow(0, 0, row)?, new, tensor.narrow(0, row + 1, rows - row - 1)?], 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::DType;

    #[test]
    fn values_are_checked_and_a_refused_one_changes_nothing() {
        let mut cells = CellPopulation::new(Model::find("lif").unwrap(), 2).unwrap();
        let Err(ModelError::Bounds { model: "lif", source }) = cells.set("tau_m", 500.0) else { panic!("500 ms") };
        assert_eq!(source.to_string().split(';').next(), Some("tau_m: 500 ms is not within 1 to 200 ms"));
        let short = cells.set_each("tau_m", &[5.0]);
        assert!(matches!(short, Err(ModelError::Count { found: 1, neurons: 2, .. })));
        assert!(cells.set_each("tau_m", &[5.0, f64::NAN]).is_err());
        assert_eq!(cells.get("tau_m").unwrap().to_vec1::<f64>().unwrap(), [10.0, 10.0]);
        assert!(cells.get("tau").is_err());
    }

    #[test]
    fn rows_are_set_on_any_batch() {
        let mut cells = CellPopulation::new(Model::find("lif").unwrap(), 2).unwrap().batched(3).unwrap();
        cells.set_each("tau_m", &[5.0, 6.0]).unwrap();
        cells.set_start("v", &[-60.0, -61.0]).unwrap();
        let single = cells.on(&Backend::open("cpu", DType::F32).unwrap()).unwrap();
        let params = single.params().to_vec2::<f32>().unwrap();
        assert_eq!((params[2].as_slice(), params[0].as_slice()), (&[5.0, 6.0][..], &[250.0, 250.0][..]));
        let start = cells.state().to_vec3::<f64>().unwrap();
        assert_eq!((start[0][2].as_slice(), start[1][0].as_slice()), (&[-60.0, -61.0][..], &[0.0, 0.0][..]));
        for (transform, field) in cells.transforms().iter().zip(cells.model().param) {
            assert!((transform.to_value(transform.to_free(field.default)) - field.default).abs() < 1e-3);
        }
        assert!(CellPopulation::of(cells.model(), cells.params().clone(), cells.state().get(0).unwrap()).is_err());
    }

    #[test]
    fn pieces_of_a_run_are_the_run() {
        let mut cells = CellPopulation::new(Model::find("lif").unwrap(), 2).unwrap().batched(2).unwrap();
        let drive = Tensor::full(500.0, (300, 1), &Device::Cpu).unwrap();
        let whole = cells.run(0.1, &drive, &["v", "spike"]).unwrap();
        let spike = cells.model().output("spike").unwrap();
        let pieces = [(0, 120), (120, 180)]
            .map(|(from, steps)| cells.advance(0.1, &drive.narrow(0, from, steps).unwrap(), &[0, spike]).unwrap());
        let bits = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        assert_eq!(bits(&Tensor::cat(&pieces, 0).unwrap()), bits(&whole));

        let mut again = CellPopulation::new(cells.model(), 2).unwrap().batched(2).unwrap();
        let memory = Tensor::zeros((180, 2, 2, 2), DType::F64, &Device::Cpu).unwrap();
        for (from, steps) in [(0, 120), (120, 180)] {
            let (drive, rows) = (drive.narrow(0, from, steps).unwrap(), memory.narrow(0, 0, steps).unwrap());
            again.advance_into(0.1, &drive, &[0, spike], &rows).unwrap();
            assert_eq!(bits(&rows), bits(&whole.narrow(0, from, steps).unwrap()));
        }
        assert!(again.advance_into(0.1, &drive, &[0, spike], &memory).is_err());
        assert!(whole.sum_all().unwrap().to_scalar::<f64>().unwrap().is_finite());
    }
}
