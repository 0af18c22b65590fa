//! The subthreshold membrane, with the recorded spikes given to the model.
//!
//! Between its own recorded spikes the cell is a leaky integrator driven by a known current, and the potential is a
//! smooth function of the parameters: the spike-forced model resets where the *cell* spiked. The distance of the whole
//! trajectory (not of dV/dt), without the samples around spikes, is minimised with Levenberg and Marquardt's method; its
//! `J^T W r` and `J^T W J` come from one tangent scan (Mensi et al. 2012, <https://doi.org/10.1152/jn.00408.2011>;
//! Pozzorini et al. 2015, <https://doi.org/10.1371/journal.pcbi.1004275>).
//!
//! Capacitance, conductance and time constants are fitted as logarithms. After-spike currents and the membrane's own
//! time constant can stand in for each other, so weak priors hold the currents and tau_m; each weighs as a few samples
//! of the noise that the residuals show ([`prior`](crate::fit::prior)). The three time constants live in bands that do not
//! overlap. The refractory period has no derivative and stays where a start has it; a later stage tries a grid of its
//! values ([`refractory`](crate::fit::refractory)).

use crate::fit::FitError;
use crate::fit::columns::from_columns;
use crate::fit::coordinates::Coordinates;
use crate::fit::electrode::{FittedElectrode, FoundElectrode};
use crate::fit::outcome::independent_samples;
use crate::fit::prior::{Prior, Priors};
use crate::fit::settings::Membrane;
use crate::fit::simulate::Simulator;
use crate::fit::sweep::FitSweep;
use crate::fit::traces::Traces;
use crate::fit::voltage::VoltageProblem;
use brain_core::optim::Evaluation;
use brain_core::stats::{mean, median};

/// Positions of the after-spike currents among the coordinates.
const CURRENTS: std::ops::Range<usize> = 4..7;
/// Time constant of the filter that gives the first guess of the resistance, ms.
const GUESS: f64 = 20.0;

/// The least-squares problem of the membrane of `gif`: capacitance, conductance, rest, reset, three after-spike currents
/// and their time constants, and the refractory period, in this order.
pub(super) struct MembraneProblem {
    problem: VoltageProblem,
    settings: Membrane,
    priors: Priors,
    t_ref: f64,
    guess: Guess,
    v_reset: f64,
}

impl MembraneProblem {
    /// Makes the problem of the spike-forced model on some sweeps, with a weight for each sample; `fixed` are all its
    /// parameters, and `t_ref` is the refractory period of the starts, ms.
    pub fn new(
        forced: &Simulator,
        coordinates: Coordinates,
        fixed: Vec<f64>,
        sweeps: &[FitSweep],
        weights: &[Vec<f64>],
        t_ref: f64,
        settings: &Membrane,
    ) -> Result<Self, FitError> {
        let traces = Traces::of(sweeps, weights, f64::INFINITY, true);
        let problem = VoltageProblem::new(forced.model, coordinates, fixed, &traces, 1.0, &forced.backend)?;
        let guess = Guess::of(sweeps, weights);
        let mut list = Vec::new();
        if settings.ridge > 0.0 {
            // A current moves the rest by the resistance times itself.
            let sd = 1.0 / (settings.ridge.sqrt() * guess.resistance);
            list.extend(CURRENTS.map(|a| Prior::one(a, 0.0, sd)));
        }
        if settings.tau_m_weight > 0.0 {
            let (of, sd) = (vec![(0, 1.0), (1, -1.0)], 1.0 / settings.tau_m_weight.sqrt());
            list.push(Prior { of, mean: settings.tau_m_value.ln(), sd });
        }
        let priors = Priors { list, samples: independent_samples(sweeps, weights) };
        let resets = potentials_after_spikes(sweeps, t_ref);
        let v_reset = if resets.is_empty() { guess.rest } else { median(&resets) };
        Ok(Self { problem, settings: settings.clone(), priors, t_ref, guess, v_reset })
    }

    /// Also fits what the electrode adds to the potential of the same sweeps and weights.
    pub fn with_electrode(
        mut self,
        fitted: FittedElectrode,
        sweeps: &[FitSweep],
        weights: &[Vec<f64>],
    ) -> Result<Self, FitError> {
        let traces = Traces::of(sweeps, weights, f64::INFINITY, true);
        self.problem = self.problem.with_electrode(fitted, &traces, 1.0)?;
        Ok(self)
    }

    /// Gives the best electrode at a place of the membrane.
    pub fn electrode(&self, z: &[f64]) -> Result<Option<FoundElectrode>, FitError> {
        self.problem.electrode(z)
    }

    /// Gives starts `[coordinate, column]`: every membrane time constant with every set of after-spike time constants.
    pub fn starts(&self) -> Vec<f64> {
        let Guess { resistance, rest } = self.guess;
        let mut columns = Vec::new();
        for &tau_m in &self.settings.tau_m_starts {
            for taus in &self.settings.tau_starts {
                let mut z = vec![(tau_m / resistance).ln(), (1.0 / resistance).ln(), rest, self.v_reset, 0.0, 0.0, 0.0];
                z.extend(taus.iter().map(|t| t.ln()).chain([self.t_ref]));
                columns.push(z);
            }
        }
        from_columns(&columns)
    }

    /// Computes the mean squared distance, gradient and curvature at `[coordinate, column]`, priors included.
    pub fn evaluate(&self, z: &[f64]) -> Result<Evaluation, FitError> {
        let mut found = self.problem.mean(z)?;
        (0..found.loss.len()).for_each(|i| self.priors.apply(&mut found, i, z));
        Ok(found)
    }
}

/// Gives the weight of every sample of a sweep: zero around spikes, more where the stimulus starts and ends, for there the time
/// constants show.
pub(super) fn weights(s: &FitSweep, t_ref: f64, settings: &Membrane) -> Vec<f64> {
    let mut w = s.mask(settings.cut_before, t_ref);
    if s.onset > 0.0 {
        let first = s.times().into_iter().find(|t| *t >= s.onset).unwrap_or(f64::INFINITY);
        let window = settings.edge_window;
        let edges = [(s.onset, (s.onset + window).min(first)), (s.end, s.end + window)];
        for (k, w) in w.iter_mut().enumerate() {
            let t = k as f64 * s.dt;
            for (from, to) in edges {
                if from <= t && t < to {
                    *w *= settings.edge_weight;
                }
            }
        }
    }
    w
}

/// Gives the recorded potentials one refractory period after each spike, mV.
fn potentials_after_spikes(sweeps: &[FitSweep], t_ref: f64) -> Vec<f64> {
    let after = |s: &FitSweep| {
        let held = (t_ref / s.dt).round() as usize;
        s.spikes.iter().map(|&k| s.voltage[(k + held).min(s.voltage.len() - 1)]).collect::<Vec<_>>()
    };
    sweeps.iter().flat_map(after).collect()
}

/// A first guess of the membrane.
#[derive(Clone, Copy, Debug)]
struct Guess {
    /// Input resistance, mV per unit of current (GOhm where it is pA).
    resistance: f64,
    /// Potential without current, mV.
    rest: f64,
}

impl Guess {
    /// Makes the guess by regression of the potential on the current behind a filter.
    fn of(sweeps: &[FitSweep], weights: &[Vec<f64>]) -> Self {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for (s, w) in sweeps.iter().zip(weights) {
            let k = 1.0 - (-s.dt / GUESS).exp();
            let base = mean(&s.current[..((5.0 / s.dt) as usize).max(1)]);
            let mut filtered = 0.0;
            for ((i, v), w) in s.current.iter().zip(&s.voltage).zip(w) {
                filtered += k * (i - base - filtered);
                if *w > 0.0 {
                    x.push(filtered + base);
                    y.push(*v);
                }
            }
        }
        let (mx, my) = (mean(&x), mean(&y));
        let sxx: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
        let sxy: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
        let slope = if sxx > 0.0 { sxy / sxx } else { 0.1 };
        Self { resistance: slope.clamp(0.01, 2.0), rest: my - slope * mx }
    }
}
