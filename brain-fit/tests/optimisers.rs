//! Every optimiser of the family fits a small neuron by any strategy, and goes on after an interruption as if there had been
//! none.

use brain_core::family::{Choice, SettingsReader};
use brain_core::optim::search::optimisers;
use brain_core::{Backend, Checkpoint, Output, config};
use brain_fit::fit::state::{FILE, FitSession};
use brain_fit::fit::sweep::FitSweep;
use brain_fit::fit::{FitConfig, FitError, FitSettings, FitTask, Outcome, Registry, Subject};
use std::path::Path;
use std::sync::Arc;

/// Sampling interval, ms.
const DT: f64 = 0.1;

/// A model, sweeps of it with known parameters, and what of these is fitted.
struct Cell {
    subject: Subject,
    settings: FitSettings,
    sweeps: Vec<FitSweep>,
    truth: Vec<f64>,
}

impl Cell {
    fn new(model: &str, fitted: &[&str], steps: &[f64]) -> Self {
        let registry = Registry::default();
        let subject = Subject::new(&registry.models, model, -10.0, &Backend::default()).unwrap();
        let model = subject.model();
        let truth: Vec<f64> = model.param.iter().map(|f| f.default).collect();
        let mut settings = FitSettings::of_model(model.param);
        settings.held = vec![true; truth.len()];
        settings.fitted = fitted.iter().map(|name| model.parameter(name).unwrap()).collect();
        settings.fitted.iter().for_each(|&row| settings.held[row] = false);
        settings.voltage.starts = 12;
        settings.voltage.windows = vec![1.0];
        let mut cell = Self { subject, settings, sweeps: vec![], truth };
        cell.sweeps = steps.iter().map(|&i| cell.sweep(i)).collect();
        cell
    }

    fn sweep(&self, step: f64) -> FitSweep {
        let current: Vec<f64> = (0..2001).map(|k| if (300..1700).contains(&k) { step } else { 0.0 }).collect();
        let rest = self.truth[self.subject.model().parameter("E_L").unwrap()];
        let mut sweep = FitSweep { onset: 30.0, end: 170.0, ..FitSweep::of_current(current, DT, rest) };
        let fine = if self.subject.shows_spikes { 4 } else { 2 };
        let spike = self.subject.model().output("spike").unwrap();
        let (mut voltage, mut spikes, mut spiked) = (vec![rest], vec![], false);
        let see = |t: usize, rows: &[f64]| {
            spiked |= rows[1] > 0.5;
            if (t + 1).is_multiple_of(fine) {
                if std::mem::take(&mut spiked) {
                    spikes.push((t + 1) / fine);
                }
                voltage.push(rows[0]);
            }
        };
        self.subject.free.run(&sweep, &self.truth, fine, &[0, spike], see).unwrap();
        (sweep.voltage, sweep.spikes) = (voltage, spikes);
        sweep
    }

    fn choose(&mut self, choice: &Choice) {
        let reader = SettingsReader::new(DT).unwrap();
        self.settings.optimiser = Some(Arc::from(optimisers().build(choice, &reader).unwrap()));
    }

    /// Fits, and stops after step `last`.
    fn fit(&self, dir: &Path, saved: Option<Checkpoint>, last: u64) -> Result<(Outcome, u64), FitError> {
        let stop = Box::new(move |step| step == last);
        let session = FitSession::new(Output::create(dir).unwrap(), Checkpoint::default(), saved, true, stop)?;
        let mut session = session.with_optimiser(&self.settings);
        let strategy = Registry::default().strategy_for(&self.subject).unwrap();
        let task = FitTask { subject: &self.subject, settings: &self.settings, sweeps: &self.sweeps };
        let outcome = strategy.fit(&task, &mut session)?;
        Ok((outcome, session.step))
    }

    fn value(&self, outcome: &Outcome, name: &str) -> (f64, f64) {
        let row = self.subject.model().parameter(name).unwrap();
        (outcome.params[row].value, self.truth[row])
    }
}

#[test]
fn a_config_chooses_and_errors_say_where() {
    let resolve = |text: &str| {
        let mut config = config::parse::<FitConfig>("fit.yaml", text, &[""; 0]).unwrap();
        let found = FitConfig::resolve(&mut config, &Registry::default(), &Backend::default());
        found.map(|found| (config.value.optimiser, found.settings.optimiser))
    };
    let (written, built) = resolve("model: lif\noptimiser: {de: {generations: 7}}").unwrap();
    assert_eq!(built.unwrap().name(), "de");
    let written = written.unwrap();
    assert_eq!((written.name.as_str(), written.settings.len()), ("de", 4), "resolved configs show every setting");
    assert!(resolve("model: lif").unwrap().1.is_none(), "a strategy has its own");
    for (text, start) in [
        ("optimiser:\n  de:\n    population: 2", "fit.yaml:3: optimiser.de.population: 2 must be within 4"),
        ("optimiser: dee", "fit.yaml:1: unknown value `dee`; did you mean `de`?"),
    ] {
        let error = resolve(text).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
}

/// The membrane's stage has a smooth loss, that of the spike times a rough one.
#[test]
fn spikes_given_and_spike_times() {
    let mut cell = Cell::new("lif", &["tau_m", "V_th"], &[200.0, 900.0]);
    assert!(cell.sweeps[1].spikes.len() > 4);
    for name in optimisers().names() {
        cell.choose(&Choice::named(name));
        let dir = tempfile::tempdir().unwrap();
        let (outcome, steps) = cell.fit(dir.path(), None, u64::MAX).unwrap();
        let found = ["tau_m", "V_th"].map(|name| cell.value(&outcome, name));
        println!("{name}: {found:?}, loss {}, {steps} steps, {} evaluations", outcome.loss, outcome.evaluations);
        let within = if name == "bayesian" { 0.03 } else { 0.01 };
        assert!(found.iter().all(|(found, truth)| (found / truth - 1.0).abs() < within), "{name}: {found:?}");
        assert!(outcome.params.iter().filter(|p| p.name == "tau_m").all(|p| p.std_error.is_some()), "{name}");
    }
}

/// The potential of a spiking Hodgkin-Huxley neuron: a loss with many minima.
#[test]
fn potentials_of_a_spiking_neuron() {
    let mut cell = Cell::new("hh-pospischil", &["g_L", "g_Na"], &[3.0]);
    assert!(!cell.sweeps[0].spikes.is_empty());
    for name in ["l-bfgs-b", "de", "cma-es", "nelder-mead"] {
        cell.choose(&Choice::named(name));
        let dir = tempfile::tempdir().unwrap();
        let (outcome, _) = cell.fit(dir.path(), None, u64::MAX).unwrap();
        let found = ["g_L", "g_Na"].map(|name| cell.value(&outcome, name));
        println!("{name}: {found:?}, loss {}, {} evaluations", outcome.loss, outcome.evaluations);
        assert!(found.iter().all(|(found, truth)| (found / truth - 1.0).abs() < 0.03), "{name}: {found:?}");
    }
}

#[test]
fn an_interrupted_fit_goes_on_as_the_same() {
    let mut cell = Cell::new("lif", &["tau_m", "V_th"], &[900.0]);
    assert!(cell.sweeps[0].spikes.len() > 4, "the fit has two stages");
    for name in optimisers().names() {
        let choice = match name {
            "bayesian" => Choice::named(name).set("evaluations", 60),
            "de" | "two-points-de" | "pso" | "cma-es" => Choice::named(name).set("generations", 8),
            _ => Choice::named(name).set("iterations", 8),
        };
        cell.choose(&choice);
        let dir = tempfile::tempdir().unwrap();
        let (whole, steps) = cell.fit(dir.path(), None, u64::MAX).unwrap();
        // In the first stage, in the second, and after its last step.
        for last in [2, steps - 2, steps] {
            let dir = tempfile::tempdir().unwrap();
            let error = cell.fit(dir.path(), None, last).unwrap_err();
            assert!(matches!(error, FitError::Interrupted(_)), "{name}: {error}");
            let saved = Checkpoint::load(&dir.path().join(FILE)).unwrap();
            let (again, all) = cell.fit(dir.path(), Some(saved), u64::MAX).unwrap();
            let bits = |outcome: &Outcome| outcome.params.iter().map(|p| p.value.to_bits()).collect::<Vec<_>>();
            assert_eq!((bits(&again), all), (bits(&whole), steps), "{name} after step {last}");
            assert_eq!(again.evaluations, whole.evaluations, "{name} after step {last}");
            assert_eq!(again.loss.to_bits(), whole.loss.to_bits(), "{name} after step {last}");
        }
    }
}
