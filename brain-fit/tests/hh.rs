//! Hodgkin-Huxley fits recover what made their data.

use brain_core::optim::{LevenbergMarquardt, LmConfig};
use brain_core::{Backend, CellPopulation, Model, Seed};
use brain_fit::fit::coordinates::{Coordinates, Scale};
use brain_fit::fit::traces::Traces;
use brain_fit::fit::voltage::VoltageProblem;
use kernels::Cell;

mod shared;
use shared::shared;

const STEPS: usize = 1497;
const BATCH: usize = 5;
const BOUNDS: [(f64, f64); 4] = [(1e-4, 0.1), (0.01, 40.0), (0.01, 20.0), (-65.0, -50.0)];
const FITTED: [&str; 4] = ["g_L", "g_Na", "g_K", "V_T"];

/// The five step currents of brian2modelfitting's example, nA.
fn traces(cell: &'static Cell, params: &[f64], noise: f64, every: usize) -> Traces {
    let steps = [(10.0, 499), (2.0, 499), (2.0, 0), (50.0, 499), (0.2, 499)];
    let mut t = Traces { dt: 0.01, steps: STEPS, batch: BATCH, v0: vec![-65.0; BATCH], ..Traces::default() };
    for k in 0..STEPS {
        t.drive.extend(steps.iter().map(|&(amplitude, on)| if (on..=997).contains(&k) { amplitude } else { 0.0 }));
        t.weight.extend([if k % every == 0 { 1.0 } else { 0.0 }; BATCH]);
    }
    let backend = Backend::default();
    let start: Vec<f64> = [-65.0, 0.0, 0.0, 0.0].iter().flat_map(|&x| [x; BATCH]).collect();
    let (start, params) = (backend.tensor(&start, (4, BATCH, 1)), backend.tensor(params, (params.len(), 1)));
    let population = CellPopulation::of(Model::from(cell), params.unwrap(), start.unwrap()).unwrap();
    let rows = population.run(t.dt, &backend.tensor(&t.drive, (STEPS, 1, BATCH)).unwrap(), &["v"]).unwrap();
    t.target = rows.flatten_all().unwrap().to_vec1().unwrap();
    let mut stream = Seed::new(1).child("test/noise").at(0);
    t.target.iter_mut().for_each(|v| *v += noise * stream.normal());
    t
}

/// Fits windows of growing length from random starts; the best loss and parameters.
fn fit(cell: &'static Cell, params: &[f64], traces: Traces, windows: &[f64], n: usize) -> (f64, Vec<f64>) {
    let model = Model::from(cell);
    let rows = FITTED.map(|name| cell.parameter(name).unwrap());
    let mut bounds: Vec<(f64, f64)> = cell.param.iter().map(|f| f.bounds).collect();
    rows.iter().zip(BOUNDS).for_each(|(&row, bound)| bounds[row] = bound);
    let coordinates = Coordinates::of_rows(model, rows.to_vec(), &bounds, |_| Scale::Linear);
    let problem = |part| {
        let traces = std::slice::from_ref(&traces);
        VoltageProblem::new(model, coordinates.clone(), params.to_vec(), traces, part, &Backend::default()).unwrap()
    };
    let mut starts = problem(1.0).random_starts(n, 1);
    let mut found = (f64::INFINITY, Vec::new());
    for &part in windows {
        let problem = problem(part);
        let config = LmConfig { max_iterations: 300, cost_tolerance: 1e-14, ..LmConfig::default() };
        let mut lm = LevenbergMarquardt::new(starts, &BOUNDS, config).unwrap();
        while lm.step(|z, _| problem.mean(z)).unwrap() > 0 {}
        let loss = &lm.evaluation().loss;
        println!("{part}: {loss:?}");
        let best = (0..n).min_by(|&a, &b| loss[a].total_cmp(&loss[b])).unwrap();
        found = (loss[best], lm.column(best));
        starts = lm.params().to_vec();
    }
    found
}

/// The reference code's own target: 11 samples of each trace, from 20 random starts.
#[test]
fn hh_paper_recovers_the_truth() {
    let cell = kernels::find("hh-paper").unwrap();
    let truth: Vec<f64> = cell.param.iter().map(|f| f.default).collect();
    let (loss, p) = fit(cell, &truth, traces(cell, &truth, 0.0, STEPS / 10), &[1.0], 20);
    println!("{loss:e} {p:?}");
    assert!(loss < 1e-9, "{loss}");
    for (found, truth) in
        p.iter().zip([0.008363657201143428, 24.697737655778038, 5.814895041093182, -55.31094455202257])
    {
        assert!((found / truth - 1.0).abs() < 1e-4, "{found} {truth}");
    }
}

/// Noise of 1 mV on traces of known conductances, as brian2modelfitting's example has it: the error is the noise's.
#[test]
fn hh_traub_reaches_the_noise() {
    let cell = kernels::find("hh-traub").unwrap();
    let truth: Vec<f64> = cell.param.iter().map(|f| f.default).collect();
    let (loss, p) = fit(cell, &truth, traces(cell, &truth, 1.0, 1), &[0.4, 0.6, 1.0], 20);
    println!("{loss} {p:?}");
    assert!(loss <= 1.03, "{loss}");
    for (found, truth) in p.iter().zip([0.01, 20.0, 6.0, -63.0]) {
        assert!((found / truth - 1.0).abs() < 0.02, "{found} {truth}");
    }
}

/// The example's own file, which is not in this repository: CeCILL.
#[test]
#[cfg_attr(not(shared_data), ignore = "needs brian2modelfitting-hh in ../shared/data or BRAIN_DATA")]
fn hh_traub_fits_the_published_traces() {
    let file = shared("brian2modelfitting-hh/output_traces_hh.csv");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let cell = kernels::find("hh-traub").unwrap();
    let fixed: Vec<f64> = cell.param.iter().map(|f| f.default).collect();
    let mut t = traces(cell, &fixed, 0.0, 1);
    for (b, line) in text.lines().skip(1).enumerate() {
        for (k, v) in line.split(',').skip(1).enumerate().skip(1) {
            t.target[(k - 1) * BATCH + b] = v.parse().unwrap();
        }
    }
    // The last step has no sample after it.
    t.weight[(STEPS - 1) * BATCH..].fill(0.0);
    let (loss, p) = fit(cell, &fixed, t, &[0.4, 0.6, 1.0], 20);
    println!("{loss} {p:?}");
    assert!(loss <= 1.03, "{loss}");
}
