//! A config chooses an objective of the free run, and a model is fitted by it.

use brain_core::{Backend, config};
use brain_fit::fit::state::FitSession;
use brain_fit::fit::sweep::FitSweep;
use brain_fit::fit::{FitConfig, FitError, FitTask, Outcome, Registry, Resolved};

mod simulated;

const DT: f64 = 0.1;
/// What is fitted, with the bounds and the values that made the data.
const FITTED: &str =
    "t_ref: 2 ms\nvoltage: {starts: 24, fit: [tau_m, V_th]}\nbounds: {tau_m: [5, 40], V_th: [-60, -45]}\n";
const TRUTH: [(&str, f64); 2] = [("tau_m", 15.0), ("V_th", -52.0)];

fn resolve(text: &str) -> Result<Resolved, FitError> {
    let mut config = config::parse::<FitConfig>("fit.yaml", text, &[""; 0]).unwrap();
    FitConfig::resolve(&mut config, &Registry::default(), &Backend::default())
}

/// A cell under three steps.
fn sweeps(resolved: &Resolved) -> Vec<FitSweep> {
    let model = resolved.subject.model();
    let mut truth: Vec<f64> = model.param.iter().map(|f| f.default).collect();
    TRUTH.iter().for_each(|(name, value)| truth[model.parameter(name).unwrap()] = *value);
    let step = |i| simulated::sweep(&resolved.subject, &truth, simulated::step(i, 500, 3500, 4001), DT, 4);
    [350.0, 500.0, 700.0].map(step).to_vec()
}

fn fit(text: &str) -> Outcome {
    let resolved = resolve(text).unwrap();
    assert_eq!(resolved.strategy.name(), "free-run");
    let sweeps = sweeps(&resolved);
    assert!(sweeps.iter().all(|s| s.spikes.len() > 4));
    let task = FitTask { subject: &resolved.subject, settings: &resolved.settings, sweeps: &sweeps };
    let mut session = FitSession::unsaved().with_optimiser(&resolved.settings);
    resolved.strategy.fit(&task, &mut session).unwrap()
}

#[test]
fn every_objective_finds_the_parameters() {
    for (objective, within) in [
        ("{van-rossum: {tau: 20 ms}}", 0.02),
        ("soft-coincidence", 0.02),
        ("coincidence", 0.05),
        ("potential", 0.02),
        ("{features: {of: {Spikecount: 0.5, time_to_first_spike: 1, time_to_last_spike: 2, inv_first_ISI: 1}}}", 0.1),
        ("{paper-spikes: {delta: 1}}", 0.1),
        ("{sum: {of: [{objective: {van-rossum: {tau: 20 ms}}}, {objective: potential, weight: 0.1}]}}", 0.02),
    ] {
        let outcome = fit(&format!("model: lif\nobjective: {objective}\n{FITTED}"));
        let value = |name: &str| outcome.params.iter().find(|p| p.name == name).unwrap().value;
        let found = TRUTH.map(|(name, truth)| (value(name), truth));
        println!("{objective}: {found:?}, loss {}", outcome.loss);
        assert!(found.iter().all(|(found, truth)| (found / truth - 1.0).abs() < within), "{objective}: {found:?}");
    }
}

#[test]
fn gradients_lead_there_too() {
    for optimiser in ["l-bfgs-b", "{adam: {iterations: 150}}"] {
        let text = format!("model: lif\nobjective: {{van-rossum: {{tau: 40 ms}}}}\noptimiser: {optimiser}\n{FITTED}");
        let outcome = fit(&text);
        let value = |name: &str| outcome.params.iter().find(|p| p.name == name).unwrap().value;
        let found = TRUTH.map(|(name, truth)| (value(name), truth));
        println!("{optimiser}: {found:?}, loss {}", outcome.loss);
        assert!(found.iter().all(|(found, truth)| (found / truth - 1.0).abs() < 0.03), "{optimiser}: {found:?}");
    }
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
