//! Order of convergence between spikes.

use crate::simulator::Simulator;
use equations::{Integrator, Step, models, receptors};

const SPAN: f64 = 2.0;

/// The state after [`SPAN`] ms in `n` steps, in units of the fields' widths.
fn end(step: &Step, n: u32) -> Vec<f64> {
    let mut sim = Simulator::<f64>::new(step, SPAN / f64::from(n));
    let width = |f: &equations::Field| f.bounds.1 - f.bounds.0;
    for (x, f) in sim.values.state.iter_mut().zip(&step.state) {
        if f.name != "refractory" {
            *x += 0.05 * width(f);
        }
    }
    for (x, f) in sim.values.input.iter_mut().zip(&step.input) {
        // Events are the receptors' states at the start, not something every step adds to.
        *x = if f.name == "i" { 0.02 * f.bounds.1 } else { 0.0 };
    }
    for _ in 0..n {
        sim.step();
    }
    sim.values.state.iter().zip(&step.state).map(|(x, f)| x / width(f)).collect()
}

#[test]
fn every_model_and_receptor_converges_with_its_integrators_order() {
    let all = |integrator| [models::all(integrator), receptors::all::<models::Lif>(integrator)].concat();
    for (model, reference) in all(Integrator::Rk4).iter().enumerate() {
        let truth = end(reference, 4096);
        for integrator in Integrator::ALL {
            let step = &all(integrator)[model];
            let error = |n: u32| -> f64 {
                let errors = end(step, n).into_iter().zip(&truth).map(|(a, b)| (a - b).abs());
                errors.fold(0.0, |worst, e| if e <= worst { worst } else { e })
            };
            let errors: Vec<f64> = (0..12).map(|k| error(1 << k)).collect();
            let resolved = |p: &[f64]| p[0] < 0.02 && p[1] > 1e-11;
            let slope = errors.windows(2).rfind(|p| resolved(p)).map(|p| (p[0] / p[1]).log2());
            println!("{} {integrator:?}: order {slope:.2?}", step.name);
            let exact = errors.iter().all(|&e| e < 1e-11);
            let order = f64::from(integrator.order());
            assert!(
                exact || slope.is_some_and(|s| (s - order).abs() < 0.1),
                "{} {integrator:?}: order {slope:?}, errors {errors:?}",
                step.name
            );
        }
    }
}
