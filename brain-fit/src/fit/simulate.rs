//! Runs of many parameter sets on one sweep, in pieces of time so that memory stays small.

use super::sweep::FitSweep;
use brain_core::device::{DeviceError, Simulator};
use kernels::{Cell, Forward, Level, Mismatch, Run, Series, Spread};

/// Steps between two looks at the recorded rows.
const PIECE: usize = 512;
/// The largest gap is looked for after this: the start is not the cell's, ms.
const SETTLED: f64 = 5.0;

/// What the free run of one column did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spikes {
    /// Times, ms, interpolated within the step.
    pub times: Vec<f64>,
    /// Largest potential above threshold, mV: below zero where it stays silent.
    pub gap: f64,
}

/// Steps of a sample of `dt` so that none is longer than `most`.
pub fn substeps(dt: f64, most: f64) -> usize {
    (dt / most - 1e-9).ceil().max(1.0) as usize
}

/// Scans `params` `[P][n]` over a sweep with `nsub` steps a sample, and shows `see` each step's recorded rows `[row][n]`.
///
/// `spikes` gives the model the recorded spikes as a second input.
pub fn scan(
    kernel: &Simulator,
    sweep: &FitSweep,
    params: &[f64],
    mut state: Vec<f64>,
    nsub: usize,
    record: &[usize],
    mut see: impl FnMut(usize, &[f64]),
) -> Result<(), DeviceError> {
    let n = params.len() / kernel.param.len();
    let steps = (sweep.current.len() - 1) * nsub;
    let forced = kernel.input("z").is_some();
    let inputs = kernel.input.len();
    let mut given = vec![false; if forced { steps } else { 0 }];
    if forced {
        sweep.spikes.iter().for_each(|&k| given[k * nsub - 1] = true);
    }
    let mut rows = vec![0.0; PIECE * record.len() * n];
    let mut drive = vec![0.0; PIECE * inputs];
    let mut end = vec![0.0; state.len()];
    for from in (0..steps).step_by(PIECE) {
        let piece = PIECE.min(steps - from);
        for t in 0..piece {
            drive[t * inputs] = sweep.current[(from + t) / nsub];
            if forced {
                drive[t * inputs + 1] = f64::from(u8::from(given[from + t]));
            }
        }
        let run = Run {
            dt: sweep.dt / nsub as f64,
            steps: piece,
            batch: 1,
            neurons: n,
            start: &state,
            drive: Series { data: &drive[..piece * inputs], spread: Spread::Shared },
            params,
            level: Level::best(),
        };
        let rows = &mut rows[..piece * record.len() * n];
        kernel.forward(&run, Forward { record, rows, end: &mut end })?;
        std::mem::swap(&mut state, &mut end);
        for t in 0..piece {
            see(from + t, &rows[t * record.len() * n..(t + 1) * record.len() * n]);
        }
    }
    Ok(())
}

/// The state in which `gif` begins a sweep: at its potential, the threshold's slow component in equilibrium with it.
pub fn gif_start(kernel: &Cell, sweep: &FitSweep, params: &[f64]) -> Vec<f64> {
    let n = params.len() / kernel.param.len();
    let mut state = super::membrane::start(kernel, &[sweep.v0], n);
    let row = |name: &str| kernel.parameter(name).map_or(&[][..], |r| &params[r * n..(r + 1) * n]);
    if let Some(u) = kernel.output("u") {
        for (i, (c, e)) in row("c_u").iter().zip(row("E_L")).enumerate() {
            state[u * n + i] = c * (sweep.v0 - e);
        }
    }
    state
}

/// Free run of `gif`: when each column spikes.
pub fn free(kernel: &Simulator, sweep: &FitSweep, params: &[f64], step: f64) -> Result<Vec<Spikes>, DeviceError> {
    let n = params.len() / kernel.param.len();
    let (Some(spike), Some(gap)) = (kernel.output("spike"), kernel.output("gap")) else {
        return Err(Mismatch { model: kernel.name, what: "has no moving threshold".into() }.into());
    };
    let nsub = substeps(sweep.dt, step);
    let dt = sweep.dt / nsub as f64;
    let mut found = vec![Spikes { times: Vec::new(), gap: f64::NEG_INFINITY }; n];
    let mut last = vec![0.0; n];
    let state = gif_start(kernel, sweep, params);
    scan(kernel, sweep, params, state, nsub, &[spike, gap], |t, rows| {
        let (z, gaps) = rows.split_at(n);
        let settled = t as f64 * dt > SETTLED;
        for i in 0..n {
            if z[i] > 0.5 {
                let part = if last[i] < 0.0 { last[i] / (last[i] - gaps[i]) } else { 1.0 };
                found[i].times.push((t as f64 + part) * dt);
            }
            if settled && gaps[i] > found[i].gap {
                found[i].gap = gaps[i];
            }
        }
        last.copy_from_slice(gaps);
    })?;
    Ok(found)
}

/// Potential above threshold at every recorded spike, `[spike][n]`, from the run whose spikes are given.
pub fn margins(kernel: &Simulator, sweep: &FitSweep, params: &[f64]) -> Result<Vec<f64>, DeviceError> {
    let Some(gap) = kernel.output("gap") else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let mut next = 0;
    scan(kernel, sweep, params, gif_start(kernel, sweep, params), 1, &[gap], |t, rows| {
        if sweep.spikes.get(next).is_some_and(|&k| k == t + 1) {
            found.extend_from_slice(rows);
            next += 1;
        }
    })?;
    Ok(found)
}

/// Potential at every sample, starting with the first, of one parameter set.
pub fn potential(kernel: &Simulator, sweep: &FitSweep, params: &[f64], step: f64) -> Result<Vec<f64>, DeviceError> {
    let nsub = substeps(sweep.dt, step);
    let mut v = vec![sweep.v0];
    let state = gif_start(kernel, sweep, params);
    scan(kernel, sweep, params, state, nsub, &[0], |t, rows| {
        if (t + 1) % nsub == 0 {
            v.push(rows[0]);
        }
    })?;
    Ok(v)
}
