//! This module converts populations of tensors to those of the networks of [`kernels`], in whose rows neurons may share
//! a number, and back.

use super::CellPopulation;
use crate::{Backend, device::to_host, model::Model};
use candle_core::{Result, Tensor};
use kernels::network::{self, PerNeuron, PopulationKind};

impl CellPopulation {
    /// Makes neurons with parameters and a start in the order of the model's fields, for a batch of one.
    ///
    /// Where all neurons share every row, the tensor is a column that is broadcast and takes the memory of one neuron.
    ///
    /// # Errors
    /// It fails unless there is a row for each field, and a number for each neuron in a row that is not shared.
    pub fn from_rows(
        model: Model,
        neurons: usize,
        params: &[PerNeuron],
        start: &[PerNeuron],
        backend: &Backend,
    ) -> Result<Self> {
        Self::of(model, tensor(params, neurons, backend)?, tensor(start, neurons, backend)?.unsqueeze(1)?)
    }

    /// Converts the neurons to a population of a network without constant input. They begin in the state of the first
    /// element of the batch, and share a row whose numbers are all the same.
    pub fn to_network(&self, name: impl Into<String>) -> Result<network::Population> {
        let cell = self.model.cell();
        let (params, start) = (rows(&self.params)?, rows(&self.state.narrow(1, 0, 1)?.squeeze(1)?)?);
        let drive = vec![PerNeuron::Same(0.0); cell.input.len()];
        let kind = PopulationKind::Cells { cell, params, start, drive };
        Ok(network::Population { name: name.into(), neurons: self.neurons(), kind })
    }

    /// Returns the same neurons in another state, `[state, batch, neuron]`.
    ///
    /// # Errors
    /// It fails if the state does not fit the model and the number of neurons.
    pub fn in_state(&self, state: Tensor) -> Result<Self> {
        Self::of(self.model, self.params.clone(), state)
    }
}

/// Makes a tensor `[row, neuron]` of rows.
fn tensor(rows: &[PerNeuron], neurons: usize, backend: &Backend) -> Result<Tensor> {
    let shared: Option<Vec<f64>> =
        rows.iter().map(|row| if let PerNeuron::Same(x) = row { Some(*x) } else { None }).collect();
    if let Some(column) = shared {
        return backend.tensor(&column, (rows.len(), 1))?.broadcast_as((rows.len(), neurons));
    }
    let one = |row: &PerNeuron| match row {
        PerNeuron::Same(x) => backend.tensor(&[*x], 1)?.broadcast_as(neurons),
        PerNeuron::Each(x) => backend.tensor(x, neurons),
    };
    Tensor::stack(&rows.iter().map(one).collect::<Result<Vec<_>>>()?, 0)
}

/// Returns the rows of a tensor `[row, neuron]`.
fn rows(tensor: &Tensor) -> Result<Vec<PerNeuron>> {
    let one = |k: usize| {
        let row = tensor.narrow(0, k, 1)?.squeeze(0)?;
        // A broadcast column is read once.
        let shared = row.elem_count() > 0 && row.stride() == [0];
        let numbers = to_host(&if shared { row.narrow(0, 0, 1)? } else { row })?;
        Ok(match numbers.split_first() {
            Some((first, rest)) if rest.iter().all(|x| x.to_bits() == first.to_bits()) => PerNeuron::Same(*first),
            _ => PerNeuron::Each(numbers),
        })
    };
    (0..tensor.dim(0)?).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use kernels::network::{Network, Simulation, Trace};

    fn each(x: &[f64]) -> PerNeuron {
        PerNeuron::Each(x.to_vec())
    }

    #[test]
    fn rows_that_neurons_share_have_no_memory() {
        let lif = Model::find("lif").unwrap();
        let shared = |fields: &[kernels::equations::Field]| -> Vec<PerNeuron> {
            fields.iter().map(|f| PerNeuron::Same(f.default)).collect()
        };
        let (mut params, start) = (shared(lif.param), shared(lif.state));
        let backend = Backend::open("cpu", DType::F32).unwrap();
        let cells = CellPopulation::from_rows(lif, 1000, &params, &start, &backend).unwrap();
        let numbers = |t: &Tensor| match &*t.storage_and_layout().0 {
            candle_core::Storage::Cpu(candle_core::CpuStorage::F32(x)) => x.len(),
            _ => panic!("not on the processor in single precision"),
        };
        assert_eq!((cells.params().dims(), numbers(cells.params())), (&[lif.param.len(), 1000][..], lif.param.len()));
        assert_eq!((cells.state().dims(), numbers(cells.state())), (&[2, 1, 1000][..], 2));
        let back = cells.to_network("cells").unwrap();
        let PopulationKind::Cells { params: found, start: begun, .. } = back.kind else { panic!("cells") };
        assert_eq!((&found, &begun), (&params, &start));

        params[0] = each(&(0..1000).map(f64::from).collect::<Vec<_>>());
        let cells = CellPopulation::from_rows(lif, 1000, &params, &start, &backend).unwrap();
        let PopulationKind::Cells { params: found, .. } = cells.to_network("cells").unwrap().kind else {
            panic!("cells")
        };
        assert_eq!(found, params);
        assert!(CellPopulation::from_rows(lif, 1000, &params[1..], &start, &backend).is_err());
        assert!(CellPopulation::from_rows(lif, 999, &params, &start, &backend).is_err());
    }

    #[test]
    fn a_population_without_synapses_is_simulated_as_it_is_scanned() {
        let lif = Model::find("lif").unwrap();
        let mut cells = CellPopulation::new(lif, 3).unwrap();
        cells.set_each("tau_m", &[10.0, 15.0, 20.0]).unwrap();
        cells.set_start("v", &[-70.0, -60.0, -65.0]).unwrap();
        let mut described = cells.to_network("cells").unwrap();
        let PopulationKind::Cells { drive, .. } = &mut described.kind else { panic!("cells") };
        drive[0] = PerNeuron::Same(900.0);
        let mut simulation = Simulation::<f64>::new(Network::new(0.1, vec![described], vec![]), 1).unwrap();
        simulation.record_spikes(0, true).unwrap();
        let neurons = vec![0, 1, 2];
        simulation.record_traces(vec![Trace { population: 0, row: 0, neurons }]).unwrap();
        let record = simulation.run(500);

        let drive = Tensor::full(900.0, (500, 1), &Device::Cpu).unwrap();
        let found = cells.run(0.1, &drive, &["v", "spike"]).unwrap();
        let row = |k| to_host(&found.narrow(1, k, 1).unwrap()).unwrap();
        assert!(record.counts[0] > 10, "{:?}", record.counts);
        assert_eq!(row(1).iter().sum::<f64>(), record.counts[0] as f64);
        for (a, b) in row(0).iter().zip(&record.traces[0]) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
    }
}
