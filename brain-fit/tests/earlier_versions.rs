//! Files of earlier versions: of the one whose configs had a section `hh` where `voltage` is today. It wrote
//! `tests/data/model-before-voltage.safetensors` at the end of a fit of `config/recorded-cell.yaml`, and
//! `tests/data/resume-before-voltage.safetensors` when it was stopped after step 23 of it, before the refractory period had
//! stages of its own.

use brain_core::checkpoint::Checkpoint;
use brain_fit::commands::Cli;
use brain_fit::fit::{FitError, Registry};
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

/// A shortened fit, in the folder `out`, until the step for which `stop` holds.
fn fit(out: &Path, more: &[&str], stop: impl Fn(u64) -> bool + 'static) -> anyhow::Result<()> {
    let config = format!("{HERE}/config/recorded-cell.yaml");
    let line =
        ["brain-fit", "run", &config, "--quiet", "--set", "threshold.iterations=2", "--out", out.to_str().unwrap()];
    Cli::parse_from(line.iter().chain(more)).execute_with(&Registry::default(), Box::new(stop))
}

/// A state whose config has the section under its old name goes on as if nothing had happened.
#[test]
fn an_interrupted_fit_with_a_section_hh_goes_on_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    fit(&out, &[], |_| false).unwrap();
    let whole = params(&out.join("model.safetensors"));
    std::fs::remove_dir_all(&out).unwrap();

    assert!(fit(&out, &[], |step| step == 20).is_err());
    let file = out.join("resume.safetensors");
    let mut saved = Checkpoint::load(&file).unwrap();
    let old = saved.meta.config.replace("\nvoltage:\n  fit: []\n", "\nhh:\n  fit: [g_L, g_Na, g_K, V_T]\n");
    assert!(old.contains("\nhh:\n") && !old.contains("\nvoltage:\n"), "{old}");
    saved.meta.config = old;
    saved.save(&file).unwrap();

    let first = Rc::new(Cell::new(0));
    let seen = first.clone();
    let see = move |step| {
        if seen.get() == 0 {
            seen.set(step);
        }
        false
    };
    fit(&out, &["--resume"], see).unwrap();
    assert_eq!(first.get(), 21);
    let bits = |of: Vec<(String, f64)>| of.into_iter().map(|(name, x)| (name, x.to_bits())).collect::<Vec<_>>();
    assert_eq!(bits(params(&out.join("model.safetensors"))), bits(whole));
}

#[test]
fn a_state_of_other_stages_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    assert!(fit(&out, &[], |step| step == 1).is_err());
    let file = out.join("resume.safetensors");
    // The arrays of the old state beside the config and inputs of today's.
    let today = Checkpoint::load(&file).unwrap();
    let mut old = Checkpoint::load(&fixture("resume-before-voltage.safetensors")).unwrap();
    let (notes, step) = (old.meta.notes, old.meta.step);
    old.meta = today.meta.clone();
    (old.meta.notes, old.meta.step) = (notes, step);
    old.save(&file).unwrap();
    let error = fit(&out, &["--resume"], |_| false).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(FitError::OtherStages(_))), "{error:#}");
    assert!(error.to_string().contains("without --resume"), "{error:#}");
}
