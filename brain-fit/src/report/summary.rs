//! What a fit or a prediction says at its end, in words.

use crate::score::{Role, SweepScore, Verdict};
use std::fmt::Write as _;

/// Says in words what is good in the scores, and what is chance.
pub fn summary(scores: &[SweepScore], notes: &[String]) -> String {
    let mut text = String::new();
    scores.iter().for_each(|score| {
        let _ = writeln!(text, "{}", line(score));
    });
    for score in scores {
        let Some(verdict) = Verdict::of(score) else { continue };
        let sentence = judged(score, &verdict);
        sentence.iter().for_each(|sentence| {
            let _ = writeln!(text, "{sentence}");
        });
    }
    if scores.iter().any(|s| s.spikes_data.is_some() && s.coincidence.is_none()) {
        let _ = writeln!(
            text,
            "The coincidence factor on a constant step is chance, and the free-running RMSE mostly measures phase: neither is judged."
        );
    }
    notes.iter().for_each(|n| {
        let _ = writeln!(text, "{n}");
    });
    text
}

/// The numbers of a sweep.
fn line(s: &SweepScore) -> String {
    let Some(data) = s.spikes_data else {
        return format!("sweep {} (no recording to compare with): {} spikes", s.id, s.spikes_model);
    };
    let role = if s.role == Role::Fit { "fitted" } else { "unseen" };
    let number =
        |x: Option<f64>, digits: usize, unit: &str| x.map_or("-".to_owned(), |x| format!("{x:+.digits$}{unit}"));
    let times = match s.coincidence {
        Some(gamma) => format!("coincidence {gamma:.2}"),
        None => format!(
            "first {}, mean interval {}",
            number(s.first_spike_error_ms, 1, " ms"),
            number(s.mean_isi_error.map(|x| 100.0 * x), 1, " %")
        ),
    };
    let forced = s.rmse_forced_mv.map_or("-".to_owned(), |x| format!("{x:.2} mV"));
    format!(
        "sweep {} ({role}): {} spikes of {data}, {times}, potential between spikes {forced} RMS",
        s.id, s.spikes_model
    )
}

/// The verdict on a sweep; none on a fitted one that is as it should be.
fn judged(s: &SweepScore, verdict: &Verdict) -> Option<String> {
    let faults = verdict.faults.join(", ");
    let bounds = Verdict::bounds(s.coincidence.is_some());
    match (s.role, verdict.faults.is_empty()) {
        (Role::Fit, true) => None,
        (Role::Fit, false) => {
            let advice = if verdict.failed { "do not use it" } else { "treat the fit with care" };
            Some(format!("Even on the fitted sweep {}, {faults}: {advice}.", s.id))
        }
        (Role::Test, true) => {
            Some(format!("On the unseen sweep {} the prediction is within the usual bounds ({bounds}).", s.id))
        }
        (Role::Test, false) => Some(format!(
            "On the unseen sweep {} the prediction is outside the usual bounds ({bounds}): {faults}; treat the fit with care.",
            s.id
        )),
    }
}
