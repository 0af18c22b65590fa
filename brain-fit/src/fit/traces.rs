//! Traces are sweeps side by side, one row a step, as an [`Objective`] takes them.

use super::FitError;
use super::sweep::FitSweep;
use brain_core::loss::SquaredError;
use brain_core::{Backend, Model, Objective};
use std::sync::Arc;

/// Sweeps of one sampling interval, in the model's units.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Step, ms.
    pub dt: f64,
    /// Number of steps; shorter sweeps are filled with steps of no weight.
    pub steps: usize,
    /// Number of steps before the stimulus of any sweep begins.
    pub onset: usize,
    /// Number of sweeps.
    pub batch: usize,
    /// Inputs during each step, `[time, input, batch]`.
    pub drive: Vec<f64>,
    /// Current at the end of each step, `[time, batch]`, in the unit of the model's input.
    pub current: Vec<f64>,
    /// Potential after each step, `[time, batch]`, mV.
    pub target: Vec<f64>,
    /// Weight of each potential, `[time, batch]`.
    pub weight: Vec<f64>,
    /// Potential at the start, `[batch]`, mV.
    pub v0: Vec<f64>,
}

/// Gives the number of steps within a sampling interval `dt` such that none is longer than `most`.
pub fn substeps(dt: f64, most: f64) -> usize {
    (dt / most - 1e-9).ceil().max(1.0) as usize
}

impl Traces {
    /// Makes one `Traces` for each sampling interval of the sweeps, shortest first; `weights` has a row for each sweep, with a
    /// weight for each sample. Steps are no longer than `step`; where `forced`, a second input says in which step the
    /// cell spiked.
    pub fn of(sweeps: &[FitSweep], weights: &[Vec<f64>], step: f64, forced: bool) -> Vec<Traces> {
        let mut intervals: Vec<f64> = sweeps.iter().map(|s| s.dt).collect();
        intervals.sort_by(f64::total_cmp);
        // Times are rounded when printed, so an interval is known to a millionth at best.
        intervals.dedup_by(|a, b| (*a - *b).abs() <= 1e-6 * *b);
        let of = |dt: f64| {
            let members = (0..sweeps.len()).filter(|&k| (sweeps[k].dt - dt).abs() <= 1e-6 * dt);
            Self::together(dt, &members.map(|k| (&sweeps[k], &*weights[k])).collect::<Vec<_>>(), step, forced)
        };
        intervals.into_iter().map(of).collect()
    }

    fn together(dt: f64, members: &[(&FitSweep, &[f64])], step: f64, forced: bool) -> Traces {
        let per_sample = substeps(dt, step);
        let (batch, inputs) = (members.len(), if forced { 2 } else { 1 });
        let steps = members.iter().map(|(s, _)| (s.current.len() - 1) * per_sample).max().unwrap_or(0);
        let onset = members.iter().map(|(s, _)| s.onset).fold(f64::INFINITY, f64::min) / dt * per_sample as f64;
        let onset = (onset.round() as usize).min(steps);
        let mut t = Traces { dt: dt / per_sample as f64, steps, onset, batch, ..Traces::default() };
        t.drive = vec![0.0; steps * inputs * batch];
        t.current = vec![0.0; steps * batch];
        t.target = vec![0.0; steps * batch];
        t.weight = vec![0.0; steps * batch];
        for (b, (s, weights)) in members.iter().enumerate() {
            t.v0.push(s.v0);
            for k in 0..(s.current.len() - 1) * per_sample {
                t.drive[k * inputs * batch + b] = s.current[k / per_sample];
                if (k + 1) % per_sample == 0 {
                    let sample = (k + 1) / per_sample;
                    t.current[k * batch + b] = s.current[sample];
                    t.target[k * batch + b] = s.voltage[sample];
                    t.weight[k * batch + b] = weights[sample];
                }
            }
            if forced {
                // The step that ends at the sample after the crossing is the one that spikes.
                for &spike in &s.spikes {
                    t.drive[((spike * per_sample - 1) * 2 + 1) * batch + b] = 1.0;
                }
            }
        }
        t
    }

    /// Makes the squared distance of a model from the traces, over the first `part` of the steps from the onset: its
    /// parameters are `params`, of which those in `free` are replaced by candidates.
    pub fn objective(
        &self,
        model: Model,
        params: &[f64],
        free: &[usize],
        backend: &Backend,
        part: f64,
    ) -> Result<Objective, FitError> {
        let steps = self.first(part);
        let inputs = model.input.len();
        let states = model.cell().state.iter().enumerate();
        let start: Vec<f64> =
            states.flat_map(|(s, f)| self.v0.iter().map(move |&v| if s == 0 { v } else { f.default })).collect();
        Ok(Objective {
            model,
            dt: self.dt,
            start: backend.tensor(&start, (model.cell().state.len(), self.batch))?,
            drive: backend.tensor(&self.drive[..steps * inputs * self.batch], (steps, inputs, self.batch))?,
            output: 0,
            target: backend.tensor(&self.target[..steps * self.batch], (steps, self.batch))?,
            weight: backend.tensor(&self.weight[..steps * self.batch], (steps, self.batch))?,
            params: backend.tensor(params, params.len())?,
            free: free.to_vec(),
            loss: Arc::new(SquaredError {}),
        })
    }

    /// Gives the number of steps in the first `part` of the time from the onset of the stimulus; those before it are always
    /// among them.
    fn first(&self, part: f64) -> usize {
        let after = ((self.steps - self.onset) as f64 * part).round() as usize;
        (self.onset + after).clamp(1.min(self.steps), self.steps)
    }

    /// Gives a number for each position of `[time, batch]` in the first `part` of the steps.
    pub fn over(&self, part: f64, number: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..self.first(part) * self.batch).map(number).collect()
    }

    /// Gives the sum of the weights over the first `part` of the steps.
    pub fn total_weight(&self, part: f64) -> f64 {
        let steps = self.first(part);
        self.weight[..steps * self.batch].iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_begin_at_the_onset() {
        let sweep = |onset: f64| FitSweep {
            onset,
            voltage: vec![-70.0; 1001],
            ..FitSweep::of_current(vec![0.0; 1001], 0.25, -70.0)
        };
        let weights = vec![vec![1.0; 1001]; 2];
        let traces = Traces::of(&[sweep(50.0), sweep(60.0)], &weights, 0.125, false).remove(0);
        assert_eq!((traces.steps, traces.onset), (2000, 400));
        assert_eq!([0.0, 0.25, 1.0].map(|part| traces.first(part)), [400, 800, 2000]);
        assert_eq!(Traces { steps: 10, ..Traces::default() }.first(0.5), 5);
    }
}
