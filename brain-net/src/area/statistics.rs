//! This module computes the statistics that are published of area-to-area matrices.

use super::AreaMatrix;
use brain_core::stats::{mean, sd};
use serde::Serialize;

/// These statistics describe a matrix without its diagonal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// The matrix has this many areas.
    pub areas: usize,
    /// This many projections exist.
    pub links: usize,
    /// This is the number of projections that exist divided by the number of ordered pairs of areas.
    pub density: f64,
    /// `log10 FLN` has this mean over the projections that exist.
    pub log10_mean: f64,
    /// `log10 FLN` has this standard deviation over the projections that exist.
    pub log10_sd: f64,
    /// `log10 FLN` has this skewness over the projections that exist; it is 0 for a log-normal distribution.
    pub log10_skew: f64,
    /// The weakest projection that exists has this fraction.
    pub least: f64,
    /// The strongest projection has this fraction.
    pub greatest: f64,
    /// This fraction of the pairs of areas project to each other.
    pub reciprocal: f64,
    /// In this fraction of the pairs of areas only one projects to the other.
    pub one_way: f64,
    /// This fraction of the pairs of areas have no projection.
    pub unconnected: f64,
    /// The exponential distance rule has this rate, estimated as minus the slope of `ln FLN` over distance, 1/mm.
    pub distance_slope: Option<f64>,
    /// `ln FLN` has this correlation with distance.
    pub distance_correlation: Option<f64>,
    /// The exponential distance rule has this rate, estimated as one over the mean distance weighted by FLN, 1/mm.
    pub distance_rate: Option<f64>,
    /// The number of sources has this standard deviation over areas.
    pub in_degree_sd: f64,
    /// The number of targets has this standard deviation over areas.
    pub out_degree_sd: f64,
}

impl AreaMatrix {
    /// Computes the statistics of the matrix. Theodoni et al. 2022 (<https://doi.org/10.1093/cercor/bhab191>) report
    /// them for the marmoset and Markov et al. 2014 for the macaque.
    pub fn statistics(&self) -> Statistics {
        let n = self.areas();
        let exists = |t: usize, s: usize| t != s && self.fraction(t, s) > 0.0;
        let linked = |t: usize| (0..n).filter(move |&s| exists(t, s));
        let links: Vec<(usize, usize)> = (0..n).flat_map(|t| linked(t).map(move |s| (t, s))).collect();
        let fln: Vec<f64> = links.iter().map(|&(t, s)| self.fraction(t, s)).collect();
        let logs: Vec<f64> = fln.iter().map(|f| f.log10()).collect();
        let (log10_mean, log10_sd) = (mean(&logs), sd(&logs));
        let cubes = logs.iter().map(|x| ((x - log10_mean) / log10_sd).powi(3)).sum::<f64>();
        let (mut both, mut one, mut none) = (0.0, 0.0, 0.0);
        for a in 0..n {
            for b in 0..a {
                match (exists(a, b), exists(b, a)) {
                    (true, true) => both += 1.0,
                    (false, false) => none += 1.0,
                    _ => one += 1.0,
                }
            }
        }
        let pairs = (n * n.saturating_sub(1)) as f64;
        let share = |count: f64| count / (pairs / 2.0);
        let distances: Option<Vec<f64>> = links.iter().map(|&(t, s)| self.distance(t, s)).collect();
        let distances = distances.filter(|d| d.len() > 2);
        let fit = distances.as_ref().map(|d| {
            let natural: Vec<f64> = logs.iter().map(|x| x * std::f64::consts::LN_10).collect();
            let (mx, sx, my, sy) = (mean(d), sd(d), mean(&natural), sd(&natural));
            let cov = d.iter().zip(&natural).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>() / d.len() as f64;
            (-cov / (sx * sx), cov / (sx * sy))
        });
        let rate =
            distances.as_ref().map(|d| fln.iter().sum::<f64>() / d.iter().zip(&fln).map(|(d, f)| d * f).sum::<f64>());
        let ins: Vec<f64> = (0..n).map(|t| linked(t).count() as f64).collect();
        let outs: Vec<f64> = (0..n).map(|s| (0..n).filter(|&t| exists(t, s)).count() as f64).collect();
        Statistics {
            areas: n,
            links: links.len(),
            density: links.len() as f64 / pairs,
            log10_mean,
            log10_sd,
            log10_skew: cubes / logs.len() as f64,
            least: fln.iter().copied().fold(f64::INFINITY, f64::min),
            greatest: fln.iter().copied().fold(0.0, f64::max),
            reciprocal: share(both),
            one_way: share(one),
            unconnected: share(none),
            distance_slope: fit.map(|f| f.0),
            distance_correlation: fit.map(|f| f.1),
            distance_rate: rate,
            in_degree_sd: sd(&ins),
            out_degree_sd: sd(&outs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_a_small_matrix_match_hand_computation() {
        let names = ["a", "b", "c"].map(String::from).into();
        let fln = vec![0.0, 0.1, 0.01, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0];
        let distance_mm = vec![0.0, 1.0, 2.0, 1.0, 0.0, 3.0, 2.0, 3.0, 0.0];
        let s = AreaMatrix { names, fln, distance_mm, centres_mm: vec![] }.statistics();
        assert_eq!((s.links, s.density, s.least, s.greatest), (3, 0.5, 0.01, 0.1));
        assert!((s.log10_mean + 4.0 / 3.0).abs() < 1e-12 && (s.log10_sd - 2f64.sqrt() / 3.0).abs() < 1e-12);
        let third = |x: f64| (x - 1.0 / 3.0).abs() < 1e-12;
        assert!(third(s.reciprocal) && third(s.one_way) && third(s.unconnected));
        assert!((s.distance_slope.unwrap() - std::f64::consts::LN_10).abs() < 1e-12);
        assert!((s.distance_correlation.unwrap() + 1.0).abs() < 1e-12);
        assert!((s.distance_rate.unwrap() - 0.21 / 0.22).abs() < 1e-12);
    }
}
