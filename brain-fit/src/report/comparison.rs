//! Models that were fitted to the same sweeps, side by side.

use super::{Metrics, ReportError, Status};
use crate::score::{Role, SweepScore, Verdict};
use brain_core::output::Output;
use serde::Serialize;
use std::fmt::Write as _;

/// Name of the table.
pub const TABLE: &str = "comparison.csv";
/// The folder, in that of the run, with a folder of all files for each model.
pub const FOLDER: &str = "models";

/// One of the models in `metrics.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate {
    /// Its name, which is also that of its folder in `models`.
    pub model: String,
    /// Whether the fit gave a model that can be used.
    pub status: Status,
    /// Why it did not.
    pub reason: Option<String>,
    /// Mean distance from the test sweeps, in units of the usual bounds ([`Verdict::distance`]).
    pub distance_test: Option<f64>,
    /// The same for the fitted sweeps.
    pub distance_fit: Option<f64>,
    /// Bayesian information criterion of the potential between recorded spikes, where the model was fitted to it.
    pub bic: Option<f64>,
    /// Duration of the fit, s.
    pub seconds: Option<f64>,
}

impl Candidate {
    /// Makes the row of a model with its metrics, or with why it has none.
    pub fn new(model: &str, fitted: Result<&Metrics, String>) -> Self {
        let none = Self {
            model: model.into(),
            status: Status::Failed,
            reason: None,
            distance_test: None,
            distance_fit: None,
            bic: None,
            seconds: None,
        };
        match fitted {
            Err(reason) => Self { reason: Some(reason), ..none },
            Ok(m) => Self {
                status: m.status,
                reason: m.reason.clone(),
                distance_test: distance(&m.sweeps, Role::Test),
                distance_fit: distance(&m.sweeps, Role::Fit),
                bic: m.bic,
                seconds: Some(m.seconds),
                ..none
            },
        }
    }

    /// Gives what models are ranked by, the least first: a model that can be used before one that cannot, and then the
    /// distance from the test sweeps, or where there are none, from the fitted ones.
    pub fn rank(&self) -> (bool, f64) {
        let distance = self.distance_test.or(self.distance_fit).unwrap_or(f64::INFINITY);
        (self.status == Status::Failed, distance)
    }
}

/// The mean distance over the sweeps of a role.
fn distance(scores: &[SweepScore], role: Role) -> Option<f64> {
    let each: Vec<f64> = scores.iter().filter(|s| s.role == role).filter_map(Verdict::distance).collect();
    (!each.is_empty()).then(|| each.iter().sum::<f64>() / each.len() as f64)
}

const HEADER: [&str; 7] =
    ["model", "status", "distance on test sweeps", "on fitted sweeps", "BIC of the potential", "seconds", "reason"];

/// Gives the cells of a row after its name.
fn cells(c: &Candidate, missing: &str) -> [String; 5] {
    let number = |x: Option<f64>, digits: usize| x.map_or(missing.to_owned(), |x| format!("{x:.digits$}"));
    let status = if c.status == Status::Ok { "ok" } else { "failed" };
    [status.to_owned(), number(c.distance_test, 3), number(c.distance_fit, 3), number(c.bic, 1), number(c.seconds, 1)]
}

/// Shows the models as a table, the best first; it is empty where nothing was compared.
pub fn text(candidates: &[Candidate]) -> String {
    let Some(best) = candidates.first() else { return String::new() };
    let mut rows = vec![HEADER[..6].iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()];
    rows.extend(candidates.iter().map(|c| [&[c.model.clone()][..], &cells(c, "-")].concat()));
    let width = |k: usize| rows.iter().map(|row| row[k].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let line: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "{}", line.join("  ").trim_end());
    }
    for c in candidates {
        let _ = c.reason.as_ref().map(|reason| writeln!(text, "{} failed: {reason}.", c.model));
    }
    let by = if best.distance_test.is_some() { "the test sweeps" } else { "the fitted sweeps, for none was kept" };
    let _ = writeln!(
        text,
        "The files are those of {}, the nearest on {by}; distances are in units of the usual bounds, and those of the others are in `{FOLDER}`.",
        best.model
    );
    text
}

/// Writes `comparison.csv`.
pub fn table(output: &Output, candidates: &[Candidate]) -> Result<(), ReportError> {
    output.csv(TABLE, |table| {
        table.write_record(["model", "status", "distance_test", "distance_fit", "bic", "seconds", "reason"])?;
        candidates.iter().try_for_each(|c| {
            let reason = c.reason.clone().unwrap_or_default();
            table.write_record([&[c.model.clone()][..], &cells(c, ""), &[reason]].concat())
        })
    })?;
    Ok(())
}
