//! Figure 3: a network of excitatory and inhibitory spiking neurons, trained on evidence accumulation, and what the
//! paper says of it, tested.
//!
//! `cargo run --release -p experiments --bin fig3 [-- trained.safetensors ...]`. Writes `fig3.{svg,png,csv}`,
//! `fig3-weights.{svg,png,csv}` and `metrics.json`, and prints what came out.

use clap::Parser;
use experiments::fig3::{Options, run};

fn main() -> anyhow::Result<()> {
    run(&Options::parse())?.iter().for_each(|line| println!("{line}"));
    Ok(())
}
