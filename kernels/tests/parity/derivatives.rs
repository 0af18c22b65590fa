//! Reverse and tangent scans in double precision.

use crate::{
    population::{Buffers, Gradients, Population, Sums, levels},
    reference::{Reference, compare},
};
use kernels::{KERNELS, Kernel, Seed, Spread};

const TOLERANCE: f64 = 1e-9;
const SIZE: [usize; 3] = [3, 150, 2];

fn wave(k: usize) -> f64 {
    (0.7 * k as f64).sin()
}

/// Gradients by hand; `rows` recorded outputs with seeds from [`wave`], or the objective where there are none.
fn by_hand(kernel: &Kernel, p: &Population, rows: &[usize], end: &[f64]) -> Gradients<f64> {
    let (r, width, n) = (Reference::new(kernel, p), p.width(), p.neurons);
    let (s, i) = (kernel.state.len(), kernel.input.len());
    let columns = if p.spread == Spread::Neuron { width } else { p.batch };
    let mut g = Gradients {
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

fn differ(p: &Population, got: &Gradients<f64>, want: &Gradients<f64>) -> Result<f64, String> {
    let errors = [
        compare("start", &got.start, &want.start, p.width(), TOLERANCE)?,
        compare("drive", &got.drive, &want.drive, want.drive.len(), TOLERANCE)?,
        compare("params", &got.params, &want.params, p.neurons, TOLERANCE)?,
        compare("loss", &got.loss, &want.loss, p.neurons, TOLERANCE)?,
    ];
    Ok(errors.into_iter().fold(0.0, f64::max))
}

#[test]
fn reverse_scans_are_the_adjoint_of_the_equations() {
    for kernel in KERNELS {
        for spread in [Spread::Neuron, Spread::Batch, Spread::Shared] {
            let p = Population::new(kernel, SIZE, spread);
            let (buffers, s) = (Buffers::<f64>::new(&p), kernel.state.len());
            let rows = [s, 0, s - 1];
            let values: Vec<f64> = (0..p.steps * rows.len() * p.width()).map(wave).collect();
            let end: Vec<f64> = (0..s * p.width()).map(|k| 0.1 * wave(k + 1)).collect();
            let (recorded, fitted) = (by_hand(kernel, &p, &rows, &end), by_hand(kernel, &p, &[], &end));
            assert!(fitted.params.iter().any(|g| *g != 0.0));
            for level in levels() {
                for (seed, want) in
                    [(Seed::Rows(&rows, &values), &recorded), (Seed::Objective(buffers.objective()), &fitted)]
                {
                    let got = buffers.adjoint(kernel, level, seed, &end);
                    let error = differ(&p, &got, want).unwrap_or_else(|e| panic!("{} {level:?}: {e}", kernel.name));
                    println!("{} {level:?} {spread:?}: {error:.1e}", kernel.name);
                    each_wrong_entry_is_found(&p, &got, want);
                }
            }
        }
    }
}

/// One entry of each tensor, a millionth off.
fn each_wrong_entry_is_found(p: &Population, got: &Gradients<f64>, want: &Gradients<f64>) {
    type Tensor = fn(&mut Gradients<f64>) -> &mut Vec<f64>;
    let tensors: [(&str, Tensor); 3] =
        [("start", |g| &mut g.start), ("drive", |g| &mut g.drive), ("params", |g| &mut g.params)];
    for (name, tensor) in tensors {
        let mut bad = got.clone();
        let largest = tensor(&mut bad).iter_mut().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
        *largest *= 1.0 + 1e-6;
        let found = differ(p, &bad, want).unwrap_err();
        assert!(found.starts_with(name), "{found}");
    }
}

#[test]
fn tangent_scans_accumulate_the_jacobian_of_the_equations() {
    for kernel in KERNELS {
        let p = Population::new(kernel, SIZE, Spread::Neuron);
        let (buffers, r, n) = (Buffers::<f64>::new(&p), Reference::new(kernel, &p), p.neurons);
        let which: Vec<usize> = (0..kernel.param.len()).rev().collect();
        let k = which.len();
        let mut want =
            Sums { loss: vec![0.0; n], gradient: vec![0.0; k * n], curvature: vec![0.0; k * (k + 1) / 2 * n] };
        for c in 0..p.width() {
            let (at, column) = (c % n, r.forward(c / n, c % n));
            for (t, slope) in r.slopes((c / n, at), &column, &which).iter().enumerate() {
                let away = column.states[t + 1][0] - p.target[t * p.width() + c];
                want.loss[at] += p.weight[t] * away * away;
                let pairs = (0..k).flat_map(|a| (a..k).map(move |b| (a, b)));
                (0..k).for_each(|a| want.gradient[a * n + at] += p.weight[t] * away * slope[a]);
                pairs
                    .enumerate()
                    .for_each(|(j, (a, b))| want.curvature[j * n + at] += p.weight[t] * slope[a] * slope[b]);
            }
        }
        for level in levels() {
            let got = buffers.tangent(kernel, level, &which);
            let check = |got: &Sums<f64>| -> Result<f64, String> {
                let loss = compare("loss", &got.loss, &want.loss, n, TOLERANCE)?;
                let gradient = compare("gradient", &got.gradient, &want.gradient, n, TOLERANCE)?;
                Ok(loss.max(gradient).max(compare("curvature", &got.curvature, &want.curvature, n, TOLERANCE)?))
            };
            let error = check(&got).unwrap_or_else(|e| panic!("{} {level:?}: {e}", kernel.name));
            println!("{} {level:?}: {error:.1e}", kernel.name);
            let mut bad = got.clone();
            let largest = bad.curvature.iter_mut().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
            *largest *= 1.0 + 1e-6;
            assert!(check(&bad).unwrap_err().starts_with("curvature"));
            // Half the gradient, either way.
            let reverse = buffers.adjoint(kernel, level, Seed::Objective(buffers.objective()), &[]);
            let reverse: Vec<f64> = which.iter().flat_map(|&w| reverse.params[w * n..][..n].to_vec()).collect();
            compare("reverse", &reverse, &got.gradient, n, TOLERANCE).unwrap();
        }
    }
}
