//! These tests compare reverse and tangent scans with the equations in double precision.

use crate::reference::{Reference, levels};
use kernels::{AdjointSeed, Cell, Precision, Spread, Use, cells};
use kernels_testing::{Buffers, DrawnPopulation, Engine, ScanGradients, Sums, compare, to};

const TOLERANCE: f64 = 1e-9;
const SIZE: [usize; 3] = [3, 150, 2];

fn wave(k: usize) -> f64 {
    f64::from((0.7 * k as f32).sin())
}

/// Computes the gradients from the equations: of the recorded outputs `rows` with seeds from [`wave`], or of the
/// objective where `rows` is empty.
fn by_hand(kernel: &Cell, p: &DrawnPopulation, rows: &[usize], end: &[f64]) -> ScanGradients<f64> {
    let (r, width, n) = (Reference::new(kernel, p), p.width(), p.neurons);
    let (s, i) = (kernel.state.len(), kernel.input.len());
    let columns = if p.spread == Spread::Neuron { width } else { p.batch };
    let mut g = ScanGradients {
        start: vec![0.0; s * width],
        drive: vec![0.0; p.steps * i * columns],
        params: vec![0.0; kernel.param.len() * n],
        loss: vec![0.0; n],
    };
    for c in 0..width {
        let (b, k) = (c / n, c % n);
        let column = r.forward(b, k);
        let away = |t: usize| column.states[t + 1][0] - p.target[t * width + c];
        let seeds = |t: usize| {
            let mut seed = vec![0.0; s + 1];
            for (slot, &row) in rows.iter().enumerate() {
                seed[row] = wave((t * rows.len() + slot) * width + c);
            }
            if rows.is_empty() {
                seed[0] = p.weight[t] * away(t);
            }
            seed
        };
        let [start, drive, params] =
            r.adjoint((b, k), &column, seeds, (0..s).map(|row| end[row * width + c]).collect());
        (0..s).for_each(|row| g.start[row * width + c] = start[row]);
        let to = if p.spread == Spread::Neuron { c } else { b };
        (0..p.steps * i).for_each(|row| g.drive[row * columns + to] += drive[row]);
        (0..params.len()).for_each(|row| g.params[row * n + k] += params[row]);
        if rows.is_empty() {
            g.loss[k] += (0..p.steps).map(|t| p.weight[t] * away(t) * away(t)).sum::<f64>();
        }
    }
    g
}

fn doubles<F: Precision>(x: &[F]) -> Vec<f64> {
    x.iter().map(|x| x.to()).collect()
}

fn differ(
    p: &DrawnPopulation,
    got: &ScanGradients<f64>,
    want: &ScanGradients<f64>,
    tolerance: f64,
) -> Result<f64, String> {
    let errors = [
        compare("start", &got.start, &want.start, p.width(), tolerance)?,
        compare("drive", &got.drive, &want.drive, want.drive.len(), tolerance)?,
        compare("params", &got.params, &want.params, p.neurons, tolerance)?,
        compare("loss", &got.loss, &want.loss, p.neurons, tolerance)?,
    ];
    Ok(errors.into_iter().fold(0.0, f64::max))
}

/// Compares the reverse scan with the adjoint of the equations, for recorded rows and for an objective, with a gradient
/// w.r.t. the final state. Returns the largest error.
pub fn reverse<F: Precision>(
    kernel: &'static Cell,
    p: &DrawnPopulation,
    engine: impl Engine<F> + Copy,
    tolerance: f64,
) -> Result<f64, String> {
    let (buffers, s) = (Buffers::<F>::new(p), kernel.state.len());
    let rows = [s, 0, s - 1];
    let values: Vec<f64> = (0..p.steps * rows.len() * p.width()).map(wave).collect();
    let end: Vec<f64> = (0..s * p.width()).map(|k| 0.125 * wave(k + 1)).collect();
    let (given, end_given) = (to::<F>(&values), to::<F>(&end));
    let (recorded, fitted) = (by_hand(kernel, p, &rows, &end), by_hand(kernel, p, &[], &end));
    assert!(fitted.params.iter().any(|g| *g != 0.0));
    let mut worst = 0.0f64;
    for (seed, want) in
        [(AdjointSeed::Rows(&rows, &given), &recorded), (AdjointSeed::Distance(buffers.objective()), &fitted)]
    {
        let got = buffers.adjoint(kernel, engine, seed, &end_given)?;
        let [start, drive, params, loss] = [&got.start, &got.drive, &got.params, &got.loss].map(|x| doubles(x));
        let got = ScanGradients { start, drive, params, loss };
        worst = worst.max(differ(p, &got, want, tolerance)?);
        each_wrong_entry_is_found(p, &got, want, tolerance);
    }
    Ok(worst)
}

/// Changes the largest entry by a thousand times the tolerance.
fn spoil(tensor: &mut [f64], tolerance: f64) {
    let largest = tensor.iter_mut().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
    *largest = if *largest == 0.0 { 1.0 } else { *largest * (1.0 + 1e3 * tolerance) };
}

/// Checks that the comparison detects one entry of each tensor that is a thousand times the tolerance off.
fn each_wrong_entry_is_found(p: &DrawnPopulation, got: &ScanGradients<f64>, want: &ScanGradients<f64>, tolerance: f64) {
    type Tensor = fn(&mut ScanGradients<f64>) -> &mut Vec<f64>;
    let tensors: [(&str, Tensor); 3] =
        [("start", |g| &mut g.start), ("drive", |g| &mut g.drive), ("params", |g| &mut g.params)];
    for (name, tensor) in tensors {
        let mut bad = got.clone();
        spoil(tensor(&mut bad), tolerance);
        let found = differ(p, &bad, want, tolerance).unwrap_err();
        assert!(found.starts_with(name), "{found}");
    }
}

/// Compares the tangent scan w.r.t. the parameters `which` with the Jacobian of the equations. Returns the largest
/// error.
pub fn tangent<F: Precision>(
    kernel: &'static Cell,
    p: &DrawnPopulation,
    which: &[usize],
    engine: impl Engine<F> + Copy,
    tolerance: f64,
) -> Result<f64, String> {
    let (buffers, r, n, k) = (Buffers::<F>::new(p), Reference::new(kernel, p), p.neurons, which.len());
    let mut want = Sums { loss: vec![0.0; n], gradient: vec![0.0; k * n], curvature: vec![0.0; k * (k + 1) / 2 * n] };
    for c in 0..p.width() {
        let (at, column) = (c % n, r.forward(c / n, c % n));
        for (t, slope) in r.slopes((c / n, at), &column, which).iter().enumerate() {
            let away = column.states[t + 1][0] - p.target[t * p.width() + c];
            want.loss[at] += p.weight[t] * away * away;
            let pairs = (0..k).flat_map(|a| (a..k).map(move |b| (a, b)));
            (0..k).for_each(|a| want.gradient[a * n + at] += p.weight[t] * away * slope[a]);
            pairs.enumerate().for_each(|(j, (a, b))| want.curvature[j * n + at] += p.weight[t] * slope[a] * slope[b]);
        }
    }
    let got = buffers.tangent(kernel, engine, which)?;
    let got = Sums { loss: doubles(&got.loss), gradient: doubles(&got.gradient), curvature: doubles(&got.curvature) };
    let check = |got: &Sums<f64>| -> Result<f64, String> {
        let loss = compare("loss", &got.loss, &want.loss, n, tolerance)?;
        let gradient = compare("gradient", &got.gradient, &want.gradient, n, tolerance)?;
        Ok(loss.max(gradient).max(compare("curvature", &got.curvature, &want.curvature, n, tolerance)?))
    };
    let error = check(&got)?;
    let mut bad = got.clone();
    spoil(&mut bad.curvature, tolerance);
    assert!(check(&bad).unwrap_err().starts_with("curvature"));
    // Both scans compute half the gradient.
    let reverse = buffers.adjoint(kernel, engine, AdjointSeed::Distance(buffers.objective()), &[])?.params;
    let reverse: Vec<f64> = which.iter().flat_map(|&w| doubles(&reverse[w * n..][..n])).collect();
    compare("reverse", &reverse, &got.gradient, n, 2.0 * tolerance)?;
    Ok(error)
}

#[test]
fn reverse_scans_are_the_adjoint_of_the_equations() {
    for kernel in cells(Use::Scan) {
        for spread in [Spread::Neuron, Spread::Batch, Spread::Shared] {
            let p = DrawnPopulation::new(kernel, SIZE, spread);
            for level in levels() {
                let error = reverse::<f64>(kernel, &p, level, TOLERANCE);
                println!("{} {level:?} {spread:?}: {:.1e}", kernel.name, error.unwrap());
            }
        }
    }
}

#[test]
fn tangent_scans_accumulate_the_jacobian_of_the_equations() {
    for kernel in cells(Use::Scan) {
        let p = DrawnPopulation::new(kernel, SIZE, Spread::Neuron);
        let which: Vec<usize> = (0..kernel.param.len()).rev().collect();
        for level in levels() {
            let error = tangent::<f64>(kernel, &p, &which, level, TOLERANCE);
            println!("{} {level:?}: {:.1e}", kernel.name, error.unwrap());
        }
    }
}
