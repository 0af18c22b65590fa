//! Runs parameter sets under the currents of targets, many side by side, each with its sensitivities.

use super::settled::{Settled, settled};
use super::target::Target;
use super::track::{Steps, Track};
use crate::fit::FitError;
use crate::fit::traces::substeps;
use kernels::{Cell, Level, Precision, Run, Sensitivities, Series, Spread};
use rayon::prelude::*;

/// Number of steps between two looks at the rows of a run, which stay in the caches for so long.
const PIECE: usize = 64;
/// Spacing of the grid on which a run's potential is kept, ms.
const GRID: f64 = 0.2;
/// Columns that are run together: as many as the lanes of a vector in single precision; twice that in double.
const TOGETHER: usize = 8;

/// A parameter set, and the target under whose current it is run.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// The target.
    pub target: &'a Target,
    /// All parameters of the model.
    pub params: &'a [f64],
}

/// Runs columns with steps of at most `step`, ms, and the sensitivities w.r.t. the parameters `which`.
///
/// A run starts at the first potential of its target with everything else in the steady state of that potential, and is
/// over once all columns beside it have as many spikes as their targets.
pub fn run<F: Precision>(
    cell: &'static Cell,
    which: &[usize],
    columns: &[Column],
    step: f64,
) -> Result<Vec<Track>, FitError> {
    let mut groups: Vec<&[Column]> = Vec::new();
    for same in columns.chunk_by(|a, b| a.target.dt == b.target.dt) {
        groups.extend(same.chunks(if F::SINGLE { TOGETHER } else { TOGETHER / 2 }));
    }
    let tracks = groups.into_par_iter().map(|group| together::<F>(cell, which, group, step));
    let tracks: Result<Vec<Vec<Track>>, kernels::Mismatch> = tracks.collect();
    Ok(tracks.map_err(candle_core::Error::wrap)?.concat())
}

fn together<F: Precision>(
    cell: &'static Cell,
    which: &[usize],
    group: &[Column],
    step: f64,
) -> Result<Vec<Track>, kernels::Mismatch> {
    let (n, k, inputs) = (group.len(), which.len(), cell.input.len());
    let per_sample = substeps(group[0].target.dt, step);
    let dt = group[0].target.dt / per_sample as f64;
    let params: Vec<f64> = (0..cell.param.len()).flat_map(|p| group.iter().map(move |c| c.params[p])).collect();
    let v0: Vec<f64> = group.iter().map(|c| c.target.v0).collect();
    let Settled { state, slopes } = settled(cell, &params, &v0, which)?;
    let rounded = |x: &[f64]| x.iter().map(|&x| F::of(x)).collect::<Vec<F>>();
    let (mut state, mut slopes, params) = (rounded(&state), rounded(&slopes), rounded(&params));
    let (mut end, mut end_slopes) = (state.clone(), slopes.clone());
    let mut drive = vec![F::default(); PIECE * inputs * n];
    let mut rows = vec![F::default(); PIECE * (1 + k) * n];
    let every = (GRID / dt).round().max(1.0) as usize;
    let track = |c: &Column| Track::new(k, dt, every, c.target.v0, c.target.level);
    let mut tracks: Vec<Track> = group.iter().map(track).collect();
    let steps = group.iter().map(|c| (c.target.current.len() - 1) * per_sample).max().unwrap_or(0);
    for from in (0..steps).step_by(PIECE) {
        let piece = PIECE.min(steps - from);
        for t in 0..piece {
            for (i, c) in group.iter().enumerate() {
                let sample = ((from + t) / per_sample).min(c.target.current.len() - 1);
                drive[t * inputs * n + i] = F::of(c.target.current[sample]);
            }
        }
        let run = Run {
            dt,
            steps: piece,
            batch: 1,
            neurons: n,
            start: &state,
            drive: Series { data: &drive[..piece * inputs * n], spread: Spread::Neuron },
            params: &params,
            level: Level::best(),
        };
        let out = Sensitivities {
            row: 0,
            which,
            start: &slopes,
            rows: &mut rows[..piece * (1 + k) * n],
            end: &mut end,
            end_slopes: &mut end_slopes,
        };
        cell.sensitivities(&run, out)?;
        std::mem::swap(&mut state, &mut end);
        std::mem::swap(&mut slopes, &mut end_slopes);
        let mut busy = false;
        for (i, track) in tracks.iter_mut().enumerate() {
            let steps = Steps { rows: &rows, columns: n, column: i, parameters: k };
            track.extend(steps, piece);
            busy |= track.is_finite() && !group[i].target.is_told_by(track);
        }
        if !busy {
            break;
        }
    }
    Ok(tracks)
}
