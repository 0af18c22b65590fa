//! Residuals of the potential at the optimum of a fit, with their exact derivatives.

use crate::fit::FitError;
use crate::fit::coordinates::Coordinates;
use crate::fit::sweep::FitSweep;
use crate::fit::traces::Traces;
use brain_core::Model;
use kernels::{Level, Run, Sensitivities, Series, Spread};

/// Number of steps between two looks at the recorded sensitivities.
const PIECE: usize = 256;

/// The residuals of one sweep.
#[derive(Clone, Debug)]
pub struct PotentialRows {
    /// Sampling interval, ms.
    pub dt: f64,
    /// Number of coordinates.
    pub k: usize,
    /// Potential of the model minus the recorded one at each sample, mV.
    pub residual: Vec<f64>,
    /// Weight of each sample.
    pub weight: Vec<f64>,
    /// Derivatives of the residuals w.r.t. the coordinates, `[sample, coordinate]`.
    pub slopes: Vec<f64>,
    /// Derivatives of the residuals w.r.t. the potential at the start, which noise of the first samples moves.
    pub by_start: Vec<f64>,
}

impl PotentialRows {
    /// Runs a model once over a sweep, with the sensitivities of its potential. All its parameters are `params`, at the
    /// place `z` of `coordinates`; steps are no longer than `step`, ms.
    pub fn new(
        model: Model,
        coordinates: &Coordinates,
        params: &[f64],
        z: &[f64],
        sweep: &FitSweep,
        weights: &[f64],
        step: f64,
    ) -> Result<Self, FitError> {
        let traces =
            Traces::of(std::slice::from_ref(sweep), &[weights.to_vec()], step, model.is_spike_forced()).remove(0);
        let per_sample = (sweep.dt / traces.dt).round().max(1.0) as usize;
        let slope: Vec<f64> = z.iter().enumerate().map(|(a, z)| coordinates.slope(a, *z)).collect();
        let mut found = Self {
            dt: sweep.dt,
            k: slope.len(),
            residual: Vec::new(),
            weight: Vec::new(),
            slopes: Vec::new(),
            by_start: Vec::new(),
        };
        let sample = |t: usize| (t + 1).is_multiple_of(per_sample);
        run(model, coordinates.rows(), params, sweep.v0, &traces, 0.0, |t, row| {
            if sample(t) {
                found.residual.push(row[0] - traces.target[t]);
                found.weight.push(traces.weight[t]);
                found.slopes.extend(row[1..].iter().zip(&slope).map(|(j, slope)| j * slope));
            }
        })?;
        // A derivative that begins at one differs from one that begins at zero by that w.r.t. the start.
        let (mut plain, mut seeded) = (Vec::new(), Vec::new());
        for (seed, to) in [(0.0, &mut plain), (1.0, &mut seeded)] {
            run(model, &[0], params, sweep.v0, &traces, seed, |t, row| {
                if sample(t) {
                    to.push(row[1]);
                }
            })?;
        }
        found.by_start = seeded.iter().zip(&plain).map(|(a, b)| a - b).collect();
        Ok(found)
    }

    /// Iterates over the derivatives, a slice for each sample.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.slopes.chunks(self.k.max(1))
    }
}

/// Runs a model from the potential `v0` and shows every step's potential with its derivatives w.r.t. the parameters `which`;
/// those of the potential at the start are `seed`.
fn run(
    model: Model,
    which: &[usize],
    params: &[f64],
    v0: f64,
    traces: &Traces,
    seed: f64,
    mut see: impl FnMut(usize, &[f64]),
) -> Result<(), FitError> {
    let (cell, k) = (model.cell(), which.len());
    let (states, inputs) = (cell.state.len(), cell.input.len());
    let mut state: Vec<f64> = cell.state.iter().map(|f| f.default).collect();
    state[0] = v0;
    let mut by_state = vec![0.0; k * states];
    by_state.iter_mut().step_by(states).for_each(|by| *by = seed);
    let (mut end, mut by_end) = (state.clone(), by_state.clone());
    let mut rows = vec![0.0; PIECE * (1 + k)];
    for from in (0..traces.steps).step_by(PIECE) {
        let piece = PIECE.min(traces.steps - from);
        let run = Run {
            dt: traces.dt,
            steps: piece,
            batch: 1,
            neurons: 1,
            start: &state,
            drive: Series { data: &traces.drive[from * inputs..][..piece * inputs], spread: Spread::Shared },
            params,
            level: Level::best(),
        };
        let out = Sensitivities {
            row: 0,
            which,
            start: &by_state,
            rows: &mut rows[..piece * (1 + k)],
            end: &mut end,
            end_slopes: &mut by_end,
        };
        cell.sensitivities(&run, out).map_err(candle_core::Error::wrap)?;
        std::mem::swap(&mut state, &mut end);
        std::mem::swap(&mut by_state, &mut by_end);
        rows[..piece * (1 + k)].chunks(1 + k).enumerate().for_each(|(t, row)| see(from + t, row));
    }
    Ok(())
}
