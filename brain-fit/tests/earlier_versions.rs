//! Files that an earlier version wrote: the one whose configs had a section `hh` where `voltage` is today. It wrote
//! `tests/data/model-before-voltage.safetensors` at the end of a fit of `config/recorded-cell.yaml`, and
//! `tests/data/resume-before-voltage.safetensors` when it was stopped after step 23 of it.

use brain_core::checkpoint::Checkpoint;
use brain_fit::commands::Cli;
use brain_fit::fit::Registry;
use clap::Parser;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

fn fixture(name: &str) -> PathBuf {
    Path::new(HERE).join("tests/data").join(name)
}

/// A command in this process; `see` is shown every step of a fit.
fn execute(line: &[&str], see: impl Fn(u64) + 'static) {
    let stop = move |step| {
        see(step);
        false
    };
    Cli::parse_from(line).execute_with(&Registry::default(), Box::new(stop)).unwrap();
}

/// Every parameter of a fitted neuron.
fn params(file: &Path) -> Vec<(String, f64)> {
    let mut checkpoint = Checkpoint::load(file).unwrap();
    let names: Vec<String> = checkpoint.names().map(String::from).collect();
    names.into_iter().map(|n| (n.clone(), checkpoint.take_one::<f64>(&n).unwrap())).collect()
}

#[test]
fn a_fitted_neuron_predicts() {
    let dir = tempfile::tempdir().unwrap();
    let (model, out) = (fixture("model-before-voltage.safetensors"), dir.path().join("out"));
    let data = [0, 3].map(|channel| format!("{HERE}/data/b6/B6_Ch{channel}_IDRest_183.ibw"));
    let [model, out_folder] = [&model, &out].map(|path| path.to_str().unwrap());
    execute(&["brain-fit", "predict", model, "--data", &data[0], &data[1], "--out", out_folder], |_| {});
    let text = std::fs::read_to_string(out.join("metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_str(&text).unwrap();
    let sweep = &metrics["sweeps"][0];
    assert_eq!((sweep["role"].as_str(), sweep["spikes_model"].as_u64()), (Some("test"), Some(63)), "{text}");
    // What that version found itself.
    assert!((sweep["first_spike_error_ms"].as_f64().unwrap() - 0.5385345047357077).abs() < 1e-6, "{text}");
    assert!((sweep["rmse_forced_mv"].as_f64().unwrap() - 1.5603323661259905).abs() < 1e-6, "{text}");
}

#[test]
fn an_interrupted_fit_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let config = format!("{HERE}/config/recorded-cell.yaml");
    let line = ["brain-fit", "run", &config, "--quiet", "--out", out.to_str().unwrap()];
    execute(&line, |_| {});
    let whole = params(&out.join("model.safetensors"));
    std::fs::remove_dir_all(&out).unwrap();

    // The folders of the machine that wrote it are those of this one; nothing else changes.
    std::fs::create_dir(&out).unwrap();
    let mut saved = Checkpoint::load(&fixture("resume-before-voltage.safetensors")).unwrap();
    let moved = saved
        .meta
        .config
        .replace("/cell/", &format!("{HERE}/"))
        .replace("out: fit\n", &format!("out: {}\n", out.display()));
    assert!(moved.contains("\nhh:\n") && !moved.contains("\nvoltage:\n"));
    saved.meta.config = moved;
    saved.save(&out.join("resume.safetensors")).unwrap();
    let first = Rc::new(Cell::new(0));
    let seen = first.clone();
    execute(&[&line[..], &["--resume"]].concat(), move |step| {
        if seen.get() == 0 {
            seen.set(step);
        }
    });
    assert_eq!(first.get(), 24);
    // The membrane was fitted before that version was stopped. It took the stimulus to begin a sample away from where it
    // does, which moves the threshold within its errors.
    const THRESHOLD: [&str; 7] = ["V_th", "b_1", "b_2", "T_1", "T_2", "c_u", "tau_u"];
    let near = |name: &str, a: f64, b: f64| {
        let of_threshold = THRESHOLD.iter().any(|of| name.ends_with(&format!("/{of}")));
        (a - b).abs() <= if of_threshold { 0.1 } else { 1e-9 } * b.abs()
    };
    let resumed = params(&out.join("model.safetensors"));
    let before = params(&fixture("model-before-voltage.safetensors"));
    assert!(resumed.len() == whole.len() && resumed.len() == before.len());
    for ((name, resumed), (_, before)) in resumed.iter().zip(&before) {
        assert!(near(name, *resumed, *before), "{name}: {resumed}, before {before}");
    }
    for ((name, resumed), (_, whole)) in resumed.iter().zip(&whole) {
        assert!((resumed - whole).abs() <= 0.1 * whole.abs(), "{name}: {resumed}, whole {whole}");
    }
}
