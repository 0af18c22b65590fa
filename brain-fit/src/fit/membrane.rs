//! Stage 1: the subthreshold membrane, with the recorded spikes given to the model.
//!
//! Between its own recorded spikes the cell is a leaky integrator driven by a known current, and the potential is a
//! smooth function of the parameters: `gif-forced` resets where the *cell* spiked. The distance of the whole trajectory
//! (not of dV/dt), without the samples around spikes, is minimised with Levenberg and Marquardt's method; its `J^T W r`
//! and `J^T W J` come from one tangent scan (Mensi et al. 2012, <https://doi.org/10.1152/jn.00408.2011>; Pozzorini et al.
//! 2015, <https://doi.org/10.1371/journal.pcbi.1004275>).
//!
//! Capacitance, conductance and time constants are fitted as logarithms. After-spike currents and the membrane's own
//! time constant can stand in for each other, so a weak ridge holds the currents and a weak prior holds tau_m; the three
//! time constants live in bands that do not overlap.

use super::columns::Columns;
use super::config::Membrane;
use super::sweep::FitSweep;
use brain_core::device::{DeviceError, Simulator};
use brain_core::optim::{Evaluation, packed};
use brain_core::stats::{mean, median};
use kernels::{Cell, Level, Objective, Run, Series, Spread, Tangent};

/// Fitted parameters in order, and whether as a logarithm.
pub const FIELDS: [(&str, bool); 10] = [
    ("c_m", true),
    ("g_L", true),
    ("E_L", false),
    ("V_reset", false),
    ("a_1", false),
    ("a_2", false),
    ("a_3", false),
    ("tau_1", true),
    ("tau_2", true),
    ("tau_3", true),
];

/// Time constant of the filter that gives the first guess of the resistance, ms.
const GUESS: f64 = 20.0;

/// Sweeps of one sampling interval, side by side.
struct Group {
    dt: f64,
    steps: usize,
    batch: usize,
    /// `[time, (i, z), batch]`.
    drive: Vec<f64>,
    /// `[time, batch]`.
    target: Vec<f64>,
    weight: Vec<f64>,
    v0: Vec<f64>,
}

/// The least-squares problem of stage 1.
pub struct MembraneProblem {
    kernel: Simulator,
    groups: Vec<Group>,
    which: Vec<usize>,
    t_ref: f64,
    settings: Membrane,
    /// Sum of all weights.
    pub total: f64,
    /// Input resistance, GOhm, and rest, mV, by regression.
    pub guess: (f64, f64),
    v_reset: f64,
}

impl MembraneProblem {
    /// Of some sweeps.
    pub fn new(kernel: Simulator, sweeps: &[FitSweep], t_ref: f64, settings: &Membrane) -> Self {
        let weights: Vec<Vec<f64>> = sweeps.iter().map(|s| weights(s, t_ref, settings)).collect();
        let mut groups: Vec<Group> = Vec::new();
        let mut rates: Vec<f64> = sweeps.iter().map(|s| s.dt).collect();
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        for dt in rates {
            let members: Vec<usize> = (0..sweeps.len()).filter(|&k| sweeps[k].dt == dt).collect();
            groups.push(group(dt, &members, sweeps, &weights));
        }
        let total = weights.iter().flatten().sum();
        let after = |s: &FitSweep| {
            let held = (t_ref / s.dt).round() as usize;
            s.spikes.iter().map(|&k| s.voltage[(k + held).min(s.voltage.len() - 1)]).collect::<Vec<_>>()
        };
        let resets: Vec<f64> = sweeps.iter().flat_map(after).collect();
        let guess = guess(sweeps, &weights);
        let v_reset = if resets.is_empty() { guess.1 } else { median(&resets) };
        let which = FIELDS.iter().filter_map(|(name, _)| kernel.parameter(name)).collect();
        Self { kernel, groups, which, t_ref, settings: settings.clone(), total, guess, v_reset }
    }

    /// Starts `[K][N]`: every membrane time constant with every set of after-spike time constants.
    pub fn starts(&self) -> Vec<f64> {
        let (r, e) = self.guess;
        let mut columns = Vec::new();
        for &tau_m in &self.settings.tau_m_starts {
            for taus in &self.settings.tau_starts {
                let mut z = vec![(tau_m / r).ln(), (1.0 / r).ln(), e, self.v_reset, 0.0, 0.0, 0.0];
                z.extend(taus.iter().map(|t| t.ln()));
                columns.push(z);
            }
        }
        Columns::from_columns(&columns).values
    }

    /// All model parameters `[18][N]` from those fitted.
    pub fn params(&self, z: &[f64]) -> Vec<f64> {
        let n = z.len() / FIELDS.len();
        let mut p = Columns::defaults(*self.kernel, n);
        for (k, (name, log)) in FIELDS.iter().enumerate() {
            let row = &z[k * n..(k + 1) * n];
            p.set(name, row.iter().map(|&x| if *log { x.exp() } else { x }));
        }
        p.set("t_ref", std::iter::repeat_n(self.t_ref, n));
        p.values
    }

    /// Loss, gradient and curvature at `[K][N]`, priors included.
    pub fn evaluate(&self, z: &[f64]) -> Result<Evaluation, DeviceError> {
        let k = FIELDS.len();
        let n = z.len() / k;
        let mut sum = self.data(z, &self.params(z))?;
        let (r, _) = self.guess;
        let ridge = self.settings.ridge * self.total * r * r;
        let pull = self.settings.tau_m_weight * self.total;
        let typical = self.settings.tau_m_value.ln();
        for i in 0..n {
            for a in 4..7 {
                let x = z[a * n + i];
                sum.loss[i] += ridge * x * x;
                sum.gradient[a * n + i] += ridge * x;
                sum.jtj[packed(k, a, a) * n + i] += ridge;
            }
            let away = z[i] - z[n + i] - typical;
            sum.loss[i] += pull * away * away;
            sum.gradient[i] += pull * away;
            sum.gradient[n + i] -= pull * away;
            for (a, b, sign) in [(0, 0, 1.0), (1, 1, 1.0), (0, 1, -1.0)] {
                sum.jtj[packed(k, a, b) * n + i] += sign * pull;
            }
        }
        Ok(sum)
    }

    /// The distance from the data alone, by fitted coordinates.
    pub fn data(&self, z: &[f64], params: &[f64]) -> Result<Evaluation, DeviceError> {
        let k = FIELDS.len();
        let n = z.len() / k;
        let pairs = k * (k + 1) / 2;
        let mut sum = Evaluation { loss: vec![0.0; n], gradient: vec![0.0; k * n], jtj: vec![0.0; pairs * n] };
        for g in &self.groups {
            let (mut loss, mut gradient, mut jtj) = (vec![0.0; n], vec![0.0; k * n], vec![0.0; pairs * n]);
            let batch = |data| Series { data, spread: Spread::Batch };
            let run = Run {
                dt: g.dt,
                steps: g.steps,
                batch: g.batch,
                neurons: n,
                start: &start(&self.kernel, &g.v0, n),
                drive: batch(&g.drive[..]),
                params,
                level: Level::best(),
            };
            let objective = Objective { row: 0, target: batch(&g.target), weight: batch(&g.weight) };
            let out = Tangent {
                objective,
                which: &self.which,
                start: &[],
                loss: &mut loss,
                gradient: &mut gradient,
                curvature: &mut jtj,
            };
            self.kernel.tangent(&run, out)?;
            for (to, from) in [(&mut sum.loss, loss), (&mut sum.gradient, gradient), (&mut sum.jtj, jtj)] {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            }
        }
        // d p / d ln p = p.
        let scale = |a: usize, i: usize| if FIELDS[a].1 { z[a * n + i].exp() } else { 1.0 };
        for i in 0..n {
            for a in 0..k {
                sum.gradient[a * n + i] *= scale(a, i);
                for b in a..k {
                    sum.jtj[packed(k, a, b) * n + i] *= scale(a, i) * scale(b, i);
                }
            }
        }
        Ok(sum)
    }
}

/// Zero around spikes, more where the stimulus starts and ends: there the time constants show.
fn weights(s: &FitSweep, t_ref: f64, settings: &Membrane) -> Vec<f64> {
    let mut w = s.mask(settings.cut_before, t_ref);
    if s.onset > 0.0 {
        let first = s.spikes.first().map_or(f64::INFINITY, |&k| k as f64 * s.dt);
        let window = settings.edge_window;
        let edges = [(s.onset, (s.onset + window).min(first)), (s.end, s.end + window)];
        for (k, w) in w.iter_mut().enumerate() {
            let t = k as f64 * s.dt;
            for (from, to) in edges {
                if from <= t && t < to {
                    *w *= settings.edge_weight;
                }
            }
        }
    }
    w
}

fn group(dt: f64, members: &[usize], sweeps: &[FitSweep], weights: &[Vec<f64>]) -> Group {
    let batch = members.len();
    let steps = members.iter().map(|&k| sweeps[k].current.len() - 1).max().unwrap_or(0);
    let (mut drive, mut target, mut weight) =
        (vec![0.0; steps * 2 * batch], vec![0.0; steps * batch], vec![0.0; steps * batch]);
    for (b, &k) in members.iter().enumerate() {
        let s = &sweeps[k];
        for t in 0..s.current.len() - 1 {
            drive[t * 2 * batch + b] = s.current[t];
            target[t * batch + b] = s.voltage[t + 1];
            weight[t * batch + b] = weights[k][t + 1];
        }
        // A step ends at its next sample.
        for &spike in &s.spikes {
            drive[((spike - 1) * 2 + 1) * batch + b] = 1.0;
        }
    }
    Group { dt, steps, batch, drive, target, weight, v0: members.iter().map(|&k| sweeps[k].v0).collect() }
}

/// The state `[state, batch, neuron]` that begins at given potentials.
pub(super) fn start(kernel: &Cell, v0: &[f64], n: usize) -> Vec<f64> {
    let defaults = kernel.state.iter().map(|f| f.default);
    defaults
        .enumerate()
        .flat_map(|(s, x)| v0.iter().flat_map(move |&v| std::iter::repeat_n(if s == 0 { v } else { x }, n)))
        .collect()
}

/// Resistance and rest: the regression of the potential on the current behind a filter.
fn guess(sweeps: &[FitSweep], weights: &[Vec<f64>]) -> (f64, f64) {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (s, w) in sweeps.iter().zip(weights) {
        let k = 1.0 - (-s.dt / GUESS).exp();
        let base = mean(&s.current[..((5.0 / s.dt) as usize).max(1)]);
        let mut filtered = 0.0;
        for ((i, v), w) in s.current.iter().zip(&s.voltage).zip(w) {
            filtered += k * (i - base - filtered);
            if *w > 0.0 {
                x.push(filtered + base);
                y.push(*v);
            }
        }
    }
    let (mx, my) = (mean(&x), mean(&y));
    let sxx: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
    let sxy: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
    let slope = if sxx > 0.0 { sxy / sxx } else { 0.1 };
    (slope.clamp(0.01, 2.0), my - slope * mx)
}
