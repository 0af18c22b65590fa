//! Checks a device against the processor, times it, and prints JSON; see [`experiments::device_check`].

use clap::Parser;
use experiments::device_check::{Options, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = Options::parse();
    if let Err(error) = options.machine.start() {
        eprintln!("error: {error}");
        return ExitCode::from(2);
    }
    let report = run(&options);
    match serde_json::to_string_pretty(&report) {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("error: {error}"),
    }
    if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
