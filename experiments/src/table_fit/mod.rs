//! This module compares all optimisers on all targets of the [`contest`](crate::contest), with the same number of
//! evaluations and with the same wall time.
//!
//! For every target, budget and contestant it writes the mean, the standard deviation and the median of the least losses
//! over the seeds, and in how many of the seeds the loss was a success. `own` is the strategy of `brain-fit` for the cell,
//! with all its stages: it spends what it needs, which is printed.

mod table;

pub use table::{Row, rows};

use crate::contest::cell::{FreeRuns, SpikeTimes};
use crate::contest::paper::PaperTarget;
use crate::contest::{Budget, Finished, Target, Worth, compete, contestants};
use anyhow::Result;
use brain_core::cli::{Machine, Program, Usage, Where};
use brain_core::{Output, Progress};
use clap::Parser;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Compares optimisers on fits of neurons.
#[derive(Clone, Debug, Parser)]
#[command(name = "table-fit", version)]
pub struct Options {
    /// Targets: `hh-paper`, `gif-paper`, `b6-glif`, `b6-hh`.
    #[arg(long, value_delimiter = ',', default_values_t = TARGETS.map(|t| t.0.to_owned()))]
    pub targets: Vec<String>,
    /// Contestants; all unless given.
    #[arg(long, value_delimiter = ',')]
    pub methods: Vec<String>,
    /// Number of seeds.
    #[arg(long, default_value_t = 10)]
    pub seeds: u64,
    /// Runs of one parameter set that each may spend, on every target; each target has its own number unless given, and 0
    /// leaves this comparison out.
    #[arg(long)]
    pub runs: Option<f64>,
    /// Seconds that each may spend, on every target; each target has its own number unless given, and 0 leaves this
    /// comparison out.
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Two seeds and a small budget on the targets of the paper: shows that everything works.
    #[arg(long, conflicts_with_all = ["seeds", "runs", "seconds", "targets"])]
    pub quick: bool,
    /// How much of the machine is used.
    #[command(flatten)]
    pub machine: Machine,
    /// Where to run, which is the processor.
    #[command(flatten)]
    pub place: Where,
    /// Output folder.
    #[arg(long, default_value = "out/table-fit")]
    pub out: PathBuf,
}

/// A target that is not made yet: its name, runs, seconds, and how it is made.
type Named = (&'static str, f64, f64, fn() -> Result<Box<dyn Target>>);

/// The targets with what a contestant may spend on each.
const TARGETS: [Named; 4] = [
    ("hh-paper", 4000.0, 0.5, || Ok(Box::new(PaperTarget::hh()?))),
    ("gif-paper", 4000.0, 2.0, || Ok(Box::new(PaperTarget::gif()?))),
    ("b6-glif", 2000.0, 5.0, || Ok(Box::new(SpikeTimes::new()?))),
    ("b6-hh", 2000.0, 20.0, || Ok(Box::new(FreeRuns::new()?))),
];
/// Targets, seeds, runs and seconds of `--quick`.
const QUICK: (usize, u64, f64, f64) = (2, 2, 300.0, 0.1);

/// One run of a contestant.
pub struct Entry {
    /// Target.
    pub target: &'static str,
    /// Unit of the loss.
    pub unit: &'static str,
    /// Loss of a success.
    pub success: f64,
    /// What was given out in equal parts: `runs`, `seconds`, or nothing for the strategy itself.
    pub equal: &'static str,
    /// Contestant.
    pub method: &'static str,
    /// Seed.
    pub seed: u64,
    /// How it ended.
    pub finished: Finished,
}

/// The content of `table-fit.json`.
#[derive(Serialize)]
struct Report<'a> {
    threads: usize,
    worth: BTreeMap<&'static str, Worth>,
    table: &'a [Row],
}

impl Program for Options {
    fn execute(self) -> Result<()> {
        self.place.processor_in_double_only("a comparison of optimisers")?;
        self.machine.start()?;
        run(&self)?.iter().for_each(|line| println!("{line}"));
        Ok(())
    }
}

/// Lets all compete, writes the table and the curves, and returns the table in words.
pub fn run(options: &Options) -> Result<Vec<String>> {
    let output = Output::create(&options.out)?;
    let (mut entries, mut worth) = (Vec::new(), BTreeMap::new());
    for (name, runs, seconds, make) in chosen(options)? {
        let target = make()?;
        let measured = Worth::measure(&*target)?;
        worth.insert(name, measured);
        let budgets = [(Budget::Runs(runs), runs), (Budget::Seconds(seconds), seconds)];
        let budgets: Vec<Budget> =
            budgets.into_iter().filter(|(_, size)| *size > 0.0).map(|(budget, _)| budget).collect();
        compare(options, &*target, measured, &budgets, &output, &mut entries)?;
    }
    let table = rows(&entries);
    let report = Report { threads: rayon::current_num_threads(), worth, table: &table };
    output.write("table-fit.json", serde_json::to_string_pretty(&report)?)?;
    output.csv("table-fit.csv", |csv| {
        csv.write_record(table::HEADER)?;
        table.iter().try_for_each(|row| csv.write_record(row.cells()))
    })?;
    output.csv("curves.csv", |csv| {
        csv.write_record(table::CURVE)?;
        entries.iter().flat_map(table::curve).try_for_each(|mark| csv.write_record(mark))
    })?;
    let costs = report.worth.iter().map(|(name, w)| {
        let [run, gradient, normal] = [w.seconds * 1e3, w.gradient, w.normal];
        format!("{name}: a run takes {run:.3} ms, a gradient {gradient:.1} runs, normal equations {normal:.1} runs")
    });
    Ok(costs.chain(table::lines(&table)).collect())
}

/// Returns the targets that are compared, with their budgets.
fn chosen(options: &Options) -> Result<Vec<Named>> {
    if options.quick {
        let (targets, _, runs, seconds) = QUICK;
        return Ok(TARGETS[..targets].iter().map(|&(name, _, _, make)| (name, runs, seconds, make)).collect());
    }
    let mut found = Vec::new();
    for wanted in &options.targets {
        let known = || TARGETS.map(|t| t.0).join(", ");
        let named = TARGETS.iter().find(|t| t.0 == wanted);
        let &(name, runs, seconds, make) =
            named.ok_or_else(|| Usage(format!("no target `{wanted}`; there are {}", known())))?;
        found.push((name, options.runs.unwrap_or(runs), options.seconds.unwrap_or(seconds), make));
    }
    Ok(found)
}

/// Lets the contestants compete on one target.
fn compare(
    options: &Options,
    target: &dyn Target,
    worth: Worth,
    budgets: &[Budget],
    output: &Output,
    entries: &mut Vec<Entry>,
) -> Result<()> {
    let all = contestants();
    if let Some(unknown) = options.methods.iter().find(|m| *m != OWN && all.iter().all(|c| c.name != **m)) {
        let known = all.iter().map(|c| c.name).chain([OWN]).collect::<Vec<_>>().join(", ");
        return Err(Usage(format!("no method `{unknown}`; there are {known}")).into());
    }
    let wanted = |name: &str| options.methods.is_empty() || options.methods.iter().any(|m| m == name);
    let seeds = if options.quick { QUICK.1 } else { options.seeds };
    let all: Vec<_> = all.into_iter().filter(|c| wanted(c.name)).collect();
    let (name, unit, success) = (target.name(), target.unit(), target.success());
    let entry = |equal, method, seed, finished| Entry { target: name, unit, success, equal, method, seed, finished };
    let mut progress = Progress::new(name, seeds * (budgets.len() * all.len() + 1) as u64, false);
    let mut done = 0;
    for seed in 1..=seeds {
        for contestant in &all {
            for &budget in budgets {
                let equal = if matches!(budget, Budget::Runs(_)) { "runs" } else { "seconds" };
                let finished = compete(target, contestant, worth, budget, seed)?;
                entries.push(entry(equal, contestant.name, seed, finished));
                done += 1;
                progress.at(done, || format!("seed {seed}, {}", contestant.name));
            }
        }
        if wanted(OWN)
            && let Some(finished) = target.own(seed, &Output::create(output.dir().join(name))?)?
        {
            entries.push(entry("none", OWN, seed, finished));
        }
        done += 1;
        progress.at(done, || format!("seed {seed}"));
    }
    progress.finish("done");
    Ok(())
}

/// Name of a strategy of `brain-fit` among the contestants.
const OWN: &str = "own";
