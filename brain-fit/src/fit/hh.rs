//! Hodgkin-Huxley models: batched multi-start Levenberg-Marquardt on windows of growing length.
//!
//! From random parameters a long spiking trace has as many local minima as spikes. A short window has few; its best
//! columns are good starts for a longer one. Where samples are further apart than 0.1 ms a spike's peak is not in the
//! data and is left out.

use super::columns::Columns;
use super::config::{FitConfig, Hh};
use super::membrane::start;
use super::simulate::substeps;
use super::state::Session;
use super::sweep::FitSweep;
use super::{FitError, Fitted, Outcome};
use brain_core::device::{DeviceError, Simulator};
use brain_core::optim::{Evaluation, LevenbergMarquardt, LmConfig};
use brain_core::{Engine, Seed};
use kernels::{Cell, Level, Objective, Run, Series, Spread, Tangent};
use std::collections::BTreeMap;

/// Sampling above which spike peaks are not trusted, ms.
const COARSE: f64 = 0.1;
/// Eigenvalue of the scaled curvature below which a direction is not determined by the data.
const TOLERANCE: f64 = 1e-8;

/// Sweeps side by side, in the model's units, one row a step.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Step, ms.
    pub dt: f64,
    /// Number of steps.
    pub steps: usize,
    /// Number of sweeps.
    pub batch: usize,
    /// Current before each step, `[time, batch]`.
    pub drive: Vec<f64>,
    /// Potential after each step, `[time, batch]`, mV.
    pub target: Vec<f64>,
    /// Weight of it.
    pub weight: Vec<f64>,
    /// Potential at the start, mV.
    pub v0: Vec<f64>,
}

/// The least-squares problem of some parameters of a model on traces.
pub struct HhProblem {
    kernel: Simulator,
    which: Vec<usize>,
    fixed: Vec<f64>,
    traces: Traces,
}

impl HhProblem {
    /// `fixed` are the parameters in the model's order; those in `which` are replaced.
    pub fn new(kernel: Simulator, which: Vec<usize>, fixed: Vec<f64>, traces: Traces) -> Self {
        Self { kernel, which, fixed, traces }
    }

    /// Random starts `[K][n]`, uniform within bounds.
    pub fn starts(&self, bounds: &[(f64, f64)], n: usize, seed: u64) -> Vec<f64> {
        let seed = Seed::new(seed).child("fit/starts");
        let column = |i| {
            let mut stream = seed.at(i as u64);
            bounds.iter().map(|&(low, high)| stream.within(low, high)).collect()
        };
        Columns::from_columns(&(0..n).map(column).collect::<Vec<Vec<f64>>>()).values
    }

    /// All parameters from `[K][n]`.
    pub fn params(&self, z: &[f64]) -> Vec<f64> {
        let n = z.len() / self.which.len();
        let mut p: Vec<f64> = self.fixed.iter().flat_map(|&x| std::iter::repeat_n(x, n)).collect();
        for (k, &row) in self.which.iter().enumerate() {
            p[row * n..(row + 1) * n].copy_from_slice(&z[k * n..(k + 1) * n]);
        }
        p
    }

    /// Mean squared error, gradient and curvature over the first `part` of the steps.
    pub fn evaluate(&self, z: &[f64], part: f64) -> Result<Evaluation, DeviceError> {
        let (k, t) = (self.which.len(), &self.traces);
        let n = z.len() / k;
        let steps = ((t.steps as f64 * part).round() as usize).clamp(1, t.steps);
        let (mut loss, mut gradient, mut jtj) = (vec![0.0; n], vec![0.0; k * n], vec![0.0; k * (k + 1) / 2 * n]);
        let rows = |x| Series { data: x, spread: Spread::Batch };
        let all = steps * t.batch;
        let run = Run {
            dt: t.dt,
            steps,
            batch: t.batch,
            neurons: n,
            start: &start(&self.kernel, &t.v0, n),
            drive: rows(&t.drive[..all]),
            params: &self.params(z),
            level: Level::best(),
        };
        let objective = Objective { row: 0, target: rows(&t.target[..all]), weight: rows(&t.weight[..all]) };
        let out = Tangent {
            objective,
            which: &self.which,
            start: &[],
            loss: &mut loss,
            gradient: &mut gradient,
            curvature: &mut jtj,
        };
        self.kernel.tangent(&run, out)?;
        let total: f64 = t.weight[..all].iter().sum::<f64>().max(1.0);
        for x in [&mut loss, &mut gradient, &mut jtj] {
            x.iter_mut().for_each(|x| *x /= total);
        }
        Ok(Evaluation { loss, gradient, jtj })
    }
}

/// The sweep with its current in the unit of the model's input, from the potential it is to start at.
pub fn scaled(kernel: &Cell, sweep: &FitSweep, settings: &Hh) -> FitSweep {
    let factor = match kernel.input.first().map_or("pA", |f| f.unit) {
        "nA" => 1e-3,
        // 1 pA on 1 um2 is 1e-6 uA on 1e-8 cm2.
        "uA/cm2" => 100.0 / settings.area_um2,
        _ => 1.0,
    };
    let mut sweep = sweep.clone();
    sweep.current.iter_mut().for_each(|i| *i *= factor);
    if let Some(v) = settings.v_start.as_ref().and_then(|v| v.in_unit("mV").ok()) {
        sweep.v0 = v;
    }
    sweep
}

/// Refuses sweeps of different sampling intervals.
pub fn one_interval(sweeps: &[FitSweep]) -> Result<(), FitError> {
    let Some(one) = sweeps.first() else { return Ok(()) };
    // Times are rounded when printed, so an interval is known to a millionth at best.
    let Some(other) = sweeps.iter().find(|s| (s.dt - one.dt).abs() > 1e-6 * one.dt) else { return Ok(()) };
    Err(FitError::Intervals { one: (one.id.clone(), one.dt), other: (other.id.clone(), other.dt) })
}

/// Sweeps of one sampling interval as traces with steps of at most `step`.
pub fn traces(sweeps: &[FitSweep], step: f64, mask: [f64; 2]) -> Traces {
    let dt = sweeps.iter().map(|s| s.dt).fold(f64::INFINITY, f64::min);
    let nsub = substeps(dt, step);
    let (batch, dt) = (sweeps.len(), dt / nsub as f64);
    let per = |s: &FitSweep| (s.dt / dt).round() as usize;
    let steps = sweeps.iter().map(|s| (s.current.len() - 1) * per(s)).max().unwrap_or(0);
    let mut t = Traces { dt, steps, batch, ..Traces::default() };
    t.drive = vec![0.0; steps * batch];
    t.target = t.drive.clone();
    t.weight = t.drive.clone();
    for (b, s) in sweeps.iter().enumerate() {
        let kept = if s.dt > COARSE { s.mask(mask[0], mask[1]) } else { vec![1.0; s.voltage.len()] };
        t.v0.push(s.v0);
        for k in 0..(s.current.len() - 1) * per(s) {
            t.drive[k * batch + b] = s.current[k / per(s)];
            if (k + 1) % per(s) == 0 {
                let sample = (k + 1) / per(s);
                t.target[k * batch + b] = s.voltage[sample];
                t.weight[k * batch + b] = kept[sample];
            }
        }
    }
    t
}

/// Fits a Hodgkin-Huxley model to sweeps.
pub fn fit(
    config: &FitConfig,
    bounds: &BTreeMap<String, (f64, f64)>,
    fixed: &BTreeMap<String, f64>,
    sweeps: &[FitSweep],
    engine: &Engine,
    session: &mut Session,
) -> Result<Outcome, FitError> {
    one_interval(sweeps)?;
    let kernel = kernels::find_for(&config.model, kernels::Use::Scan).ok_or(FitError::NoFit { stage: "model" })?;
    let which: Vec<usize> = config.hh.fit.iter().filter_map(|name| kernel.parameter(name)).collect();
    let values = kernel.param.iter().map(|f| fixed.get(&*f.name).copied().unwrap_or(f.default)).collect();
    let limit = |&row: &usize| bounds.get(&*kernel.param[row].name).copied().unwrap_or(kernel.param[row].bounds);
    let limits: Vec<(f64, f64)> = which.iter().map(limit).collect();
    let scaled: Vec<FitSweep> = sweeps.iter().map(|s| scaled(kernel, s, &config.hh)).collect();
    let problem =
        HhProblem::new(engine.simulator(kernel), which.clone(), values, traces(&scaled, config.hh.dt, config.hh.mask));
    let settings = LmConfig { max_iterations: config.hh.iterations, ..LmConfig::default() };
    let mut starts = problem.starts(&limits, config.hh.starts, config.seed);
    let mut last = None;
    for (number, &part) in config.hh.windows.iter().enumerate() {
        let mut lm = LevenbergMarquardt::new(starts, &limits, settings)?;
        let name = format!("first {:.0} %", part.min(1.0) * 100.0);
        session
            .optimise(number + 1, &name, &mut lm, settings.max_iterations, |z, _, _| Ok(problem.evaluate(z, part)?))?;
        // The better half goes on.
        let loss = &lm.evaluation().loss;
        let mut order: Vec<usize> = (0..lm.columns()).filter(|&i| loss[i].is_finite()).collect();
        order.sort_by(|&a, &b| loss[a].total_cmp(&loss[b]));
        order.truncate((order.len() / 2).max(1));
        let kept: Vec<Vec<f64>> = order.iter().map(|&i| lm.column(i)).collect();
        let Some(&winner) = order.first() else { return Err(FitError::NoFit { stage: "window" }) };
        starts = Columns::from_columns(&kept).values;
        last = Some((lm, winner));
    }
    let Some((lm, winner)) = last else { return Err(FitError::NoFit { stage: "windows" }) };
    let samples = problem.traces.weight.iter().sum::<f64>().max(1.0);
    let loss = lm.evaluation().loss[winner];
    // The evaluation is a mean, so one residual of it has the variance of the mean.
    let uncertainty = lm.uncertainty(winner, loss / samples, TOLERANCE);
    let mut params = Fitted::all(kernel.param, problem.params(&lm.column(winner)), bounds);
    for (a, &row) in which.iter().enumerate() {
        params[row].std_error = uncertainty.std_errors[a];
        params[row].identifiable = uncertainty.identifiable(a);
    }
    let notes = vec!["Standard errors take every sample as independent.".to_owned()];
    Ok(Outcome { params, loss, loss_unit: "mV2", evaluations: session.evaluations, correlated: Vec::new(), notes })
}
