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
        let (cell, which) = (model.cell(), coordinates.rows());
        let (k, states) = (which.len(), cell.state.len());
        let traces =
            Traces::of(std::slice::from_ref(sweep), &[weights.to_vec()], step, model.is_spike_forced()).remove(0);
        let per_sample = (sweep.dt / traces.dt).round().max(1.0) as usize;
        let slope: Vec<f64> = coordinates.iter().zip(z).map(|(c, z)| c.scale.slope(*z)).collect();
        let mut state: Vec<f64> = cell.state.iter().map(|f| f.default).collect();
        state[0] = sweep.v0;
        let mut by_state = vec![0.0; k * states];
        let (mut end, mut by_end) = (state.clone(), by_state.clone());
        let inputs = cell.input.len();
        let mut rows = vec![0.0; PIECE * (1 + k)];
        let mut found = Self { dt: sweep.dt, k, residual: Vec::new(), weight: Vec::new(), slopes: Vec::new() };
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
            for (t, row) in rows[..piece * (1 + k)].chunks(1 + k).enumerate() {
                if (from + t + 1).is_multiple_of(per_sample) {
                    found.residual.push(row[0] - traces.target[from + t]);
                    found.weight.push(traces.weight[from + t]);
                    found.slopes.extend(row[1..].iter().zip(&slope).map(|(j, slope)| j * slope));
                }
            }
        }
        Ok(found)
    }

    /// Iterates over the derivatives, a slice for each sample.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.slopes.chunks(self.k.max(1))
    }
}
