//! The targets of the reference code of Wang et al. (2024), "A Differentiable Approach to Multi-scale Brain Modeling":
//! traces of a model with known parameters, of which four are found again from the potential at some steps.
//!
//! | target | model | step, ms | traces | compared |
//! |---|---|---|---|---|
//! | `gif-paper` | [`gif-paper`](kernels::equations::models) | 0.1 | 5 of 10,000 steps | 100 steps each |
//! | `hh-paper` | [`hh-paper`](kernels::equations::models) | 0.01 | 5 of 1,497 steps | 11 steps each |
//!
//! The loss is the mean square distance, mV2, and 0 at the truth. Two of the four parameters of `gif-paper`, `k_1` and
//! `k_2`, have no effect at all: the after-spike currents that they decay are 0.

use super::Target;
use anyhow::Result;
use brain_core::device::{on_host, to_host};
use brain_core::loss::SquaredError;
use brain_core::optim::search::Needs;
use brain_core::optim::{Evaluation, packed};
use brain_core::{Backend, CellPopulation, Model, Objective};
use candle_core::{Tensor, Var};
use std::sync::Arc;

/// Part of a stimulus: the current, nA, and its number of steps.
type Stretch = (f64, usize);

/// The stimuli of `gif-paper`, in steps of 0.1 ms.
const GIF_STIMULI: [&[Stretch]; 5] = [
    &[(2.0, 2000), (0.0, 8000)],
    &[(1.5, 5000), (0.0, 5000)],
    &[(1.5, 1000), (0.0, 5000), (0.5, 1000), (1.0, 1000), (1.5, 1000), (0.0, 1000)],
    &[(1.5, 200), (0.0, 1800), (-1.5, 200), (0.0, 200), (1.5, 200), (0.0, 1400), (0.0, 6000)],
    &[(0.0, 500), (-3.5, 7500), (0.0, 2000)],
];
/// The stimuli of `hh-paper`, in steps of 0.01 ms; those of brian2modelfitting's example.
const HH_STIMULI: [&[Stretch]; 5] = [
    &[(0.0, 499), (10.0, 499), (0.0, 499)],
    &[(0.0, 499), (2.0, 499), (0.0, 499)],
    &[(2.0, 998), (0.0, 499)],
    &[(0.0, 499), (50.0, 499), (0.0, 499)],
    &[(0.0, 499), (0.2, 499), (0.0, 499)],
];
/// Number of steps of which the potential is kept at a time.
const PIECE: usize = 512;
/// What is fitted, with its bounds.
const GIF_FREE: [(&str, f64, f64); 4] = [("a", 0.0, 0.1), ("b", 0.0, 0.1), ("k_1", 0.1, 1.0), ("k_2", 0.01, 0.1)];
const HH_FREE: [(&str, f64, f64); 4] =
    [("g_L", 1e-4, 0.1), ("g_Na", 0.01, 40.0), ("g_K", 0.01, 20.0), ("V_T", -65.0, -50.0)];

/// One of the two targets.
pub struct PaperTarget {
    name: &'static str,
    objective: Objective,
    free: [(&'static str, f64, f64); 4],
    /// Number of steps from one that is compared to the next.
    every: usize,
    /// The potential of the truth after each step, `[trace][time]`, mV.
    pub traces: Vec<Vec<f64>>,
    /// The current in each step, `[trace][time]`, nA.
    pub currents: Vec<Vec<f64>>,
}

impl PaperTarget {
    /// Makes the target of the GIF neuron.
    pub fn gif() -> Result<Self> {
        Self::new("gif-paper", 0.1, &GIF_STIMULI, 100, GIF_FREE)
    }

    /// Makes the target of the Hodgkin-Huxley neuron.
    pub fn hh() -> Result<Self> {
        Self::new("hh-paper", 0.01, &HH_STIMULI, 149, HH_FREE)
    }

    /// Makes a target that compares every `every`-th step, from the first on.
    fn new(
        name: &'static str,
        dt: f64,
        stimuli: &[&[Stretch]],
        every: usize,
        free: [(&'static str, f64, f64); 4],
    ) -> Result<Self> {
        let (model, backend) = (Model::find(name)?, Backend::default());
        let expand = |s: &&[Stretch]| s.iter().flat_map(|&(i, n)| std::iter::repeat_n(i, n)).collect::<Vec<f64>>();
        let currents: Vec<Vec<f64>> = stimuli.iter().map(expand).collect();
        let (steps, batch, cell) = (currents[0].len(), currents.len(), model.cell());
        let start: Vec<f64> = cell.state.iter().flat_map(|f| vec![f.default; batch]).collect();
        let drive: Vec<f64> = (0..steps).flat_map(|t| currents.iter().map(move |trace| trace[t])).collect();
        let params: Vec<f64> = cell.param.iter().map(|f| f.default).collect();

        let traces = traces(model, dt, &params, &currents)?;
        let target: Vec<f64> = (0..steps).flat_map(|t| traces.iter().map(move |trace| trace[t])).collect();
        let compared = steps.div_ceil(every) * batch;
        let weigh = |t: usize| vec![if t.is_multiple_of(every) { 1.0 / compared as f64 } else { 0.0 }; batch];
        let weight: Vec<f64> = (0..steps).flat_map(weigh).collect();
        let objective = Objective {
            model,
            dt,
            start: backend.tensor(&start, (cell.state.len(), batch))?,
            drive: backend.tensor(&drive, (steps, 1, batch))?,
            output: 0,
            target: backend.tensor(&target, (steps, batch))?,
            weight: backend.tensor(&weight, (steps, batch))?,
            params: backend.tensor(&params, params.len())?,
            free: free.iter().map(|(name, ..)| model.parameter(name)).collect::<Result<_, _>>()?,
            loss: Arc::new(SquaredError {}),
        };
        Ok(Self { name, objective, free, every, traces, currents })
    }

    /// Gives the place of the parameters that made the traces.
    pub fn truth(&self) -> Vec<f64> {
        let params = self.objective.model.param;
        let place = |(&row, (_, low, high)): (&usize, &(&str, f64, f64))| (params[row].default - low) / (high - low);
        self.objective.free.iter().zip(&self.free).map(place).collect()
    }

    /// Gives the name, the unit, and the value at a place, of one of the parameters.
    pub fn value(&self, a: usize, z: f64) -> (&'static str, &'static str, f64) {
        let unit = self.objective.model.param[self.objective.free[a]].unit;
        (self.free[a].0, unit, self.free[a].1 + z * self.width(a))
    }

    /// Runs the model at places, and gives the potential after each step under each stimulus, `[place][trace][time]`, mV.
    pub fn runs(&self, places: &[Vec<f64>]) -> Result<Vec<Vec<Vec<f64>>>> {
        let mut params = vec![self.objective.params.to_vec1::<f64>()?; places.len()];
        for (params, place) in params.iter_mut().zip(places) {
            (0..place.len()).for_each(|a| params[self.objective.free[a]] = self.value(a, place[a]).2);
        }
        params.iter().map(|params| traces(self.objective.model, self.objective.dt, params, &self.currents)).collect()
    }

    /// Computes the losses by plain runs, in pieces of time: an objective carries the Jacobian of a step along even where it
    /// is asked for the loss alone.
    fn losses(&self, places: &[Vec<f64>]) -> Result<Vec<f64>> {
        let Objective { model, dt, start, drive, params, free, .. } = &self.objective;
        let (n, (states, batch), steps) = (places.len(), start.dims2()?, drive.dim(0)?);
        let mut all: Vec<f64> = params.to_vec1::<f64>()?.into_iter().flat_map(|x| vec![x; n]).collect();
        for (a, &row) in free.iter().enumerate() {
            places.iter().enumerate().for_each(|(i, z)| all[row * n + i] = self.value(a, z[a]).2);
        }
        let start = start.unsqueeze(2)?.broadcast_as((states, batch, n))?.contiguous()?;
        let params = Tensor::from_vec(all, (params.dim(0)?, n), &candle_core::Device::Cpu)?;
        let mut population = CellPopulation::of(*model, params, start)?;
        let rows = Tensor::zeros((PIECE.min(steps), 1, batch, n), drive.dtype(), drive.device())?;
        let mut losses = vec![0.0; n];
        for from in (0..steps).step_by(PIECE) {
            let piece = PIECE.min(steps - from);
            let rows = rows.narrow(0, 0, piece)?;
            population.advance_into(*dt, &drive.narrow(0, from, piece)?.contiguous()?, &[0], &rows)?;
            on_host(&rows, |v| {
                for t in (from.next_multiple_of(self.every)..from + piece).step_by(self.every) {
                    for (b, v) in v[(t - from) * batch * n..][..batch * n].chunks(n).enumerate() {
                        let target = self.traces[b][t];
                        losses.iter_mut().zip(v).for_each(|(loss, v)| *loss += (v - target).powi(2));
                    }
                }
            })?;
        }
        let compared = (steps.div_ceil(self.every) * batch) as f64;
        Ok(losses.into_iter().map(|loss| loss / compared).collect())
    }

    fn width(&self, a: usize) -> f64 {
        self.free[a].2 - self.free[a].1
    }

    /// Gives the parameters `[parameter, candidate]` at some places.
    fn candidates(&self, places: &[Vec<f64>]) -> candle_core::Result<Tensor> {
        let rows = (0..self.free.len()).flat_map(|a| places.iter().map(move |z| self.free[a].1 + z[a] * self.width(a)));
        let rows: Vec<f64> = rows.collect();
        Tensor::from_vec(rows, (self.free.len(), places.len()), &candle_core::Device::Cpu)
    }
}

/// Runs a model under currents `[trace][time]`, and gives the potential after each step.
fn traces(model: Model, dt: f64, params: &[f64], currents: &[Vec<f64>]) -> Result<Vec<Vec<f64>>> {
    let (backend, cell, steps) = (Backend::default(), model.cell(), currents[0].len());
    let start: Vec<f64> = cell.state.iter().map(|f| f.default).collect();
    let run = |current: &Vec<f64>| -> Result<Vec<f64>> {
        let params = backend.tensor(params, (params.len(), 1))?;
        let mut population = CellPopulation::of(model, params, backend.tensor(&start, (start.len(), 1, 1))?)?;
        let rows = Tensor::zeros((steps, 1, 1, 1), backend.dtype(), backend.device())?;
        population.advance_into(dt, &backend.tensor(current, (steps, 1))?, &[0], &rows)?;
        Ok(to_host(&rows)?)
    };
    currents.iter().map(run).collect()
}

impl Target for PaperTarget {
    fn name(&self) -> &'static str {
        self.name
    }

    fn unit(&self) -> &'static str {
        "mV2"
    }

    fn coordinates(&self) -> Vec<String> {
        self.free.iter().map(|(name, ..)| name.to_string()).collect()
    }

    fn success(&self) -> f64 {
        // A tenth of a millivolt: the parameters that have an effect are found again.
        0.01
    }

    fn evaluate(&self, places: &[Vec<f64>], needs: Needs) -> Result<Evaluation> {
        let (candidates, (k, n)) = (self.candidates(places)?, (self.free.len(), places.len()));
        let mut found = match needs {
            Needs::Loss => Evaluation { loss: self.losses(places)?, ..Evaluation::default() },
            Needs::Gradient => {
                let candidates = Var::from_tensor(&candidates)?;
                let losses = self.objective.losses(&candidates)?;
                let gradients = losses.sum_all()?.backward()?;
                let gradient = match gradients.get(&candidates) {
                    Some(gradient) => (gradient * 0.5)?.flatten_all()?.to_vec1()?,
                    None => vec![0.0; k * n],
                };
                Evaluation { loss: losses.detach().to_vec1()?, gradient, jtj: vec![] }
            }
            Needs::Normal => self.objective.normal(&candidates)?.evaluation()?,
        };
        for (i, g) in found.gradient.iter_mut().enumerate() {
            *g *= self.width(i / n);
        }
        for (a, b) in (0..k).flat_map(|a| (a..k).map(move |b| (a, b))).filter(|_| needs == Needs::Normal) {
            let pair = packed(k, a, b) * n;
            found.jtj[pair..pair + n].iter_mut().for_each(|h| *h *= self.width(a) * self.width(b));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the reference code makes of its targets, measured by running it: the counts of steps that spike, the extremes of
    /// the potential; and that a gradient is that of differences where no spike comes or goes.
    #[test]
    fn traces_are_those_of_the_reference_code() {
        let gif = PaperTarget::gif().unwrap();
        let extreme = |trace: &[f64], f: fn(f64, f64) -> f64| trace.iter().copied().fold(trace[0], f);
        for (b, (low, high)) in [(-70.0, -43.79), (-70.0, -40.0), (-70.0, -40.07), (-88.96, -51.04), (-140.0, -70.0)]
            .into_iter()
            .enumerate()
        {
            let (lowest, highest) = (extreme(&gif.traces[b], f64::min), extreme(&gif.traces[b], f64::max));
            assert!((lowest - low).abs() < 0.03 && (highest - high).abs() < 0.03, "{b}: {lowest} {highest}");
        }
        let hh = PaperTarget::hh().unwrap();
        let level = -55.31094455202257;
        let above = |trace: &Vec<f64>| trace.windows(2).filter(|pair| pair[0] > level && pair[1] > level).count();
        let counts: Vec<usize> = hh.traces.iter().map(above).collect();
        let wanted: [usize; 5] = [552, 235, 488, 523, 0];
        assert!(counts.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) <= 2), "{counts:?}");
        for target in [gif, hh] {
            let truth = target.truth();
            let found = target.evaluate(&[truth.clone(), vec![0.4; 4]], Needs::Loss).unwrap();
            assert!(found.loss[0] < 1e-12 && found.loss[1] > 1.0, "{}: {:?}", target.name(), found.loss);
        }
    }

    #[test]
    fn gradients_agree_with_normal_equations_and_differences() {
        let hh = PaperTarget::hh().unwrap();
        let mut place = hh.truth();
        place[1] += 0.02;
        let whole = hh.evaluate(std::slice::from_ref(&place), Needs::Normal).unwrap();
        let slope = hh.evaluate(std::slice::from_ref(&place), Needs::Gradient).unwrap();
        for a in 0..4 {
            let mut moved = [place.clone(), place.clone()];
            moved[0][a] += 1e-6;
            moved[1][a] -= 1e-6;
            let loss = hh.evaluate(&moved, Needs::Loss).unwrap().loss;
            let numeric = (loss[0] - loss[1]) / 4e-6;
            let scale = whole.gradient.iter().fold(0.0f64, |most, g| most.max(g.abs()));
            assert!((whole.gradient[a] - slope.gradient[a]).abs() < 1e-8 * scale, "{a}");
            let plain = hh.evaluate(std::slice::from_ref(&place), Needs::Loss).unwrap().loss[0];
            assert!((whole.loss[0] - plain).abs() < 1e-9 * plain, "{} {plain}", whole.loss[0]);
            assert!((slope.gradient[a] - numeric).abs() < 1e-3 * scale, "{a}: {} {numeric}", slope.gradient[a]);
        }
        // k_1 and k_2 of the GIF neuron have no effect.
        let gif = PaperTarget::gif().unwrap();
        let found = gif.evaluate(&[vec![0.2, 0.3, 0.4, 0.5]], Needs::Gradient).unwrap();
        assert_eq!(found.gradient[2..], [0.0, 0.0]);
    }
}
