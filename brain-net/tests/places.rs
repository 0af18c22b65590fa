//! These tests check that an error names the key that was given, what is wrong with it, and the remedy.

use std::path::Path;
use std::process::{Command, Output};

const NET: &str = "\
name: places
source: rules
populations:
- {name: E, size: 80}
- {name: I, size: 20, sign: inhibitory}
projections:
- {from: E, to: I, rule: fixed-probability, weight: {mean: 3}}
- {from: I, to: E, weight: {mean: 20}}
simulation:
  duration: 250 ms
  inputs:
  - {kind: poisson, to: E, rate: 5 Hz, sources: 200, weight: 2.5}
";

fn brain_net(dir: &Path, command: &str, sets: &[&str]) -> Output {
    let file = dir.join("net.yaml");
    std::fs::write(&file, NET).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_brain-net"));
    program.current_dir(dir).arg(command).arg("net.yaml").arg("--quiet");
    program.args(sets.iter().flat_map(|set| ["--set", set])).output().unwrap()
}

fn refused(command: &str, sets: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let output = brain_net(dir.path(), command, sets);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{sets:?}: {message}");
    message
}

#[test]
fn errors_name_what_was_given() {
    for (command, set, parts) in [
        // The width of the bins has its default, so the step is what is too long.
        ("run", "dt=10", &["--set dt=10: dt: a step of 10 ms is longer than simulation.bin, 5 ms"][..]),
        (
            "build",
            "projections.0.rule=one-to-one",
            &["--set projections.0.rule=one-to-one: projections.0.rule: size = 80"],
        ),
        ("run", "simulation.inputs.0.rate=1e12", &["simulation.inputs.0: ", "lower"]),
        (
            "build",
            "projections.0.mask=none.csv",
            &["--set projections.0.mask=none.csv: projections.0.mask: ", "check the path"],
        ),
        ("build", "neurons={E: {cells: [none.safetensors]}}", &["neurons.E.cells: ", "none.safetensors"]),
        ("run", "simulation.voltage={E: 1000000}", &["simulation.voltage.E: 1000000 neurons of the 80 there are"]),
        ("run", "simulation.threads=3000", &["simulation.threads: 3000 must be 1 to 1024"]),
        ("run", "simulation.threads=0", &["--set simulation.threads=0: simulation.threads: 0 must be 1 to 1024"]),
        // A network is built with the whole config, which goes into its checkpoint.
        ("build", "simulation.duration=-1", &["--set simulation.duration=-1: simulation.duration: "]),
        ("build", "name=../../x", &["--set name=../../x: name: ", "--out"]),
        ("run", "name=\"a\\nb\"", &["name: ", "--out"]),
    ] {
        let message = refused(command, &[set]);
        assert!(parts.iter().all(|part| message.contains(part)), "{set}: {message}");
    }
}

#[test]
fn delays_of_less_than_half_a_step_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let notes = |sets: &[&str]| {
        let output = brain_net(dir.path(), "build", sets);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metrics = std::fs::read(dir.path().join("out/places/metrics.json")).unwrap();
        let metrics: serde_json::Value = serde_json::from_slice(&metrics).unwrap();
        metrics["notes"].to_string()
    };
    let all = "projections.0.rule=all-to-all";
    let short = notes(&[all, "projections.0.delay=0.01 ms"]);
    assert!(short.contains("E-I: the delay of 1600 synapses, 0.01 ms, is less than half a step"), "{short}");
    assert!(notes(&[all, "projections.0.delay=0 ms"]).contains("1600 synapses"));
    assert_eq!(notes(&[all, "projections.0.delay=0.05 ms"]), "[]");
    std::fs::write(dir.path().join("edges.csv"), "pre,post,weight,delay\na,b,1,0.01\nb,a,1,0\na,c,1,1\n").unwrap();
    std::fs::write(dir.path().join("edges.yaml"), "source: edges\nedges: {file: edges.csv}\n").unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_brain-net"));
    let output =
        program.current_dir(dir.path()).args(["build", "edges.yaml", "--json", "--out", "edges"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("the delays of 2 of 3 edges are less than half a step"), "{said}");
}
