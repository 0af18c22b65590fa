//! The strategy for recorded cells of conductances: its derivatives against finite differences, and what it finds.

use brain_core::{Backend, Checkpoint, Output};
use brain_fit::fit::coordinates::{Coordinates, Scale};
use brain_fit::fit::coupling::{CoupledProblem, Strength};
use brain_fit::fit::free_run::problem::Prior;
use brain_fit::fit::free_run::residuals::{Residuals, residuals};
use brain_fit::fit::free_run::runner::{Column, run};
use brain_fit::fit::free_run::settled::settled;
use brain_fit::fit::free_run::target::Target;
use brain_fit::fit::state::FitSession;
use brain_fit::fit::sweep::FitSweep;
use brain_fit::fit::{FitSettings, FitTask, Fitted, Registry, Subject};
use kernels::Cell;

mod simulated;

/// Sampling interval, ms.
const DT: f64 = 0.05;
/// Longest step of runs, ms.
const STEP: f64 = 0.05;

fn cortical() -> Subject {
    Subject::new(&Registry::default().models, "hh-cortical", -10.0, &Backend::default()).unwrap()
}

fn defaults(cell: &Cell) -> Vec<f64> {
    cell.param.iter().map(|f| f.default).collect()
}

/// Steps of current, pA, from 100 to 400 ms of 450; the cell takes 20 steps a sample.
fn sweeps(subject: &Subject, truth: &[f64], steps: &[f64]) -> Vec<FitSweep> {
    let sweep = |&pa: &f64| simulated::sweep(subject, truth, simulated::step(pa, 2000, 8000, 9000), DT, 20);
    steps.iter().map(sweep).collect()
}

/// The parameters with some of them multiplied.
fn scaled(cell: &Cell, params: &[f64], by: &[(&str, f64)]) -> Vec<f64> {
    let mut params = params.to_vec();
    by.iter().for_each(|(name, by)| params[cell.parameter(name).unwrap()] *= by);
    params
}

/// The largest distance of derivatives `[residual, parameter]` from finite differences, as a part of the largest
/// derivative w.r.t. the same parameter, or of `least` where all are smaller: some parameters do nothing in a silent model.
fn distance(found: &[f64], numeric: &[f64], k: usize, least: &[f64]) -> f64 {
    let of = |a: usize| {
        let pairs = || found.iter().zip(numeric).skip(a).step_by(k);
        let largest = pairs().fold(0.0, |most: f64, (_, n)| most.max(n.abs()));
        pairs().fold(0.0, |most: f64, (f, n)| most.max((f - n).abs())) / largest.max(least[a])
    };
    (0..k).map(of).fold(0.0, f64::max)
}

/// Of several differences of each derivative, the one that is nearest to what was found.
fn nearest(found: &[f64], differences: &[Vec<f64>]) -> Vec<f64> {
    let of = |(i, f): (usize, &f64)| {
        let of_place = differences.iter().map(|numeric| numeric[i]);
        of_place.min_by(|a, b| (a - f).abs().total_cmp(&(b - f).abs())).unwrap()
    };
    found.iter().enumerate().map(of).collect()
}

#[test]
fn derivatives_of_features_are_those_of_finite_differences() {
    let subject = cortical();
    let cell = subject.model().cell();
    let truth = defaults(cell);
    let target = Target::new(&sweeps(&subject, &truth, &[400.0])[0], -10.0, -45.0, 0.05);
    assert!(target.spikes.len() > 5, "{}", target.spikes.len());
    let which: Vec<usize> = (0..truth.len()).collect();
    // What moves no residual by this much when it doubles does nothing.
    let least: Vec<f64> = truth.iter().map(|p| 1e-2 / p.abs().max(1.0)).collect();
    let compare = |params: &[f64], which: &[usize]| -> Residuals {
        let columns = [Column { target: &target, params }];
        residuals(&target, &run::<f64>(cell, which, &columns, STEP).unwrap()[0])
    };
    let mut distances = Vec::new();
    for (by, name) in [
        (&[("g_Na", 0.9), ("g_K", 1.1), ("tau_A", 0.9)][..], "fires as often"),
        (&[("g_M", 3.0)], "fires too rarely"),
        (&[("g_M", 30.0)], "falls silent"),
        (&[("g_L", 8.0)], "never fires"),
        (&[("g_Na", 0.01), ("g_L", 0.5)], "is silent far above threshold"),
    ] {
        let params = scaled(cell, &truth, by);
        let found = compare(&params, &which);
        // The highest step of a spike is another one on the two sides of some places, where the peak jumps a little. A
        // difference across such a place is no derivative: the nearest of some differences is taken.
        let differences = [1e-6, 3e-8, 1e-9].map(|h| {
            let mut numeric = vec![0.0; found.j.len()];
            for &a in &which {
                let h = h * params[a].abs().max(1.0);
                let moved = |h: f64| {
                    let mut params = params.clone();
                    params[a] += h;
                    compare(&params, &[]).r
                };
                for (i, (above, below)) in moved(h).iter().zip(moved(-h)).enumerate() {
                    numeric[i * which.len() + a] = (above - below) / (2.0 * h);
                }
            }
            numeric
        });
        let off = |found: &[f64]| distance(found, &nearest(found, &differences), which.len(), &least);
        distances.push((name, off(&found.j)));
        // The check fails where a derivative is one tenth too large.
        let wrong: Vec<f64> = found.j.iter().map(|j| 1.1 * j).collect();
        assert!(off(&wrong) > 0.05, "{name}");
    }
    assert!(distances.iter().all(|(_, off)| *off < 0.02), "a model that {distances:?}");
}

#[test]
fn the_gradient_under_coupling_is_that_of_finite_differences() {
    let subject = cortical();
    let model = subject.model();
    let truth = defaults(model.cell());
    let bounds: Vec<(f64, f64)> = model.param.iter().map(|f| f.bounds).collect();
    let unit = Coordinates::of_rows(model, (0..truth.len()).collect(), &bounds, Scale::of).in_unit_box();
    let z = unit.of_params(&scaled(model.cell(), &truth, &[("g_Na", 0.7), ("g_K", 1.3), ("c_m", 1.1)]));
    let prior = Prior { mean: unit.of_params(&truth), sd: 0.5, weight: 1e-3 };
    let sweeps = sweeps(&subject, &truth, &[400.0]);
    let coupled = subject.coupled.unwrap();
    let mut problem = CoupledProblem::new(coupled, unit, truth, &sweeps, prior, STEP, false);
    problem.couple(Strength { spikes: 2.0, between: 0.1 }).unwrap();
    let found = problem.evaluate(&z).unwrap();
    let numeric: Vec<f64> = (0..z.len())
        .map(|a| {
            let loss = |h: f64| {
                let mut z = z.clone();
                z[a] += h;
                problem.evaluate(&z).unwrap().loss[0]
            };
            // The gradient is that of half the loss.
            (loss(1e-5) - loss(-1e-5)) / 4e-5
        })
        .collect();
    assert!(distance(&found.gradient, &numeric, 1, &[1e-6]) < 1e-4, "{:?} {numeric:?}", found.gradient);
}

#[test]
fn settled_gates_do_not_move_while_the_potential_is_held() {
    let cell = cortical().model().cell();
    let truth = defaults(cell);
    let which: Vec<usize> = (0..truth.len()).collect();
    let rest = |params: &[f64]| settled(cell, params, &[-55.0], &which).unwrap();
    let found = rest(&truth);
    let state = |name: &str| found.state[cell.output(name).unwrap()];
    let param = |name: &str| truth[cell.parameter(name).unwrap()];
    // The closed forms of the slow gates and of the dendrite.
    let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
    let near = |a: f64, b: f64| (a - b).abs() < 1e-9 * b.abs().max(1.0);
    assert!(near(state("p"), logistic((-55.0 - param("V_p")) / 10.0)), "{}", state("p"));
    assert!(near(state("a"), logistic((-55.0 - param("V_A")) / 5.0)), "{}", state("a"));
    assert!(near(state("v_d"), -55.0), "{}", state("v_d"));
    let inactivation = param("k_r") * logistic((-55.0 - param("V_T") - 40.0) / 5.0);
    assert!(near(state("r"), 1.0 / (1.0 + inactivation * param("tau_r"))), "{}", state("r"));
    assert!((0.0..1.0).contains(&state("m")) && state("v") == -55.0);
    for &a in &which {
        let h = 1e-6 * truth[a].abs().max(1.0);
        let moved = |h: f64| {
            let mut params = truth.clone();
            params[a] += h;
            rest(&params).state
        };
        for (s, (above, below)) in moved(h).iter().zip(moved(-h)).enumerate() {
            let (numeric, exact) = ((above - below) / (2.0 * h), found.slopes[a * cell.state.len() + s]);
            assert!((numeric - exact).abs() < 1e-6 * exact.abs().max(1e-2), "{a} {s}: {numeric} {exact}");
        }
    }
}

/// Data that were made in steps so fine that these are no part of them.
#[test]
fn conductances_of_a_simulated_cell_come_back() {
    let subject = cortical();
    let model = subject.model();
    let cell = model.cell();
    let truth = scaled(cell, &defaults(cell), &[("g_Na", 1.3), ("g_K", 1.5), ("g_M", 1.5), ("g_L", 0.9)]);
    let sweeps = sweeps(&subject, &truth, &[300.0, 450.0]);
    assert!(sweeps.iter().all(|s| s.spikes.len() > 2), "{} {}", sweeps[0].spikes.len(), sweeps[1].spikes.len());
    let names = ["g_L", "g_Na", "g_K", "g_M"];
    let mut settings = FitSettings::of_model(model.param);
    settings.values = truth.clone();
    settings.fitted = names.map(|name| model.parameter(name).unwrap()).to_vec();
    let registry = Registry::default();
    let strategy = registry.strategy_for(&subject).unwrap();
    assert_eq!(strategy.name(), "coupled-features");
    let dir = tempfile::tempdir().unwrap();
    let output = Output::create(dir.path()).unwrap();
    let mut session = FitSession::new(output, Checkpoint::default(), None, true, Box::new(|_| false)).unwrap();
    let outcome =
        strategy.fit(&FitTask { subject: &subject, settings: &settings, sweeps: &sweeps }, &mut session).unwrap();
    for name in names {
        let row = model.parameter(name).unwrap();
        let (found, truth) = (outcome.params[row].value, truth[row]);
        assert!(
            (found / truth - 1.0).abs() < 0.02,
            "{name} {found} for {truth}, loss {}: {:?}",
            outcome.loss,
            outcome.values()
        );
        let Fitted { std_error, std_error_within, interval, .. } = &outcome.params[row];
        assert!(std_error_within.is_some() && std_error >= std_error_within && interval.is_some(), "{name}");
    }
    assert_eq!(outcome.errors.spectra[0].1.len(), names.len(), "{:?}", outcome.errors);
}
