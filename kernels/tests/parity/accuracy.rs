//! This test measures the error of a gradient through many spikes in single precision.

use kernels::{AdjointSeed, Level, Spread, find};
use kernels_testing::{Buffers, DrawnPopulation, to};

#[test]
fn single_precision_gradients_through_spikes_are_right_to_a_hundredth() {
    let kernel = find("hh-pospischil").unwrap();
    let steps = 4000;
    let mut p = DrawnPopulation::new(kernel, [1, steps, 1], Spread::Shared);
    p.drive.fill(5.0);
    p.params = to(&kernel.param.iter().map(|f| f64::from(f.default as f32)).collect::<Vec<_>>());
    p.weight.fill(1.0 / steps as f64);
    let truth = Buffers::<f64>::new(&p).forward(kernel, Level::best()).unwrap().0;
    let outputs = kernel.state.len() + 1;
    let spikes = truth.iter().skip(outputs - 1).step_by(outputs).sum::<f64>();
    assert!(spikes >= 3.0, "{spikes} spikes");
    // The cell leaks more than the target's, so that its spikes come later.
    p.target = truth.iter().step_by(outputs).map(|&v| f64::from(v as f32)).collect();
    let leak = kernel.parameter("g_L").unwrap();
    p.params[leak] = f64::from((p.params[leak] * 1.02) as f32);

    let (double, single) = (Buffers::<f64>::new(&p), Buffers::<f32>::new(&p));
    let which: Vec<usize> = (0..kernel.param.len()).collect();
    let want = double.tangent(kernel, Level::best(), &which).unwrap().gradient;
    let tangent = single.tangent(kernel, Level::best(), &which).unwrap().gradient;
    let adjoint = single.adjoint(kernel, Level::best(), AdjointSeed::Distance(single.objective()), &[]).unwrap().params;
    for (k, f) in kernel.param.iter().enumerate() {
        let error = |g: f32| (f64::from(g) / want[k] - 1.0).abs();
        println!("{}: {:.3e}, tangent {:.1e}, adjoint {:.1e}", f.name, want[k], error(tangent[k]), error(adjoint[k]));
    }
    for (k, f) in kernel.param.iter().enumerate() {
        let errors = [tangent[k], adjoint[k]].map(|g| (f64::from(g) / want[k] - 1.0).abs());
        assert!(errors.iter().all(|&e| e < 0.01), "{}: {errors:?}", f.name);
    }
}
