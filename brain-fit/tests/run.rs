//! The command as a user runs it: the scores on an unseen sweep, and runs that are stopped and resumed.

use brain_core::checkpoint::Checkpoint;
use brain_core::cli::{Fault, Program, Usage};
use brain_fit::commands::Cli;
use brain_fit::fit::{FitError, Registry};
use clap::Parser;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/recorded-cell.yaml");

fn command(out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brain-fit"));
    command.args(["run", CONFIG, "--quiet", "--out"]).arg(out).stderr(Stdio::null());
    command
}

/// The same command in this process, where `stop` sees every step.
fn run(out: &Path, options: &[&str], stop: impl Fn(u64) -> bool + 'static) -> anyhow::Result<()> {
    let line = ["brain-fit", "run", CONFIG, "--quiet", "--out", out.to_str().unwrap()];
    Cli::parse_from(line.iter().chain(options)).execute_with(&Registry::default(), Box::new(stop))
}

/// A copy of a folder of files.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

/// Bits of every parameter.
fn params(out: &Path) -> Vec<(String, u64)> {
    let mut checkpoint = Checkpoint::load(&out.join("model.safetensors")).unwrap();
    let names: Vec<String> = checkpoint.names().map(String::from).collect();
    names.into_iter().map(|n| (n.clone(), checkpoint.take_one::<f64>(&n).unwrap().to_bits())).collect()
}

#[test]
fn an_unseen_sweep_is_predicted() {
    let dir = tempfile::tempdir().unwrap();
    assert!(command(dir.path()).status().unwrap().success());
    let text = std::fs::read_to_string(dir.path().join("metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_str(&text).unwrap();
    let s = &metrics["sweeps"][2];
    assert_eq!(
        (s["id"].as_str(), s["role"].as_str(), s["spikes_data"].as_u64()),
        (Some("183"), Some("test"), Some(68))
    );
    assert!((62..=74).contains(&s["spikes_model"].as_u64().unwrap()), "{s}");
    assert!(s["first_spike_error_ms"].as_f64().unwrap().abs() <= 8.0, "{s}");
    assert!(s["mean_isi_error"].as_f64().unwrap().abs() <= 0.15, "{s}");
    assert!(s["rmse_forced_mv"].as_f64().unwrap() <= 2.0, "{s}");
    let files = ["config.yaml", "log.csv", "spikes.csv", "traces-183.csv", "fit.svg", "fit.png", "fit.csv"];
    assert!(files.iter().all(|f| dir.path().join(f).metadata().unwrap().len() > 0));
    assert_eq!(metrics["params"]["c_m"]["unit"], "pF");

    // The current of a sweep alone, through the other command.
    let csv: String =
        (0..4000).map(|k| format!("{},{}\n", k as f64 * 0.25, if k > 800 { 225.0 } else { -12.5 })).collect();
    let file = dir.path().join("current.csv");
    std::fs::write(&file, format!("time_ms,current_pa\n{csv}")).unwrap();
    let mut predict = Command::new(env!("CARGO_BIN_EXE_brain-fit"));
    predict.arg("predict").arg(dir.path().join("model.safetensors")).arg("--data").arg(&file);
    let out = dir.path().join("predicted");
    assert!(predict.arg("--out").arg(&out).stdout(Stdio::null()).status().unwrap().success());
    let spikes = std::fs::read_to_string(out.join("spikes.csv")).unwrap().lines().count();
    assert!((20..40).contains(&spikes), "{spikes}");
}

/// What a folder holds after a step is what a killed run leaves there. The folder is part of the config, so every run is in
/// the same one.
#[test]
fn a_killed_run_resumes_to_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let at = |step: u64| dir.path().join(format!("after-{step}"));
    let left = [4, 23];
    let (folder, places) = (out.clone(), left.map(at));
    run(&out, &[], move |step| {
        left.iter().zip(&places).filter(|(at, _)| **at == step).for_each(|(_, to)| copy(&folder, to));
        false
    })
    .unwrap();
    let expected = params(&out);

    for step in left {
        std::fs::remove_dir_all(&out).unwrap();
        std::fs::rename(at(step), &out).unwrap();
        assert!(!out.join("model.safetensors").exists());
        run(&out, &["--resume"], |_| false).unwrap();
        assert_eq!(params(&out), expected, "resumed after step {step}");
    }
}

#[test]
fn a_stopped_run_says_so_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, stopped) = (dir.path().join("whole"), dir.path().join("stopped"));
    run(&whole, &[], |_| false).unwrap();

    let error = run(&stopped, &[], |step| step == 20).unwrap_err();
    assert_eq!(Cli::fault(&error), Some(Fault::Interrupt));
    let Some(FitError::Interrupted(found)) = error.downcast_ref::<FitError>() else { panic!("{error}") };
    assert_eq!((found.after.as_str(), &found.dir), ("step 20", &stopped));
    assert!(!stopped.join("model.safetensors").exists());
    assert!(command(&stopped).args(["--resume", "--threads", "1"]).status().unwrap().success());
    assert_eq!(params(&stopped), params(&whole));
    // A run that has ended has nothing left to do.
    let log = |at: &PathBuf| std::fs::read_to_string(at.join("log.csv")).unwrap().lines().count();
    assert_eq!(log(&stopped), log(&whole));
    run(&stopped, &["--resume"], |step| panic!("step {step} of a run that has ended")).unwrap();
    assert_eq!(params(&stopped), params(&whole));
    assert_eq!(log(&stopped), log(&whole));
}

#[test]
fn the_config_in_an_output_folder_runs_again() {
    let (first, again) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let fit = |config: &Path, out: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brain-fit"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("run").arg(config).arg("--quiet").arg("--out").arg(out);
        assert!(command.stderr(Stdio::null()).status().unwrap().success());
        params(out)
    };
    let wanted = fit(Path::new("config/recorded-cell.yaml"), first.path());
    assert_eq!(fit(&first.path().join("config.yaml"), again.path()), wanted);
}

#[test]
fn equal_fits_leave_equal_checkpoints() {
    let dir = tempfile::tempdir().unwrap();
    let fit = |name: &str| {
        let out = dir.path().join(name);
        run(&out, &["--set", "threshold.iterations=2"], |_| false).unwrap();
        std::fs::read(out.join("model.safetensors")).unwrap()
    };
    assert!(fit("one") == fit("another"), "the checkpoints differ");
}

#[test]
fn a_resumed_fit_keeps_the_precision_of_its_state() {
    let dir = tempfile::tempdir().unwrap();
    let short = ["--set", "threshold.iterations=2"];
    let options = |more: &[&'static str]| [&short[..], more].concat();
    assert!(run(dir.path(), &options(&["--dtype", "f32"]), |step| step == 3).is_err());
    let refused = run(dir.path(), &options(&["--resume", "--dtype", "f64"]), |_| false).unwrap_err();
    assert!(refused.is::<Usage>(), "{refused:#}");
    assert!(refused.to_string().contains("--dtype f64") && refused.to_string().contains("f32"), "{refused:#}");
    run(dir.path(), &options(&["--resume"]), |_| false).unwrap();
    let metrics = std::fs::read_to_string(dir.path().join("metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_str(&metrics).unwrap();
    assert_eq!(metrics["dtype"], "f32");
}
