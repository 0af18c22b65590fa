//! This strategy fits any model, by the times of its spikes and the potential before the first one
//! ([`potential`](crate::fit::potential)).
//!
//! It is for models that are reset by their spikes but were not compiled with their spikes given, such as `gif-paper`,
//! whose potential between spikes depends on when the model itself spikes. Everything is fitted at once, from random
//! starts: hold what is known (`voltage.fixed`) or name what is not (`voltage.fit`).

use super::spike_forced::{fit_spike_times, fitted, with_refractory_period};
use crate::fit::coordinates::{Coordinates, Scale};
use crate::fit::errors::ErrorReport;
use crate::fit::outcome;
use crate::fit::potential::EarlyPotential;
use crate::fit::state::FitSession;
use crate::fit::strategy::{FitTask, Strategy, Subject};
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

    fn fit(&self, task: &FitTask, session: &mut FitSession) -> Result<Outcome, FitError> {
        let FitTask { subject, settings, sweeps } = *task;
        let model = subject.model();
        let (fixed, _) = with_refractory_period(task);
        let coordinates = Coordinates::of_rows(model, fitted(task), &settings.bounds, Scale::of);
        let step = settings.step(subject.shows_spikes);
        let potential = Some(EarlyPotential::new(sweeps, settings.membrane.cut_before, POTENTIAL_ERROR, step));
        let found = fit_spike_times(1, task, fixed, coordinates, potential, None, session)?;
        let notes = vec![
            "Standard errors take spike times of an expected error and the mean of the potential before them as one sample."
                .to_owned(),
        ];
        let errors = ErrorReport { spectra: vec![("spike times", found.eigenvalues)], ..ErrorReport::default() };
        let params = Fitted::all(model.param, found.params, &settings.bounds);
        let loss = (found.loss, "1");
        Ok(outcome::outcome(params, &[found.determined], None, loss, session.evaluations, errors, notes))
    }
}
