//! Stages 2 and 3: the moving threshold.
//!
//! Stage 2: at every recorded spike the potential of the spike-forced run should equal the threshold
//! `V_th + h_1 + h_2 + u`, which is linear in `V_th`, `b_1`, `b_2` once the time constants and `c_u` are chosen; a few
//! choices of these give the starts.
//!
//! Stage 3: the times of the free-running model's spikes (see [`latency`](super::latency)) are fitted by
//! Levenberg and Marquardt's method with a robust cost, next to a weak pull on the potential above threshold at the
//! recorded spikes. The Jacobian of the spike times is taken by central differences, all of them extra columns of one
//! scan. Steps must be wide enough for the reset, which happens on the grid, not to show.

use super::columns::{Columns, column};
use super::config::Threshold;
use super::latency::{Slopes, residuals};
use super::simulate::{Spikes, free, gif_start, margins, scan};
use super::sweep::FitSweep;
use brain_core::device::{DeviceError, Simulator};
use brain_core::optim::{Evaluation, packed};

/// Fitted parameters in order, and whether as a logarithm.
pub const FIELDS: [(&str, bool); 7] =
    [("V_th", false), ("b_1", false), ("b_2", false), ("T_1", true), ("T_2", true), ("c_u", false), ("tau_u", true)];
/// Half the distance of the central differences, in fitted coordinates.
const DIFFERENCE: [f64; 7] = [0.1, 0.2, 0.1, 0.05, 0.05, 0.01, 0.05];
/// Longest step that is tried, in fitted coordinates.
const LONGEST: [f64; 7] = [3.0, 4.0, 2.0, 0.5, 0.5, 0.15, 0.5];
/// Residual beyond which the cost grows linearly, in expected errors.
const ROBUST: f64 = 20.0;
/// Weak knowledge: coordinate, mean, standard deviation.
const PRIORS: [(usize, f64, f64); 6] = [
    (3, 2.708_050_201_102_21, 1.0),
    (4, 5.010_635_294_096_256, 1.0),
    (6, 3.401_197_381_662_155_5, 1.5),
    (1, 5.0, 15.0),
    (2, 2.0, 8.0),
    (5, 0.3, 0.6),
];

/// Number of fitted parameters.
const K: usize = FIELDS.len();

/// The least-squares problem of stage 3.
pub struct ThresholdProblem<'a> {
    free: Simulator,
    forced: Simulator,
    sweeps: &'a [FitSweep],
    /// The membrane found in stage 1, `[18]`.
    membrane: Vec<f64>,
    settings: Threshold,
}

impl<'a> ThresholdProblem<'a> {
    /// For a membrane.
    pub fn new(
        [free, forced]: [Simulator; 2],
        sweeps: &'a [FitSweep],
        membrane: Vec<f64>,
        settings: &Threshold,
    ) -> Self {
        Self { free, forced, sweeps, membrane, settings: settings.clone() }
    }

    /// All model parameters from `[K][n]`.
    pub fn params(&self, z: &[f64]) -> Vec<f64> {
        let n = z.len() / K;
        let mut p = Columns::defaults(*self.free, n);
        for (f, &x) in self.free.param.iter().zip(&self.membrane) {
            p.set(&f.name, std::iter::repeat_n(x, n));
        }
        for (k, (name, log)) in FIELDS.iter().enumerate() {
            p.set(name, z[k * n..(k + 1) * n].iter().map(|&x| if *log { x.exp() } else { x }));
        }
        p.values
    }

    /// Stage 2: starts `[K][N]`.
    pub fn starts(&self, time_constants: &[[f64; 2]], tau_u: &[f64], c_u: &[f64]) -> Result<Vec<f64>, DeviceError> {
        let mut choices = Vec::new();
        for &[t_1, t_2] in time_constants {
            for &tau in tau_u {
                choices.push(vec![0.0, 1.0, 1.0, t_1.ln(), t_2.ln(), 1.0, tau.ln()]);
            }
        }
        let n = choices.len();
        let params = self.params(&Columns::from_columns(&choices).values);
        let mut normal = vec![[[0.0; 5]; 3]; n];
        let rows = ["gap", "h_1", "h_2", "u"].map(|r| self.forced.output(r).unwrap_or(0));
        for s in self.sweeps.iter().filter(|s| !s.spikes.is_empty()) {
            let mut next = 0;
            let share = 1.0 / s.spikes.len() as f64;
            scan(&self.forced, s, &params, gif_start(&self.forced, s, &params), 1, &rows, |t, rows| {
                if s.spikes.get(next).is_none_or(|&k| k != t + 1) {
                    return;
                }
                next += 1;
                for (i, normal) in normal.iter_mut().enumerate() {
                    let at = |r: usize| rows[r * n + i];
                    // Rows are those after the spike's own jumps of one, the gap is the one before.
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
        Ok(Columns::from_columns(&starts).values)
    }

    /// The cost `[N]` at `[K][N]`, with what the free runs did.
    fn cost(&self, z: &[f64]) -> Result<(Vec<f64>, Vec<Vec<Spikes>>), DeviceError> {
        let n = z.len() / K;
        let params = self.params(z);
        let mut cost = vec![0.0; n];
        let mut runs = Vec::new();
        let share = 1.0 / self.sweeps.len() as f64;
        for s in self.sweeps {
            let run = free(&self.free, s, &params, self.settings.dt_value)?;
            let margin = margins(&self.forced, s, &params)?;
            let pull = self.settings.margin_weight * share / s.spikes.len().max(1) as f64;
            for i in 0..n {
                for r in residuals(s, &run[i], self.settings.timing_error, None).r {
                    let r = r * share.sqrt() / ROBUST;
                    cost[i] += 2.0 * ROBUST * ROBUST * ((1.0 + r * r).sqrt() - 1.0);
                }
                cost[i] += margin.iter().skip(i).step_by(n).map(|m| pull * m * m).sum::<f64>();
            }
            runs.push(run);
        }
        for (i, cost) in cost.iter_mut().enumerate() {
            *cost += PRIORS.iter().map(|&(a, mean, sd)| ((z[a * n + i] - mean) / sd).powi(2)).sum::<f64>();
        }
        Ok((cost, runs))
    }

    /// Cost at `[K][M]`; and where it is below `best` and no step from `from` is too long, gradient and curvature.
    pub fn evaluate(&self, z: &[f64], from: &[f64], best: &[f64]) -> Result<Evaluation, DeviceError> {
        let m = z.len() / K;
        let near = |i: usize| (0..K).all(|a| (z[a * m + i] - from[a * m + i]).abs() <= LONGEST[a]);
        let tried: Vec<usize> = (0..m).filter(|&i| near(i)).collect();
        let pairs = K * (K + 1) / 2;
        let mut found =
            Evaluation { loss: vec![f64::INFINITY; m], gradient: vec![0.0; K * m], jtj: vec![0.0; pairs * m] };
        let pick =
            |of: &[usize]| Columns::from_columns(&of.iter().map(|&i| column(z, m, i)).collect::<Vec<_>>()).values;
        if tried.is_empty() {
            return Ok(found);
        }
        let (cost, runs) = self.cost(&pick(&tried))?;
        tried.iter().zip(&cost).for_each(|(&i, &c)| found.loss[i] = c);
        let better: Vec<usize> = (0..tried.len()).filter(|&j| cost[j] < best[tried[j]]).collect();
        if better.is_empty() {
            return Ok(found);
        }
        // Columns: for each better one, plus and minus along every coordinate.
        let mut moved = Vec::new();
        for &j in &better {
            let at = column(z, m, tried[j]);
            for (a, h) in DIFFERENCE.iter().enumerate() {
                for h in [*h, -h] {
                    let mut z = at.clone();
                    z[a] += h;
                    moved.push(z);
                }
            }
        }
        let n = moved.len();
        let params = self.params(&Columns::from_columns(&moved).values);
        let share = 1.0 / self.sweeps.len() as f64;
        for (s, centres) in self.sweeps.iter().zip(&runs) {
            let around = free(&self.free, s, &params, self.settings.dt_value)?;
            let margin_around = margins(&self.forced, s, &params)?;
            let margin = margins(&self.forced, s, &self.params(&pick(&tried)))?;
            let pull = self.settings.margin_weight * share / s.spikes.len().max(1) as f64;
            for (b, &j) in better.iter().enumerate() {
                let i = tried[j];
                let (times, gap) = slopes(&centres[j], &around[b * 2 * K..(b + 1) * 2 * K]);
                let slopes = Slopes { k: K, times: &times, gap: &gap };
                let res = residuals(s, &centres[j], self.settings.timing_error, Some(slopes));
                for (r, j) in res.r.iter().zip(res.j.chunks(K)) {
                    let r = r * share.sqrt();
                    let weight = share / (1.0 + (r / ROBUST).powi(2)).sqrt();
                    add(&mut found, i, weight, r / share.sqrt(), j);
                }
                for k in 0..s.spikes.len() {
                    let at = |a: usize, side: usize| margin_around[k * n + b * 2 * K + 2 * a + side];
                    let slope: Vec<f64> = (0..K).map(|a| (at(a, 0) - at(a, 1)) / (2.0 * DIFFERENCE[a])).collect();
                    add(&mut found, i, pull, margin[k * tried.len() + j], &slope);
                }
            }
        }
        for &j in &better {
            let i = tried[j];
            for (a, mean, sd) in PRIORS {
                let mut slope = [0.0; K];
                slope[a] = 1.0;
                add(&mut found, i, 1.0 / (sd * sd), z[a * m + i] - mean, &slope);
            }
        }
        Ok(found)
    }
}

/// Adds a residual of some weight to gradient and curvature of column `i`.
fn add(to: &mut Evaluation, i: usize, weight: f64, r: f64, j: &[f64]) {
    let n = to.loss.len();
    for a in 0..K {
        to.gradient[a * n + i] += weight * r * j[a];
        for b in a..K {
            to.jtj[packed(K, a, b) * n + i] += weight * j[a] * j[b];
        }
    }
}

/// Central differences of spike times `[spike][K]` and of the gap; spikes that one side lacks move like the last.
fn slopes(centre: &Spikes, around: &[Spikes]) -> (Vec<f64>, Vec<f64>) {
    let mut times = vec![0.0; centre.times.len() * K];
    let mut gap = vec![0.0; K];
    for a in 0..K {
        let (plus, minus, h) = (&around[2 * a], &around[2 * a + 1], 2.0 * DIFFERENCE[a]);
        gap[a] = (plus.gap - minus.gap) / h;
        let mut last = 0.0;
        for k in 0..centre.times.len() {
            if let (Some(p), Some(m)) = (plus.times.get(k), minus.times.get(k)) {
                last = (p - m) / h;
            }
            times[k * K + a] = last;
        }
    }
    (times, gap)
}

/// Solves the normal equations of `V_th, b_1, b_2` with both jumps at least zero.
fn jumps_not_below_zero(normal: &[[f64; 5]; 3], b: [f64; 3]) -> [f64; 3] {
    let mut active = vec![0, 1, 2];
    loop {
        let mut q = [0.0; 3];
        for (x, &a) in eliminate(&active, normal, &b).into_iter().zip(&active) {
            q[a] = x;
        }
        let kept: Vec<usize> = active.iter().copied().filter(|&a| a == 0 || q[a] >= 0.0).collect();
        if kept.len() == active.len() {
            return q;
        }
        active = kept;
    }
}

/// Gauss's elimination of a small positive definite system.
fn eliminate(rows: &[usize], a: &[[f64; 5]; 3], b: &[f64; 3]) -> Vec<f64> {
    let n = rows.len();
    let mut m: Vec<Vec<f64>> = rows.iter().map(|&r| rows.iter().map(|&c| a[r][c]).chain([b[r]]).collect()).collect();
    for i in 0..n {
        let pivot = m[i].clone();
        for row in m.iter_mut().skip(i + 1) {
            let f = if pivot[i] != 0.0 { row[i] / pivot[i] } else { 0.0 };
            row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= f * p);
        }
    }
    let mut x = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| m[i][j] * x[j]).sum();
        x[i] = if m[i][i] != 0.0 { (m[i][n] - known) / m[i][i] } else { 0.0 };
    }
    x
}
