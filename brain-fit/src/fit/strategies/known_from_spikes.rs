//! How well spike times determine what is fitted to them, the errors of the membrane included.

use super::forced_membrane::Found;
use crate::fit::FitError;
use crate::fit::coordinates::Coordinates;
use crate::fit::errors::{Axes, Known, Profile, profiles, spikes};
use crate::fit::outcome::at_bound;
use crate::fit::prior::Priors;
use crate::fit::spike_problem::{FINER, Reach, SpikeProblem, SpikeRow};
use brain_core::optim::LmConfig;

/// Along an axis of the errors, spikes move by this much of what steps round their times to: so little of what they move
/// by is rounding.
const MOVED: f64 = 30.0;
/// Differences are of this many standard errors, as few as that allows: what follows from large errors is not linear.
const LENGTHS: (f64, f64) = (0.01, 1.0);

/// Finds it at the place `z` of a problem whose other parameters were fitted before.
pub(super) fn known_from_spikes(problem: &SpikeProblem, z: &[f64], before: &Found) -> Result<Known, FitError> {
    let (own, earlier) = (&problem.coordinates, &before.coordinates);
    let all = SpikeProblem {
        free: problem.free.clone(),
        forced: problem.forced.clone(),
        sweeps: problem.sweeps,
        fixed: problem.fixed.clone(),
        coordinates: Coordinates::new(problem.free.model, own.iter().chain(earlier.iter()).cloned().collect())?,
        reach: Vec::new(),
        priors: Priors::default(),
        potential: None,
        ..*problem
    };
    let (place, k) = ([z, &before.z].concat(), own.len());
    let axes = Axes::new(&before.known.passed_on, earlier.len());
    let mut errors: Vec<Vec<f64>> = axes.errors.iter().map(|error| [&vec![0.0; k], &error[..]].concat()).collect();
    let lengths = if errors.is_empty() { Vec::new() } else { lengths(&all.rows(&place, &errors)?, errors.len()) };
    for (error, length) in errors.iter_mut().zip(&lengths) {
        error.iter_mut().for_each(|x| *x *= length);
    }
    let single = |(a, reach): (usize, &Reach)| {
        let mut direction = vec![0.0; place.len()];
        direction[a] = reach.difference;
        direction
    };
    let directions: Vec<Vec<f64>> = problem.reach.iter().enumerate().map(single).chain(errors).collect();
    let mut rows = all.rows(&place, &directions)?;
    for row in rows.iter_mut().flatten() {
        let (of_own, of_axes) = row.slopes.split_at(k);
        let of_axes: Vec<f64> = of_axes.iter().zip(&lengths).map(|(slope, length)| slope / length).collect();
        let of_own = of_own.iter().zip(&problem.reach).map(|(slope, reach)| slope / reach.difference);
        row.slopes = of_own.chain(axes.to_coordinates(&of_axes)).collect();
    }
    let fixed = at_bound(own, z);
    let shares = spikes::shares(&rows, &fixed, &before.known);
    Ok(Known::new(&shares, &fixed, Some(&before.known)))
}

/// Gives the length of the differences along each of `axes` axes, in standard errors, from rows whose differences are of
/// one.
fn lengths(rows: &[Vec<SpikeRow>], axes: usize) -> Vec<f64> {
    let rows: Vec<&SpikeRow> = rows.iter().flatten().filter(|row| row.rounding > 0.0).collect();
    let length = |e: usize| {
        let squares: f64 = rows.iter().map(|row| row.slopes[e].powi(2) / row.rounding).sum::<f64>() * FINER * FINER;
        let moved = (squares / rows.len().max(1) as f64).sqrt();
        (MOVED / moved.max(1e-9)).clamp(LENGTHS.0, LENGTHS.1)
    };
    (0..axes).map(length).collect()
}

/// Makes the profiles of what is fitted to spike times, the membrane as it is.
pub(super) fn profiles_of_spikes(
    problem: &SpikeProblem,
    z: &[f64],
    known: &Known,
    config: LmConfig,
) -> Result<Vec<Profile>, FitError> {
    let errors: Vec<Option<f64>> = (0..z.len()).map(|a| known.error_of_interval(a)).collect();
    profiles(&problem.coordinates, z, &errors, config, |z| {
        problem.evaluate(z, z, &vec![f64::INFINITY; z.len() / problem.coordinates.len()])
    })
}
