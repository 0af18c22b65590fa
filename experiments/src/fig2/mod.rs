//! This module draws figure 2 of Wang et al. (2024): how a neuron is fitted. Every number in it is computed here.
//!
//! * (A) The recorded cell B6: injected steps of current, and its potential.
//! * (B) One fit of `hh-paper` from 20 starts: the starts, their runs beside the target, the gradients there, and the
//!   updates that follow.
//! * (C) The Hodgkin-Huxley model `hh-cortical` fitted to B6 by the five optimisers of the paper with equal budgets, and by
//!   the strategy of `brain-fit`, which spends what it needs; the loss against what was spent.

mod figure;
mod procedure;

use crate::contest::cell::FreeRuns;
use crate::contest::{Budget, Finished, Target, Worth, compete, contestants};
use anyhow::Result;
use brain_core::cli::{Machine, Program, Where};
use brain_core::{Output, Progress};
use clap::Parser;
use serde::Serialize;
use std::path::PathBuf;

/// Draws how a neuron is fitted, and what gradients are worth.
#[derive(Clone, Debug, Parser)]
#[command(name = "fig2", version)]
pub struct Options {
    /// Runs of one parameter set that each of the five optimisers may spend; a gradient counts as its time is worth.
    #[arg(long, default_value_t = 4000.0)]
    pub runs: f64,
    /// Seed of all that is drawn.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// A small budget, and no fit by the strategy: shows in a minute what the figure looks like.
    #[arg(long)]
    pub quick: bool,
    /// How much of the machine is used.
    #[command(flatten)]
    pub machine: Machine,
    /// Where to run, which is the processor.
    #[command(flatten)]
    pub place: Where,
    /// Output folder.
    #[arg(long, default_value = "out/fig2")]
    pub out: PathBuf,
}

/// Runs of `--quick`.
const QUICK: f64 = 200.0;

/// A fit that is drawn.
struct Fit {
    name: &'static str,
    finished: Finished,
    /// Potential at every sample of the sweep that is drawn, mV.
    potential: Vec<f64>,
}

/// The end of one fit.
#[derive(Serialize)]
struct FitMetrics {
    method: &'static str,
    loss: f64,
    evaluations: usize,
    runs: f64,
    seconds: f64,
}

/// The content of `metrics.json`.
#[derive(Serialize)]
struct Fig2Metrics {
    worth: Worth,
    budget_runs: f64,
    fits: Vec<FitMetrics>,
}

impl Program for Options {
    fn execute(self) -> Result<()> {
        self.place.processor_in_double_only("a comparison of optimisers")?;
        self.machine.start()?;
        run(&self)?.iter().for_each(|line| println!("{line}"));
        Ok(())
    }
}

/// Fits, draws, and returns the results in words.
pub fn run(options: &Options) -> Result<Vec<String>> {
    let output = Output::create(&options.out)?;
    let cell = FreeRuns::new()?;
    let worth = Worth::measure(&cell)?;
    let budget = if options.quick { QUICK } else { options.runs };
    let mut fits = Vec::new();
    let drawn = &cell.sweeps()[figure::DRAWN];
    let of_paper: Vec<_> = contestants().into_iter().filter(|c| c.of_paper).collect();
    let mut progress = Progress::new("fits", of_paper.len() as u64 + 1, false);
    let mut add = |name, finished: Finished| -> Result<()> {
        progress.at(fits.len() as u64 + 1, || format!("{name}: loss {:.1}", finished.loss));
        // A search that found no finite loss has no place.
        let potential = match finished.place.is_empty() {
            true => vec![f64::NAN; drawn.voltage.len()],
            false => cell.potential(drawn, &finished.place)?,
        };
        fits.push(Fit { name, finished, potential });
        Ok(())
    };
    for contestant in &of_paper {
        add(contestant.name, compete(&cell, contestant, worth, Budget::Runs(budget), options.seed)?)?;
    }
    if !options.quick
        && let Some(finished) = cell.own(options.seed, &Output::create(output.dir().join("own"))?)?
    {
        add("coupled-features", finished)?;
    }
    let figure = figure::figure(&cell, &procedure::Procedure::new(options.seed)?, &fits)?;
    let files = output.figure("fig2", &figure)?;
    let end = |fit: &Fit| {
        let last = fit.finished.curve.last();
        FitMetrics {
            method: fit.name,
            loss: fit.finished.loss,
            evaluations: fit.finished.evaluations,
            runs: last.map_or(0.0, |mark| mark.runs),
            seconds: last.map_or(0.0, |mark| mark.seconds),
        }
    };
    let metrics = Fig2Metrics { worth, budget_runs: budget, fits: fits.iter().map(end).collect() };
    output.write("metrics.json", serde_json::to_string_pretty(&metrics)?)?;
    let line =
        |m: &FitMetrics| format!("{:16} loss {:8.1} after {:5.0} runs, {:5.1} s", m.method, m.loss, m.runs, m.seconds);
    let gradient = format!("a gradient of {} parameters is worth {:.1} runs", cell.coordinates().len(), worth.gradient);
    let look = files.iter().filter(|f| f.extension().is_some_and(|e| e == "png"));
    let look = look.map(|f| format!("Look at {}.", f.display()));
    Ok(metrics.fits.iter().map(line).chain([gradient]).chain(look).collect())
}
