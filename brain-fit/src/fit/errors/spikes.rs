//! What the scatter of spike times does to a fit of them.

use super::known::SweepShare;
use super::matrix::add_outer;
use crate::fit::spike_problem::SpikeRow;

/// Gives the share of every sweep in the equations of a fit of spike times: the first `k` coordinates of the rows are
/// fitted, the others are those of the stage before.
///
/// The variance of each residual is its square (White 1980, <https://doi.org/10.2307/1912934>), at least that of the
/// rounding of spike times, times the number of residuals over those that the coordinates leave.
pub fn shares(rows: &[Vec<SpikeRow>], k: usize) -> Vec<SweepShare> {
    let before = rows.iter().flatten().next().map_or(0, |r| r.slopes.len() - k);
    let count = rows.iter().map(Vec::len).sum::<usize>() as f64;
    let left = count / (count - k as f64).max(1.0);
    let share = |rows: &Vec<SpikeRow>| {
        let zeros = |n: usize| vec![0.0; n];
        let mut s =
            SweepShare { curvature: zeros(k * k), score: zeros(k), noise: zeros(k * k), cross: zeros(k * before) };
        for row in rows {
            let (own, earlier) = row.slopes.split_at(k);
            let w = row.weight;
            add_outer(&mut s.curvature, w, own, own);
            add_outer(&mut s.cross, w, own, earlier);
            s.score.iter_mut().zip(own).for_each(|(s, j)| *s += w * row.r * j);
            add_outer(&mut s.noise, left * w * w * (row.r * row.r).max(row.rounding), own, own);
        }
        s
    };
    rows.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_the_least_noise() {
        let row = |r: f64| SpikeRow { r, weight: 2.0, rounding: 0.01, slopes: vec![3.0, 5.0] };
        let found = shares(&[vec![row(0.0), row(1.0)]], 1).remove(0);
        assert_eq!((found.curvature, found.cross, found.score), (vec![36.0], vec![60.0], vec![6.0]));
        assert!((found.noise[0] - 2.0 * 36.0 * 1.01).abs() < 1e-12, "{:?}", found.noise);
    }
}
