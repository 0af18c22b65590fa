//! Simulated recordings of a case, with noise on their potential.
//!
//! Each data set has currents of its own, a little stronger or weaker than those of the case: so its spikes fall
//! elsewhere on the grid of samples, whose rounding is a part of the errors.

use super::cases::{Case, Noise};
use anyhow::{Context, Result};
use brain_core::stats::median;
use brain_core::{Backend, Seed};
use brain_fit::features::SpikeDetector;
use brain_fit::fit::sweep::FitSweep;
use brain_fit::fit::{FitSettings, Registry, Subject};
use brain_fit::protocol::StimulusWindow;

/// Standard deviation of the currents of data sets, as a part of those of the case.
const CURRENT: f64 = 0.02;

/// A case that is ready to be fitted.
pub struct Cell {
    /// The model.
    pub subject: Subject,
    /// Settings of the fits.
    pub settings: FitSettings,
    /// All parameters.
    pub truth: Vec<f64>,
    case: Case,
}

impl Cell {
    /// Simulates a case.
    pub fn new(case: &Case, registry: &Registry) -> Result<Self> {
        let level = SpikeDetector::default().threshold_mv;
        let subject = Subject::new(&registry.models, case.model, level, &Backend::default())?;
        let strategy = registry.strategy_for(&subject).context("no strategy")?;
        let model = subject.model();
        let mut truth: Vec<f64> = model.param.iter().map(|f| f.default).collect();
        for (name, value) in case.truth {
            truth[model.parameter(name)?] = *value;
        }
        let mut settings = FitSettings::of_model(model.param);
        for (name, bounds) in strategy.bounds().iter().chain(case.bounds) {
            settings.bounds[model.parameter(name)?] = *bounds;
        }
        settings.fitted = case.fitted.iter().map(|name| model.parameter(name)).collect::<Result<_, _>>()?;
        settings.voltage.starts = case.starts;
        (settings.voltage.dt, settings.spikes.dt) = (case.dt, case.dt);
        // Errors are what is looked at, not the search: few starts, not far from the truth where they are given, and
        // windows that grow slowly.
        settings.voltage.windows = vec![0.15, 0.3, 0.6, 1.0];
        (settings.membrane.tau_m_starts, settings.membrane.tau_starts) = (vec![15.0], vec![[8.0, 50.0, 300.0]]);
        settings.spikes.time_constants = vec![[15.0, 150.0]];
        (settings.spikes.tau_u, settings.spikes.c_u) = (vec![30.0], vec![0.3]);
        Ok(Self { subject, settings, truth, case: *case })
    }

    /// Simulates what the cell does under a step of current, without noise.
    fn sweep(&self, step: f64) -> Result<FitSweep> {
        let case = &self.case;
        let at = |ms: f64| (ms / case.dt).round() as usize;
        let on = at(100.0)..at(case.duration - 80.0);
        let current: Vec<f64> = (0..=at(case.duration)).map(|k| if on.contains(&k) { step } else { 0.0 }).collect();
        let model = self.subject.model();
        let window = StimulusWindow::of(&current, case.dt).context("a step")?;
        let rest = model.cell().parameter("E_L").map_or(-70.0, |row| self.truth[row]);
        let mut sweep =
            FitSweep { onset: window.onset_ms, end: window.end_ms, ..FitSweep::of_current(current, case.dt, rest) };
        let (spike, mut spikes, mut voltage) = (model.output("spike")?, Vec::new(), vec![rest]);
        self.subject.free.run(&sweep, &self.truth, 1, &[0, spike], |t, rows| {
            if rows[1] > 0.5 {
                spikes.push(t + 1);
            }
            voltage.push(rows[0]);
        })?;
        (sweep.voltage, sweep.spikes) = (voltage, spikes);
        Ok(sweep)
    }

    /// Simulates recordings with noise; each seed is another data set.
    pub fn noisy(&self, noise: &Noise, seed: Seed) -> Result<Vec<FitSweep>> {
        let dt = self.case.dt;
        let decay = if noise.memory > 0.0 { (-dt / noise.memory).exp() } else { 0.0 };
        let one = |(i, step): (usize, &f64)| {
            let mut stream = seed.at(i as u64);
            let mut sweep = self.sweep(step * (1.0 + CURRENT * stream.normal()))?;
            let mut x = stream.normal();
            for v in &mut sweep.voltage {
                *v += noise.sd * x;
                x = decay * x + (1.0 - decay * decay).sqrt() * stream.normal();
            }
            // As a recording is read: a run starts at the median of the first 5 ms.
            sweep.v0 = median(&sweep.voltage[..(5.0 / dt) as usize]);
            Ok(sweep)
        };
        self.case.steps.iter().enumerate().map(one).collect()
    }
}
