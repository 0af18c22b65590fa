//! The free runs of many parameter sets, as objectives compare them with the recorded sweeps.

use super::FitError;
use super::simulate::Simulator;
use super::sweep::FitSweep;
use super::traces::substeps;
use crate::features::SpikeDetector;
use crate::objective::{Answer, RunObjective};

/// The free runs of a model.
#[derive(Clone, Copy, Debug)]
pub struct FreeAnswers<'a> {
    /// The model.
    pub free: &'a Simulator,
    /// The recorded sweeps.
    pub sweeps: &'a [FitSweep],
    /// Longest step of a run, ms.
    pub step: f64,
    /// The level of spikes, mV, where these show in the model's potential; none where the model says when it spikes.
    pub shown_at: Option<f64>,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its spikes, ms.
    pub spikes_ms: Vec<f64>,
    /// Its potential at every sample, mV; empty where it was not asked for.
    pub voltage_mv: Vec<f64>,
}

impl Run {
    /// Gives the run as an answer to a sweep.
    pub fn answer<'a>(&'a self, s: &FitSweep) -> Answer<'a> {
        let (spikes_ms, voltage_mv) = (&self.spikes_ms[..], &self.voltage_mv[..]);
        Answer { spikes_ms, voltage_mv, dt_ms: s.dt, stimulus_ms: (s.onset, s.end) }
    }
}

impl FreeAnswers<'_> {
    /// Gives the recorded spikes and potential of a sweep. A recorded spike is the sample after its crossing, half a sample
    /// late on average.
    pub fn recorded(s: &FitSweep) -> Run {
        let spikes_ms = s.times().into_iter().map(|t| t - 0.5 * s.dt).collect();
        Run { spikes_ms, voltage_mv: s.voltage.clone() }
    }

    /// Runs parameters `[parameter, column]` over a sweep, and gives what each column does that an objective
    /// compares.
    pub fn runs(&self, objective: &dyn RunObjective, s: &FitSweep, params: &[f64]) -> Result<Vec<Run>, FitError> {
        let n = params.len() / self.free.model.param.len();
        let per_sample = substeps(s.dt, self.step);
        let mut runs: Vec<Run> = (0..n).map(|_| Run { spikes_ms: Vec::new(), voltage_mv: Vec::new() }).collect();
        if self.shown_at.is_some() || objective.compares_potentials() {
            runs.iter_mut().for_each(|run| run.voltage_mv.push(s.v0));
            self.free.run(s, params, per_sample, &[0], |t, v| {
                if (t + 1) % per_sample == 0 {
                    runs.iter_mut().zip(v).for_each(|(run, v)| run.voltage_mv.push(*v));
                }
            })?;
        }
        match self.shown_at {
            Some(level) => {
                let detector = SpikeDetector { interpolate: true, ..SpikeDetector::at(level) };
                runs.iter_mut().for_each(|run| run.spikes_ms = detector.times_ms(&run.voltage_mv, s.dt));
            }
            None => {
                let found = self.free.spike_times(s, params, self.step)?;
                runs.iter_mut().zip(found).for_each(|(run, found)| run.spikes_ms = found.times);
            }
        }
        Ok(runs)
    }

    /// Computes the mean of an objective over the sweeps for each column of parameters; one that is no number is infinite.
    pub fn values(&self, objective: &dyn RunObjective, params: &[f64]) -> Result<Vec<f64>, FitError> {
        let mut sum = vec![0.0; params.len() / self.free.model.param.len()];
        for s in self.sweeps {
            let recorded = Self::recorded(s);
            for (sum, run) in sum.iter_mut().zip(self.runs(objective, s, params)?) {
                *sum += objective.value(&recorded.answer(s), &run.answer(s)) / self.sweeps.len() as f64;
            }
        }
        sum.iter_mut().filter(|sum| !sum.is_finite()).for_each(|sum| *sum = f64::INFINITY);
        Ok(sum)
    }
}
