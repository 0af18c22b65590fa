//! What an electrode adds to the potential of a simulated cell is found with the membrane.

use brain_core::{Backend, config};
use brain_fit::electrode::Electrode;
use brain_fit::fit::electrode::FittedElectrode;
use brain_fit::fit::state::FitSession;
use brain_fit::fit::sweep::FitSweep;
use brain_fit::fit::{FitConfig, FitSettings, FitTask, Outcome, Registry, Subject};

mod simulated;

/// Sampling interval, ms.
const DT: f64 = 0.1;
/// What the electrode adds: MOhm and mV.
const ADDED: Electrode = Electrode { series_resistance_mohm: 15.0, offset_mv: 0.0 };

struct Cell {
    subject: Subject,
    settings: FitSettings,
    truth: Vec<f64>,
    sweeps: Vec<FitSweep>,
}

impl Cell {
    /// The cell `name` under steps, in the model's unit, that last from 50 to 250 ms of 300, of which 1 pA is `per_pa`. Noise of
    /// 0.1 mV comes with the recording.
    fn new(name: &str, steps: &[f64], per_pa: f64, added: Electrode) -> Self {
        let subject = Subject::new(&Registry::default().models, name, -10.0, &Backend::default()).unwrap();
        let param = subject.model().param;
        let truth: Vec<f64> = param.iter().map(|f| f.default).collect();
        let mut settings = FitSettings::of_model(param);
        settings.voltage.starts = 12;
        settings.per_pa = per_pa;
        settings.electrode = FittedElectrode { resistance: true, offset: false };
        let mut noise = brain_core::Seed::new(1).child("noise").at(0);
        let sweep = |&i: &f64| {
            let mut sweep = simulated::sweep(&subject, &truth, simulated::step(i, 500, 2500, 3001), DT, 4);
            for (v, i) in sweep.voltage.iter_mut().zip(&sweep.current) {
                *v += 1e-3 * added.series_resistance_mohm * i / per_pa + added.offset_mv + 0.1 * noise.normal();
            }
            sweep
        };
        let sweeps = steps.iter().map(sweep).collect();
        Self { settings, truth, sweeps, subject }
    }

    fn fit(&self) -> Outcome {
        let registry = Registry::default();
        let strategy = registry.strategy_for(&self.subject).unwrap();
        let task = FitTask { subject: &self.subject, settings: &self.settings, sweeps: &self.sweeps };
        strategy.fit(&task, &mut FitSession::unsaved()).unwrap()
    }

    /// The largest relative error of the parameters named.
    fn error(&self, outcome: &Outcome, of: &[&str]) -> f64 {
        let one = |name: &&str| {
            let row = self.subject.model().parameter(name).unwrap();
            (outcome.params[row].value / self.truth[row] - 1.0).abs()
        };
        of.iter().map(one).fold(0.0, f64::max)
    }
}

#[test]
fn with_the_recorded_spikes_given() {
    let membrane = ["C", "tau_m", "E_L"];
    let mut cell = Cell::new("lif", &[300.0, -200.0], 1.0, ADDED);
    cell.settings.held = cell.subject.model().param.iter().map(|f| !membrane.contains(&&*f.name)).collect();
    let outcome = cell.fit();
    let found = outcome.electrode.unwrap();
    let error = found.std_errors[0].unwrap();
    println!("{found:?}, membrane within {}", cell.error(&outcome, &membrane));
    assert!((found.electrode.series_resistance_mohm - 15.0).abs() < 4.0 * error && error < 0.5, "{found:?}");
    assert!(cell.error(&outcome, &membrane) < 0.02);
    assert!(outcome.notes.iter().any(|note| note.contains("series resistance of 1")), "{:?}", outcome.notes);
    // Without it the membrane is wrong, and so is the rest of the potential.
    cell.settings.electrode.resistance = false;
    let without = cell.fit();
    assert!(cell.error(&without, &membrane) > 0.05 && without.loss > 4.0 * outcome.loss, "{}", without.loss);
    assert!(without.electrode.is_none());
}

#[test]
fn with_after_spike_currents() {
    let mut cell = Cell::new("gif", &[500.0, -200.0], 1.0, ADDED);
    assert!(cell.sweeps[0].spikes.len() > 2);
    cell.settings.t_ref = Some(4.0);
    let outcome = cell.fit();
    let found = outcome.electrode.unwrap();
    println!("{found:?}, membrane within {}", cell.error(&outcome, &["c_m", "g_L"]));
    assert!((found.electrode.series_resistance_mohm - 15.0).abs() < 0.5, "{found:?}");
    assert!(cell.error(&outcome, &["c_m", "g_L"]) < 0.05);
}

/// Where spikes show, the scale of the potential is the model's own: the offset is known too.
#[test]
fn with_the_potential_of_spikes() {
    let added = Electrode { offset_mv: 3.0, ..ADDED };
    let mut cell = Cell::new("hh-traub", &[0.6, -0.4], 1e-3, added);
    cell.settings.electrode.offset = true;
    (cell.settings.voltage.starts, cell.settings.v_start) = (24, Some(cell.sweeps[0].v0));
    let named = |name: &str| cell.subject.model().parameter(name).unwrap();
    cell.settings.values = cell.truth.clone();
    cell.settings.fitted = vec![named("g_L"), named("g_K")];
    let outcome = cell.fit();
    let found = outcome.electrode.unwrap();
    println!("{found:?}, conductances within {}", cell.error(&outcome, &["g_L", "g_K"]));
    assert!((found.electrode.series_resistance_mohm - 15.0).abs() < 0.5, "{found:?}");
    assert!((found.electrode.offset_mv - 3.0).abs() < 0.1, "{found:?}");
    assert!(cell.error(&outcome, &["g_L", "g_K"]) < 0.02);
}

#[test]
fn configs_say_what_is_known_and_what_is_fitted() {
    let resolve = |text: &str| {
        let mut config = config::parse::<FitConfig>("fit.yaml", text, &[""; 0]).unwrap();
        FitConfig::resolve(&mut config, &Registry::default(), &Backend::default())
    };
    let found =
        resolve("model: gif\nelectrode: {series_resistance: {value: 0.02 GOhm, fit: true}, offset: {value: 5}}")
            .unwrap();
    assert_eq!(found.electrode, Electrode { series_resistance_mohm: 20.0, offset_mv: 5.0 });
    assert_eq!(found.settings.electrode, FittedElectrode { resistance: true, offset: false });
    for (text, words) in [
        (
            "model: gif-paper\nelectrode: {series_resistance: {fit: true}}",
            "fit.yaml:2: electrode: the strategy `spike-timing`",
        ),
        ("model: gif\nelectrode: {series_resistance: {value: 3 mV}}", "electrode.series_resistance.value"),
        ("model: gif\nelectrode: {offset: {value: 500 mV}}", "500 mV is not within"),
    ] {
        let error = resolve(text).err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
}
