//! The command as a user runs it: the scores on an unseen sweep, and a run that is killed and resumed.

use brain_core::checkpoint::Checkpoint;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn command(out: &Path) -> Command {
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/config/recorded-cell.yaml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_brain-fit"));
    command.args(["run", config, "--quiet", "--set", "out=same", "--out"]).arg(out).stderr(Stdio::null());
    command
}

/// The run in `at/out`: the folder is part of the config, so all runs that are compared are in one of the same name.
fn run_in(at: &Path) -> Command {
    std::fs::create_dir_all(at).unwrap();
    let mut command = command(Path::new("out"));
    command.current_dir(at);
    command
}

/// Waits until the log has more lines than `rows`, or the run has ended.
fn wait_for_rows(at: &Path, child: &mut Child, rows: usize) {
    let (log, start) = (at.join("out/log.csv"), Instant::now());
    while std::fs::read_to_string(&log).map_or(0, |t| t.lines().count()) <= rows && child.try_wait().unwrap().is_none()
    {
        assert!(start.elapsed() < Duration::from_secs(120));
        std::thread::sleep(Duration::from_millis(1));
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

#[test]
fn a_killed_run_resumes_to_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    assert!(run_in(&whole).status().unwrap().success());
    let expected = params(&whole.join("out"));

    for rows in [5, 24] {
        let killed = dir.path().join(format!("killed-{rows}"));
        let mut child = run_in(&killed).spawn().unwrap();
        wait_for_rows(&killed, &mut child, rows);
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!killed.join("out/model.safetensors").exists());
        assert!(run_in(&killed).arg("--resume").status().unwrap().success());
        assert_eq!(params(&killed.join("out")), expected);
    }
    let stopped = dir.path().join("stopped");
    let status = run_in(&stopped).env("BRAIN_FIT_STOP_AFTER", "20").status().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(run_in(&stopped).args(["--resume", "--threads", "1"]).status().unwrap().success());
    assert_eq!(params(&stopped.join("out")), expected);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_that_can_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, stopped) = (dir.path().join("whole"), dir.path().join("stopped"));
    assert!(run_in(&whole).status().unwrap().success());

    let mut child = run_in(&stopped).args(["--threads", "1"]).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_rows(&stopped, &mut child, 1);
    // Fails where the run has ended before, which the status then shows.
    let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => println!("the run ended before the signal came"),
        Some(130) => {
            assert!(text.contains("stopped after step") && text.contains("--resume"), "{text}");
            assert!(!stopped.join("out/model.safetensors").exists());
        }
        other => panic!("{other:?}: {text}"),
    }
    assert!(run_in(&stopped).arg("--resume").status().unwrap().success());
    assert_eq!(params(&stopped.join("out")), params(&whole.join("out")));
    // A run that has ended has nothing left to do.
    let log = |at: &Path| std::fs::read_to_string(at.join("out/log.csv")).unwrap().lines().count();
    assert_eq!(log(&stopped), log(&whole));
    assert!(run_in(&stopped).arg("--resume").status().unwrap().success());
    assert_eq!(params(&stopped.join("out")), params(&whole.join("out")));
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
