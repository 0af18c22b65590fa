//! Every kind of model is fitted by the strategy that suits it, and the parameters that made the data are found again.

use brain_core::{Backend, Checkpoint, Models, Output};
use brain_fit::fit::settings::Voltage;
use brain_fit::fit::state::FitSession;
use brain_fit::fit::sweep::FitSweep;
use brain_fit::fit::{FitSettings, FitTask, Outcome, Registry, Subject};
use std::collections::BTreeMap;

mod simulated;

/// Sampling interval of the recordings, ms.
const DT: f64 = 0.1;

/// A model with known parameters, and sweeps of it.
struct Cell {
    subject: Subject,
    registry: Registry,
    settings: FitSettings,
    truth: Vec<f64>,
    sweeps: Vec<FitSweep>,
}

impl Cell {
    /// The cell `name` with some parameters in place of its defaults under steps of current, in the model's unit, that last
    /// from 50 to 350 ms of 400.
    fn new(registry: Registry, name: &str, set: &[(&str, f64)], steps: &[f64]) -> Self {
        let subject = Subject::new(&registry.models, name, -10.0, &Backend::default()).unwrap();
        let model = subject.model();
        let mut truth: Vec<f64> = model.param.iter().map(|f| f.default).collect();
        set.iter().for_each(|(name, value)| truth[model.parameter(name).unwrap()] = *value);
        let settings = FitSettings::of_model(model.param);
        let mut cell = Cell { subject, registry, settings, truth, sweeps: Vec::new() };
        cell.sweeps = steps.iter().map(|&i| cell.sweep(i)).collect();
        cell
    }

    /// What the cell does under a step. It is simulated more finely than it is sampled.
    fn sweep(&self, amplitude: f64) -> FitSweep {
        simulated::sweep(&self.subject, &self.truth, simulated::step(amplitude, 500, 3500, 4001), DT, 4)
    }

    /// Fits all parameters but those named, which keep the values that made the data.
    fn fit_all_but(&mut self, held: &[&str]) -> Outcome {
        for name in held {
            let row = self.subject.model().parameter(name).unwrap();
            self.settings.held[row] = true;
            self.settings.values[row] = self.truth[row];
        }
        self.fit()
    }

    /// Fits the parameters named; the others keep the values that made the data.
    fn fit_only(&mut self, fitted: &[&str]) -> Outcome {
        self.settings.values = self.truth.clone();
        self.settings.fitted = fitted.iter().map(|name| self.subject.model().parameter(name).unwrap()).collect();
        self.fit()
    }

    fn fit(&self) -> Outcome {
        let strategy = self.registry.strategy_for(&self.subject).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let output = Output::create(dir.path()).unwrap();
        let mut session = FitSession::new(output, Checkpoint::default(), None, true, Box::new(|_| false)).unwrap();
        let task = FitTask { subject: &self.subject, settings: &self.settings, sweeps: &self.sweeps };
        let outcome = strategy.fit(&task, &mut session).unwrap();
        println!("{}: loss {} {}", strategy.name(), outcome.loss, outcome.loss_unit);
        for (p, truth) in outcome.params.iter().zip(&self.truth) {
            println!("  {} = {} {} (truth {truth}, error {:?})", p.name, p.value, p.unit, p.std_error);
        }
        outcome
    }

    fn strategy(&self) -> &'static str {
        self.registry.strategy_for(&self.subject).unwrap().name()
    }

    /// The largest error of the parameters named, as a part of their true values.
    fn error(&self, outcome: &Outcome, of: &[&str]) -> f64 {
        let row = |name: &&str| self.subject.model().parameter(name).unwrap();
        let error = |row: usize| (outcome.params[row].value / self.truth[row] - 1.0).abs();
        of.iter().map(row).map(error).fold(0.0, f64::max)
    }
}

#[test]
fn lif_is_recovered() {
    let truth = [("C", 150.0), ("E_L", -68.0), ("tau_m", 15.0), ("V_th", -50.0), ("V_reset", -62.0), ("t_ref", 3.0)];
    let mut cell = Cell::new(Registry::default(), "lif", &truth, &[150.0, 220.0, 320.0]);
    assert!(cell.sweeps[0].spikes.is_empty() && cell.sweeps[2].spikes.len() > 5);
    assert_eq!(cell.strategy(), "spike-forced");
    let outcome = cell.fit_all_but(&["t_ref"]);
    assert!(cell.error(&outcome, &["C", "E_L", "tau_m", "V_reset"]) < 0.02);
    assert!(cell.error(&outcome, &["V_th"]) < 0.01);
    assert!(outcome.params.iter().filter(|p| p.name != "t_ref").all(|p| p.identifiable));
}

/// Data without the shape of spikes do not tell how long these last; the rate at strong currents does.
#[test]
fn the_refractory_period_is_recovered_from_spike_times() {
    let truth = [("V_th", -50.0), ("t_ref", 6.0)];
    let mut cell = Cell::new(Registry::default(), "lif", &truth, &[600.0, 900.0, 1500.0]);
    assert!(cell.sweeps[2].spikes.len() > 20);
    let outcome = cell.fit_only(&["V_th"]);
    assert!(cell.error(&outcome, &["V_th"]) < 0.01 && cell.error(&outcome, &["t_ref"]) < 0.05);
}

#[test]
fn glif3_is_recovered() {
    let truth = [
        ("c", 80.0),
        ("g", 4.0),
        ("E_L", -72.0),
        ("V_th", -48.0),
        ("V_reset", -60.0),
        ("k_1", 0.01),
        ("k_2", 0.1),
        ("a_1", -6.0),
        ("a_2", -30.0),
    ];
    let mut cell = Cell::new(Registry::default(), "glif3", &truth, &[80.0, 140.0, 220.0]);
    assert!(cell.sweeps[0].spikes.is_empty() && cell.sweeps[2].spikes.len() > 5);
    assert_eq!(cell.strategy(), "spike-forced");
    let outcome = cell.fit_all_but(&["t_ref"]);
    assert!(cell.error(&outcome, &["c", "g", "E_L", "V_reset"]) < 0.03);
    assert!(cell.error(&outcome, &["V_th"]) < 0.01);
    // The two after-spike currents have no order.
    let value = |name| outcome.params.iter().find(|p| p.name == name).unwrap().value;
    let mut currents = [(value("k_1"), value("a_1")), (value("k_2"), value("a_2"))];
    currents.sort_by(|a, b| a.0.total_cmp(&b.0));
    let near = |found: f64, truth: f64| (found / truth - 1.0).abs() < 0.15;
    assert!(near(currents[0].0, 0.01) && near(currents[0].1, -6.0), "{currents:?}");
    assert!(near(currents[1].0, 0.1) && near(currents[1].1, -30.0), "{currents:?}");
}

#[test]
fn gif_is_recovered() {
    let truth = [("E_L", -68.0), ("c_m", 150.0), ("V_th", -46.0)];
    let mut cell = Cell::new(Registry::default(), "gif", &truth, &[150.0, 320.0, 450.0]);
    assert!(cell.sweeps[0].spikes.is_empty() && cell.sweeps[2].spikes.len() > 5);
    assert_eq!(cell.strategy(), "moving-threshold");
    cell.settings.t_ref = Some(4.0);
    let outcome = cell.fit();
    assert!(cell.error(&outcome, &["c_m", "g_L", "E_L", "V_reset"]) < 0.05);
    let spikes = |sweep: &FitSweep, params: &[f64]| {
        cell.subject.free.spike_times(sweep, params, 0.05).unwrap().remove(0).times.len()
    };
    let unseen = cell.sweep(380.0);
    let (found, wanted) = (spikes(&unseen, &outcome.values()), unseen.spikes.len());
    assert!(wanted > 5 && found.abs_diff(wanted) <= 1, "{found} spikes for {wanted}");
}

#[test]
fn gif_paper_is_recovered_without_its_spikes_given() {
    let truth = [("R", 35.0), ("tau", 15.0), ("V_rest", -70.0), ("V_th_inf", -46.0)];
    let mut cell = Cell::new(Registry::default(), "gif-paper", &truth, &[0.4, 0.9, 1.4]);
    assert!(cell.sweeps[0].spikes.is_empty() && cell.sweeps[2].spikes.len() > 5);
    assert_eq!(cell.strategy(), "spike-timing");
    let outcome = cell.fit_only(&["R", "tau", "V_rest", "V_th_inf"]);
    assert!(cell.error(&outcome, &["R", "tau", "V_rest", "V_th_inf"]) < 0.03);
}

#[test]
fn hh_pospischil_is_recovered() {
    let mut cell = Cell::new(Registry::default(), "hh-pospischil", &[], &[2.0, 5.0]);
    assert!(cell.sweeps[1].spikes.len() > 2);
    assert_eq!(cell.strategy(), "voltage-windows");
    cell.settings.voltage = Voltage { starts: 12, windows: vec![0.2, 0.4, 1.0], ..Voltage::default() };
    let outcome = cell.fit_only(&["g_L", "g_Na"]);
    assert!(outcome.loss < 0.1, "{}", outcome.loss);
    assert!(cell.error(&outcome, &["g_L", "g_Na"]) < 0.02);
}

/// A model that this workspace does not know by its name joins the registry, and is fitted by what it is.
#[test]
fn a_model_from_outside_is_fitted() {
    let mut outside = *kernels::find("lif").unwrap();
    outside.name = "outside";
    let models = Models::default().with(Box::leak(Box::new(outside)));
    let registry = Registry { models, ..Registry::default() };
    let truth = [("E_L", -68.0), ("tau_m", 15.0), ("V_th", -52.0)];
    let mut cell = Cell::new(registry, "outside", &truth, &[200.0, 400.0]);
    assert!(cell.sweeps[1].spikes.len() > 3);
    assert_eq!(cell.strategy(), "spike-forced");
    let outcome = cell.fit_all_but(&["t_ref"]);
    assert!(cell.error(&outcome, &["C", "E_L", "tau_m", "V_th"]) < 0.02);
}

#[test]
fn every_model_that_finds_its_own_spikes_has_a_strategy() {
    let registry = Registry::default();
    let mut found = BTreeMap::new();
    for model in registry.models.iter().filter(|m| !m.follows_recording()) {
        let name = model.cell().name;
        let subject = Subject::new(&registry.models, name, -10.0, &Backend::default()).unwrap();
        let strategy = registry.strategy_for(&subject).unwrap();
        found.insert(name, strategy.name());
    }
    let expected = [
        ("gif", "moving-threshold"),
        ("gif-paper", "spike-timing"),
        ("glif3", "spike-forced"),
        ("hh-cortical", "coupled-features"),
        ("hh-paper", "voltage-windows"),
        ("hh-pospischil", "voltage-windows"),
        ("lif", "spike-forced"),
    ];
    for (model, strategy) in expected {
        assert_eq!(found[model], strategy, "{model}");
    }
}
