//! What the scatter of spike times does to a fit of them.

use super::known::{Inverse, Known, SweepShare};
use super::matrix::{add, add_outer, congruence, product};
use crate::fit::spike_problem::SpikeRow;

/// Gives the share of every sweep in the equations of a fit of spike times: the first `k` coordinates of the rows are
/// fitted and those not `fixed` move, the others are those of the stage `before`.
///
/// The variance of each residual is its square (White 1980, <https://doi.org/10.2307/1912934>), times the number of
/// residuals over those that the coordinates leave, and times the part of all squares that errors of the stage before do
/// not explain, which are counted there; it is at least that of the rounding of spike times.
pub fn shares(rows: &[Vec<SpikeRow>], fixed: &[bool], before: &Known) -> Vec<SweepShare> {
    let (k, earlier) = (fixed.len(), before.determined.len());
    let mut found: Vec<SweepShare> = rows.iter().map(|rows| equations(rows, k, earlier)).collect();
    let (mut curvature, mut cross) = (vec![0.0; k * k], vec![0.0; k * earlier]);
    for s in &found {
        add(&mut curvature, &s.curvature);
        add(&mut cross, &s.cross);
    }
    // What the fitted coordinates do as those before them move, and what is then left of a residual's change.
    let follow = product(&Inverse::new(&curvature, fixed).matrix(), &cross, k);
    let (mut squares, mut explained) = (0.0, 0.0);
    for row in rows.iter().flatten() {
        let (own, of_before) = row.slopes.split_at(k);
        let followed = product(own, &follow, k);
        let left: Vec<f64> = of_before.iter().zip(followed).map(|(x, by)| x - by).collect();
        squares += row.weight * row.r * row.r;
        explained += congruence(&left, &before.passed_on, earlier).iter().map(|x| row.weight * x).sum::<f64>();
    }
    let count = rows.iter().map(Vec::len).sum::<usize>() as f64;
    let own = if squares > 0.0 { (1.0 - explained / squares).max(0.0) } else { 0.0 };
    let scale = own * count / (count - k as f64).max(1.0);
    for (s, rows) in found.iter_mut().zip(rows) {
        s.own = own.sqrt();
        for row in rows {
            let own = &row.slopes[..k];
            let variance = (scale * row.r * row.r).max(row.rounding);
            add_outer(&mut s.noise, row.weight * row.weight * variance, own, own);
        }
    }
    found
}

/// Gives the equations of one sweep, without the noise.
fn equations(rows: &[SpikeRow], k: usize, earlier: usize) -> SweepShare {
    let zeros = |n: usize| vec![0.0; n];
    let mut s = SweepShare {
        curvature: zeros(k * k),
        score: zeros(k),
        noise: zeros(k * k),
        cross: zeros(k * earlier),
        own: 1.0,
    };
    for row in rows {
        let (own, of_before) = row.slopes.split_at(k);
        add_outer(&mut s.curvature, row.weight, own, own);
        add_outer(&mut s.cross, row.weight, own, of_before);
        s.score.iter_mut().zip(own).for_each(|(s, j)| *s += row.weight * row.r * j);
    }
    s
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(r: f64, slopes: [f64; 2]) -> SpikeRow {
        SpikeRow { r, weight: 2.0, rounding: 0.01, slopes: slopes.to_vec() }
    }

    /// What is known of one coordinate of a stage before, of some variance.
    fn before(variance: f64) -> Known {
        let share =
            SweepShare { curvature: vec![1.0], score: vec![0.0], noise: vec![variance], cross: Vec::new(), own: 1.0 };
        Known::new(&[share], &[false], None)
    }

    #[test]
    fn rounding_is_the_least_noise() {
        let rows = [vec![row(0.0, [3.0, 5.0]), row(1.0, [3.0, 5.0])]];
        let found = shares(&rows, &[false], &before(0.0)).remove(0);
        assert_eq!((found.curvature, found.cross, found.score), (vec![36.0], vec![60.0], vec![6.0]));
        // Two residuals, of which one coordinate leaves one.
        assert!((found.noise[0] - 36.0 * (0.01 + 2.0)).abs() < 1e-12, "{:?}", found.noise);
    }

    #[test]
    fn what_the_stage_before_explains_is_not_counted_twice() {
        let rows = [vec![row(1.0, [1.0, 1.0]), row(-1.0, [1.0, -1.0])]];
        let noise = |variance| shares(&rows, &[false], &before(variance)).remove(0).noise[0];
        assert!((noise(0.5) - 0.5 * noise(0.0)).abs() < 1e-12);
        assert!((noise(2.0) - 2.0 * 4.0 * 0.01).abs() < 1e-12, "rounding is left");
    }
}
