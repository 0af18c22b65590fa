//! These tests compare forward scans with the equations.

use crate::reference::{Reference, levels};
use kernels::{Cell, Precision, Spread, Use, cells};
use kernels_testing::{Buffers, DrawnPopulation, Engine, compare};

/// Compares every column until its first spike that differs. Returns the largest error, the number of compared steps,
/// and the number of spikes.
pub fn disagreement<F: Precision>(
    kernel: &'static Cell,
    p: &DrawnPopulation,
    engine: impl Engine<F>,
    tolerance: f64,
) -> Result<(f64, usize, f64), String> {
    let (rows, end) = Buffers::<F>::new(p).forward(kernel, engine)?;
    let (reference, s, width) = (Reference::new(kernel, p), kernel.state.len(), p.width());
    let (mut worst, mut compared, mut spikes) = (0.0f64, 0, 0.0);
    for c in 0..width {
        let column = reference.forward(c / p.neurons, c % p.neurons);
        let at = |t: usize, r: usize| rows[(t * (s + 1) + r) * width + c].to();
        let same = (0..p.steps).take_while(|&t| at(t, s) == column.spikes[t]).count();
        compared += same;
        spikes += column.spikes.iter().sum::<f64>();
        for r in 0..s {
            let got: Vec<f64> = (0..same).map(|t| at(t, r)).collect();
            let want: Vec<f64> = (0..same).map(|t| column.states[t + 1][r]).collect();
            // Errors are relative to at least one in the unit of the field.
            let got: Vec<f64> = got.into_iter().chain([1.0]).collect();
            let want: Vec<f64> = want.into_iter().chain([1.0]).collect();
            let error = compare(&kernel.state[r].name, &got, &want, got.len(), tolerance);
            worst = worst.max(error.map_err(|e| format!("column {c}: {e}"))?);
            if same == p.steps {
                assert_eq!(end[r * width + c].to(), at(p.steps - 1, r), "{} final state", kernel.name);
            }
        }
    }
    Ok((worst, compared, spikes))
}

#[test]
fn states_and_spikes_are_those_of_the_equations() {
    for kernel in cells(Use::Scan) {
        for (spread, batch) in [(Spread::Neuron, 2), (Spread::Batch, 1), (Spread::Shared, 1)] {
            // Neurons with slow gates take longer to their first spike.
            let p = [500, 2000].map(|steps| DrawnPopulation::new(kernel, [3, steps, batch], spread));
            let spikes = |p: &DrawnPopulation| Reference::new(kernel, p).forward(0, 0).spikes.iter().any(|&z| z > 0.0);
            let p = p.into_iter().find(spikes).unwrap_or_else(|| panic!("{} is silent", kernel.name));
            for level in levels() {
                let (double, compared, spikes) = disagreement::<f64>(kernel, &p, level, 1e-9).unwrap();
                assert_eq!(compared, p.steps * p.width(), "{} {level:?}: a spike differs", kernel.name);
                let (single, compared, _) = disagreement::<f32>(kernel, &p, level, 2e-3).unwrap();
                println!("{} {level:?} {spread:?}: {double:.1e}, {single:.1e}, {spikes} spikes", kernel.name);
                assert!(2 * compared > p.steps * p.width(), "{} {level:?}: {compared} steps", kernel.name);
            }
        }
    }
}

#[test]
fn a_long_step_leaves_the_polynomial_and_stays_right() {
    for kernel in cells(Use::Scan).filter(|k| k.name.starts_with("hh")) {
        let p = DrawnPopulation { dt: 0.5, ..DrawnPopulation::new(kernel, [3, 64, 1], Spread::Neuron) };
        let reference = Reference::new(kernel, &p);
        // The rate of the Na gate is above 1/ms, so that the argument of the polynomial is beyond -3/2 in such a step.
        let fast = reference.forward(0, 0).states.windows(2).any(|x| (x[1][1] - x[0][1]).abs() > 0.5);
        assert!(fast, "{}: the gates never move far in a step", kernel.name);
        for level in levels() {
            let (error, compared, _) = disagreement::<f64>(kernel, &p, level, 1e-9).unwrap();
            println!("{} {level:?} at 0.5 ms: {error:.1e}", kernel.name);
            assert_eq!(compared, p.steps * p.width());
        }
    }
}
