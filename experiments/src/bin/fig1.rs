//! The whole workflow: a recorded neuron is fitted, a connectome becomes a network of such neurons, the network learns a
//! task. Figure 1 of Wang et al. 2024.
//!
//! `cargo run --release` at the top level. Three checkpoints follow from each other; each names its parents by their
//! SHA-256.

use anyhow::{Context, Result};
use brain_core::{Checkpoint, Output};
use clap::Parser;
use experiments::workflow::{Options, Stage, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    match workflow(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn workflow(options: &Options) -> Result<()> {
    let output = Output::create(&options.out)?;
    let stages = run(options, &output)?;
    println!();
    for Stage { title, numbers, figure, checkpoint } in &stages {
        println!("{title}");
        numbers.iter().for_each(|line| println!("  {line}"));
        println!("  look at {}; the checkpoint is {}", figure.display(), checkpoint.display());
        let meta = Checkpoint::load(checkpoint).with_context(|| title.clone())?.meta;
        for input in meta.lineage.iter().filter(|i| i.role == "parent") {
            println!("  made from {} (SHA-256 {}...)", input.path, &input.sha256[..12.min(input.sha256.len())]);
        }
    }
    println!("\nThe three together: {}", output.path("fig1.png").display());
    Ok(())
}
