//! These tests compare recorded sensitivities with the Jacobian of the equations, in a run that is taken in two parts.

use crate::reference::{Reference, levels};
use kernels::{Cell, Level, Run, Sensitivities, Series, Spread, Use, cells};
use kernels_testing::{Buffers, DrawnPopulation, compare};

const TOLERANCE: f64 = 1e-9;
const SIZE: [usize; 3] = [3, 150, 2];

/// Returns the rows of both parts of a run, one after the other.
fn in_two_parts(cell: &Cell, p: &DrawnPopulation, which: &[usize], level: Level) -> Vec<f64> {
    let (buffers, s, k) = (Buffers::<f64>::new(p), cell.state.len(), which.len());
    let whole = buffers.run();
    let (mut state, mut slopes) = (whole.start.to_vec(), vec![0.0; k * s * p.width()]);
    let mut all = Vec::new();
    let half = p.steps / 2;
    for steps in [0..half, half..p.steps] {
        let stride = whole.drive.stride(cell.input.len(), p.batch, p.neurons);
        let data = &whole.drive.data[steps.start * stride..steps.end * stride];
        let run = Run { steps: steps.len(), start: &state, drive: Series { data, ..whole.drive }, level, ..whole };
        let mut rows = vec![0.0; steps.len() * (1 + k) * p.width()];
        let (mut end, mut end_slopes) = (state.clone(), slopes.clone());
        let out = Sensitivities {
            row: 0,
            which,
            start: &slopes,
            rows: &mut rows,
            end: &mut end,
            end_slopes: &mut end_slopes,
        };
        cell.sensitivities(&run, out).unwrap();
        (state, slopes) = (end, end_slopes);
        all.extend(rows);
    }
    all
}

#[test]
fn recorded_sensitivities_are_the_jacobian_of_the_equations() {
    for cell in cells(Use::Scan) {
        let p = DrawnPopulation::new(cell, SIZE, Spread::Neuron);
        let which: Vec<usize> = (0..cell.param.len()).rev().collect();
        let rows = 1 + which.len();
        let reference = Reference::new(cell, &p);
        let mut want = vec![0.0; p.steps * rows * p.width()];
        for c in 0..p.width() {
            let at = (c / p.neurons, c % p.neurons);
            let column = reference.forward(at.0, at.1);
            for (t, slopes) in reference.slopes(at, &column, &which).iter().enumerate() {
                let values = std::iter::once(&column.states[t + 1][0]).chain(slopes);
                values.enumerate().for_each(|(row, &v)| want[(t * rows + row) * p.width() + c] = v);
            }
        }
        for level in levels() {
            let got = in_two_parts(cell, &p, &which, level);
            for row in 0..rows {
                let of = |x: &[f64]| -> Vec<f64> {
                    x.chunks(p.width()).skip(row).step_by(rows).flatten().copied().collect()
                };
                let error = compare("rows", &of(&got), &of(&want), p.steps * p.width(), TOLERANCE);
                assert!(error.is_ok(), "{} {level:?} row {row}: {error:?}", cell.name);
            }
        }
    }
}

#[test]
fn sensitivities_of_what_is_not_there_are_refused() {
    let lif = kernels::find("lif").unwrap();
    let p = DrawnPopulation::new(lif, [1, 4, 1], Spread::Shared);
    let buffers = Buffers::<f64>::new(&p);
    let refused = |row, which: &[usize]| {
        let out = Sensitivities { row, which, start: &[], rows: &mut [], end: &mut [], end_slopes: &mut [] };
        lif.sensitivities(&buffers.run(), out).unwrap_err().to_string()
    };
    assert!(refused(2, &[0]).contains("output 2"), "{}", refused(2, &[0]));
    assert!(refused(0, &[99]).contains("parameter 99"), "{}", refused(0, &[99]));
}
