//! These tests check what `brain-net` does with an output folder: one process has it at a time, and a run that goes on takes
//! the precision of the state that it finds there.

use std::path::Path;
use std::process::{Command, Output};

const NET: &str = "\
source: rules
populations: [{name: E, size: 40}]
projections: [{from: E, to: E, weight: {mean: 1}}]
simulation:
  transient: 10 ms
  raster: 0 ms
  inputs: [{kind: poisson, to: E, rate: 1 kHz, weight: 20}]
";

fn brain_net(dir: &Path, command: &str, more: &[&str]) -> Output {
    std::fs::write(dir.join("net.yaml"), NET).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_brain-net"));
    program.current_dir(dir).arg(command).args(["net.yaml", "--quiet", "--out", "out"]).args(more).output().unwrap()
}

fn message(output: &Output, status: i32) -> String {
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{message}");
    message
}

#[test]
fn a_second_process_in_one_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let output = brain_core::Output::create(dir.path().join("out")).unwrap();
    for command in ["run", "build"] {
        let said = message(&brain_net(dir.path(), command, &["--set", "simulation.duration=20 ms"]), 2);
        assert!(said.contains("another process") && said.contains("--out"), "{command}: {said}");
    }
    assert_eq!(std::fs::read_dir(output.dir()).unwrap().count(), 0, "the second leaves the first alone");
    drop(output);
    message(&brain_net(dir.path(), "run", &["--set", "simulation.duration=20 ms"]), 0);
}

#[test]
fn a_run_goes_on_in_the_precision_of_its_state() {
    let dir = tempfile::tempdir().unwrap();
    let until = |ms: u32, more: &[&str]| {
        let set = format!("simulation.duration={ms} ms");
        brain_net(dir.path(), "run", &[&["--set", &set], more].concat())
    };
    let metrics = || -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(dir.path().join("out/metrics.json")).unwrap()).unwrap()
    };
    // Without a state there is nothing to go on from.
    let said = message(&until(20, &["--resume", "--dtype", "f64"]), 0);
    assert!(said.contains("--resume: there is no state") && said.contains("begins anew"), "{said}");
    message(&until(40, &["--resume"]), 0);
    let m = metrics();
    assert_eq!((m["dtype"].as_str(), m["device"].as_str()), (Some("f64"), Some("cpu")));
    assert_eq!(m["biological_seconds"].as_f64(), Some(0.04));
    for more in [&["--dtype", "f32"][..], &["--set", "simulation.dtype=f32"]] {
        let said = message(&until(50, &[&["--resume"], more].concat()), 2);
        assert!(["f32", "f64", "state.safetensors", "--resume"].iter().all(|part| said.contains(part)), "{said}");
    }
    message(&until(50, &["--resume", "--dtype", "f64"]), 0);
    // A run from the start takes the place of the old state, whatever its precision.
    message(&until(20, &["--dtype", "f32"]), 0);
    message(&until(30, &["--resume"]), 0);
    assert_eq!(metrics()["dtype"], "f32");
}
