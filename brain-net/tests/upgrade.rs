//! These tests check that what the version before wrote is read: its networks run and are inspected, and its
//! simulations go on.
//!
//! The files in `tests/data/before` were written by the program of that version, from the config beside them.

use std::path::{Path, PathBuf};
use std::process::Command;

fn before(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/before").join(name)
}

fn done(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_brain-net")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a config or a network, and returns the spikes.
fn run(file: &Path, out: &Path, more: &[&str]) -> String {
    let (file, folder) = (file.display().to_string(), out.display().to_string());
    done(&[&["run", &file, "--out", &folder, "--quiet"], more].concat());
    std::fs::read_to_string(out.join("spikes.csv")).unwrap()
}

#[test]
fn a_network_of_the_version_before_is_inspected_and_simulated() {
    let network = before("network.safetensors");
    let shown: serde_json::Value =
        serde_json::from_str(&done(&["inspect", &network.display().to_string(), "--json"])).unwrap();
    let summary = &shown[0]["summary"];
    assert_eq!((summary["neurons"].as_u64(), summary["populations"][1]["name"].as_str()), (Some(30), Some("I")));
    let dir = tempfile::tempdir().unwrap();
    let wanted = std::fs::read_to_string(before("spikes-200-ms.csv")).unwrap();
    assert!(wanted.lines().count() > 1000);
    assert!(run(&network, dir.path(), &[]) == wanted, "a network that was built then");
    assert!(run(&before("network.yaml"), dir.path(), &[]) == wanted, "a config that was written then");
}

#[test]
fn a_simulation_of_the_version_before_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| std::fs::copy(before(from), dir.path().join(to)).map(drop).unwrap();
    copy("state.safetensors", "state.safetensors");
    copy("spikes-100-ms.csv", "spikes.csv");
    let spikes = run(&before("network.yaml"), dir.path(), &["--resume"]);
    assert!(spikes == std::fs::read_to_string(before("spikes-200-ms.csv")).unwrap());
    // A later start gives another end, so the run above did go on from the state.
    copy("spikes-100-ms.csv", "spikes.csv");
    std::fs::remove_file(dir.path().join("state.safetensors")).unwrap();
    assert!(run(&before("network.yaml"), dir.path(), &["--set", "seed=4"]) != spikes);
}
