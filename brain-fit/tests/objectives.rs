//! A config chooses an objective of the free run, and a model is fitted by it.

use brain_core::{Backend, config};
use brain_fit::fit::state::FitSession;
use brain_fit::fit::sweep::FitSweep;
use brain_fit::fit::{FitConfig, FitError, FitTask, Registry, Resolved};

mod simulated;

const DT: f64 = 0.1;
/// What is fitted, with the bounds and the values that made the data.
const FITTED: &str =
    "t_ref: 2 ms\nvoltage: {starts: 24, fit: [tau_m, V_th]}\nbounds: {tau_m: [8, 25], V_th: [-55, -48]}\n";
const TRUTH: [(&str, f64); 2] = [("tau_m", 15.0), ("V_th", -52.0)];

fn resolve(text: &str) -> Result<Resolved, FitError> {
    let mut config = config::parse::<FitConfig>("fit.yaml", text, &[""; 0]).unwrap();
    FitConfig::resolve(&mut config, &Registry::default(), &Backend::default())
}

/// Levels of the current, each 30 ms long: an irregular train does not look like itself a spike later.
const LEVELS: [[f64; 10]; 2] = [
    [350.0, 600.0, 420.0, 800.0, 500.0, 300.0, 700.0, 450.0, 550.0, 380.0],
    [700.0, 400.0, 500.0, 350.0, 650.0, 900.0, 320.0, 480.0, 380.0, 600.0],
];

/// What the cell does under currents of these levels times `scale`, from 50 to 350 ms of 400.
fn sweeps(resolved: &Resolved, scale: f64) -> Vec<FitSweep> {
    let model = resolved.subject.model();
    let mut truth: Vec<f64> = model.param.iter().map(|f| f.default).collect();
    TRUTH.iter().for_each(|(name, value)| truth[model.parameter(name).unwrap()] = *value);
    let current = |levels: [f64; 10]| {
        let at = |k: usize| if (500..3500).contains(&k) { scale * levels[(k - 500) / 300] } else { 0.0 };
        (0..4001).map(at).collect()
    };
    LEVELS.map(|levels| simulated::sweep(&resolved.subject, &truth, current(levels), DT, 4)).to_vec()
}

/// Fits to such currents; gives what was found with the values that made the data.
fn fit(text: &str, scale: f64) -> [(f64, f64); 2] {
    let resolved = resolve(text).unwrap();
    assert_eq!(resolved.strategy.name(), "free-run");
    let sweeps = sweeps(&resolved, scale);
    let task = FitTask { subject: &resolved.subject, settings: &resolved.settings, sweeps: &sweeps };
    let mut session = FitSession::unsaved().with_optimiser(&resolved.settings);
    let outcome = resolved.strategy.fit(&task, &mut session).unwrap();
    let value = |name: &str| outcome.params.iter().find(|p| p.name == name).unwrap().value;
    let found = TRUTH.map(|(name, truth)| (value(name), truth));
    let spikes: Vec<usize> = sweeps.iter().map(|s| s.spikes.len()).collect();
    println!("{text}{found:?}, loss {}, {spikes:?} spikes", outcome.loss);
    found
}

fn within(found: (f64, f64), part: f64) -> bool {
    (found.0 / found.1 - 1.0).abs() < part
}

#[test]
fn every_objective_finds_the_parameters() {
    for (objective, part) in [
        ("{van-rossum: {tau: 20 ms}}", 0.02),
        ("soft-coincidence", 0.02),
        ("coincidence", 0.1),
        ("{features: {of: {Spikecount: 0.5, time_to_first_spike: 1, time_to_last_spike: 2, inv_first_ISI: 1}}}", 0.1),
        ("{paper-spikes: {delta: 2}}", 0.1),
        ("{sum: {of: [{objective: {van-rossum: {tau: 20 ms}}}, {objective: potential, weight: 0.01}]}}", 0.02),
    ] {
        let found = fit(&format!("model: lif\nobjective: {objective}\n{FITTED}"), 1.0);
        assert!(found.iter().all(|found| within(*found, part)), "{objective}: {found:?}");
    }
    // Without a spike, the potential tells the time constant, and nothing of the threshold.
    let found = fit(&format!("model: lif\nobjective: {{potential: {{every: 7}}}}\n{FITTED}"), 0.2);
    assert!(within(found[0], 0.01), "{found:?}");
}

#[test]
fn gradients_lead_there_too() {
    // A model without a threshold among its outputs spikes on the grid: its times change in small steps.
    let objective = "objective: {van-rossum: {tau: 40 ms}}\nthreshold: {dt: 0.01}";
    let found = fit(&format!("model: lif\n{objective}\noptimiser: l-bfgs-b\n{FITTED}"), 1.0);
    assert!(found.iter().all(|found| within(*found, 0.06)), "{found:?}");
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let refused = |text: &str| resolve(text).err().unwrap().to_string();
    let error = refused("model: lif\nobjective: paper-spikes\noptimiser: l-bfgs-b");
    let words = ["fit.yaml:2: objective", "zero by construction", "`l-bfgs-b`", "`cma-es`"];
    assert!(words.iter().all(|word| error.contains(word)), "{error}");
    assert!(!error.contains("`adam`"), "{error}");
    let error = refused(
        "model: lif\nobjective: {sum: {of: [{objective: van-rossum}, {objective: features}]}}\noptimiser: adam",
    );
    assert!(error.contains("`features` is part of it"), "{error}");
    let error = refused("model: lif\nobjective: van-rossum\noptimiser: levenberg-marquardt");
    assert!(error.contains("no sum of squares"), "{error}");
    let error = refused("model: lif\nstrategy: spike-forced\nobjective: van-rossum");
    assert!(error.contains("`spike-forced` has objectives of its own"), "{error}");
    assert!(matches!(resolve("model: lif\nstrategy: free-run"), Err(FitError::NoObjective)));
    let error = refused("model: lif\nobjective: {features: {of: {Spikecont: 1}}}");
    assert!(error.contains("did you mean `Spikecount`"), "{error}");
    assert_eq!(resolve("model: lif").unwrap().strategy.name(), "spike-forced");
}
