//! Ctrl-C ends a run that can go on. The flag is the process's, so this test has one of its own.

#![cfg(unix)]

use brain_core::cli::{Fault, Program};
use brain_core::interrupt;
use brain_fit::commands::Cli;
use brain_fit::fit::{FitError, Registry};
use clap::Parser;
use std::process::Command;
use std::time::{Duration, Instant};

/// Sends this process what Ctrl-C sends, and waits until it has been seen.
fn interrupt_this_process() {
    let own = std::process::id().to_string();
    assert!(Command::new("kill").args(["-INT", &own]).status().unwrap().success());
    let start = Instant::now();
    while !interrupt::requested() {
        assert!(start.elapsed() < Duration::from_secs(60), "the signal was never seen");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn ctrl_c_ends_a_run_that_can_go_on() {
    interrupt::listen().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/config/recorded-cell.yaml");
    let line = ["brain-fit", "run", config, "--quiet", "--out", out.to_str().unwrap()];
    let stop = |step| {
        if step == 3 {
            interrupt_this_process();
        }
        interrupt::requested()
    };
    let error = Cli::parse_from(line).execute_with(&Registry::default(), Box::new(stop)).unwrap_err();
    assert_eq!(Cli::fault(&error), Some(Fault::Interrupt));
    let Some(FitError::Interrupted(found)) = error.downcast_ref::<FitError>() else { panic!("{error}") };
    assert_eq!(found.after, "step 3");
    assert!(out.join("resume.safetensors").exists() && !out.join("model.safetensors").exists());
}
