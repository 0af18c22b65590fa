//! This module writes what a training leaves: a checkpoint, its numbers, a figure.

use crate::analysis::{Share, WeightReport, binned, weights};
use crate::session::TrainingState;
use crate::task::Goal;
use crate::trainer::Scored;
use crate::validation::Score;
use crate::{TrainError, Trainer, TrialScores};
use brain_core::checkpoint::{Array, Meta};
use brain_core::memory::peak_rss_mb;
use brain_core::output::Output;
use brain_core::{Seed, stats};
use brain_net::AnatomicalNetwork;
use brain_plot::{Axis, Figure, GUIDE, INK, Legend, MODEL, Panel, PanelRow, SECOND_MODEL};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The output folder holds the trained network in this file.
pub const CHECKPOINT: &str = "trained.safetensors";

/// `metrics.json` has these numbers.
#[derive(Clone, Debug, Serialize)]
pub struct TaskMetrics {
    /// The network was trained on the task of this name.
    pub task: String,
    /// The learning rule has this name.
    pub rule: String,
    /// The training had this many batches.
    pub steps: u64,
    /// The weights that are kept are those after this batch.
    pub kept_step: u64,
    /// A batch has this many trials.
    pub batch: usize,
    /// Trials and initial readout weights were drawn with this seed.
    pub seed: u64,
    /// The training took this long, s, without evaluations.
    pub seconds: f64,
    /// One batch took this long on average, s.
    pub seconds_per_step: f64,
    /// The last ten batches have this mean loss.
    pub loss: f64,
    /// This share of the answers in the last ten batches is right, on trials that were being trained on.
    pub accuracy: f64,
    /// This share of the answers is right in the validation that chose the weights that are kept. It is the best of
    /// several and so a little too good; it is `None` where there was no validation.
    pub accuracy_validation: Option<f64>,
    /// This share of the answers on held-out trials is right, with the weights that are kept.
    pub accuracy_fresh: f64,
    /// There are this many held-out trials.
    pub trials_fresh: usize,
    /// Chance is the share of trials that the best answer without regard of the input gets right.
    pub chance: f64,
    /// Each population has this mean rate on held-out trials, Hz.
    pub rate_hz: BTreeMap<String, f64>,
    /// The magnitudes of each projection have this distribution after training.
    pub weight_dist: BTreeMap<String, WeightReport>,
    /// The magnitudes of each projection have this distribution before training.
    pub weight_dist_before: BTreeMap<String, WeightReport>,
    /// It was trained on this device, as the command line names it.
    pub device: String,
    /// Weights, states and gradients have this precision.
    pub dtype: String,
    /// The process took at most this much memory, MB of 2^20 bytes.
    pub peak_rss_mb: Option<f64>,
}

/// Writes the checkpoint, the metrics, which name the device, and the figure.
pub fn write(
    output: &Output,
    device: &str,
    trainer: &Trainer,
    mut network: AnatomicalNetwork,
    mut meta: Meta,
    state: &TrainingState,
    evaluation: &TrialScores,
) -> Result<TaskMetrics, TrainError> {
    let before = magnitudes(&network);
    let mut readouts = vec![];
    for (name, values) in trainer.weights.values()? {
        match network.graph.projections.iter_mut().find(|p| name.strip_prefix("weight/") == Some(&p.name)) {
            Some(p) => p.edges.weights = kernels::network::Weights::Each(values),
            None => readouts.push((name.to_owned(), values)),
        }
    }
    let after = magnitudes(&network);
    output.figure("training", &figure(trainer, state, evaluation, [&before, &after]))?;
    let best = state.validation.best();
    let kept = best.map_or(trainer.batches(), |b| b.batch);
    meta.step = kept;
    let mut checkpoint = network.into_checkpoint(meta)?;
    let outputs = trainer.task.shape().outputs();
    for (name, values) in readouts {
        checkpoint.insert(name, Array::new(vec![values.len() / outputs.max(1), outputs], values)?);
    }
    checkpoint.history = trainer.history().to_vec();
    checkpoint.save(&output.path(CHECKPOINT))?;

    let last = |all: &[f64]| {
        let last = &all[all.len().saturating_sub(10)..];
        last.iter().sum::<f64>() / last.len().max(1) as f64
    };
    let metrics = TaskMetrics {
        task: trainer.task.name().into(),
        rule: trainer.rule().into(),
        steps: trainer.batches(),
        kept_step: kept,
        batch: trainer.batch_size(),
        seed: trainer.schedule.seed,
        seconds: state.seconds,
        seconds_per_step: state.seconds / trainer.batches().max(1) as f64,
        loss: last(trainer.history()),
        accuracy: last(trainer.accuracies()),
        accuracy_validation: best.map(|b| b.accuracy),
        accuracy_fresh: evaluation.accuracy,
        trials_fresh: evaluation.trials,
        chance: trainer.task.shape().chance,
        rate_hz: evaluation.rates.iter().cloned().collect(),
        weight_dist: dist(&after),
        weight_dist_before: dist(&before),
        device: device.into(),
        dtype: trainer.weights.dtype().as_str().into(),
        peak_rss_mb: peak_rss_mb(),
    };
    let json = serde_json::to_string_pretty(&metrics).map_err(|e| TrainError::Fit(e.to_string()))?;
    output.write("metrics.json", json)?;
    Ok(metrics)
}

fn magnitudes(network: &AnatomicalNetwork) -> Vec<(String, Vec<f64>)> {
    let one = |p: &brain_net::Projection| (p.name.clone(), p.magnitudes().iter().map(|w| f64::from(*w)).collect());
    network.graph.projections.iter().filter(|p| p.synapses() > 0).map(one).collect()
}

/// Returns the distributions of the magnitudes by projection, without projections that have none because, for example,
/// their magnitudes are all alike.
fn dist(all: &[(String, Vec<f64>)]) -> BTreeMap<String, WeightReport> {
    let one = |(name, w): &(String, Vec<f64>)| Some((name.clone(), weights(w, 0, Seed::new(0)).ok()?));
    all.iter().filter_map(one).collect()
}

fn figure(
    trainer: &Trainer,
    state: &TrainingState,
    evaluation: &TrialScores,
    [before, after]: [&[(String, Vec<f64>)]; 2],
) -> Figure {
    let scores = state.validation.scores();
    let validated = |number: fn(&Score) -> f64| scores.iter().map(number).collect::<Vec<_>>();
    let kept = state.validation.best().map_or(trainer.batches(), |b| b.batch);
    let batches: Vec<f64> = (1..=trainer.history().len()).map(|k| k as f64).collect();
    let axis = || Axis::new("Batch", "").whole().limits(0.0, 1.02 * batches.len().max(2) as f64);
    let smooth: Vec<f64> = trainer.accuracies().windows(10).map(stats::mean).collect();
    let loss =
        Panel::new("Loss").x(axis()).y(Axis::new("Loss", "")).line("", &batches, trainer.history(), SECOND_MODEL);
    let right = Panel::new("Right answers")
        .x(axis())
        .y(Axis::new("Share of trials", "").limits(0.0, 1.02))
        .scatter("each batch", &batches, trainer.accuracies(), SECOND_MODEL.tint(0.4).width(0.4))
        .line("mean of ten", &batches[batches.len() - smooth.len()..], &smooth, SECOND_MODEL)
        .line("validation", &validated(|s| s.batch as f64), &validated(|s| s.accuracy), INK.width(0.6))
        .scatter("held-out trials", &[kept as f64], &[evaluation.accuracy], MODEL.width(1.2))
        .hline(trainer.task.shape().chance, GUIDE.dashed());
    let (name, what) = (&trainer.schedule.name, format!("{} by {}", trainer.task.name(), trainer.rule()));
    let title = if name == trainer.task.name() { what } else { format!("{name}: {what}") };
    let weights = before.iter().zip(after).map(|((name, b), (_, a))| {
        let logs = |w: &[f64]| w.iter().filter(|w| **w > 1e-6).map(|w| w.log10()).collect::<Vec<_>>();
        let panel = Panel::new(name).x(Axis::new("log₁₀ of the magnitude", "")).y(Axis::new("Density", ""));
        panel.density("before", &logs(b), 0.0, GUIDE).density("after", &logs(a), 0.0, MODEL)
    });
    let curves = PanelRow::new(38.0).panel(loss).panel(right).panel(psychometric(trainer, evaluation));
    Figure::new(&title).legend(Legend::Figure).row(curves).grid(3, 30.0, weights)
}

/// A psychometric curve has at most this many points.
const POINTS: usize = 15;

/// Draws the share of trials that are answered with the last output, or, in tasks of values, answered right, by the
/// psychometric variable, with 95 % intervals.
fn psychometric(trainer: &Trainer, evaluation: &TrialScores) -> Panel {
    let shape = trainer.task.shape();
    let two = matches!(&shape.goal, Goal::Classes(names) if names.len() == 2);
    let answered = |s: &Scored| if two { s.answer == 1.0 } else { s.right };
    let answers: Vec<bool> = evaluation.each.iter().map(answered).collect();
    let values: Vec<f64> = evaluation.each.iter().map(|s| s.psychometric).collect();
    // A variable that is not finite has no curve, and the panel says that there are no data.
    let shares = binned(&values, &answers, POINTS).unwrap_or_default();
    let column = |of: fn(&Share) -> f64| shares.iter().map(of).collect::<Vec<_>>();
    let (x, y) = (column(|s| s.value), column(|s| s.share));
    let label = if two { format!("Share that answers {}", shape.goal.outputs()[1]) } else { "Share right".into() };
    let (name, unit) = shape.psychometric;
    Panel::new("Psychometric curve")
        .x(Axis::new(name, unit))
        .y(Axis::new(&label, "").limits(-0.02, 1.02))
        .line("", &x, &y, SECOND_MODEL)
        .intervals(&x, &column(|s| s.low), &column(|s| s.high), SECOND_MODEL.width(0.6))
        .scatter("", &x, &y, SECOND_MODEL)
}

/// Writes a few lines on the result for a person.
pub fn summary(m: &TaskMetrics, output: &Output) -> String {
    let mut text = String::new();
    let rates: Vec<_> = m.rate_hz.iter().map(|(name, hz)| format!("{name} {hz:.1} Hz")).collect();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{:.1} % of {} held-out trials right (chance {:.2}); {}",
        100.0 * m.accuracy_fresh,
        m.trials_fresh,
        m.chance,
        rates.join(", ")
    );
    let _ = writeln!(
        text,
        "{} batches of {} by {} in {:.1} s, {:.0} ms each; kept are the weights after batch {}",
        m.steps,
        m.batch,
        m.rule,
        m.seconds,
        1e3 * m.seconds_per_step,
        m.kept_step
    );
    let _ = writeln!(
        text,
        "Look at {}; the network is {}.",
        output.path("training.png").display(),
        output.path(CHECKPOINT).display()
    );
    text
}
