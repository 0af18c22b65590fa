//! Times one workload and prints one JSON line; see [`experiments::bench`].

use brain_core::device::DeviceError;
use clap::Parser;
use experiments::bench::{Options, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let line = run(&Options::parse()).and_then(|report| Ok(serde_json::to_string(&report)?));
    match line {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<DeviceError>() { 2 } else { 1 })
        }
    }
}
