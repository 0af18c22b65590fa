//! An outcome is what a fit found; here is also what strategies share on the way there.

use super::FitError;
use super::coordinates::Coordinates;
use super::sweep::FitSweep;
use brain_core::optim::{LevenbergMarquardt, LmConfig, Uncertainty};
use kernels::equations::Field;

/// Two parameters stand in for each other beyond this correlation.
const TRADE_OFF: f64 = 0.95;
/// A parameter is called identifiable if its standard error is below this part of its value.
pub(super) const KNOWN: f64 = 0.5;
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
    /// Standard error, where the data determine the parameter.
    pub std_error: Option<f64>,
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
    pub uncertainty: Uncertainty,
    pub coordinates: Coordinates,
    /// The coordinates' values.
    pub z: Vec<f64>,
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

/// Gives the time over which residuals of a trace are alike, ms: as long as a spike or a wobble of the baseline lasts.
pub(super) fn residual_correlation(sweeps: &[FitSweep]) -> f64 {
    sweeps.iter().map(|s| s.dt).fold(10.0, f64::max)
}

/// Says what a reader should know of standard errors.
pub(super) fn independence(correlation_ms: f64) -> String {
    format!(
        "Standard errors of the membrane count every {correlation_ms:.0} ms as one independent sample: neighbouring residuals are alike."
    )
}

/// Makes the outcome of a fit, with standard errors and correlations filled in.
pub(super) fn outcome(
    mut params: Vec<Fitted>,
    determined: &[Determined],
    loss: f64,
    loss_unit: &'static str,
    evaluations: u64,
    notes: Vec<String>,
) -> Outcome {
    let mut correlated = Vec::new();
    for Determined { uncertainty, coordinates, z } in determined {
        for (a, coordinate) in coordinates.iter().enumerate() {
            if let Some(f) = params.iter_mut().find(|f| f.name == coordinate.name) {
                let slope = coordinate.scale.slope(z[a]);
                f.std_error = uncertainty.std_errors[a].map(|e| e * slope);
                f.identifiable = f.std_error.is_some_and(|e| e < KNOWN * f.value.abs());
            }
            for (b, other) in coordinates.iter().enumerate().skip(a + 1) {
                let r = uncertainty.correlations[a * coordinates.len() + b];
                if r.abs() > TRADE_OFF {
                    correlated.push((coordinate.name.clone(), other.name.clone(), r));
                }
            }
        }
    }
    Outcome { params, loss, loss_unit, evaluations, correlated, notes }
}
