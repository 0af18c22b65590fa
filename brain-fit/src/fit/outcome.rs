//! An outcome is what a fit found; here is also what strategies share on the way there.

use super::FitError;
use super::coordinates::Coordinates;
use super::electrode::ElectrodeReport;
use super::errors::{ErrorReport, INTERVAL, Known, SweepNoise};
use super::refractory::{RefractoryPeriod, T_REF};
use super::sweep::FitSweep;
use brain_core::optim::{LevenbergMarquardt, LmConfig, Uncertainty};
use kernels::equations::Field;

/// Two parameters stand in for each other beyond this correlation.
const TRADE_OFF: f64 = 0.95;
/// A parameter is called identifiable if its standard error is below this part of its value.
const KNOWN: f64 = 0.5;
/// A prior that moves a value by more than this many errors is named.
const SHIFT: f64 = 0.5;
/// A fit without a spike has this note.
pub(super) const SILENT: &str =
    "No fit sweep has a spike: only the membrane was fitted, and the threshold keeps its defaults.";

/// One fitted parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Value.
    pub value: f64,
    /// Standard error, where the data determine the parameter: the larger of the next two.
    pub std_error: Option<f64>,
    /// Standard error by the noise within sweeps.
    pub std_error_within: Option<f64>,
    /// Standard error by how sweeps differ.
    pub std_error_between: Option<f64>,
    /// The truth lies in this interval in 95 of 100 data sets.
    pub interval: Option<(f64, f64)>,
    /// Change of the value by the priors, in standard errors.
    pub prior_shift: Option<f64>,
    /// Bounds.
    pub bounds: (f64, f64),
    /// It is true where the parameter was fitted, and the data determine it to better than half of its value.
    pub identifiable: bool,
}

impl Fitted {
    /// Gives every parameter of a model at its value, before anything is known of how well the data determine it; `bounds` are
    /// those of all parameters, in the model's order.
    pub fn all(fields: &[Field], values: Vec<f64>, bounds: &[(f64, f64)]) -> Vec<Fitted> {
        let fitted = |((f, value), &bounds): ((&Field, f64), &(f64, f64))| Fitted {
            name: f.name.to_string(),
            unit: f.unit.into(),
            value,
            std_error: None,
            std_error_within: None,
            std_error_between: None,
            interval: None,
            prior_shift: None,
            bounds,
            identifiable: false,
        };
        fields.iter().zip(values).zip(bounds).map(fitted).collect()
    }
}

/// The parameters that a fit found, and how well.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Every parameter of the model, in its order.
    pub params: Vec<Fitted>,
    /// Final loss.
    pub loss: f64,
    /// Unit of the loss.
    pub loss_unit: &'static str,
    /// Number of parameter sets that were evaluated.
    pub evaluations: u64,
    /// Pairs of parameters that stand in for each other, with their correlation.
    pub correlated: Vec<(String, String, f64)>,
    /// What is known of the errors beyond those of the parameters.
    pub errors: ErrorReport,
    /// What the electrode adds to the recorded potentials, where it was fitted.
    pub electrode: Option<ElectrodeReport>,
    /// Bayesian information criterion of the potential between recorded spikes, where the model was fitted to it.
    pub bic: Option<f64>,
    /// Remarks that a reader should know.
    pub notes: Vec<String>,
}

impl Outcome {
    /// Gives the values in the model's order.
    pub fn values(&self) -> Vec<f64> {
        self.params.iter().map(|p| p.value).collect()
    }
}

/// Some coordinates with how well they are known.
pub(super) struct Determined {
    pub coordinates: Coordinates,
    /// The coordinates' values.
    pub z: Vec<f64>,
    /// Their standard errors by the noise within sweeps, and by how sweeps differ.
    pub within: Vec<Option<f64>>,
    pub between: Vec<Option<f64>>,
    /// Half the widths of their 95 % intervals.
    pub half_intervals: Vec<Option<f64>>,
    /// Their correlations, `[k, k]`.
    pub correlations: Vec<f64>,
    /// Their changes by the priors.
    pub by_priors: Vec<f64>,
    /// Whether each is at a bound.
    pub at_bound: Vec<bool>,
}

impl Determined {
    /// Takes what the equations of a stage tell.
    pub fn new(coordinates: Coordinates, z: Vec<f64>, known: &Known) -> Self {
        let k = z.len();
        Self {
            within: (0..k).map(|a| known.error_within(a)).collect(),
            between: (0..k).map(|a| known.error_between(a)).collect(),
            half_intervals: (0..k).map(|a| known.half_interval(a)).collect(),
            correlations: (0..k * k).map(|i| known.correlation(i / k, i % k)).collect(),
            by_priors: known.without_priors.iter().map(|x| -x).collect(),
            at_bound: at_bound(&coordinates, &z),
            coordinates,
            z,
        }
    }

    /// Takes errors that follow from the curvature alone.
    pub fn by_curvature(coordinates: Coordinates, z: Vec<f64>, uncertainty: Uncertainty) -> Self {
        let k = z.len();
        Self {
            half_intervals: uncertainty.std_errors.iter().map(|e| e.map(|e| INTERVAL * e)).collect(),
            within: uncertainty.std_errors,
            between: vec![None; k],
            correlations: uncertainty.correlations,
            by_priors: vec![0.0; k],
            at_bound: at_bound(&coordinates, &z),
            coordinates,
            z,
        }
    }
}

/// Tells which coordinates are at a bound.
pub(super) fn at_bound(coordinates: &Coordinates, z: &[f64]) -> Vec<bool> {
    coordinates.limits().iter().zip(z).map(|((low, high), z)| z <= low || z >= high).collect()
}

/// Gives the settings of the optimiser.
pub(super) fn optimiser(iterations: u32, cost_tolerance: f64) -> LmConfig {
    LmConfig {
        max_iterations: iterations,
        cost_tolerance,
        step_tolerance: 1e-7,
        gradient_tolerance: 1e-7,
        damping: 1e-2,
        longest_step: f64::INFINITY,
        halving: None,
    }
}

/// Gives the columns of finite loss, the least first.
pub(super) fn ranked(lm: &LevenbergMarquardt) -> Vec<usize> {
    let loss = &lm.evaluation().loss;
    let mut order: Vec<usize> = (0..lm.columns()).filter(|&i| loss[i].is_finite()).collect();
    order.sort_by(|&a, &b| loss[a].total_cmp(&loss[b]));
    order
}

/// Finds the column with the least loss.
pub(super) fn best(lm: &LevenbergMarquardt, stage: &'static str) -> Result<usize, FitError> {
    ranked(lm).first().copied().ok_or(FitError::NoFit { stage })
}

/// Number of independent samples that priors take the potential of some sweeps for, each with a weight for each sample.
pub(super) fn independent_samples(sweeps: &[FitSweep], weights: &[Vec<f64>]) -> f64 {
    /// Residuals of a real cell are alike over about this time, ms.
    const ALIKE: f64 = 10.0;
    let time = |(s, w): (&FitSweep, &Vec<f64>)| w.iter().filter(|w| **w > 0.0).count() as f64 * s.dt;
    sweeps.iter().zip(weights).map(time).sum::<f64>() / ALIKE
}

/// Computes the Bayesian information criterion (Schwarz 1978, <https://doi.org/10.1214/aos/1176344136>) of `k` parameters
/// that leave normal residuals of some standard deviations, one for each sweep,
///
/// ```text
/// BIC = n ln(mean of sd^2) + k ln n
/// ```
///
/// with sd in mV. The number `n` of independent samples is the same for all models of the same sweeps, so that they can be
/// compared: the model with the least criterion is the likeliest.
pub(super) fn bic(noise: &[SweepNoise], n: f64, k: usize) -> Option<f64> {
    let variance = noise.iter().map(|noise| noise.sd * noise.sd).sum::<f64>() / noise.len().max(1) as f64;
    let found = n * variance.ln() + k as f64 * n.ln();
    (variance > 0.0 && n > 0.0).then_some(found)
}

/// Says what the noise of the potential is.
pub(super) fn noise_note(noise: &[SweepNoise]) -> String {
    let sd = noise.iter().map(|n| n.sd).sum::<f64>() / noise.len().max(1) as f64;
    let independent = noise.iter().map(|n| n.independent).fold(0.0, f64::max);
    format!(
        "Standard errors follow from the residuals: their standard deviation is {sd:.2} mV, and {independent:.2} ms stand for one independent sample."
    )
}

/// Makes the outcome of a fit, with standard errors, intervals and correlations filled in.
pub(super) fn outcome(
    mut params: Vec<Fitted>,
    determined: &[Determined],
    period: Option<&RefractoryPeriod>,
    loss: (f64, &'static str),
    evaluations: u64,
    errors: ErrorReport,
    mut notes: Vec<String>,
) -> Outcome {
    let (mut correlated, mut moved, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for d in determined {
        for (a, coordinate) in d.coordinates.iter().enumerate() {
            let Some(f) = params.iter_mut().find(|f| f.name == coordinate.name) else { continue };
            let (slope, value) = (d.coordinates.slope(a, d.z[a]), |z| d.coordinates.value(a, z));
            let larger = d.within[a].map(|within| d.between[a].map_or(within, |between| between.max(within)));
            f.std_error = larger.map(|e| e * slope);
            f.std_error_within = d.within[a].map(|e| e * slope);
            f.std_error_between = d.between[a].map(|e| e * slope);
            f.interval = d.half_intervals[a].map(|half| (value(d.z[a] - half), value(d.z[a] + half)));
            f.prior_shift = larger.filter(|e| *e > 0.0).map(|e| d.by_priors[a] / e);
            f.identifiable = f.std_error.is_some_and(|e| e < KNOWN * f.value.abs());
            if f.prior_shift.is_some_and(|shift| shift.abs() > SHIFT) {
                moved.push(format!("{} ({:+.1} errors)", f.name, f.prior_shift.unwrap_or_default()));
            }
            if larger.is_none() && !d.at_bound[a] {
                unknown.push(f.name.clone());
            }
            for (b, other) in d.coordinates.iter().enumerate().skip(a + 1) {
                let r = d.correlations[a * d.coordinates.len() + b];
                if r.abs() > TRADE_OFF {
                    correlated.push((coordinate.name.clone(), other.name.clone(), r));
                }
            }
        }
    }
    if let (Some(period), Some(f)) = (period, params.iter_mut().find(|f| f.name == T_REF)) {
        let error = period.between.map_or(period.within, |between| between.max(period.within));
        f.std_error = Some(error);
        (f.std_error_within, f.std_error_between) = (Some(period.within), period.between);
        f.interval = Some(period.interval);
        f.identifiable = error < KNOWN * f.value;
    }
    if !moved.is_empty() {
        notes.push(format!("Priors move {}: the data alone would have other values.", moved.join(", ")));
    }
    if !unknown.is_empty() {
        notes.push(format!("The data do not determine {}; hold what is known of them.", unknown.join(", ")));
    }
    let (loss, loss_unit) = loss;
    Outcome { params, loss, loss_unit, evaluations, correlated, errors, electrode: None, bic: None, notes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::errors::noise::Memory;

    #[test]
    fn the_criterion_weighs_residuals_against_parameters() {
        let noise = |sd: f64| SweepNoise { sd, independent: 10.0, memory: Memory::NONE };
        let of = |sd, k| bic(&[noise(sd), noise(sd)], 400.0, k).unwrap();
        assert!((of(2.0, 10) - (400.0 * 4f64.ln() + 10.0 * 400f64.ln())).abs() < 1e-9);
        // Ten more parameters pay where they explain an eighth of the residual, and not where they explain a hundredth.
        assert!(of(2.0 * 0.875, 20) < of(2.0, 10) && of(2.0 * 0.99, 20) > of(2.0, 10));
        assert_eq!(bic(&[noise(0.0)], 400.0, 3), None, "nothing is left to explain");
        assert_eq!(bic(&[], 400.0, 3), None);
    }
}
