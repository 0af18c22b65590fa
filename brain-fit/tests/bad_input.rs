//! What cannot be fitted is refused with a reason, never with a panic.

use std::path::Path;
use std::process::{Command, Output};

fn brain_fit(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brain-fit")).args(args).output().unwrap()
}

fn refused(output: &Output, status: i32, words: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{text}");
    assert!(words.iter().all(|w| text.contains(w)), "{words:?} not in {text}");
    assert!(!text.contains("panicked"), "{text}");
}

/// A config over one CSV made of `row(k)`, sampled every 0.25 ms.
fn config(dir: &Path, yaml: &str, rows: usize, row: impl Fn(usize) -> (f64, f64)) -> String {
    let mut text = String::from("time_ms,current_pa,voltage_mv\n");
    for k in 0..rows {
        let (i, v) = row(k);
        text += &format!("{},{i},{v}\n", k as f64 * 0.25);
    }
    std::fs::write(dir.join("cell.csv"), text).unwrap();
    let file = dir.join("fit.yaml");
    std::fs::write(&file, format!("data: {{files: [cell.csv], fit_sweeps: [1]}}\n{yaml}")).unwrap();
    file.to_str().unwrap().to_owned()
}

/// 100 pA into 100 MOhm with a time constant of 20 ms.
fn step(k: usize) -> (f64, f64) {
    let decay = |from: usize| (-(k.saturating_sub(from) as f64) * 0.25 / 20.0).exp();
    let rise = 10.0 * (decay(2400) - decay(800));
    (if (800..2400).contains(&k) { 100.0 } else { 0.0 }, -70.0 + rise)
}

fn sweep_id(dir: &Path) -> String {
    let found = brain_fit(&["inspect", "--json", dir.join("cell.csv").to_str().unwrap()]);
    let json: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    json["sweeps"][0]["sweep"].as_str().unwrap().to_owned()
}

#[test]
fn configs() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let out = out.to_str().unwrap();
    for (yaml, words) in [
        ("modle: gif\n", &["modle", "model"][..]),
        ("model: giff\n", &["giff", "gif"]),
        ("bounds: {c_m: [200, 100]}\n", &["c_m", "lower one first"]),
        ("bounds: {cm: [1, 2]}\n", &["cm", "c_m"]),
        ("bounds: {c_m: [1 mV, 2 mV]}\n", &["c_m", "mV"]),
        ("spike_level: 3 pA\n", &["spike_level"]),
        ("threshold: {dt: 0}\n", &["threshold.dt"]),
        ("threshold: {dt: 1.0e-9}\n", &["threshold.dt", "at least 0.0001"]),
        ("membrane: {ridge: -1}\n", &["membrane.ridge", "-1", "at least 0"]),
        ("membrane: {tau_m_weight: -0.5}\n", &["membrane.tau_m_weight", "at least 0"]),
        ("membrane: {cut_before: .nan}\n", &["membrane.cut_before", "at least 0"]),
        ("membrane: {iterations: 0}\n", &["membrane.iterations", "at least 1"]),
        ("threshold: {margin_weight: -1}\n", &["threshold.margin_weight", "at least 0"]),
        ("threshold: {c_u: [0.3, 1.5]}\n", &["threshold.c_u", "1.5", "below 1"]),
        ("voltage: {windows: [0.5, 0.25, 1]}\n", &["voltage.windows", "grow"]),
        ("voltage: {windows: [0.5, 2]}\n", &["voltage.windows", "above 1"]),
        ("voltage: {windows: [-0.5, 1]}\n", &["voltage.windows", "above 0"]),
        ("voltage: {mask: [-1, 2]}\n", &["voltage.mask", "at least 0"]),
        ("voltage: {fit: [c_m, c_m]}\n", &["voltage.fit", "c_m", "twice"]),
        ("voltage: {fit: [c_m], fixed: {c_m: 100 pF}}\n", &["voltage.fixed.c_m", "choose one"]),
        ("zoom: 0 ms\n", &["zoom", "above 0"]),
        ("spike_level: 400 mV\n", &["spike_level", "no membrane potential"]),
        ("loss: squared-eror\n", &["fit.yaml:2", "squared-eror", "squared-error"]),
        ("loss: {squared-error: {tau: 1 ms}}\n", &["unknown key `tau`"]),
        ("model: hh-traub\nloss: van-rossum\n", &["fit.yaml:3", "`voltage-windows`", "`van-rossum`", "single samples"]),
        ("loss: escape-rate\n", &["`moving-threshold` does not fit by", "`escape-rate`", "leave `loss` out"]),
    ] {
        let file = config(dir.path(), yaml, 4000, step);
        refused(&brain_fit(&["run", &file, "--out", out]), 2, words);
    }
    let file = config(dir.path(), "", 4000, step);
    refused(&brain_fit(&["run", &file, "--out", out, "--device", "gpu"]), 2, &["gpu", "`cuda`", "`metal`"]);
    refused(&brain_fit(&["run", &file, "--out", out, "--device", "cuda:99"]), 2, &["cuda", "--device cpu"]);
    refused(&brain_fit(&["run", &file, "--out", out, "--dtype", "f16"]), 2, &["f16", "f32, f64"]);
    refused(&brain_fit(&["run"]), 2, &["CONFIG"]);
    refused(&brain_fit(&["run", &file, "--no-such-option"]), 2, &["--no-such-option"]);
    refused(&brain_fit(&["fit", &file]), 2, &["fit"]);
    assert_eq!(brain_fit(&["run", &file, "--print-config"]).status.code(), Some(0));
    refused(&brain_fit(&["run", &file, "--out", out, "--fit-sweeps", "nine"]), 2, &["nine"]);
    for repeated in [["--fit-sweeps", "1,1"], ["--set", "data.test_sweeps=[2, 3, 2]"]] {
        refused(&brain_fit(&[&["run", &file, "--out", out], &repeated[..]].concat()), 2, &["named twice"]);
    }
    refused(&brain_fit(&["run", "none.yaml"]), 2, &["none.yaml"]);
    refused(&brain_fit(&["run", &file, "--set", "seed"]), 2, &["--set"]);
    let in_the_way = dir.path().join("cell.csv/out");
    let id = sweep_id(dir.path());
    refused(&brain_fit(&["run", &file, "--fit-sweeps", &id, "--out", in_the_way.to_str().unwrap()]), 1, &["--out"]);
}

#[test]
fn recordings() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let out = out.to_str().unwrap();
    let run = |file: &str, id: &str| brain_fit(&["run", file, "--fit-sweeps", id, "--out", out]);
    let file = config(dir.path(), "", 4000, |k| (0.0, step(k).1));
    let id = sweep_id(dir.path());
    refused(&run(&file, &id), 2, &["0 pA throughout"]);
    let file = config(dir.path(), "", 4000, |k| (step(k).0, if k == 7 { f64::NAN } else { -70.0 }));
    refused(&run(&file, &id), 2, &["NaN"]);
    let file = config(dir.path(), "", 0, step);
    refused(&run(&file, &id), 2, &["cell.csv"]);
    let file = config(dir.path(), "", 1, step);
    refused(&run(&file, &id), 2, &["cell.csv", "1 sample", "at least 2"]);
    let file = config(dir.path(), "", 40, step);
    refused(&run(&file, &id), 2, &["10 ms"]);
    // A commanded potential and the current that answers it.
    let clamped = |k| (17.0 * (k as f64 * 0.7).sin(), if k < 2000 { -70.0 } else { -60.0 });
    let file = config(dir.path(), "", 4000, clamped);
    refused(&run(&file, &id), 2, &["cell.csv", "voltage clamp", "like a command", "clamp: current"]);
    refused(&brain_fit(&["inspect", dir.path().join("none.csv").to_str().unwrap()]), 2, &["could not be used"]);
    let missing = brain_fit(&["run", &file, "--data", "none.csv", "--out", out]);
    refused(&missing, 2, &["none.csv"]);
    assert_eq!(String::from_utf8_lossy(&missing.stderr).matches("os error").count(), 1);
    assert!(!dir.path().join("out").exists(), "an output folder without a result");
}

#[test]
fn what_no_membrane_does() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let out = out.to_str().unwrap();
    // Converters have noise: a tenth of a mV, the same on every run.
    let noise = |k: usize| ((k * 7919 % 13) as f64 - 6.0) / 60.0;
    let cell = |k: usize| (step(k).0, step(k).1 + noise(k));
    let id = {
        config(dir.path(), "", 4000, cell);
        sweep_id(dir.path())
    };
    type Row = fn((f64, f64), usize) -> (f64, f64);
    let kinds: [(Row, &[&str]); 8] = [
        (|(i, v), _| (-i, v), &["falls when the current rises", "sign"]),
        (|(i, v), _| (i, -v), &["rest is 70.0 mV", "inverted"]),
        (|(i, v), _| (i / 1000.0, v), &["GOhm", "`unit: nA`"]),
        (|(i, v), _| (i * 1000.0, v), &["kOhm", "`unit: fA`"]),
        (|(i, _), k| (i, -70.0 + ((k * 7919 % 13) as f64 - 6.0) / 60.0), &["does not answer"]),
        (|(i, v), k| (i, if k < 300 { 0.0 } else { v }), &["samples 0 to 299", "exactly 0"]),
        (
            |(i, v), k| (i, if (2600..2900).contains(&k) { v + 70.0 } else { v }),
            &["samples 2600 to 2899", "spike level"],
        ),
        (|(i, v), k| (i, if k >= 3500 { -61.7 } else { v }), &["samples 3500 to 3999", "stuck at -61.7"]),
    ];
    for (kind, words) in kinds {
        let file = config(dir.path(), "", 4000, |k| kind(cell(k), k));
        let run = ["run", &file, "--fit-sweeps", &id, "--out", out];
        refused(&brain_fit(&run), 2, &[&["sweep", "--allow"], words].concat());
        assert!(!dir.path().join("out").exists());
    }
    let file = config(dir.path(), "", 4000, cell);
    assert_eq!(brain_fit(&["run", &file, "--fit-sweeps", &id, "--out", out]).status.code(), Some(0));
}

#[test]
fn two_processes_in_one_folder() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let file = config(dir.path(), "", 4000, step);
    let id = sweep_id(dir.path());
    let claim = brain_core::Output::create(&out).unwrap();
    let run = || brain_fit(&["run", &file, "--fit-sweeps", &id, "--out", out.to_str().unwrap()]);
    refused(&run(), 2, &["another process", "--out"]);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0, "the second leaves the first alone");
    drop(claim);
    assert_eq!(run().status.code(), Some(0));
}

#[test]
fn hh_sweeps_of_different_sampling_intervals() {
    let dir = tempfile::tempdir().unwrap();
    for (name, dt) in [("slow", 0.25), ("fast", 0.1)] {
        let mut text = String::from("time_ms,current_pa,voltage_mv\n");
        for k in 0..4000 {
            let (i, v) = step(k);
            text += &format!("{:.2},{i},{v}\n", k as f64 * dt);
        }
        std::fs::write(dir.path().join(name).with_extension("csv"), text).unwrap();
    }
    let file = dir.path().join("fit.yaml");
    let yaml = "model: hh-traub\ndata: {files: [slow.csv, fast.csv], fit_sweeps: [slow, fast]}\n";
    std::fs::write(&file, yaml).unwrap();
    let out = dir.path().join("out");
    let output = brain_fit(&["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let words = ["sweep slow is sampled every 0.25 ms", "sweep fast every 0.1 ms", "resample", "--fit-sweeps"];
    refused(&output, 2, &words);
    assert!(!out.exists());
}

#[test]
fn a_sweep_without_spikes_gives_a_membrane() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let file = config(dir.path(), "", 4000, step);
    let id = sweep_id(dir.path());
    let output = brain_fit(&["run", &file, "--fit-sweeps", &id, "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("only the membrane was fitted"));
    let text = std::fs::read_to_string(out.join("metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_str(&text).unwrap();
    // 10 mV from 100 pA, in 20 ms.
    assert!((metrics["params"]["g_L"]["value"].as_f64().unwrap() - 10.0).abs() < 0.3, "{text}");

    let bytes = std::fs::read(out.join("model.safetensors")).unwrap();
    let cut = dir.path().join("cut.safetensors");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let data = dir.path().join("cell.csv");
    let predict = brain_fit(&["predict", cut.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    refused(&predict, 2, &["cut.safetensors"]);
    // A checkpoint of something else is refused in words.
    let predict = |file: &Path| brain_fit(&["predict", file.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    refused(
        &predict(&out.join("resume.safetensors")),
        2,
        &["the state of a fit", "a fitted neuron", "is expected here"],
    );
    let network = dir.path().join("network.safetensors");
    let mut checkpoint = brain_core::Checkpoint::default();
    checkpoint.meta.notes.insert("network".into(), "{}".into());
    checkpoint.save(&network).unwrap();
    refused(&predict(&network), 2, &["network.safetensors is a network of `brain-net build`", "a fitted neuron"]);
}
