//! This module counts how often the 95 % intervals of fits hold the truth.
//!
//! A cell of known parameters is simulated under steps of current, noise is added to its potential, and the model is
//! fitted to the noisy sweeps, from few starts, many times over with other currents and noise. The intervals should hold
//! the truth in 95 of 100 data sets: fewer, and errors are too narrow; more, and they are too wide. The tables
//! `coverage.csv` and `coverage.md` have a row for each parameter, and one for those together that are identifiable. Rows of
//! models that are not run again stay in them.

mod cases;
mod data;
mod print;
mod table;

pub use cases::{CASES, Case, NOISES, Noise};
pub use data::Cell;
pub use table::{Row, rows};

use anyhow::{Context, Result, bail};
use brain_core::cli::{Machine, Program};
use brain_core::{Output, Seed};
use brain_fit::fit::state::FitSession;
use brain_fit::fit::{FitTask, Fitted, Registry};
use clap::Parser;
use print::{each, markdown};
use rayon::prelude::*;
use std::path::PathBuf;

/// Counts how often intervals of fits hold the truth, and writes `coverage.csv` and `coverage.md`.
#[derive(Clone, Debug, Parser)]
#[command(name = "coverage", version)]
pub struct Options {
    /// Number of noisy data sets of each model and noise.
    #[arg(long, default_value_t = 400)]
    pub sets: u64,
    /// Models, of `lif`, `glif3`, `gif` and `hh-traub`.
    #[arg(long, value_delimiter = ',', default_values_t = CASES.map(|case| case.model.to_owned()))]
    pub models: Vec<String>,
    /// Seed of the noise.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Also writes what each data set gave, to `intervals.csv`.
    #[arg(long)]
    pub intervals: bool,
    /// Folder of the tables.
    #[arg(long, default_value = "out/coverage")]
    pub out: PathBuf,
    /// How much of the machine is used.
    #[command(flatten)]
    pub machine: Machine,
}

/// Name of the table.
const TABLE: &str = "coverage.csv";

/// Fits a case to data sets with noise, `[set][parameter]`.
pub fn fits(cell: &Cell, noise: &Noise, registry: &Registry, sets: u64, seed: u64) -> Result<Vec<Vec<Fitted>>> {
    let strategy = registry.strategy_for(&cell.subject).context("no strategy suits the model")?;
    let seed = Seed::new(seed).child("coverage").child(noise.name);
    let one = |set: u64| {
        let sweeps = cell.noisy(noise, seed.nth(set))?;
        let task = FitTask { subject: &cell.subject, settings: &cell.settings, sweeps: &sweeps };
        Ok(strategy.fit(&task, &mut FitSession::unsaved())?.params)
    };
    (0..sets).into_par_iter().map(one).collect()
}

impl Program for Options {
    fn execute(self) -> Result<()> {
        self.machine.start()?;
        let registry = Registry::default();
        let mut intervals = csv::Writer::from_writer(Vec::new());
        let output = Output::create(&self.out)?;
        let mut table = Vec::new();
        if let Ok(mut before) = csv::Reader::from_path(output.path(TABLE)) {
            let before = before.deserialize().collect::<csv::Result<Vec<Row>>>().context("an earlier coverage.csv")?;
            table.extend(before.into_iter().filter(|row| !self.models.contains(&row.model)));
        }
        for name in &self.models {
            let Some(case) = CASES.iter().find(|case| case.model == name) else {
                bail!("no case of `{name}`; there are {}", CASES.map(|case| case.model).join(", "));
            };
            let cell = Cell::new(case, &registry)?;
            for noise in &NOISES {
                let fits = fits(&cell, noise, &registry, self.sets, self.seed)?;
                let rows = rows(case.model, noise.name, &cell.truth, &fits, 1.0);
                rows.iter().for_each(|row| println!("{row}"));
                table.extend(rows);
                table.sort_by_key(|row| CASES.iter().position(|case| case.model == row.model));
                for one in each(case.model, noise.name, &cell.truth, &fits) {
                    intervals.serialize(one)?;
                }
                let mut csv = csv::Writer::from_writer(Vec::new());
                table.iter().try_for_each(|row| csv.serialize(row))?;
                output.write(TABLE, csv.into_inner()?)?;
                output.write("coverage.md", markdown(&table))?;
            }
        }
        if self.intervals {
            output.write("intervals.csv", intervals.into_inner()?)?;
        }
        let wrong: Vec<String> = table
            .iter()
            .filter(|row| self.models.contains(&row.model) && !row.is_right())
            .map(|row| format!("{} of {} ({})", row.parameter, row.model, row.noise))
            .collect();
        if !wrong.is_empty() {
            bail!("outside of the bounds: {}", wrong.join(", "));
        }
        Ok(())
    }

    fn fault(_: &anyhow::Error) -> Option<brain_core::cli::Fault> {
        None
    }
}
