//! These tests fit, build and train with the members of this crate by the ordinary command lines.

use brain_core::Checkpoint;
use brain_core::cli::Program;
use brain_net::AnatomicalNetwork;
use clap::Parser;
use kernels::network::{PerNeuron, PopulationKind};
use kernels::{Forward, Level, Run, Series, Spread};
use outside::commands::Cli;
use outside::{IZHIKEVICH, registry};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

fn config(name: &str) -> String {
    format!("{}/config/{name}.yaml", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a command line of `outside` that writes to a folder, and returns the `metrics.json` in it.
fn run(line: &[&str], out: &Path) -> Value {
    let out = out.to_str().unwrap();
    let line = [&["outside"], line, &["--out", out, "--quiet"]].concat();
    Cli::try_parse_from(line).unwrap_or_else(|e| panic!("{e}")).execute().unwrap();
    serde_json::from_slice(&std::fs::read(Path::new(out).join("metrics.json")).unwrap()).unwrap()
}

/// Runs a neuron with `a` of 0.05, `b` of 0.22 and `d` of 6 for 600 ms under a current, mV/ms, and returns its
/// potential every 0.1 ms as rows of a CSV; each sample is off by some mV.
fn sweep(name: u32, current: impl Fn(f64) -> f64, off: impl Fn(usize) -> f64) -> String {
    let (fine, dt, samples) = (10, 0.01, 6000);
    let mut params: Vec<f64> = IZHIKEVICH.param.iter().map(|f| f.default).collect();
    (params[0], params[1], params[3]) = (0.05, 0.22, 6.0);
    let drive: Vec<f64> = (0..samples * fine).map(|t| current((t / fine) as f64 * 0.1)).collect();
    let mut rows = vec![0.0; drive.len()];
    let run = Run {
        dt,
        steps: drive.len(),
        batch: 1,
        neurons: 1,
        start: &[-70.0, -13.0],
        drive: Series { data: &drive, spread: Spread::Shared },
        params: &params,
        level: Level::best(),
    };
    IZHIKEVICH.forward(&run, Forward { record: &[0], rows: &mut rows, end: &mut [] }).unwrap();
    let mut text = String::new();
    for k in 0..samples {
        let v = if k == 0 { -70.0 } else { rows[k * fine - 1] } + off(k);
        writeln!(text, "{name},{:.1},{},{v}", k as f64 * 0.1, 100.0 * drive[k * fine]).unwrap();
    }
    text
}

/// Writes a recording of that cell to the file `name`: below threshold, where some samples are off by so many mV, and
/// spiking.
fn recording(dir: &Path, name: &str, off_mv: f64) -> String {
    let step = |ms: f64| if (100.0..500.0).contains(&ms) { 1.0 } else { 0.0 };
    let artefact = |k: usize| if k % 29 == 17 { off_mv } else { 0.0 };
    let below = sweep(1, |ms| step(ms) * 1.5 * (ms / 30.0).sin(), artefact);
    let spiking = sweep(2, |ms| step(ms) * 8.0, |_| 0.0);
    let file = dir.join(name);
    std::fs::write(&file, format!("sweep,time_ms,current_pa,voltage_mv\n{below}{spiking}")).unwrap();
    file.display().to_string()
}

#[test]
fn the_fit_recovers_the_cell_that_was_recorded_and_networks_are_made_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let cell = recording(dir.path(), "cell.csv", 0.0);
    let metrics = run(&["fit", "run", &config("fit"), "--data", &cell], &dir.path().join("fit"));
    let value = |name: &str| metrics["params"][name]["value"].as_f64().unwrap();
    assert_eq!(
        (metrics["model"].as_str(), metrics["strategy"].as_str()),
        (Some("izhikevich"), Some("voltage-windows"))
    );
    assert!((value("a") / 0.05 - 1.0).abs() < 0.01 && (value("b") / 0.22 - 1.0).abs() < 0.01, "{metrics}");

    // Spikes determine what a spike does to the neuron.
    let known = ["--set", "voltage.fixed={a: 0.05, b: 0.22}", "--set", "voltage.fit=[d]"];
    let evolve = ["--set", "strategy=differential-evolution", "--fit-sweeps", "2", "--test-sweeps", "1"];
    let fit = config("fit");
    let line = [&["fit", "run", &fit, "--data", &cell][..], &known, &evolve].concat();
    let evolved = run(&line, &dir.path().join("evolved"));
    assert_eq!(evolved["strategy"].as_str(), Some("differential-evolution"));
    assert!((evolved["params"]["d"]["value"].as_f64().unwrap() / 6.0 - 1.0).abs() < 0.02, "{evolved}");
    let spikes = &evolved["sweeps"][0];
    assert!(spikes["spikes_data"].as_u64().unwrap() > 5 && spikes["spikes_data"] == spikes["spikes_model"], "{spikes}");

    let fitted = dir.path().join("fit/model.safetensors").display().to_string();
    let line = ["net", "build", &config("network"), "--set"];
    let set = format!("neurons.E={{model: izhikevich, cells: [{fitted}]}}");
    run(&[&line[..], &[&set]].concat(), &dir.path().join("net"));
    let mut checkpoint = Checkpoint::load(&dir.path().join("net/network.safetensors")).unwrap();
    let network = AnatomicalNetwork::from_checkpoint(&mut checkpoint).unwrap();
    let PopulationKind::Named { params, .. } = &network.graph.populations[0].kind else { panic!("a name") };
    assert_eq!(params["a"], PerNeuron::Same(value("a")));
}

#[test]
fn a_fit_by_the_loss_forgives_samples_that_are_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let (cell, fit) = (recording(dir.path(), "artefacts.csv", 25.0), config("fit"));
    let error = |set: &[&str], name: &str| {
        let line = [&["fit", "run", &fit, "--data", &cell, "--set", "voltage.windows=[1]"], set].concat();
        let metrics = run(&line, &dir.path().join(name));
        let away = |name: &str, truth: f64| (metrics["params"][name]["value"].as_f64().unwrap() / truth - 1.0).abs();
        (away("a", 0.05).max(away("b", 0.22)), metrics["loss_unit"].as_str().unwrap().to_owned())
    };
    let (squares, unit) = error(&[], "squares");
    assert!(squares > 0.3 && unit == "mV2", "{squares} {unit}");
    let (log_cosh, unit) = error(&["--set", "loss=log-cosh"], "log-cosh");
    assert!(log_cosh < 0.05 && unit == "1", "{log_cosh} {unit}");

    let other = ["--set", "loss=log-cosh", "--set", "strategy=spike-timing"];
    let line = [&["outside", "fit", "run", &fit, "--data", &cell], &other[..]].concat();
    let error = Cli::try_parse_from(line).unwrap().execute().unwrap_err().to_string();
    let words = ["`spike-timing` needs least squares", "`log-cosh`", "`strategy: voltage-windows` does"];
    assert!(words.iter().all(|w| error.contains(w)), "{error}");
}

#[test]
fn a_network_of_the_neuron_and_the_rule_is_built_and_runs() {
    let dir = tempfile::tempdir().unwrap();
    let built = run(&["net", "build", &config("network")], &dir.path().join("built"));
    assert_eq!(built["neurons"].as_u64(), Some(100));
    let file = dir.path().join("built/network.safetensors");
    let mut checkpoint = Checkpoint::load(&file).unwrap();
    let network = AnatomicalNetwork::from_checkpoint(&mut checkpoint).unwrap();
    assert_eq!(network.projection("E-E").unwrap().synapses(), 80 * 8);
    let models: Vec<_> = checkpoint.meta.models.iter().map(|m| (m.model.as_str(), m.doi.as_str())).collect();
    assert_eq!(models, [("izhikevich", "10.1109/TNN.2003.820440"); 2]);

    let ran = run(&["net", "run", &config("network")], &dir.path().join("ran"));
    let hz = |metrics: &Value, name: &str| metrics["rate_hz"][name].as_f64().unwrap();
    assert!((2.0..40.0).contains(&hz(&ran, "E")) && hz(&ran, "I") > 0.5, "{}", ran["rate_hz"]);
    // The network that was built runs as the one that its config describes.
    let again = run(&["net", "run", file.to_str().unwrap()], &dir.path().join("again"));
    assert_eq!(again["rate_hz"], ran["rate_hz"]);
    // The receptor of this crate carries a part of it.
    let without = ["net", "run", &config("network"), "--set", "simulation.synapses={}"];
    let without = run(&without, &dir.path().join("without"));
    assert!(hz(&without, "E") != hz(&ran, "E"), "{} {}", without["rate_hz"], ran["rate_hz"]);

    let line = ["brain-net", "build", &config("network"), "--print-config"];
    let alone = brain_net::commands::Cli::try_parse_from(line).unwrap();
    let error = alone.execute_with(&brain_net::Registry::default()).unwrap_err().to_string();
    assert!(error.contains("unknown key"), "the program alone has no such rule: {error}");
}

#[test]
fn the_task_is_learnt_by_the_rule_and_the_loss() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("task");
    let metrics = run(&["task", "train", &config("task")], &out);
    let named = ["task", "rule"].map(|key| metrics[key].as_str().unwrap());
    assert_eq!(named, ["magnitude-estimation", "rflo"]);
    let file = out.join("trained.safetensors");
    let trained = Checkpoint::load(&file).unwrap();
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let (first, last) = (mean(&trained.history[..5]), mean(&trained.history[trained.history.len() - 10..]));
    assert!(last < 0.3 * first, "the loss fell from {first} to {last}");
    let (right, chance) = (metrics["accuracy_fresh"].as_f64().unwrap(), metrics["chance"].as_f64().unwrap());
    // The margin is three standard errors of 256 trials.
    assert!(right > chance + 0.1, "{right} right, {chance} by chance");
    // The synapses of the network learn, not only the readout.
    let moved = ["weight_dist", "weight_dist_before"].map(|key| metrics[key].to_string());
    assert_ne!(moved[0], moved[1]);

    let line = ["outside", "task", "eval", file.to_str().unwrap(), "--trials", "32"];
    Cli::try_parse_from(line).unwrap().execute().unwrap();
    let alone = brain_task::commands::Cli::try_parse_from(["brain-task", "train", &config("task"), "--print-config"]);
    let error = alone.unwrap().execute_with(&brain_task::Registry::default()).unwrap_err().to_string();
    assert!(error.contains("magnitude-estimation"), "the program alone has no such task: {error}");
    assert_eq!(registry::task().rules.names().last(), Some("rflo"));
}
