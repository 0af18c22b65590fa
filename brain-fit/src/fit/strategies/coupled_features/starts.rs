//! Where a fit of conductances starts.

use crate::fit::columns::from_columns;
use crate::fit::coordinates::Coordinates;
use crate::fit::landmarks::Landmarks;
use brain_core::{Model, Seed};

/// Starts of one attempt.
const STARTS: usize = 16;
/// Starts differ by this much in every coordinate.
const JITTER: f64 = 0.05;
/// Starts have their activation curves this far around where the threshold says, mV.
const SHIFT: f64 = 10.0;
/// Starts have their kinetics faster or slower by one of these factors.
const RATES: [f64; 3] = [0.4, 0.7, 1.2];
/// Places in the unit box whose coordinates all differ by less than this are one place.
const APART: f64 = 0.03;

/// Bounds in place of a model's own. One compartment stands for a whole cell, and potentials are those of the pipette:
/// reversal potentials, the leak and the kinetics are those that make its spikes, and lie beyond those of a channel.
pub(super) const BOUNDS: [(&str, (f64, f64)); 14] = [
    ("g_L", (0.1, 100.0)),
    ("E_L", (-110.0, -30.0)),
    ("E_Na", (10.0, 90.0)),
    ("E_K", (-115.0, -35.0)),
    ("shift_h", (-30.0, 40.0)),
    ("shift_n", (-30.0, 40.0)),
    ("k_m", (0.05, 12.0)),
    ("k_h", (0.05, 6.0)),
    ("k_n", (0.03, 6.0)),
    ("a_m", (0.3, 4.0)),
    ("a_h", (0.3, 4.0)),
    ("a_n", (0.3, 4.0)),
    ("V_A", (-40.0, 20.0)),
    ("tau_d", (0.5, 300.0)),
];

/// Gives all parameters of a model, those of `rows` as the landmarks of a cell suggest them.
pub(super) fn suggested(model: Model, values: &[f64], rows: &[usize], l: &Landmarks) -> Vec<f64> {
    let mut params = values.to_vec();
    let capacitance = l.time_constant / l.resistance;
    let default = model.cell().parameter("c_m").map_or(1.0, |row| model.param[row].default);
    let dendrite = model.cell().parameter("g_c").is_some();
    for &row in rows {
        let field = &model.param[row];
        params[row] = match &*field.name {
            "c_m" => capacitance,
            "g_L" => (if dendrite { 0.6 } else { 1.0 }) / l.resistance,
            "g_c" => 0.2 / l.resistance,
            "E_L" => l.rest - l.holding * l.resistance,
            "E_Na" => (l.peak + 25.0).max(45.0),
            "E_K" => l.trough - 25.0,
            "V_T" => l.threshold - 12.0,
            "V_p" => l.threshold + 5.0,
            name if name.starts_with("g_") => field.default * capacitance / default,
            _ => params[row],
        };
    }
    params
}

/// Draws the starts of an attempt, `[coordinate, column]`.
pub(super) fn starts(model: Model, unit: &Coordinates, params: &[f64], seed: Seed) -> Vec<f64> {
    let row = |name: &str| model.cell().parameter(name).filter(|row| unit.rows().contains(row));
    let column = |i: usize| {
        let mut params = params.to_vec();
        if let Some(row) = row("V_T") {
            params[row] += SHIFT * ((2 * i + 1) as f64 / STARTS as f64 - 1.0);
        }
        for row in ["k_m", "k_h", "k_n"].into_iter().filter_map(row) {
            params[row] *= RATES[i % RATES.len()];
        }
        let mut stream = seed.at(i as u64);
        unit.of_params(&params).into_iter().map(|z| (z + JITTER * stream.normal()).clamp(0.01, 0.99)).collect()
    };
    from_columns(&(0..STARTS).map(column).collect::<Vec<Vec<f64>>>())
}

/// Places in the box that are apart from each other, those of the least loss first.
pub(super) fn apart(mut pool: Vec<(f64, Vec<f64>)>, n: usize) -> Vec<Vec<f64>> {
    pool.retain(|(loss, _)| loss.is_finite());
    pool.sort_by(|a, b| a.0.total_cmp(&b.0));
    let far = |a: &[f64], b: &[f64]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > APART);
    let mut chosen: Vec<Vec<f64>> = Vec::new();
    for (_, z) in pool {
        if chosen.len() < n && chosen.iter().all(|other| far(other, &z)) {
            chosen.push(z);
        }
    }
    chosen
}
