//! This module measures how long a silence a learning rule can bridge, by trainings of evidence accumulation with
//! delays of several lengths.
//!
//! There are three cues, so that a single remembered one is worth something: it lies on the side of the majority in a
//! known share of the trials. A rule bridges a delay where it is right in more of the held-out trials than that, by the
//! lower end of Wilson's 95 % interval.

use super::{Options, execute};
use anyhow::{Context, Result};
use brain_core::Output;
use brain_plot::{Axis, CYCLE, Figure, GUIDE, Legend, Panel, PanelRow};
use brain_task::analysis::wilson;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Number of cues of a trial.
const CUES: u32 = 3;
/// Probability that a cue lies on the trial's side.
const P: f64 = 0.7;
/// Number of batches of a training unless `--batches` is given.
const BATCHES: u64 = 80;
/// Number of held-out trials that score a training.
const TRIALS: usize = 512;

/// The score of one training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DelayScore {
    /// Learning rule.
    pub rule: &'static str,
    /// Length of the delay, ms.
    pub delay_ms: f64,
    /// Number of batches.
    pub batches: u64,
    /// Share of held-out trials answered right.
    pub accuracy: f64,
    /// Number of held-out trials.
    pub trials: usize,
    /// 95 % interval of the accuracy.
    pub interval: (f64, f64),
}

/// The metrics that a training wrote.
#[derive(Deserialize)]
struct Scored {
    accuracy_fresh: f64,
    trials_fresh: usize,
    steps: u64,
}

/// Computes the share of trials in which one cue lies on the side of most cues; `cues` is odd.
fn one_cue(cues: u32, p: f64) -> f64 {
    let others = cues - 1;
    let choose = |k: u32| (0..k).fold(1.0, |c, j| c * f64::from(others - j) / f64::from(j + 1));
    let at = |k: u32| choose(k) * p.powi(k as i32) * (1.0 - p).powi((others - k) as i32);
    // The cue lies on the trial's side with at least half of the others, or on the other side with at least half of
    // them.
    let with: f64 = (others / 2..=others).map(at).sum();
    let against: f64 = (0..=others / 2).map(at).sum();
    p * with + (1.0 - p) * against
}

/// Trains by every rule at every delay, draws the scores, and says where each rule fails.
pub fn run(options: &Options, output: &Output) -> Result<Vec<String>> {
    let config = options.train.first().context("--train: give a config to train by")?;
    let mut points = vec![];
    for &rule in &options.rules {
        for &delay_ms in &options.delays {
            let folder = output.dir().join("delays").join(format!("{rule}-{delay_ms}ms"));
            let sets = [
                format!("name={rule}-{delay_ms}ms"),
                format!("rule.kind={rule}"),
                format!("task={{evidence-accumulation: {{cues: {CUES}, p: {P}, delay: {delay_ms} ms}}}}"),
                format!("batches={}", options.batches.unwrap_or(BATCHES)),
                format!("evaluate.final_trials={TRIALS}"),
            ];
            execute(options, config, &folder, &sets).with_context(|| format!("{rule}, a delay of {delay_ms} ms"))?;
            points.push(point(rule, delay_ms, &folder)?);
        }
    }
    output.write("delays.json", serde_json::to_string_pretty(&points)?)?;
    let files = output.figure("fig3-delays", &figure(&points))?;
    let mut lines = lines(&points);
    let pictures = files.iter().filter(|f| f.extension().is_some_and(|e| e == "png"));
    lines.extend(pictures.map(|f| format!("Look at {}.", f.display())));
    Ok(lines)
}

fn point(rule: &'static str, delay_ms: f64, folder: &Path) -> Result<DelayScore> {
    let file = folder.join("metrics.json");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let m: Scored = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let hits = (m.accuracy_fresh * m.trials_fresh as f64).round() as usize;
    let interval = wilson(hits, m.trials_fresh);
    Ok(DelayScore { rule, delay_ms, batches: m.steps, accuracy: m.accuracy_fresh, trials: m.trials_fresh, interval })
}

/// Returns the points of each rule, in their order.
fn by_rule(points: &[DelayScore]) -> impl Iterator<Item = &[DelayScore]> {
    points.chunk_by(|a, b| a.rule == b.rule)
}

/// Describes the results in words.
fn lines(points: &[DelayScore]) -> Vec<String> {
    let one = one_cue(CUES, P);
    let mut lines = vec![format!(
        "How long a silence can be bridged? ({CUES} cues; who remembers one of them is right in {one:.2}, who guesses in .50)"
    )];
    for own in by_rule(points) {
        let Some(first) = own.first() else { continue };
        lines.push(format!("  {}, {} batches, {} held-out trials each", first.rule, first.batches, first.trials));
        for p in own {
            let (low, high) = p.interval;
            let says = if low > one { "bridged" } else { "FAILS: no better than one cue" };
            lines.push(format!("    {:>6} ms  {:.3} ({low:.3} to {high:.3})  {says}", p.delay_ms, p.accuracy));
        }
        let failed: Vec<String> = own.iter().filter(|p| p.interval.0 <= one).map(|p| p.delay_ms.to_string()).collect();
        lines.push(match failed.len() {
            0 => format!("    {} bridges every delay that was tried.", first.rule),
            _ => {
                format!(
                    "    {} fails at {} ms: it answers no better than who remembers one cue of {CUES}.",
                    first.rule,
                    failed.join(", ")
                )
            }
        });
    }
    lines.push(String::new());
    lines
}

fn figure(points: &[DelayScore]) -> Figure {
    let longest = points.iter().map(|p| p.delay_ms).fold(1.0, f64::max);
    let one = one_cue(CUES, P);
    let mut panel = Panel::new("Silence between the last cue and the answer")
        .formula(&format!("{CUES} cues; bars: 95 % intervals"))
        .x(Axis::new("Delay", "ms").limits(-0.03 * longest, 1.03 * longest))
        .y(Axis::new("Share of held-out trials right", "").limits(0.45, 1.02))
        .hline(one, GUIDE.dashed())
        .label(0.0, one - 0.03, "one remembered cue", GUIDE)
        .hline(0.5, GUIDE.dashed())
        .label(0.0, 0.47, "guessing", GUIDE);
    for (own, colour) in by_rule(points).zip(CYCLE.into_iter().cycle()) {
        let x: Vec<f64> = own.iter().map(|p| p.delay_ms).collect();
        let y: Vec<f64> = own.iter().map(|p| p.accuracy).collect();
        panel = panel.line(own[0].rule, &x, &y, colour.width(0.8)).scatter("", &x, &y, colour.width(0.9));
        for p in own {
            let (low, high) = p.interval;
            panel = panel.line("", &[p.delay_ms; 2], &[low, high], colour.width(0.5));
        }
    }
    Figure::new("Learning rules against the length of a delay")
        .legend(Legend::Panels)
        .row(PanelRow::new(55.0).panel(panel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cue_by_counting() {
        assert_eq!(one_cue(1, 0.7), 1.0);
        // The share is counted over all 2^cues draws in which the first cue lies with most of them.
        for (cues, p) in [(3, 0.7f64), (5, 0.6), (7, 0.7)] {
            let likely =
                |draw: &u32| p.powi(draw.count_ones() as i32) * (1.0 - p).powi((cues - draw.count_ones()) as i32);
            let told = |draw: &u32| (draw & 1 == 1) == (2 * draw.count_ones() > cues);
            let sum: f64 = (0..1 << cues).filter(told).map(|d| likely(&d)).sum();
            assert!((one_cue(cues, p) - sum).abs() < 1e-12, "{cues} {p}");
        }
        assert!((one_cue(3, 0.7) - 0.79).abs() < 1e-12);
    }

    #[test]
    fn failures_are_said() {
        let point = |rule, delay_ms, hits: usize| DelayScore {
            rule,
            delay_ms,
            batches: 80,
            accuracy: hits as f64 / 512.0,
            trials: 512,
            interval: wilson(hits, 512),
        };
        // The lower end of the interval at 420 of 512 is below .79.
        let points = [point("a", 0.0, 500), point("a", 250.0, 420), point("a", 1000.0, 256), point("b", 0.0, 512)];
        let text = lines(&points).join("\n");
        assert!(text.contains("a fails at 250, 1000 ms") && text.contains("b bridges every delay"), "{text}");
        assert_eq!((text.matches("FAILS").count(), text.matches("bridged").count()), (2, 3), "{text}");
        assert!(figure(&points).svg().unwrap().contains("Delay"));
    }
}
