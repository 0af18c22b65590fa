//! Profile likelihoods: how much worse a fit gets when one coordinate is held away from its best value and all others
//! move to where they fit best with it (Venzon and Moolgavkar 1988, <https://doi.org/10.2307/2347496>).
//!
//! A profile shows what a standard error cannot: that a value is bounded on one side only, or not at all. The deviance is
//! the rise of the loss, in units that give it the curvature of the 95 % interval at the best value; the interval ends
//! where it reaches 3.84.

use super::known::Inverse;
use super::{DEVIANCE, INTERVAL};
use crate::fit::FitError;
use crate::fit::columns::from_columns;
use crate::fit::coordinates::Coordinates;
use brain_core::optim::{Evaluation, LevenbergMarquardt, LmConfig, packed};

/// Places on either side at which a coordinate is held, in standard errors.
const PLACES: [f64; 5] = [0.75, 1.5, 2.0, 2.75, 4.0];

/// The profile of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The parameter.
    pub name: String,
    /// Its values, in order, with the deviance of each.
    pub points: Vec<(f64, f64)>,
    /// The 95 % interval; an end is none where the deviance does not get so high.
    pub interval: (Option<f64>, Option<f64>),
}

impl Profile {
    /// Makes a profile from points in order.
    pub fn new(name: &str, points: Vec<(f64, f64)>) -> Self {
        let best = (0..points.len()).fold(0, |best, i| if points[i].1 < points[best].1 { i } else { best });
        let crossing = |path: &mut dyn Iterator<Item = (f64, f64)>| {
            let mut last = None;
            for (value, deviance) in path {
                let root = deviance.max(0.0).sqrt();
                match last {
                    Some((before, lower)) if deviance >= DEVIANCE => {
                        return Some(before + (value - before) * (INTERVAL - lower) / (root - lower));
                    }
                    _ => last = Some((value, root)),
                }
            }
            None
        };
        let low = crossing(&mut points[..=best.min(points.len().saturating_sub(1))].iter().rev().copied());
        let high = crossing(&mut points[best..].iter().copied());
        Self { name: name.into(), points, interval: (low, high) }
    }
}

/// Makes the profiles of all coordinates that have an error, at the best place `z` of a problem; `evaluate` computes its
/// loss with derivatives.
pub fn profiles(
    coordinates: &Coordinates,
    z: &[f64],
    errors: &[Option<f64>],
    config: LmConfig,
    evaluate: impl Fn(&[f64]) -> Result<Evaluation, FitError>,
) -> Result<Vec<Profile>, FitError> {
    let k = z.len();
    let at = evaluate(z)?;
    let curvature: Vec<f64> = (0..k * k).map(|i| at.jtj[packed(k, i / k, i % k)]).collect();
    let limits = coordinates.limits();
    let fixed: Vec<bool> = (0..k).map(|a| errors.get(a).copied().flatten().is_none()).collect();
    let inverse = Inverse::new(&curvature, &fixed).matrix();
    let (mut columns, mut held) = (Vec::new(), Vec::new());
    for a in (0..k).filter(|&a| !fixed[a] && inverse[a * k + a] > 0.0) {
        let Some(error) = errors[a] else { continue };
        for away in PLACES.iter().rev().map(|x| -x).chain(PLACES) {
            let away = (z[a] + away * error).clamp(limits[a].0, limits[a].1) - z[a];
            let along = |b: usize| inverse[b * k + a] / inverse[a * k + a] * away;
            columns.push((0..k).map(|b| (z[b] + along(b)).clamp(limits[b].0, limits[b].1)).collect::<Vec<_>>());
            held.push(a);
        }
    }
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let mut lm = LevenbergMarquardt::new(from_columns(&columns), &limits, config)?;
    while lm.step(|z, of| {
        let mut found = evaluate(z)?;
        for (i, &column) in of.iter().enumerate() {
            let a = held[column];
            found.gradient[a * of.len() + i] = 0.0;
            (0..k).for_each(|b| found.jtj[packed(k, a, b) * of.len() + i] = 0.0);
        }
        Ok::<_, FitError>(found)
    })? > 0
    {}
    let mut found = Vec::new();
    for (a, coordinate) in coordinates.iter().enumerate() {
        let Some(error) = errors.get(a).copied().flatten() else { continue };
        let scale = inverse[a * k + a] / (error * error);
        let mut points = vec![(z[a], 0.0)];
        for i in (0..held.len()).filter(|&i| held[i] == a) {
            points.push((lm.column(i)[a], (lm.evaluation().loss[i] - at.loss[0]) * scale));
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.dedup_by(|a, b| a.0 == b.0);
        let points = points.into_iter().map(|(z, deviance)| (coordinates.value(a, z), deviance)).collect();
        found.push(Profile::new(&coordinate.name, points));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_ends_where_the_deviance_is_high() {
        let parabola = |x: f64| (x, (x - 1.0).powi(2) / 0.25);
        let profile = Profile::new("x", [-1.0, 0.0, 1.0, 2.0].map(parabola).to_vec());
        assert!((profile.interval.0.unwrap() - (1.0 - 0.5 * INTERVAL)).abs() < 1e-12, "{profile:?}");
        assert!((profile.interval.1.unwrap() - (1.0 + 0.5 * INTERVAL)).abs() < 1e-12);
        let flat = Profile::new("x", vec![(0.0, 5.0), (1.0, 0.0), (2.0, 0.1), (9.0, 0.2)]);
        assert!(flat.interval.0.is_some() && flat.interval.1.is_none(), "{flat:?}");
    }
}
