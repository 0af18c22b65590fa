//! This strategy fits spikes by differential evolution (Storn and Price 1997,
//! <https://doi.org/10.1023/A:1008202821328>).
//!
//! A population of candidates is drawn within the bounds. In each generation every candidate meets a rival, made of
//! three others, and the better one stays. The better one has numbers of spikes, first spikes and last spikes that are
//! nearer to the recorded ones. No derivative is needed, so any model can be fitted. A fit that is interrupted starts
//! again.

use brain_core::{Seed, Stream};
use brain_fit::fit::columns::{column, from_columns};
use brain_fit::fit::coordinates::{Coordinates, Scale};
use brain_fit::fit::errors::ErrorReport;
use brain_fit::fit::state::FitSession;
use brain_fit::fit::voltage::random_starts;
use brain_fit::fit::{FitError, FitTask, Fitted, Outcome, Strategy, Subject};

/// Factor on the difference of two candidates.
const DIFFERENCE: f64 = 0.7;
/// Probability of a rival's coordinate to be new.
const CROSSOVER: f64 = 0.9;
/// Error of a spike's time that counts as much as a missing spike, ms.
const TIME: f64 = 5.0;

/// The strategy. Only configs choose it, for every model has a better one.
#[derive(Debug)]
pub struct DifferentialEvolution;

/// Returns how far the spikes of one run are from the recorded ones.
fn distance(recorded: &[f64], found: &[f64]) -> f64 {
    let missing = recorded.len() as f64 - found.len() as f64;
    let away = |a: Option<&f64>, b: Option<&f64>| match (a, b) {
        (Some(a), Some(b)) => ((a - b) / TIME).powi(2),
        _ => 0.0,
    };
    missing * missing + away(recorded.first(), found.first()) + away(recorded.last(), found.last())
}

/// Returns the loss of each column of parameters: the mean distance over the sweeps.
fn losses(task: &FitTask, params: &[f64]) -> Result<Vec<f64>, FitError> {
    let step = task.settings.step(task.subject.shows_spikes);
    let mut losses = vec![0.0; params.len() / task.settings.values.len()];
    for sweep in task.sweeps {
        let (recorded, found) = (sweep.times(), task.subject.free.spike_times(sweep, params, step)?);
        let each = losses.iter_mut().zip(&found);
        each.for_each(|(loss, found)| *loss += distance(&recorded, &found.times) / task.sweeps.len() as f64);
    }
    Ok(losses)
}

/// Makes the rival of candidate `i`: three others joined, within the limits, with some coordinates of the candidate's
/// own.
fn rival(candidates: &[Vec<f64>], i: usize, limits: &[(f64, f64)], stream: &mut Stream) -> Vec<f64> {
    let n = candidates.len() as u64;
    let [a, b, c] = [(); 3].map(|()| &candidates[(i + 1 + stream.below(n - 1) as usize) % candidates.len()]);
    let new = stream.below(limits.len() as u64) as usize;
    let one = |(k, &(low, high)): (usize, &(f64, f64))| match k == new || stream.bernoulli(CROSSOVER) {
        true => (a[k] + DIFFERENCE * (b[k] - c[k])).clamp(low, high),
        false => candidates[i][k],
    };
    limits.iter().enumerate().map(one).collect()
}

impl Strategy for DifferentialEvolution {
    fn name(&self) -> &'static str {
        "differential-evolution"
    }

    fn suits(&self, _: &Subject) -> bool {
        true
    }

    fn scale(&self, _: &str, bounds: (f64, f64)) -> Scale {
        Scale::of(bounds)
    }

    fn fit(&self, task: &FitTask, session: &mut FitSession) -> Result<Outcome, FitError> {
        let (model, settings) = (task.subject.model(), task.settings);
        let free = || (0..settings.values.len()).filter(|&row| !settings.held[row]).collect();
        let rows = if settings.fitted.is_empty() { free() } else { settings.fitted.clone() };
        let coordinates = Coordinates::of_rows(model, rows, &settings.bounds, Scale::of);
        let (limits, n) = (coordinates.limits(), settings.voltage.starts.max(4));
        let params = |z: &[f64]| coordinates.params(&settings.values, z);

        let drawn = random_starts(&coordinates, n, settings.seed);
        let mut loss = losses(task, &params(&drawn))?;
        let mut candidates: Vec<Vec<f64>> = (0..n).map(|i| column(&drawn, n, i)).collect();
        for generation in 0..settings.voltage.iterations {
            let seed = Seed::new(settings.seed).child("fit/evolution").nth(generation.into());
            let rivals: Vec<_> = (0..n).map(|i| rival(&candidates, i, &limits, &mut seed.at(i as u64))).collect();
            let theirs = losses(task, &params(&from_columns(&rivals)))?;
            for (i, (rival, theirs)) in rivals.into_iter().zip(theirs).enumerate() {
                if theirs <= loss[i] || !loss[i].is_finite() {
                    (candidates[i], loss[i]) = (rival, theirs);
                }
            }
            session.evaluations += n as u64;
        }
        let best = (0..n).filter(|&i| loss[i].is_finite()).min_by(|&a, &b| loss[a].total_cmp(&loss[b]));
        let Some(best) = best else { return Err(FitError::NoFit { stage: "evolution" }) };
        let params = Fitted::all(model.param, params(&candidates[best]), &settings.bounds);
        let notes = vec!["Evolution gives no standard errors.".to_owned()];
        let (evaluations, correlated) = (session.evaluations, vec![]);
        Ok(Outcome {
            params,
            loss: loss[best],
            loss_unit: "1",
            evaluations,
            correlated,
            errors: ErrorReport::default(),
            electrode: None,
            bic: None,
            notes,
        })
    }
}
