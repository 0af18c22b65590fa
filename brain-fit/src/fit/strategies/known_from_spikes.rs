//! How well spike times determine what is fitted to them, the errors of the membrane included.

use super::forced_membrane::{Found, TOLERANCE};
use crate::fit::FitError;
use crate::fit::coordinates::Coordinates;
use crate::fit::errors::{Known, Profile, profiles, spikes};
use crate::fit::outcome::at_bound;
use crate::fit::prior::Priors;
use crate::fit::spike_problem::{DIFFERENCE, Reach, SpikeProblem};
use brain_core::optim::LmConfig;

/// Finds it at the place `z` of a problem whose other parameters were fitted before.
pub(super) fn known_from_spikes(problem: &SpikeProblem, z: &[f64], before: &Found) -> Result<Known, FitError> {
    let (own, earlier) = (&problem.coordinates, &before.coordinates);
    let model = problem.free.model;
    let mut reach = problem.reach.clone();
    reach.extend(earlier.limits().into_iter().map(|(low, high)| {
        let difference = DIFFERENCE * (high - low);
        Reach { difference, longest: difference }
    }));
    let all = SpikeProblem {
        free: problem.free.clone(),
        forced: problem.forced.clone(),
        sweeps: problem.sweeps,
        fixed: problem.fixed.clone(),
        coordinates: Coordinates::new(model, own.iter().chain(earlier.iter()).cloned().collect())?,
        reach,
        priors: Priors::default(),
        potential: None,
        ..*problem
    };
    let rows = all.rows(&[z, &before.z].concat())?;
    let fixed = at_bound(own, z);
    let shares = spikes::shares(&rows, &fixed, TOLERANCE, &before.known);
    Ok(Known::new(&shares, &fixed, TOLERANCE, Some(&before.known)))
}

/// Makes the profiles of what is fitted to spike times, the membrane as it is.
pub(super) fn profiles_of_spikes(
    problem: &SpikeProblem,
    z: &[f64],
    known: &Known,
    config: LmConfig,
) -> Result<Vec<Profile>, FitError> {
    let errors: Vec<Option<f64>> = (0..z.len()).map(|a| known.error(a)).collect();
    profiles(&problem.coordinates, z, &errors, config, |z| {
        problem.evaluate(z, z, &vec![f64::INFINITY; z.len() / problem.coordinates.len()])
    })
}
