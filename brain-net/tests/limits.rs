//! These tests check what a run leaves, and that it refuses what is of another kind or does not fit into memory.

use brain_core::Checkpoint;
use brain_core::checkpoint::{Array, ModelInfo};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn command(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brain-net")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(config: &Path, out: &Path, more: &[&str]) -> Output {
    command(&[&["run", &config.display().to_string(), "--out", &out.display().to_string(), "--quiet"], more].concat())
}

/// Runs the command without figures, which take longer than a small network.
fn ran(config: &Path, out: &Path, more: &[&str]) -> Value {
    let output = run(config, out, &[&["--set", "simulation.raster=0 ms"], more].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&std::fs::read(out.join("metrics.json")).unwrap()).unwrap()
}

const SMALL: &str = "
source: rules
populations:
- {name: E, size: 80}
- {name: I, size: 20, sign: inhibitory}
projections:
- {from: E, to: E, weight: {mean: 3}, delay: 1.5 ms}
- {from: I, to: E, weight: {mean: 20}}
simulation:
  transient: 100 ms
  inputs:
  - {kind: poisson, to: E, rate: 5 Hz, sources: 200, weight: 2.5}
  - {kind: poisson, to: I, rate: 1 kHz, weight: 2.5}
  - {kind: current, to: E, amplitude: 0.1 nA, start: 50 ms, end: 120 ms}
";

fn small(dir: &Path) -> PathBuf {
    let file = dir.join("small.yaml");
    std::fs::write(&file, SMALL).unwrap();
    file
}

/// Times are in `metrics.json` alone, so equal runs leave equal files wherever they are.
#[test]
fn equal_runs_leave_equal_checkpoints() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (small(dir.path()), |name: &str| dir.path().join(name));
    let short = ["--set", "simulation.duration=150 ms"];
    let left = ["a", "b"].map(|name| {
        ran(&file, &out(name), &short);
        let built =
            command(&["build", &file.display().to_string(), "--out", &out(name).display().to_string(), "--quiet"]);
        assert!(built.status.success(), "{}", text(&built.stderr));
        ["state.safetensors", "network.safetensors"].map(|file| std::fs::read(out(name).join(file)).unwrap())
    });
    assert!(left[0][0] == left[1][0], "the states differ");
    assert!(left[0][1] == left[1][1], "the networks differ");
    // A run that goes on adds to the seconds that it took before.
    ran(&file, &out("a"), &short);
    let metrics = out("a").join("metrics.json");
    let mut before: Value = serde_json::from_slice(&std::fs::read(&metrics).unwrap()).unwrap();
    before["seconds_run"] = 1000.0.into();
    std::fs::write(&metrics, before.to_string()).unwrap();
    let resumed = ran(&file, &out("a"), &["--set", "simulation.duration=160 ms", "--resume"]);
    assert!(resumed["seconds_run"].as_f64().unwrap() > 1000.0, "{}", resumed["seconds_run"]);
}

/// A checkpoint of another scale says what it is, whatever asks for it.
#[test]
fn other_checkpoints_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (small(dir.path()), dir.path().join("out"));
    ran(&file, &out, &["--set", "simulation.duration=110 ms"]);
    let mut cell = Checkpoint::default();
    cell.meta.models = vec![ModelInfo { population: "neuron".into(), model: "lif".into(), ..Default::default() }];
    cell.insert("param/neuron/tau_m", Array::one(20.0));
    cell.save(&dir.path().join("cell.safetensors")).unwrap();
    let refused = |args: &[&str]| {
        let output = command(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stderr));
        text(&output.stderr)
    };
    let [cell, state] = ["cell.safetensors", "out/state.safetensors"].map(|f| dir.path().join(f).display().to_string());
    let message = refused(&["run", &cell]);
    assert!(
        message.contains("is a fitted neuron of `brain-fit run`; a network of `brain-net build` is expected"),
        "{message}"
    );
    let message = refused(&["inspect", &state]);
    assert!(message.contains("is the state of a simulation of `brain-net run`; a network of"), "{message}");
    let cells = format!("neurons={{E: {{cells: [{state}]}}}}");
    let message = refused(&["build", &file.display().to_string(), "--set", &cells]);
    assert!(
        message.contains("neurons.E.cells: ") && message.contains("a fitted neuron of `brain-fit run` is expected"),
        "{message}"
    );
}

#[test]
fn recordings_that_do_not_fit_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (small(dir.path()), dir.path().join("out"));
    let day = ["--set", "simulation.duration=1e12 ms"];
    for (sets, wanted) in [
        (&["simulation.raster=1e12 ms"][..], "simulation.raster: "),
        (&["simulation.raster=1e7 ms", "simulation.voltage={E: 80}"], "simulation.voltage: "),
        (&["simulation.inputs.2.start=0.1 ms", "simulation.inputs.2.end=1e12 ms"], "simulation.inputs.2.start: "),
    ] {
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let refused = run(&file, &out, &[&day[..], &sets].concat());
        let message = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{message}");
        assert!(message.contains(wanted) && message.contains("of memory are needed"), "{message}");
    }
}

/// A log of spikes that holds a neuron that is not there ends no run in a panic.
#[test]
fn a_log_of_other_neurons_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (small(dir.path()), dir.path().join("out"));
    let short = ["--set", "simulation.duration=150 ms"];
    ran(&file, &out, &short);
    std::fs::write(out.join("spikes.csv"), "population,neuron,time_ms\nE,1,110.0\nE,99,120.0\n").unwrap();
    ran(&file, &out, &[&short[..], &["--resume"]].concat());
    let left = std::fs::read_to_string(out.join("spikes.csv")).unwrap();
    assert_eq!(left, "population,neuron,time_ms\nE,1,110.0\n");
}
