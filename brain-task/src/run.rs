//! This module runs the circuit on a batch of trials.

use crate::TrainError;
use crate::config::ReadoutKind;
use crate::rates::RateDrive;
use crate::task::Inputs;
use crate::weights::LearntWeights;
use crate::wiring::Wiring;
use brain_core::{Backend, CellPopulation, FeedbackPath, PopulationInput, Recorder, network_scan};
use candle_core::{DType, Result, Tensor, WithDType};
use kernels::network::bptt::Raster;
use std::ops::Range;

/// A request says how long a run is, of how many trials, and what is read out of it.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The run has this many steps.
    pub steps: usize,
    /// The run has this many trials.
    pub batch: usize,
    /// These steps are read out.
    pub window: Range<usize>,
    /// A step has this many readout values.
    pub outputs: usize,
    /// The readout weighs this.
    pub kind: ReadoutKind,
    /// The mean squares of potentials are returned where this is true.
    pub voltage: bool,
}

/// A run gives the readout, and what regularisers and reports need.
#[derive(Clone, Debug)]
pub struct RunOutput {
    /// The readout is `[window, trial, output]`.
    pub readout: Tensor,
    /// Each population of cells fired this many spikes in the whole run, `[trial, neuron]`; its index stands before.
    pub counts: Vec<(usize, Tensor)>,
    /// The potentials of each population of cells have this mean square, `[trial, neuron]`, where it was asked for.
    pub voltage: Vec<Tensor>,
}

impl RunOutput {
    /// Returns the readout of each trial, `[window, output]`.
    pub fn by_trial(&self) -> Result<Vec<Vec<f32>>> {
        let rows = self.readout.detach().to_dtype(DType::F32)?.transpose(0, 1)?.contiguous()?;
        let (batch, steps, outputs) = rows.dims3()?;
        rows.reshape((batch, steps * outputs))?.to_vec2()
    }
}

/// The populations of a circuit are put on a device once: their parameters, and the state in which each trial of a
/// batch begins.
#[derive(Clone, Debug)]
pub struct Constants {
    populations: Vec<Option<CellPopulation>>,
    batch: usize,
}

impl Constants {
    /// Returns the states before a trial as the kernels take them, `[state, trial, neuron]` of each group after the
    /// other.
    pub fn starts<F: WithDType>(&self) -> Result<Vec<F>> {
        self.flat(CellPopulation::state)
    }

    /// Returns the parameters as the kernels take them, `[parameter, neuron]` of each group after the other.
    pub fn parameters<F: WithDType>(&self) -> Result<Vec<F>> {
        self.flat(CellPopulation::params)
    }

    fn flat<F: WithDType>(&self, tensor: fn(&CellPopulation) -> &Tensor) -> Result<Vec<F>> {
        let rows = self.populations.iter().flatten().map(|p| tensor(p).flatten_all()?.to_vec1::<F>());
        Ok(rows.collect::<Result<Vec<_>>>()?.concat())
    }

    /// Makes the constants of a circuit for batches of one size.
    pub fn new(wiring: &Wiring, batch: usize, backend: &Backend) -> Result<Self> {
        let one = |p: &Option<CellPopulation>| p.as_ref().map(|p| p.on(backend)?.batched(batch)).transpose();
        Ok(Self { populations: wiring.populations.iter().map(one).collect::<Result<_>>()?, batch })
    }
}

/// Runs a batch on the input of its trials, as one operation on the device of the weights. Without paths there is no
/// backward pass, and nothing is kept for one.
pub fn run(
    wiring: &Wiring,
    weights: &LearntWeights,
    constants: &Constants,
    request: &RunRequest,
    inputs: &Inputs,
    paths: Option<&[FeedbackPath]>,
) -> std::result::Result<RunOutput, TrainError> {
    let RunRequest { steps, batch, ref window, outputs, kind, voltage } = *request;
    debug_assert_eq!(batch, constants.batch);
    let leaky = wiring.readout();
    let groups = wiring.circuit.populations();
    let cells: Vec<usize> = (0..groups.len()).filter(|&k| groups[k].cell().is_some() && Some(k) != leaky).collect();
    let recorders: Vec<Vec<Recorder>> = (0..groups.len())
        .map(|k| {
            let Some(cell) = groups[k].cell() else { return vec![] };
            if Some(k) == leaky {
                return vec![Recorder::each("r", window.clone())];
            }
            let potential = &*cell.state[0].name;
            let mut all = vec![Recorder::sum("spike", 0..steps)];
            if voltage {
                all.push(Recorder::squares(potential, 0..steps));
            }
            match kind {
                ReadoutKind::Rate => {}
                ReadoutKind::Spikes if wiring.read.contains(&k) => all.push(Recorder::each("spike", window.clone())),
                ReadoutKind::Voltage if wiring.read.contains(&k) => all.push(Recorder::each(potential, window.clone())),
                _ => {}
            }
            all
        })
        .collect();
    let flat = weights.flat()?;
    let flat = if paths.is_some() { flat } else { flat.detach() };
    let (spikes, drives) = given(wiring, inputs, &flat, steps, batch)?;
    let inputs = population_inputs(wiring, constants, spikes, &drives, &recorders);
    let found = network_scan(&wiring.circuit, steps, batch, &inputs, &flat, paths.unwrap_or_default())?;
    let readout = match leaky {
        Some(k) => found[k][0].clone(),
        None => {
            let mut sum: Option<Tensor> = None;
            for (w, &k) in weights.outside(outputs)?.iter().zip(&wiring.read) {
                let Some(rows) = found[k].last() else { continue };
                let (t, b, n) = rows.dims3()?;
                let part = rows.reshape((t * b, n))?.matmul(w)?.reshape((t, b, outputs))?;
                sum = Some(if let Some(s) = sum { (s + part)? } else { part });
            }
            sum.map_or_else(|| Tensor::zeros((window.len(), batch, outputs), weights.dtype(), weights.device()), Ok)?
        }
    };
    let counts = cells.iter().map(|&k| Ok((k, found[k][0].clone()))).collect::<Result<_>>()?;
    let mean = |k: &usize| found[*k][1].affine(1.0 / steps as f64, 0.0);
    let voltage = if voltage { cells.iter().map(mean).collect::<Result<_>>()? } else { vec![] };
    Ok(RunOutput { readout, counts, voltage })
}

type Given = (Raster, Vec<RateDrive>);

/// Returns the spikes of the trials, or what their rates drive.
fn given(
    wiring: &Wiring,
    inputs: &Inputs,
    weights: &Tensor,
    steps: usize,
    batch: usize,
) -> std::result::Result<Given, TrainError> {
    Ok(match inputs {
        Inputs::Spikes(raster) => (raster.clone(), vec![]),
        Inputs::Rates(rates) => (Raster::default(), wiring.driven(rates, weights, steps, batch)?),
    })
}

fn population_inputs<'a>(
    wiring: &Wiring,
    constants: &'a Constants,
    spikes: Raster,
    drives: &'a [RateDrive],
    recorders: &'a [Vec<Recorder<'a>>],
) -> Vec<PopulationInput<'a>> {
    let drive = |k| drives.iter().find(|d| d.group == k).map(|d| (&d.inputs[..], &d.values));
    let one = |k: usize| match &constants.populations[k] {
        Some(population) => PopulationInput::of(population, drive(k), &recorders[k]),
        None if k == wiring.input => PopulationInput::Sources(spikes.clone()),
        None => PopulationInput::Sources(Raster::default()),
    };
    (0..wiring.circuit.populations().len()).map(one).collect()
}

/// An observation holds the outputs of a population in a batch, step by step.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The population has this name; the leaky readout is called `readout`.
    pub population: String,
    /// The population has this many neurons; the readout has this many outputs.
    pub neurons: usize,
    /// Each output that was asked for has these values, `[time, trial, neuron]`; the readout has its own alone.
    pub rows: Vec<Vec<f32>>,
}

/// Runs a batch and returns outputs (state variables, or `spike`) of all populations of cells at every step, and the
/// leaky readout where there is one. Nothing is kept for a backward pass.
pub fn observe(
    wiring: &Wiring,
    weights: &LearntWeights,
    constants: &Constants,
    request: &RunRequest,
    inputs: &Inputs,
    outputs: &[&str],
) -> std::result::Result<Vec<Observation>, TrainError> {
    let RunRequest { steps, batch, .. } = *request;
    let groups = wiring.circuit.populations();
    let leaky = wiring.readout();
    let recorders = (0..groups.len()).map(|k| match groups[k].cell() {
        None => vec![],
        Some(_) if Some(k) == leaky => vec![Recorder::each("r", 0..steps)],
        Some(_) => outputs.iter().map(|o| Recorder::each(o, 0..steps)).collect(),
    });
    let recorders: Vec<Vec<Recorder>> = recorders.collect();
    let flat = weights.flat()?.detach();
    let (spikes, drives) = given(wiring, inputs, &flat, steps, batch)?;
    let inputs = population_inputs(wiring, constants, spikes, &drives, &recorders);
    let found = network_scan(&wiring.circuit, steps, batch, &inputs, &flat, &[])?;
    let rows = |all: &Vec<Tensor>| -> Result<Vec<Vec<f32>>> {
        all.iter().map(|t| t.to_dtype(DType::F32)?.flatten_all()?.to_vec1()).collect()
    };
    let cells = groups.iter().zip(&found).filter(|(g, _)| g.cell().is_some());
    let one = |(g, all): (&kernels::network::Population, &Vec<Tensor>)| {
        Ok(Observation { population: g.name.clone(), neurons: g.neurons, rows: rows(all)? })
    };
    Ok(cells.map(one).collect::<Result<_>>()?)
}
