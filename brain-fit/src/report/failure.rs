//! Whether a fit failed: its scores on the sweeps that it was fitted to, and parameters that ran into a bound.

use crate::fit::{Fitted, Outcome};
use crate::score::{Role, SweepScore, Verdict};
use brain_core::cli::{Fault, Faulty};

/// A passive membrane has these parameters under one name or another; data that show a membrane hold them off their bounds.
const PASSIVE: [&str; 10] = ["C", "c", "c_m", "g", "g_L", "R", "tau", "tau_m", "E_L", "V_rest"];
/// A loss in units of expected errors squared is above this where the spikes are many times such errors away.
const MOST_LOSS: f64 = 100.0;
/// A value is at a bound within this part of the distance between the bounds.
const AT_BOUND: f64 = 1e-6;

/// A fit whose model must not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fit failed: {reason}. {advice}. All its files are written, but do not use the model")]
pub struct Failure {
    /// What shows it.
    pub reason: String,
    /// What to try.
    pub advice: String,
}

impl Faulty for Failure {
    fn fault(&self) -> Fault {
        Fault::Program
    }
}

impl Failure {
    /// Finds out whether a fit failed; `held` says which parameters were not fitted, in the order of the model.
    pub fn of(outcome: &Outcome, held: &[bool], scores: &[SweepScore]) -> Option<Self> {
        let mut reasons = Vec::new();
        let mut advice = Vec::new();
        for score in scores.iter().filter(|score| score.role == Role::Fit) {
            if let Some(verdict) = Verdict::of(score).filter(|verdict| verdict.failed) {
                reasons.push(format!("on the fitted sweep {}, {}", score.id, verdict.faults.join(", ")));
            }
        }
        if !reasons.is_empty() {
            advice.push(
                "Look at the figure, and at the recording with `brain-fit inspect`; try another --seed, more starts (voltage.starts), fewer sweeps, or another model"
                    .to_owned(),
            );
        }
        if outcome.loss_unit == "1" && outcome.loss > MOST_LOSS {
            reasons.push(format!("the training loss is {:.0}, above {MOST_LOSS:.0}", outcome.loss));
            advice.push("Fit fewer sweeps, or more alike ones, or another model".into());
        }
        if !outcome.loss.is_finite() {
            reasons.push(format!("the loss is {}", outcome.loss));
            advice.push("Check the units of the recording and the bounds".into());
        }
        let fitted = outcome.params.iter().zip(held).filter(|(_, held)| !**held).map(|(fitted, _)| fitted);
        for f in fitted.filter(|f| PASSIVE.contains(&f.name.as_str())) {
            if let Some((which, bound)) = at_bound(f) {
                reasons.push(format!("{} is at its {which} bound, {bound} {}", f.name, f.unit));
                advice.push(format!("Check the units of the recording, or widen `bounds.{}`", f.name));
            }
        }
        (!reasons.is_empty()).then(|| Self { reason: reasons.join("; "), advice: advice.join(". ") })
    }
}

/// Says which other parameters ended at a bound: what the data ask for may lie beyond it. A bound of zero is none, for it
/// stands for a mechanism that the data do not ask for.
pub fn bound_notes(outcome: &Outcome, held: &[bool]) -> Vec<String> {
    let known = |f: &Fitted| !PASSIVE.contains(&f.name.as_str()) && f.bounds.0 < f.bounds.1;
    let fitted = outcome.params.iter().zip(held).filter(|(f, held)| !**held && known(f));
    fitted
        .filter_map(|(f, _)| {
            let (which, bound) = at_bound(f).filter(|(_, bound)| *bound != 0.0)?;
            let unit = if f.unit == "1" { String::new() } else { format!(" {}", f.unit) };
            Some(format!("{} is at its {which} bound, {bound}{unit}.", f.name))
        })
        .collect()
}

/// The bound at which a value is, and its name.
fn at_bound(f: &Fitted) -> Option<(&'static str, f64)> {
    let (low, high) = f.bounds;
    let near = AT_BOUND * (high - low);
    match f.value {
        value if value <= low + near => Some(("lower", low)),
        value if value >= high - near => Some(("upper", high)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::errors::ErrorReport;
    use kernels::equations::Field;

    fn outcome(value: f64) -> Outcome {
        let field = Field { name: "c_m".into(), unit: "pF", default: value, bounds: (10.0, 2000.0), doc: "" };
        let fitted = Fitted::all(&[field], vec![value], &[(10.0, 2000.0)]).remove(0);
        Outcome {
            params: vec![fitted],
            loss: 1.0,
            loss_unit: "1",
            evaluations: 1,
            correlated: Vec::new(),
            errors: ErrorReport::default(),
            electrode: None,
            bic: None,
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_membrane_at_its_bound_is_no_fit() {
        assert_eq!(Failure::of(&outcome(100.0), &[false], &[]), None);
        let failure = Failure::of(&outcome(10.0), &[false], &[]).unwrap();
        assert!(failure.reason.contains("c_m is at its lower bound, 10 pF"), "{failure}");
        assert!(failure.advice.contains("bounds.c_m"), "{failure}");
        assert_eq!(Failure::of(&outcome(10.0), &[true], &[]), None, "it was given");
        let far = Failure::of(&Outcome { loss: 133.7, ..outcome(100.0) }, &[false], &[]).unwrap();
        assert!(far.reason.contains("training loss is 134"), "{far}");
        let lost = Outcome { loss: f64::NAN, ..outcome(100.0) };
        assert!(Failure::of(&lost, &[false], &[]).is_some());
    }
}
