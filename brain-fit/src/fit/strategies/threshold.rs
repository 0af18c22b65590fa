//! The moving threshold has its starts from the potential at the recorded spikes.
//!
//! At every recorded spike the potential of the spike-forced run should equal the threshold `V_th + h_1 + h_2 + u`, which
//! is linear in `V_th`, `b_1`, `b_2` once the time constants and `c_u` are chosen; a few choices of these give the starts
//! of the fit of spike times.

use crate::fit::FitError;
use crate::fit::columns::from_columns;
use crate::fit::coordinates::Coordinates;
use crate::fit::simulate::Simulator;
use crate::fit::sweep::FitSweep;
use brain_core::optim::{cholesky, cholesky_solve};

/// Gives starts `[coordinate, column]` of `V_th, b_1, b_2, T_1, T_2, c_u, tau_u`, by linear least squares for each choice of
/// the last four; `fixed` are all parameters of the model.
pub(super) fn starts(
    forced: &Simulator,
    coordinates: &Coordinates,
    fixed: &[f64],
    sweeps: &[FitSweep],
    time_constants: &[[f64; 2]],
    tau_u: &[f64],
    c_u: &[f64],
) -> Result<Vec<f64>, FitError> {
    let mut choices = Vec::new();
    for &[t_1, t_2] in time_constants {
        for &tau in tau_u {
            choices.push(vec![0.0, 1.0, 1.0, t_1.ln(), t_2.ln(), 1.0, tau.ln()]);
        }
    }
    let n = choices.len();
    let params = coordinates.params(fixed, &from_columns(&choices));
    let mut normal = vec![[[0.0; 5]; 3]; n];
    let rows = ["gap", "h_1", "h_2", "u"].map(|name| forced.model.output(name));
    let [margin, h_1, h_2, u] = rows;
    let rows = [margin?, h_1?, h_2?, u?];
    for s in sweeps.iter().filter(|s| !s.answers().is_empty()) {
        let spikes = s.answers();
        let mut next = 0;
        let share = 1.0 / spikes.len() as f64;
        forced.run(s, &params, 1, &rows, |t, rows| {
            if spikes.get(next).is_none_or(|&k| k != t + 1) {
                return;
            }
            next += 1;
            for (i, normal) in normal.iter_mut().enumerate() {
                let at = |r: usize| rows[r * n + i];
                // Rows are those after the spike's own jumps of one, the margin is the one before.
                let x = [1.0, at(1) - 1.0, at(2) - 1.0];
                let v = at(0) + x[1] + x[2] + at(3);
                for (a, row) in normal.iter_mut().enumerate() {
                    (0..3).for_each(|b| row[b] += share * x[a] * x[b]);
                    row[3] += share * x[a] * v;
                    row[4] += share * x[a] * at(3);
                }
            }
        })?;
    }
    let mut starts = Vec::new();
    for (choice, mut normal) in choices.into_iter().zip(normal) {
        normal[1][1] += 1e-3;
        normal[2][2] += 1e-3;
        for &c in c_u {
            let b = [0, 1, 2].map(|a| normal[a][3] - c * normal[a][4]);
            let q = jumps_not_below_zero(&normal, b);
            starts.push(vec![q[0], q[1], q[2], choice[3], choice[4], c, choice[6]]);
        }
    }
    Ok(from_columns(&starts))
}

/// Solves the normal equations of `V_th, b_1, b_2` with both jumps at least zero.
fn jumps_not_below_zero(normal: &[[f64; 5]; 3], b: [f64; 3]) -> [f64; 3] {
    let mut active = vec![0, 1, 2];
    loop {
        let mut q = [0.0; 3];
        for (x, &a) in solve(&active, normal, &b).into_iter().zip(&active) {
            q[a] = x;
        }
        let kept: Vec<usize> = active.iter().copied().filter(|&a| a == 0 || q[a] >= 0.0).collect();
        if kept.len() == active.len() {
            return q;
        }
        active = kept;
    }
}

/// Solves the equations of `rows` alone; they are positive definite, for the recorded spikes have a threshold and both jumps
/// a ridge.
fn solve(rows: &[usize], a: &[[f64; 5]; 3], b: &[f64; 3]) -> Vec<f64> {
    let mut matrix: Vec<f64> = rows.iter().flat_map(|&r| rows.iter().map(move |&c| a[r][c])).collect();
    let mut x: Vec<f64> = rows.iter().map(|&r| b[r]).collect();
    match cholesky(&mut matrix, rows.len()) {
        Some(()) => cholesky_solve(&matrix, &mut x),
        None => x.fill(0.0),
    }
    x
}
