//! Hodgkin-Huxley fits recover what made their data.

use brain_core::optim::{LevenbergMarquardt, LmConfig};
use brain_core::{Engine, Seed};
use brain_fit::fit::FitError;
use brain_fit::fit::hh::{HhProblem, Traces};
use kernels::{Cell, Forward, Level, Run, Series, Spread};

const STEPS: usize = 1497;
const BATCH: usize = 5;
const BOUNDS: [(f64, f64); 4] = [(1e-4, 0.1), (0.01, 40.0), (0.01, 20.0), (-65.0, -50.0)];
const FITTED: [&str; 4] = ["g_L", "g_Na", "g_K", "V_T"];

/// The five step currents of brian2modelfitting's example, nA.
fn traces(kernel: &'static Cell, params: &[f64], noise: f64, every: usize) -> Traces {
    let steps = [(10.0, 499), (2.0, 499), (2.0, 0), (50.0, 499), (0.2, 499)];
    let mut t = Traces { dt: 0.01, steps: STEPS, batch: BATCH, v0: vec![-65.0; BATCH], ..Traces::default() };
    for k in 0..STEPS {
        t.drive.extend(steps.iter().map(|&(amplitude, on)| if (on..=997).contains(&k) { amplitude } else { 0.0 }));
        t.weight.extend([if k % every == 0 { 1.0 } else { 0.0 }; BATCH]);
    }
    let start: Vec<f64> = [-65.0, 0.0, 0.0, 0.0].iter().flat_map(|&x| [x; BATCH]).collect();
    t.target = vec![0.0; STEPS * BATCH];
    let run = Run {
        dt: t.dt,
        steps: STEPS,
        batch: BATCH,
        neurons: 1,
        start: &start,
        drive: Series { data: &t.drive, spread: Spread::Batch },
        params,
        level: Level::best(),
    };
    kernel.forward(&run, Forward { record: &[0], rows: &mut t.target, end: &mut [] }).unwrap();
    let mut stream = Seed::new(1).child("test/noise").at(0);
    t.target.iter_mut().for_each(|v| *v += noise * stream.normal());
    t
}

/// Fits windows of growing length from random starts; the best loss and parameters.
fn fit(kernel: &'static Cell, params: &[f64], traces: Traces, windows: &[f64], n: usize) -> (f64, Vec<f64>) {
    let which = FITTED.map(|name| kernel.parameter(name).unwrap()).to_vec();
    let problem = HhProblem::new(Engine::default().simulator(kernel), which, params.to_vec(), traces);
    let mut starts = problem.starts(&BOUNDS, n, 1);
    let mut found = (f64::INFINITY, Vec::new());
    for &part in windows {
        let config = LmConfig { max_iterations: 300, cost_tolerance: 1e-14, ..LmConfig::default() };
        let mut lm = LevenbergMarquardt::new(starts, &BOUNDS, config).unwrap();
        while lm.step(|z, _| problem.evaluate(z, part).map_err(FitError::from)).unwrap() > 0 {}
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
    let kernel = kernels::find("hh-paper").unwrap();
    let truth: Vec<f64> = kernel.param.iter().map(|f| f.default).collect();
    let (loss, p) = fit(kernel, &truth, traces(kernel, &truth, 0.0, STEPS / 10), &[1.0], 20);
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
    let kernel = kernels::find("hh-traub").unwrap();
    let truth: Vec<f64> = kernel.param.iter().map(|f| f.default).collect();
    let (loss, p) = fit(kernel, &truth, traces(kernel, &truth, 1.0, 1), &[0.4, 0.6, 1.0], 20);
    println!("{loss} {p:?}");
    assert!(loss <= 1.03, "{loss}");
    for (found, truth) in p.iter().zip([0.01, 20.0, 6.0, -63.0]) {
        assert!((found / truth - 1.0).abs() < 0.02, "{found} {truth}");
    }
}

/// The example's own file, which is not in this repository: CeCILL.
#[test]
fn hh_traub_fits_the_published_traces() {
    let folder = std::path::Path::new("/work/shared/data/brian2modelfitting-hh");
    let Ok(text) = std::fs::read_to_string(folder.join("output_traces_hh.csv")) else {
        println!("skipped: no output_traces_hh.csv in {}", folder.display());
        return;
    };
    let kernel = kernels::find("hh-traub").unwrap();
    let fixed: Vec<f64> = kernel.param.iter().map(|f| f.default).collect();
    let mut t = traces(kernel, &fixed, 0.0, 1);
    for (b, line) in text.lines().skip(1).enumerate() {
        for (k, v) in line.split(',').skip(1).enumerate().skip(1) {
            t.target[(k - 1) * BATCH + b] = v.parse().unwrap();
        }
    }
    // The last step has no sample after it.
    t.weight[(STEPS - 1) * BATCH..].fill(0.0);
    let (loss, p) = fit(kernel, &fixed, t, &[0.4, 0.6, 1.0], 20);
    println!("{loss} {p:?}");
    assert!(loss <= 1.03, "{loss}");
}
