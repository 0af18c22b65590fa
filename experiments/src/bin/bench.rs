//! Times one workload and prints one JSON line; see [`experiments::bench`].

use clap::Parser;
use experiments::bench::{Options, run};

fn main() -> anyhow::Result<()> {
    let report = run(&Options::parse())?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}
