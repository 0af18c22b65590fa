//! These tests read what an earlier version wrote: its trained networks are scored, and its trainings go on.
//!
//! The program of that version wrote the files in `tests/data/before`: a state after 13 of 24 batches and the network
//! after all of them, from the configs beside them. The score in `eval.json` is of this version, which draws held-out
//! trials by their number; that version drew them by batch, and its trials after the first 16 are others.

use brain_core::Checkpoint;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Returns the folder in which that version ran, as the header of its state says.
fn folder(header: &str) -> &str {
    header.split_once("file: ").and_then(|(_, rest)| rest.split_once("/network.yaml")).unwrap().0
}

fn before(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/before").join(name)
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brain-task")).args(arguments).output().unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a copy of a saved state as if that version had run in the folder `to`; its tensors are copied byte for byte.
fn moved(from: &Path, to: &Path) {
    let bytes = std::fs::read(from).unwrap();
    let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
    let (header, tensors) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header = std::str::from_utf8(header).unwrap();
    let here = to.parent().unwrap();
    let mut header = header
        .replace("out: out", &format!("out: {}", here.display()))
        .replace(folder(header), &here.parent().unwrap().display().to_string());
    // Tensors begin at a multiple of eight bytes.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let length = (header.len() as u64).to_le_bytes();
    std::fs::write(to, [&length[..], header.as_bytes(), tensors].concat()).unwrap();
}

/// Returns the learnt weights by name.
fn weights(file: &Path) -> Vec<(String, Vec<f32>)> {
    let mut checkpoint = Checkpoint::load(file).unwrap();
    let names: Vec<String> = checkpoint.names().map(str::to_owned).collect();
    let learnt = names.into_iter().filter(|n| n.starts_with("weight/") || n.starts_with("readout/"));
    let one = |name: String| {
        let shape = checkpoint.get(&name).unwrap().shape().to_vec();
        (name.clone(), checkpoint.take::<f32>(&name, &shape).unwrap())
    };
    learnt.map(one).collect()
}

/// Returns the largest difference of two networks' weights, relative to the largest weight.
fn distance(a: &[(String, Vec<f32>)], b: &[(String, Vec<f32>)]) -> f32 {
    assert!(a.len() == 8 && a.iter().map(|w| (&w.0, w.1.len())).eq(b.iter().map(|w| (&w.0, w.1.len()))));
    let all = |w: &[(String, Vec<f32>)]| w.iter().flat_map(|(_, w)| w.clone()).collect::<Vec<_>>();
    let (a, b) = (all(a), all(b));
    let largest = a.iter().fold(0.0f32, |m, w| m.max(w.abs()));
    a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest
}

#[test]
fn a_network_trained_by_the_version_before_is_scored_as_it_was() {
    let file = before("trained.safetensors").display().to_string();
    let score = |more: &[&str]| -> Value {
        serde_json::from_str(&done(&[&["eval", &file, "--trials", "64", "--json"], more].concat())).unwrap()
    };
    let wanted: Value = serde_json::from_slice(&std::fs::read(before("eval.json")).unwrap()).unwrap();
    let number = |v: &Value, key: &str| v[key].as_f64().unwrap();
    let found = score(&[]);
    assert_eq!(found["accuracy_fresh"], wanted["accuracy_fresh"]);
    // Vectors of other widths sum in another order.
    assert!((number(&found, "loss") - number(&wanted, "loss")).abs() < 1e-5, "{found} {wanted}");
    assert!((number(&score(&["--seed", "9"]), "loss") - number(&wanted, "loss")).abs() > 1e-4, "other trials");
}

#[test]
fn a_training_of_the_version_before_goes_on_to_the_same_network() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    for name in ["network.yaml", "train.yaml"] {
        std::fs::copy(before(name), dir.path().join(name)).unwrap();
    }
    let (config, folder) = (dir.path().join("train.yaml").display().to_string(), out.display().to_string());
    let train = ["train", &config, "--out", &folder, "--quiet"];
    done(&train);
    let fresh = weights(&out.join("trained.safetensors"));
    std::fs::copy(before("log.csv"), out.join("log.csv")).unwrap();
    moved(&before("resume.safetensors"), &out.join("resume.safetensors"));
    done(&[&train[..], &["--resume"]].concat());
    let log = std::fs::read_to_string(out.join("log.csv")).unwrap();
    let old = std::fs::read_to_string(before("log.csv")).unwrap();
    assert!(log.starts_with(&old) && log.lines().count() == 25, "{log}");

    let wanted = weights(&before("trained.safetensors"));
    let resumed = distance(&wanted, &weights(&out.join("trained.safetensors")));
    assert!(resumed < 1e-3 && distance(&wanted, &fresh) < 1e-3, "{resumed} {}", distance(&wanted, &fresh));
    // A state of another config is refused.
    moved(&before("resume.safetensors"), &out.join("resume.safetensors"));
    let changed = run(&[&train[..], &["--resume", "--set", "adam.learning_rate=0.05"]].concat());
    assert!(!changed.status.success() && String::from_utf8_lossy(&changed.stderr).contains("another config"));
}
