//! Several models are fitted to the same sweeps, and compared on those that were kept for the test.

use brain_core::cli::{Fault, Program};
use brain_fit::commands::Cli;
use brain_fit::fit::{FitError, Registry};
use brain_fit::report::Failure;
use clap::Parser;
use serde_json::Value;
use std::path::{Path, PathBuf};

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/recorded-cell.yaml");

/// Fits few starts of each model, for it is the comparison that is looked at.
fn run(out: &Path, models: &str, options: &[&str], stop: impl Fn(u64) -> bool + 'static) -> anyhow::Result<()> {
    let line = ["brain-fit", "run", CONFIG, "--quiet", "--set", "voltage.starts=6", "--model", models, "--out"];
    let line = line.into_iter().chain([out.to_str().unwrap()]).chain(options.iter().copied());
    Cli::parse_from(line).execute_with(&Registry::default(), Box::new(stop))
}

fn metrics(dir: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(dir.join("metrics.json")).unwrap()).unwrap()
}

fn of_model(out: &Path, model: &str) -> PathBuf {
    out.join("models").join(model)
}

#[test]
fn the_nearest_on_unseen_sweeps_is_the_result() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    // A constant threshold and no after-spike currents cannot have both sweeps of this cell: that fit fails, and the run goes on.
    run(&out, "lif, glif3", &[], |_| false).unwrap();
    let found = metrics(&out);
    let rows = found["comparison"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["model"].as_str().unwrap()).collect();
    assert_eq!((names, &found["model"]), (vec!["glif3", "lif"], &"glif3".into()), "{rows:?}");
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&"ok".into(), &"failed".into()));
    assert!(rows[1]["reason"].as_str().unwrap().contains("sweep 185"), "{rows:?}");
    let number = |k: usize, key: &str| rows[k][key].as_f64().unwrap();
    assert!(number(0, "distance_test") < number(1, "distance_test"));
    assert!(number(0, "bic") < number(1, "bic"), "after-spike currents are worth their parameters");
    // The folder is that of a run of the best model alone, and the others keep theirs.
    let best = metrics(&of_model(&out, "glif3"));
    assert_eq!((&best["params"], &best["sweeps"]), (&found["params"], &found["sweeps"]));
    assert!(best.get("comparison").is_none());
    for file in best["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()) {
        let read = |dir: &Path| std::fs::read(dir.join(file)).unwrap();
        assert!(file == "metrics.json" || read(&out) == read(&of_model(&out, "glif3")), "{file}");
    }
    let table = std::fs::read_to_string(out.join("comparison.csv")).unwrap();
    assert!(table.lines().nth(1).unwrap().starts_with("glif3,ok,"), "{table}");
    assert!(of_model(&out, "lif").join("fit.png").exists());

    // A run of one model removes all that.
    run(&out, "glif3", &[], |_| false).unwrap();
    assert!(metrics(&out).get("comparison").is_none());
    assert!(!out.join("models").exists() && !out.join("comparison.csv").exists());
    assert_eq!(metrics(&out)["params"], found["params"]);
}

#[test]
fn it_fails_only_where_every_model_does() {
    let dir = tempfile::tempdir().unwrap();
    let error = run(dir.path(), "lif,glif1", &[], |_| false).unwrap_err();
    assert_eq!(Cli::fault(&error), Some(Fault::Program));
    let failure = error.downcast_ref::<Failure>().unwrap();
    assert!(failure.reason.contains("no model of 2 can be used"), "{failure}");
    assert_eq!(metrics(dir.path())["comparison"].as_array().unwrap().len(), 2);
    assert!(dir.path().join("fit.png").exists());
}

#[test]
fn names_are_checked_before_anything_is_fitted() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for (models, words) in [("lif,giff", "did you mean `gif`"), ("lif,lif", "named twice"), ("aut", "`auto`")] {
        let error = run(&out, models, &[], |_| false).unwrap_err().to_string();
        assert!(error.contains(words), "{models}: {error}");
    }
    assert!(!out.exists());
    let config = |text: &str| brain_core::config::parse("fit.yaml", text, &[""; 0]).unwrap();
    let registry = Registry::default();
    let automatic = registry.asked_for(&config("model: auto")).unwrap();
    assert_eq!(automatic, registry.automatic);
    assert!(automatic.len() > 2 && automatic.iter().all(|name| registry.models.find(name).is_ok()));
}

#[test]
fn an_interrupted_comparison_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, out) = (dir.path().join("whole"), dir.path().join("out"));
    run(&whole, "lif,glif3", &[], |_| false).unwrap();
    // In the second model: the first takes fewer steps.
    let steps = |model: &str| {
        let log = std::fs::read_to_string(of_model(&whole, model).join("log.csv")).unwrap();
        log.lines().count() as u64 - 1
    };
    let last = steps("lif") + 2;
    assert!(last < steps("glif3"), "{last}");
    let error = run(&out, "lif,glif3", &[], move |step| step == last).unwrap_err();
    let Some(FitError::Interrupted(at)) = error.downcast_ref::<FitError>() else { panic!("{error}") };
    assert!(at.after.contains("glif3") && at.dir == out, "{at}");
    assert!(!out.join("metrics.json").exists());
    run(&out, "lif,glif3", &["--resume"], |_| false).unwrap();
    for key in ["model", "params", "sweeps"] {
        assert_eq!(metrics(&out)[key], metrics(&whole)[key], "{key}");
    }
}
