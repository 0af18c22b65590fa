//! These tests compare networks with known activity: that of a formula, of other simulators, or of the reference code.

use brain_core::Seed;
use brain_net::analysis::Siegert;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

fn config(name: &str) -> String {
    format!("{}/config/{name}.yaml", env!("CARGO_MANIFEST_DIR"))
}

fn ran(config: &str, out: &Path, sets: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brain-net"));
    // The networks are small, so that several threads would mostly wait for each other.
    command.args(["run", config, "--quiet", "--threads", "1", "--out", &out.display().to_string()]);
    command.args(sets.iter().chain(&["simulation.raster=0 ms"]).flat_map(|s| ["--set", s]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&std::fs::read(out.join("metrics.json")).unwrap()).unwrap()
}

fn rate(metrics: &Value, population: &str) -> f64 {
    metrics["rate_hz"][population].as_f64().unwrap()
}

/// Neurons without synapses that are driven by events have the rate of Siegert's formula: within 3 % where the mean is
/// at or above threshold, and within 7 % below it, where the finite size of events matters more.
#[test]
fn driven_neurons_have_the_analytic_rate() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("c.yaml"), dir.path().join("out"));
    let neuron = Siegert {
        tau_m_ms: 10.0,
        tau_syn_ms: 0.5,
        t_ref_ms: 2.0,
        threshold_mv: 15.0,
        reset_mv: 0.0,
        mu_mv: 0.0,
        sigma_mv: 0.0,
    };
    // A neuron sees the current of the beginning of a step for the whole of it: an event of w pA, which decays in 0.5
    // ms, brings w dt / (1 - exp(-dt / 0.5 ms)), 5 % more than w 0.5 ms.
    let charge_ms = 0.05 / (1.0 - (-0.05f64 / 0.5).exp());
    for (rate_hz, jump_mv, error) in [(13_500.0, 0.1, 0.07), (15_000.0, 0.1, 0.03), (20_000.0, 0.1, 0.03)] {
        let weight = jump_mv * 250.0 / charge_ms;
        let yaml = format!(
            "source: rules\ndt: 0.05 ms\npopulations: [{{name: E, size: 200}}]\nneurons:\n  E: {{model: lif-psc-exp, params: {{C: 250 pF, tau_m: 10 ms, E_L: -65 mV, V_th: -50 mV, V_reset: -65 mV, t_ref: 2 ms, exc_tau: 0.5 ms}}}}\nsimulation:\n  duration: 1.7 s\n  inputs: [{{kind: poisson, to: E, rate: {rate_hz} Hz, weight: {weight}}}]\n"
        );
        std::fs::write(&file, yaml).unwrap();
        let found = rate(&ran(&file.display().to_string(), &out, &[]), "E");
        let expected = neuron.with_events(rate_hz, jump_mv).rate_hz();
        println!("{rate_hz} Hz of {jump_mv} mV: {found:.3} Hz, formula {expected:.3} Hz");
        assert!((found / expected - 1.0).abs() < error, "{found} Hz, formula {expected} Hz");
        // The test distinguishes inputs that differ by a tenth.
        for off in [0.9, 1.1] {
            let other = neuron.with_events(off * rate_hz, jump_mv).rate_hz();
            assert!((found / other - 1.0).abs() > 0.1, "{found} Hz, with {off} of the events {other} Hz");
        }
    }
}

/// The COBA network spikes irregularly at the rate of other simulators: 20 to 24 Hz (21.3 +- 1.7 Hz over seeds).
#[test]
fn coba_has_the_peers_rate() {
    let dir = tempfile::tempdir().unwrap();
    let rates: Vec<f64> = (1..=3)
        .map(|seed| {
            let m = ran(&config("coba"), dir.path(), &[&format!("seed={seed}")]);
            assert!((300_000..340_000).contains(&m["synapses"].as_u64().unwrap()));
            assert!(m["isi_cv"].as_f64().unwrap() > 0.7, "irregular: {}", m["isi_cv"]);
            m["activity_all"]["rate_hz"].as_f64().unwrap()
        })
        .collect();
    println!("{rates:?}");
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    assert!((20.0..24.0).contains(&mean), "{rates:?}");
}

/// Draws a trial of evidence accumulation as spikes of 100 channels: seven cues of 100 ms at 40 Hz on the left or the
/// right, each after 50 ms, a delay of 1 s, and recall of 150 ms at 40 Hz, with noise at 10 Hz throughout.
fn trial(seed: Seed) -> String {
    let left_is_likely = seed.child("side").at(0).uniform() < 0.5;
    let chance = if left_is_likely { 0.7 } else { 0.3 };
    let left: Vec<bool> = (0..7).map(|k| seed.child("cue").at(k).uniform() < chance).collect();
    let mut text = "population,neuron,time_ms\n".to_owned();
    for step in 0..2200u64 {
        for channel in 0..100u64 {
            let cue = (step < 1050 && step % 150 >= 50).then(|| left[step as usize / 150]);
            let hz = match channel / 25 {
                0 if cue == Some(true) => 40.0,
                1 if cue == Some(false) => 40.0,
                2 if step >= 2050 => 40.0,
                3 => 10.0,
                _ => 0.0,
            };
            if hz > 0.0 && seed.child("spikes").at(step * 100 + channel).uniform() < hz * 1e-3 {
                // Writing to a string does not fail.
                let _ = writeln!(text, "input,{channel},{}", step + 1);
            }
        }
    }
    text
}

/// The untrained network has the rates of the reference code in a batch of eight trials: 1.10 Hz in E and 1.16 Hz in I,
/// 1.85 Hz during the cues, 0.004 Hz in the delay, and 3.39 Hz at recall.
#[test]
fn the_papers_network_spikes_as_the_reference() {
    let dir = tempfile::tempdir().unwrap();
    let (yaml, csv, out) = (dir.path().join("paper.yaml"), dir.path().join("in.csv"), dir.path().join("out"));
    let text = std::fs::read_to_string(config("paper")).unwrap();
    let poisson = "{kind: poisson, to: input, rate: 12.5 Hz}";
    assert!(text.contains(poisson));
    std::fs::write(&yaml, text.replace(poisson, "{kind: spikes, to: input, file: in.csv}")).unwrap();
    let trials = 8;
    let mut counts = [[0.0; 3]; 2];
    for k in 0..trials {
        std::fs::write(&csv, trial(Seed::new(7).nth(k))).unwrap();
        ran(&yaml.display().to_string(), &out, &["simulation.transient=0 ms"]);
        for line in std::fs::read_to_string(out.join("spikes.csv")).unwrap().lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let ms: f64 = cells[2].parse().unwrap();
            let period = if ms <= 1050.0 { 0 } else { 1 + usize::from(ms > 2050.0) };
            counts[usize::from(cells[0] == "I")][period] += 1.0;
        }
    }
    let hz = |spikes: f64, neurons: f64, ms: f64| spikes / (neurons * ms * 1e-3 * trials as f64);
    let each = [(0, 160.0), (1, 40.0)].map(|(p, n)| hz(counts[p].iter().sum(), n, 2200.0));
    let periods = [(0, 1050.0), (1, 1000.0), (2, 150.0)].map(|(k, ms)| hz(counts[0][k] + counts[1][k], 200.0, ms));
    println!("E and I {each:.3?} Hz; cues, delay, recall {periods:.4?} Hz");
    for (found, reference) in each.into_iter().zip([1.10, 1.16]).chain([(periods[0], 1.85), (periods[2], 3.39)]) {
        assert!((found / reference - 1.0).abs() < 0.15, "{found} Hz, reference {reference} Hz");
    }
    assert!(periods[1] < 0.02, "{} Hz, reference 0.004 Hz", periods[1]);
}
