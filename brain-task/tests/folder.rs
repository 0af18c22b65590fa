//! These tests check what `brain-task` does with options before it trains, and with an output folder: one process has it at a
//! time, and a training that goes on takes the precision of the state that it finds there.

mod small;

use serde_json::Value;
use small::Small;
use std::process::{Command, Output};

fn brain_task(dir: &Small, more: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_brain-task"));
    program.arg("train").arg(dir.path("train.yaml")).arg("--out").arg(dir.path("out")).arg("--quiet");
    let short = ["evaluate={every: 0, trials: 8, final_trials: 8}", "batch=4", "save_every=2"];
    program.args(short.iter().flat_map(|set| ["--set", set])).args(more).output().unwrap()
}

fn message(output: &Output, status: i32) -> String {
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{message}");
    message
}

#[test]
fn a_second_process_in_one_folder_is_refused() {
    let dir = Small::new();
    let output = brain_core::Output::create(dir.path("out")).unwrap();
    let said = message(&brain_task(&dir, &["--set", "batches=2"]), 2);
    assert!(said.contains("another process") && said.contains("--out"), "{said}");
    assert_eq!(std::fs::read_dir(output.dir()).unwrap().count(), 0, "the second leaves the first alone");
    drop(output);
    message(&brain_task(&dir, &["--set", "batches=2"]), 0);
}

#[test]
fn a_training_goes_on_in_the_precision_of_its_state() {
    let dir = Small::new();
    let until = |batches: u32, more: &[&str]| {
        let set = format!("batches={batches}");
        let output = brain_task(&dir, &[&["--set", &set], more].concat());
        // The number of batches is part of the config that the state belongs to.
        (output, dir.path("out/resume.safetensors"))
    };
    let said = message(&until(2, &["--resume", "--dtype", "f64"]).0, 0);
    assert!(said.contains("--resume: there is no state") && said.contains("begins anew"), "{said}");
    message(&until(2, &["--resume"]).0, 0);
    let metrics: Value = serde_json::from_slice(&std::fs::read(dir.path("out/metrics.json")).unwrap()).unwrap();
    assert_eq!((&metrics["dtype"], &metrics["device"]), (&"f64".into(), &"cpu".into()));
    for (saved, asked) in [("f64", "f32"), ("f32", "f64")] {
        message(&until(2, &["--dtype", saved]).0, 0);
        let (output, state) = until(2, &["--resume", "--dtype", asked]);
        let said = message(&output, 2);
        let parts = [asked, saved, &state.display().to_string(), "--resume"].map(str::to_owned);
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        message(&until(2, &["--resume", "--dtype", saved]).0, 0);
    }
}

#[test]
fn no_option_is_passed_over_in_silence() {
    let dir = Small::new();
    for (options, parts) in [
        (&["--check-gradient", "--device", "bogus"][..], &["--device bogus", "no device"][..]),
        (&["--check-gradient", "--device", "cuda"], &["--device cuda", "processor only"]),
        (&["--check-gradient", "--dtype", "f32"], &["--dtype f32", "both precisions"]),
        (&["--print-config", "--device", "bogus"], &["--device bogus", "no device"]),
        (&["--set", "name=../../x"], &["--set name=../../x: name: ", "--out"]),
    ] {
        let said = message(&brain_task(&dir, options), 2);
        assert!(parts.iter().all(|part| said.contains(part)), "{options:?}: {said}");
    }
}

/// Keys of the network's config that the training's config overrides are no arguments of the command line.
#[test]
fn overridden_keys_of_the_network_are_named_where_they_stand() {
    let dir = Small::new();
    for (item, problem) in [("foo=1", "unknown key `foo`"), ("dt=-1 ms", "dt: "), ("foo", "key.path=value")] {
        let set = format!("network.set=[{item}]");
        let said = message(&brain_task(&dir, &["--set", &set]), 2);
        let wanted = format!("--set {set}: network.set: {item}: ");
        assert!(said.contains(&wanted) && said.contains(problem), "{said}");
    }
}

#[test]
fn files_that_are_no_trained_network_say_what_they_are() {
    let dir = Small::new();
    let eval = |file: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_brain-task"));
        program.arg("eval").arg(dir.path(file)).args(["--trials", "4"]).output().unwrap()
    };
    let said = message(&eval("train.yaml"), 2);
    assert!(said.contains("train.yaml is no checkpoint") && said.contains("text, such as a config"), "{said}");
    // Weights that drive a potential beyond all numbers are named with their file and a remedy.
    message(&brain_task(&dir, &["--set", "batches=1"]), 0);
    let file = dir.path("out/trained.safetensors");
    let mut checkpoint = brain_core::Checkpoint::load(&file).unwrap();
    let name = checkpoint.names().find(|name| name.starts_with("param/E/tau")).unwrap().to_owned();
    let shape = checkpoint.get(&name).unwrap().shape().to_vec();
    let values = vec![f64::NAN; shape.iter().product()];
    checkpoint.insert(name, brain_core::checkpoint::Array::new(shape, values).unwrap());
    checkpoint.save(&file).unwrap();
    let said = message(&eval("out/trained.safetensors"), 2);
    assert!(said.contains("trained.safetensors") && said.contains("not finite"), "{said}");
}
