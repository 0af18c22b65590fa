//! Any model, by the times of its spikes and the potential before the first one.
//!
//! It is for models that are reset by their spikes but were not compiled with their spikes given, such as `gif-paper`,
//! whose potential between spikes depends on when the model itself spikes. Everything is fitted at once, from random
//! starts: hold what is known (`voltage.fixed`) or name what is not (`voltage.fit`).
//!
//! The derivatives of the potential before the first spike are those of the surrogate, which also sees spikes that do not
//! happen where it is as wide as the threshold is high (`gif-paper`): there the fit can end in a wrong minimum, of a loss far
//! above 1.

use super::spike_forced::{fit_spike_times, fitted, with_refractory_period};
use crate::fit::coordinates::{Coordinates, Scale};
use crate::fit::outcome;
use crate::fit::spike_problem::Subthreshold;
use crate::fit::state::Session;
use crate::fit::strategy::{Strategy, Subject, Task};
use crate::fit::sweep::FitSweep;
use crate::fit::traces::Traces;
use crate::fit::voltage::VoltageProblem;
use crate::fit::{FitError, Fitted, Outcome};

/// Expected error of the potential before the first spike, mV.
const POTENTIAL_ERROR: f64 = 0.5;

/// The strategy.
#[derive(Debug)]
pub struct SpikeTiming;

impl Strategy for SpikeTiming {
    fn name(&self) -> &'static str {
        "spike-timing"
    }

    fn suits(&self, _: &Subject) -> bool {
        true
    }

    fn scale(&self, _: &str, bounds: (f64, f64)) -> Scale {
        Scale::of(bounds)
    }

    fn fit(&self, task: &Task, session: &mut Session) -> Result<Outcome, FitError> {
        let Task { subject, settings, sweeps } = *task;
        let model = subject.model();
        let (fixed, _) = with_refractory_period(task);
        let before_first = |s: &FitSweep| {
            let cut = (settings.membrane.cut_before / s.dt).round() as usize;
            let end = s.spikes.first().map_or(s.voltage.len(), |&k| k.saturating_sub(cut));
            (0..s.voltage.len()).map(|k| if k < end { 1.0 } else { 0.0 }).collect()
        };
        let weights: Vec<Vec<f64>> = sweeps.iter().map(before_first).collect();
        let traces = Traces::of(sweeps, &weights, settings.step(subject.shows_spikes), false);
        let coordinates = Coordinates::of_rows(model, fitted(task), &settings.bounds, Scale::of);
        let problem = VoltageProblem::new(model, coordinates.clone(), fixed.clone(), &traces, 1.0, subject.backend())?;
        let subthreshold = Some(Subthreshold { problem, error: POTENTIAL_ERROR });
        let (params, loss, known) = fit_spike_times(1, task, fixed, coordinates, subthreshold, session)?;
        let notes = vec![
            "Standard errors take spike times of an expected error and the mean of the potential before them as one sample."
                .to_owned(),
        ];
        let params = Fitted::all(model.param, params, &settings.bounds);
        Ok(outcome::outcome(params, &[known], loss, "1", session.evaluations, notes))
    }
}
