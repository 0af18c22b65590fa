//! The moving threshold under which the recorded spikes are likeliest.
//!
//! Where the current fluctuates, spikes fall by chance near the threshold, at the rate `exp((V - theta) / D)` per ms. With
//! the recorded spikes given, `V` and the components of `theta = V_th + b_1 h_1 + b_2 h_2 + c_u u` are known, so that the
//! logarithm of the rate is linear in what is looked for:
//!
//! ```text
//! ln lambda = w . (1, V, h_1, h_2, u),   w = (-V_th, 1, -b_1, -b_2, -c_u) / D
//! ```
//!
//! and the likelihood is concave ([`escape`](crate::fit::escape)). Of a grid of time constants, the likeliest stay.

use crate::fit::FitError;
use crate::fit::columns::from_columns;
use crate::fit::coordinates::Coordinates;
use crate::fit::escape::{EscapeProblem, EscapeRate, EscapeSample};
use crate::fit::simulate::Simulator;
use crate::fit::spike_samples::spike_samples;
use crate::fit::sweep::FitSweep;
use brain_core::optim::Uncertainty;

/// Number of regressors.
const K: usize = 5;
/// The potential is counted from here, mV, in these units: the weights are then of one size.
const ORIGIN: f64 = -50.0;
const UNIT: f64 = 10.0;
/// No jump and no part of the potential lowers the threshold.
const NOT_POSITIVE: [bool; K] = [false, false, true, true, true];
/// Positions of `V_th, b_1, b_2, c_u` among the coordinates `V_th, b_1, b_2, T_1, T_2, c_u, tau_u`, and of the others.
pub(super) const LINEAR: [usize; 4] = [0, 1, 2, 5];
const TIMES: [usize; 3] = [3, 4, 6];
/// The grid of time constants is made finer around its best place: neighbours are this far apart, as logarithms.
const FINER: f64 = 0.4;

/// The threshold.
pub(super) struct LikeliestThreshold {
    /// The coordinates `V_th, b_1, b_2, T_1, T_2, c_u, tau_u`.
    pub z: Vec<f64>,
    /// Width `D` of the escape rate, mV.
    pub width: f64,
    /// The logarithm of the likelihood.
    pub log_likelihood: f64,
    /// How well the likelihood determines `V_th, b_1, b_2, c_u`.
    pub uncertainty: Uncertainty,
}

impl LikeliestThreshold {
    /// Says in words what was found, and what the errors of the threshold are.
    pub fn note(&self) -> String {
        format!(
            "The current fluctuates: the threshold is the likeliest one under an escape rate of width {:.2} mV (log-likelihood {:.1}), lowered or raised to where the spikes of the model, which has no noise, coincide best with the recorded ones; its standard errors are those of the likelihood.",
            self.width, self.log_likelihood
        )
    }
}

/// Finds it; `params` are all the model's, with its membrane fitted. The time constants are near one of `time_constants`,
/// `T_1, T_2`, ms, and one of `tau_u`, ms.
pub(super) fn likeliest_threshold(
    forced: &Simulator,
    coordinates: &Coordinates,
    params: &[f64],
    sweeps: &[FitSweep],
    (time_constants, tau_u): (&[[f64; 2]], &[f64]),
    t_ref: f64,
) -> Result<LikeliestThreshold, FitError> {
    let search = Search { forced, coordinates, params, sweeps, t_ref };
    let pairs = time_constants.iter().flat_map(|&[t_1, t_2]| tau_u.iter().map(move |tau| [t_1, t_2, *tau]));
    let coarse: Vec<[f64; 3]> = pairs.map(|times| search.inside(times.map(f64::ln))).collect();
    let near = search.best(&coarse)?.0;
    let mut fine = vec![near];
    for k in 0..TIMES.len() {
        fine = fine.into_iter().flat_map(|times| [-FINER, 0.0, FINER].map(|by| moved(times, k, by))).collect();
    }
    let fine: Vec<[f64; 3]> = fine.into_iter().map(|times| search.inside(times)).collect();
    let (times, rate) = search.best(&fine)?;
    Ok(search.threshold(times, &rate))
}

fn moved(mut times: [f64; 3], k: usize, by: f64) -> [f64; 3] {
    times[k] += by;
    times
}

/// What all choices of time constants share.
struct Search<'a> {
    forced: &'a Simulator,
    coordinates: &'a Coordinates,
    params: &'a [f64],
    sweeps: &'a [FitSweep],
    t_ref: f64,
}

impl Search<'_> {
    /// Gives logarithms of time constants within their bounds.
    fn inside(&self, times: [f64; 3]) -> [f64; 3] {
        let limits = self.coordinates.limits();
        let mut k = 0;
        times.map(|time| {
            let (low, high) = limits[TIMES[k]];
            k += 1;
            time.clamp(low, high)
        })
    }

    /// Finds the likeliest of some choices of time constants, with its rate.
    fn best(&self, choices: &[[f64; 3]]) -> Result<([f64; 3], EscapeRate), FitError> {
        // A threshold of zero, jumps of one, and a component that follows the potential fully.
        let unit = |&[t_1, t_2, tau]: &[f64; 3]| vec![0.0, 1.0, 1.0, t_1, t_2, 1.0, tau];
        let runs = from_columns(&choices.iter().map(unit).collect::<Vec<_>>());
        let (runs, n) = (self.coordinates.params(self.params, &runs), choices.len());
        let [margin, h_1, h_2, u] = ["gap", "h_1", "h_2", "u"].map(|name| self.forced.model.output(name));
        let record = [margin?, h_1?, h_2?, u?];
        let problem = EscapeProblem {
            not_positive: &NOT_POSITIVE,
            columns: n,
            spikes: self.sweeps.iter().map(|s| s.answers().len() as f64).sum(),
            time: self.sweeps.iter().map(|s| s.voltage.len() as f64 * s.dt).sum(),
        };
        let found = problem.maximise(|see| {
            for s in self.sweeps {
                spike_samples(self.forced, s, &runs, self.t_ref, &record, |spiked, rows| {
                    // Rows are those after the spike's own jumps of one, the margin is the one before.
                    let jumped = f64::from(u8::from(spiked));
                    for column in 0..n {
                        let at = |r: usize| rows[r * n + column];
                        let (h_1, h_2, u) = (at(1) - jumped, at(2) - jumped, at(3));
                        let x = [1.0, (at(0) + h_1 + h_2 + u - ORIGIN) / UNIT, h_1, h_2, u / UNIT];
                        see(EscapeSample { column, dt: s.dt, spiked, x: &x });
                    }
                })?;
            }
            Ok(())
        })?;
        let rises = |rate: &EscapeRate| rate.weights[1] > 0.0;
        let found = choices.iter().zip(found).filter_map(|(times, rate)| Some((*times, rate.filter(rises)?)));
        let best = found.max_by(|(_, a), (_, b)| a.log_likelihood.total_cmp(&b.log_likelihood));
        best.ok_or(FitError::NoFit { stage: "threshold" })
    }

    fn threshold(&self, [t_1, t_2, tau]: [f64; 3], rate: &EscapeRate) -> LikeliestThreshold {
        let w = &rate.weights;
        let (width, limits) = (UNIT / w[1], self.coordinates.limits());
        let mut z = vec![ORIGIN - width * w[0], -width * w[2], -width * w[3], t_1, t_2, -w[4] / w[1], tau];
        LINEAR.iter().for_each(|&a| z[a] = z[a].clamp(limits[a].0, limits[a].1));
        let slopes = slopes(w);
        let covariance = |a: usize, b: usize| -> f64 {
            let row = |i: usize| (0..K).map(|j| rate.covariance[i * K + j] * slopes[b][j]).sum::<f64>();
            (0..K).map(|i| slopes[a][i] * row(i)).sum()
        };
        let k = LINEAR.len();
        let held = |a: usize| a > 0 && w[a + 1] == 0.0;
        let error = |a: usize| (!held(a)).then(|| covariance(a, a).sqrt()).filter(|e| e.is_finite());
        let std_errors: Vec<Option<f64>> = (0..k).map(error).collect();
        let correlation = |i: usize| match (i / k == i % k, std_errors[i / k], std_errors[i % k]) {
            (true, ..) => 1.0,
            (_, Some(a), Some(b)) if a * b > 0.0 => covariance(i / k, i % k) / (a * b),
            _ => 0.0,
        };
        let correlations = (0..k * k).map(correlation).collect();
        let uncertainty = Uncertainty { std_errors, correlations, condition: f64::INFINITY };
        LikeliestThreshold { z, width, log_likelihood: rate.log_likelihood, uncertainty }
    }
}

/// Gives the derivatives of `V_th, b_1, b_2, c_u` w.r.t. the weights.
fn slopes(w: &[f64]) -> [[f64; K]; 4] {
    let square = w[1] * w[1];
    [
        [-UNIT / w[1], UNIT * w[0] / square, 0.0, 0.0, 0.0],
        [0.0, UNIT * w[2] / square, -UNIT / w[1], 0.0, 0.0],
        [0.0, UNIT * w[3] / square, 0.0, -UNIT / w[1], 0.0],
        [0.0, w[4] / square, 0.0, 0.0, -1.0 / w[1]],
    ]
}
