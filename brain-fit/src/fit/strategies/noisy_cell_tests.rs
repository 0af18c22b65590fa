//! A cell that spikes by chance under a fluctuating current: its threshold is found, and its spikes are predicted.

use super::MovingThreshold;
use super::likeliest_threshold::{LINEAR, likeliest_threshold};
use super::moving_threshold::threshold_coordinates;
use crate::fit::state::FitSession;
use crate::fit::sweep::FitSweep;
use crate::fit::{FitSettings, FitTask, Strategy, Subject};
use crate::score::{COINCIDENCE_MS, gamma_factor};
use brain_core::{Backend, Models, Seed};
use kernels::equations::Field;

/// Sampling interval, ms.
const DT: f64 = 0.2;
/// Width of the escape rate, mV.
const WIDTH: f64 = 1.0;

struct Noisy {
    subject: Subject,
    settings: FitSettings,
    truth: Vec<f64>,
}

impl Noisy {
    fn new() -> Self {
        let subject = Subject::new(&Models::default(), "gif", -10.0, &Backend::default()).unwrap();
        let param = subject.model().param;
        let mut settings = FitSettings::of_model(param);
        for (name, bounds) in MovingThreshold.bounds() {
            settings.bounds[row(param, name)] = bounds;
        }
        settings.t_ref = Some(4.0);
        Self { truth: param.iter().map(|f| f.default).collect(), settings, subject }
    }

    fn truth(&self, name: &str) -> f64 {
        self.truth[row(self.subject.model().param, name)]
    }

    /// What the cell does under a current, in steps of Euler's method; `seed` is that of its spikes.
    fn answer(&self, current: &[f64], seed: u64) -> FitSweep {
        let p = |name: &str| self.truth(name);
        let mut chance = Seed::new(seed).child("escape").at(0);
        let mut sweep = FitSweep { noise: true, ..FitSweep::of_current(current.to_vec(), DT, p("E_L")) };
        let (mut v, mut w, mut h, mut u, mut held) = (p("E_L"), [0.0; 3], [0.0; 2], 0.0, 0.0);
        sweep.voltage.push(v);
        for (k, i) in current.iter().enumerate().take(current.len() - 1) {
            u += DT * (p("c_u") * (v - p("E_L")) - u) / p("tau_u");
            if held < DT / 2.0 {
                v += DT * (i + w.iter().sum::<f64>() - p("g_L") * (v - p("E_L"))) / p("c_m");
            }
            let decay = |x: &mut f64, tau: &str| *x *= (-DT / p(tau)).exp();
            w.iter_mut().zip(["tau_1", "tau_2", "tau_3"]).for_each(|(x, tau)| decay(x, tau));
            h.iter_mut().zip(["T_1", "T_2"]).for_each(|(x, tau)| decay(x, tau));
            let rate = ((v - p("V_th") - h[0] - h[1] - u) / WIDTH).exp();
            let spiked = held < DT / 2.0 && chance.uniform() < 1.0 - (-rate * DT).exp();
            held -= DT;
            if spiked {
                sweep.spikes.push(k + 1);
                (v, held) = (p("V_reset"), p("t_ref"));
                w.iter_mut().zip(["a_1", "a_2", "a_3"]).for_each(|(x, jump)| *x += p(jump));
                h.iter_mut().zip(["b_1", "b_2"]).for_each(|(x, jump)| *x += p(jump));
            }
            sweep.voltage.push(v);
        }
        sweep
    }
}

fn row(param: &[Field], name: &str) -> usize {
    param.iter().position(|f| f.name == name).unwrap()
}

/// A current that fluctuates around a mean, pA, with a correlation time of 5 ms.
fn fluctuating(samples: usize, seed: u64) -> Vec<f64> {
    let (mut stream, decay) = (Seed::new(seed).child("current").at(0), (-DT / 5.0f64).exp());
    let mut x = 0.0;
    let one = |_| {
        x = decay * x + (1.0 - decay * decay).sqrt() * stream.normal();
        260.0 + 260.0 * x
    };
    (0..samples).map(one).collect()
}

#[test]
fn the_likeliest_threshold_is_the_one_that_made_the_spikes() {
    let cell = Noisy::new();
    let sweeps = [cell.answer(&fluctuating(150_000, 1), 1)];
    let spikes = sweeps[0].spikes.len();
    assert!(spikes > 150, "{spikes}");
    let coordinates = threshold_coordinates(cell.subject.model(), &cell.settings).unwrap();
    let forced = cell.subject.forced.as_ref().unwrap();
    let grid = (&[[10.0, 100.0]][..], &[50.0][..]);
    let found = likeliest_threshold(forced, &coordinates, &cell.truth, &sweeps, grid, cell.truth("t_ref")).unwrap();
    println!("{spikes} spikes, width {}, {:?}, errors {:?}", found.width, found.z, found.uncertainty.std_errors);
    assert!((found.width / WIDTH - 1.0).abs() < 0.2, "{}", found.width);
    for (k, (&a, name)) in LINEAR.iter().zip(["V_th", "b_1", "b_2", "c_u"]).enumerate() {
        let (value, truth) = (coordinates.value(a, found.z[a]), cell.truth(name));
        let error = found.uncertainty.std_errors[k].unwrap();
        assert!((value - truth).abs() < 3.5 * error, "{name} = {value} +- {error}, {truth} in truth");
    }
    // The error is of the size that as many spikes allow.
    let error = found.uncertainty.std_errors[0].unwrap();
    assert!(error > 0.02 * WIDTH && error < WIDTH, "{error}");
}

#[test]
fn the_spikes_of_a_noisy_cell_are_predicted_as_well_as_it_repeats_itself() {
    let cell = Noisy::new();
    let (current, unseen) = (fluctuating(50_000, 1), fluctuating(50_000, 2));
    let sweeps = [cell.answer(&current, 1)];
    let task = FitTask { subject: &cell.subject, settings: &cell.settings, sweeps: &sweeps };
    let outcome = MovingThreshold.fit(&task, &mut FitSession::unsaved()).unwrap();
    let again = [cell.answer(&unseen, 2), cell.answer(&unseen, 3)];
    let model = cell.subject.free.spike_times(&again[0], &outcome.values(), cell.settings.spikes.dt).unwrap().remove(0);
    let gamma = |data: &FitSweep, other: &[f64]| {
        gamma_factor(&data.times(), other, current.len() as f64 * DT, COINCIDENCE_MS).unwrap()
    };
    let (itself, predicted) = (gamma(&again[0], &again[1].times()), gamma(&again[0], &model.times));
    let (recorded, counted) = (again[0].spikes.len() as f64, model.times.len() as f64);
    println!("coincidence {predicted}, with itself {itself}, {counted} spikes for {recorded}");
    assert!(itself > 0.5 && predicted > itself - 0.05, "{predicted}, {itself}");
    assert!((counted / recorded - 1.0).abs() < 0.12, "{counted} for {recorded}");
    assert!(outcome.notes.iter().any(|note| note.contains("escape rate of width")), "{:?}", outcome.notes);
    let error = |name: &str| outcome.params.iter().find(|p| p.name == name).unwrap().std_error;
    assert!(error("V_th").is_some_and(|e| e > 0.0 && e < 2.0) && error("T_1").is_none());
}
