//! The state in which a neuron rests while its potential is held.

use kernels::{Cell, Level, Run, Sensitivities, Series, Spread};

/// A step so long that everything has relaxed after it, ms.
const LONG: f64 = 1e5;
/// Number of such steps: a state that depends on another relaxes one step after it.
const ROUNDS: usize = 3;

/// Starts of a run, with their derivatives.
#[derive(Clone, Debug)]
pub struct Settled {
    /// State, `[state, neuron]`.
    pub state: Vec<f64>,
    /// Derivative of the state w.r.t. each of the parameters asked for, `[parameter, state, neuron]`.
    pub slopes: Vec<f64>,
}

/// Gives the state of neurons whose potential has been held at `v0` `[neuron]`, mV, for long, without any input; with its
/// derivatives w.r.t. the parameters `which`. Parameters are `[parameter, neuron]`.
///
/// An exponential step is exact for a gate at constant potential, however long it is.
pub fn settled(cell: &Cell, params: &[f64], v0: &[f64], which: &[usize]) -> Result<Settled, kernels::Mismatch> {
    let (n, states, k) = (v0.len(), cell.state.len(), which.len());
    let mut state: Vec<f64> = cell.state.iter().flat_map(|f| std::iter::repeat_n(f.default, n)).collect();
    let mut slopes = vec![0.0; k * states * n];
    let rest = vec![0.0; cell.input.len()];
    for _ in 0..ROUNDS {
        state[..n].copy_from_slice(v0);
        slopes.chunks_mut(states * n).for_each(|by| by[..n].fill(0.0));
        let run = Run {
            dt: LONG,
            steps: 1,
            batch: 1,
            neurons: n,
            start: &state,
            drive: Series { data: &rest, spread: Spread::Shared },
            params,
            level: Level::best(),
        };
        let (mut end, mut end_slopes) = (vec![0.0; state.len()], vec![0.0; slopes.len()]);
        let out =
            Sensitivities { row: 0, which, start: &slopes, rows: &mut [], end: &mut end, end_slopes: &mut end_slopes };
        cell.sensitivities(&run, out)?;
        (state, slopes) = (end, end_slopes);
    }
    state[..n].copy_from_slice(v0);
    slopes.chunks_mut(states * n).for_each(|by| by[..n].fill(0.0));
    Ok(Settled { state, slopes })
}
