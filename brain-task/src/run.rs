//! One run of the circuit on a batch of trials.

use crate::TrainError;
use crate::config::ReadoutKind;
use crate::rates::Driven;
use crate::task::Inputs;
use crate::weights::LearntWeights;
use crate::wiring::Wiring;
use brain_core::network_scan::{Member, Observe, Path, network_scan};
use candle_core::{DType, Device, Result, Tensor};
use kernels::Precision;
use kernels::network::{Population, bptt::Raster};
use std::ops::Range;

/// What a run is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// Steps.
    pub steps: usize,
    /// Trials.
    pub batch: usize,
    /// Steps that are read out.
    pub window: Range<usize>,
    /// Readout values of a step.
    pub outputs: usize,
    /// What they are of.
    pub kind: ReadoutKind,
    /// Whether mean squares of potentials are wanted.
    pub voltage: bool,
}

/// What a run gives.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `[window, B, output]`
    pub readout: Tensor,
    /// Spikes of each population of cells in the whole run, `[B, neuron]`, by its index.
    pub counts: Vec<(usize, Tensor)>,
    /// Mean square of the potentials of each population of cells, `[B, neuron]`, where it was asked for.
    pub voltage: Vec<Tensor>,
}

/// States before a trial and parameters as tensors, made once.
#[derive(Clone, Debug)]
pub struct Constants {
    start: Vec<Option<Tensor>>,
    params: Vec<Option<Tensor>>,
    batch: usize,
}

impl Constants {
    /// States before a trial as the circuit takes them: `[state, B, neuron]` of each group.
    pub fn starts<F: Precision>(&self, wiring: &Wiring) -> Vec<F> {
        let mut all = vec![];
        for p in wiring.circuit.populations() {
            let start = p.start();
            let rows = start.chunks_exact(p.neurons.max(1));
            all.extend(rows.flat_map(|row| (0..self.batch).flat_map(|_| row.iter().map(|x| F::of(*x)))));
        }
        all
    }

    /// Parameters as the circuit takes them: `[parameter, neuron]` of each group.
    pub fn parameters<F: Precision>(&self, wiring: &Wiring) -> Vec<F> {
        wiring.circuit.populations().iter().flat_map(|p| p.params()).map(F::of).collect()
    }

    /// For batches of a size.
    pub fn new(wiring: &Wiring, batch: usize, dtype: DType) -> Result<Self> {
        let (mut start, mut params) = (vec![], vec![]);
        for population in wiring.circuit.populations() {
            let Some(cell) = population.cell() else {
                start.push(None);
                params.push(None);
                continue;
            };
            let tensor = |x: &[f64], rows: usize| {
                Tensor::from_slice(x, (rows, x.len() / rows.max(1)), &Device::Cpu)?.to_dtype(dtype)
            };
            let x = tensor(&population.start(), cell.state.len())?.unsqueeze(1)?;
            start.push(Some(x.repeat((1, batch, 1))?));
            params.push(Some(tensor(&population.params(), cell.param.len())?));
        }
        Ok(Self { start, params, batch })
    }
}

/// Runs a batch on the input of its trials; without paths there is no way back, and nothing is kept for one.
pub fn run(
    wiring: &Wiring,
    weights: &LearntWeights,
    constants: &Constants,
    question: &Question,
    inputs: &Inputs,
    paths: Option<&[Path]>,
) -> std::result::Result<Answer, TrainError> {
    let Question { steps, batch, ref window, outputs, kind, voltage } = *question;
    debug_assert_eq!(batch, constants.batch);
    let leaky = wiring.readout();
    let groups = wiring.circuit.populations();
    let cells: Vec<usize> = (0..groups.len()).filter(|&k| groups[k].cell().is_some() && Some(k) != leaky).collect();
    let observed: Vec<Vec<Observe>> = (0..groups.len())
        .map(|k| {
            let Some(cell) = groups[k].cell() else { return vec![] };
            if Some(k) == leaky {
                return vec![Observe::each("r", window.clone())];
            }
            let potential = &*cell.state[0].name;
            let mut all = vec![Observe::sum("spike", 0..steps)];
            if voltage {
                all.push(Observe::squares(potential, 0..steps));
            }
            match kind {
                ReadoutKind::Rate => {}
                ReadoutKind::Spikes if wiring.read.contains(&k) => all.push(Observe::each("spike", window.clone())),
                ReadoutKind::Voltage if wiring.read.contains(&k) => all.push(Observe::each(potential, window.clone())),
                _ => {}
            }
            all
        })
        .collect();
    let flat = weights.flat()?;
    let flat = if paths.is_some() { flat } else { flat.detach() };
    let (spikes, drives) = given(wiring, inputs, &flat, steps, batch)?;
    let members = members(wiring, constants, spikes, &drives, &observed);
    let found = network_scan(&wiring.circuit, steps, batch, &members, &flat, paths.unwrap_or_default())?;
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
            sum.map_or_else(|| Tensor::zeros((window.len(), batch, outputs), DType::F32, &Device::Cpu), Ok)?
        }
    };
    let counts = cells.iter().map(|&k| Ok((k, found[k][0].clone()))).collect::<Result<_>>()?;
    let mean = |k: &usize| found[*k][1].affine(1.0 / steps as f64, 0.0);
    let voltage = if voltage { cells.iter().map(mean).collect::<Result<_>>()? } else { vec![] };
    Ok(Answer { readout, counts, voltage })
}

type Given = (Raster, Vec<Driven>);

/// The trials' spikes, or what their rates drive.
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

fn members<'a>(
    wiring: &Wiring,
    constants: &'a Constants,
    spikes: Raster,
    drives: &'a [Driven],
    observed: &'a [Vec<Observe<'a>>],
) -> Vec<Member<'a>> {
    let drive = |k| drives.iter().find(|d| d.group == k).map(|d| (&d.inputs[..], &d.values));
    let one = |k: usize| match (&constants.start[k], &constants.params[k]) {
        (Some(start), Some(params)) => Member::Cells { start, params, drive: drive(k), observe: &observed[k] },
        _ if k == wiring.input => Member::Sources(spikes.clone()),
        _ => Member::Sources(Raster::default()),
    };
    (0..wiring.circuit.populations().len()).map(one).collect()
}

/// What a population did in a batch.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its name; `readout` is the leaky readout.
    pub population: String,
    /// Neurons, or outputs of the readout.
    pub neurons: usize,
    /// `[time, B, neuron]` of each output asked for, in their order; of the readout its values.
    pub rows: Vec<Vec<f32>>,
}

/// Runs a batch and returns outputs (state variables, or `spike`) of all populations of cells at every step, and the
/// leaky readout where there is one. Nothing is kept for a way back.
pub fn observe(
    wiring: &Wiring,
    weights: &LearntWeights,
    constants: &Constants,
    question: &Question,
    inputs: &Inputs,
    outputs: &[&str],
) -> std::result::Result<Vec<Seen>, TrainError> {
    let Question { steps, batch, .. } = *question;
    let groups = wiring.circuit.populations();
    let leaky = wiring.readout();
    let observed = (0..groups.len()).map(|k| match groups[k].cell() {
        None => vec![],
        Some(_) if Some(k) == leaky => vec![Observe::each("r", 0..steps)],
        Some(_) => outputs.iter().map(|o| Observe::each(o, 0..steps)).collect(),
    });
    let observed: Vec<Vec<Observe>> = observed.collect();
    let flat = weights.flat()?.detach();
    let (spikes, drives) = given(wiring, inputs, &flat, steps, batch)?;
    let members = members(wiring, constants, spikes, &drives, &observed);
    let found = network_scan(&wiring.circuit, steps, batch, &members, &flat, &[])?;
    let rows = |all: &Vec<Tensor>| -> Result<Vec<Vec<f32>>> {
        all.iter().map(|t| t.to_dtype(DType::F32)?.flatten_all()?.to_vec1()).collect()
    };
    let cells = groups.iter().zip(&found).filter(|(g, _)| g.cell().is_some());
    let one = |(g, all): (&Population, &Vec<Tensor>)| {
        Ok(Seen { population: g.name.clone(), neurons: g.neurons, rows: rows(all)? })
    };
    Ok(cells.map(one).collect::<Result<_>>()?)
}
