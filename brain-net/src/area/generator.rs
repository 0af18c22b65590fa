//! This module draws a cortex with the statistics of the marmoset's from a seed.
//!
//! Areas lie on half an ellipsoid. The projection from `s` to `t`, `d` mm away, exists where
//!
//! ```text
//! -b d + a_s + c_t + sqrt(rho) u_{st} + sqrt(1 - rho) v_{s->t}
//! ```
//!
//! is among the greatest `density n (n - 1)`: distance makes projections rare, `a` and `c` let areas differ in the
//! number of their targets and sources, and `u`, which both directions of a pair share, makes them reciprocal. Its
//! strength is
//!
//! ```text
//! ln FLN = -lambda d + h exp(-d / l) + sigma (sqrt(r) u'_{st} + sqrt(1 - r) v'_{s->t}) + constant of t
//! ```
//!
//! which is the exponential distance rule (Ercsey-Ravasz et al. 2013, <https://doi.org/10.1016/j.neuron.2013.07.036>)
//! with log-normal scatter. Projections between neighbours are stronger than the rule says, by `h`: without `h` either
//! the slope over all distances or the mean distance of a labelled neuron is the marmoset's, not both. The constant
//! makes the fractions of a target add up to `extrinsic`. All of `a`, `c`, `u`, `v` are normal.

use super::{AreaMatrix, distances};
use brain_core::Seed;

/// The generator has these parameters; the defaults give the marmoset's published statistics.
///
/// The marmoset's numbers are those of the 55 x 55 edge-complete matrix of Majka et al. 2020
/// (<https://doi.org/10.1038/s41467-020-14858-0>) and Theodoni et al. 2022 (<https://doi.org/10.1093/cercor/bhab191>);
/// the generator's are means and standard deviations over seeds:
///
/// | statistic | marmoset | generator |
/// |---|---|---|
/// | density | 62.4 % | 62.4 % |
/// | log10 FLN, mean and sd | -2.62, 1.06 | -2.69 +- 0.04, 1.04 +- 0.02 |
/// | its skewness | -0.06 | -0.08 +- 0.06 |
/// | pairs reciprocal / one-way / none | 50.3 / 24.2 / 25.5 % | 49.1 / 26.6 / 24.3 +- 1 to 3 % |
/// | slope of ln FLN over distance, correlation | -0.225 /mm, -0.43 | -0.28 +- 0.02 /mm, -0.46 +- 0.04 |
/// | 1 / weighted mean distance | 0.22 /mm | 0.23 +- 0.015 /mm |
/// | sd of in- and out-degree | 11.4, 8.9 | 11.0, 7.7 |
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    /// The cortex has this many areas.
    pub areas: usize,
    /// This fraction of the possible projections exists.
    pub density: f64,
    /// The hemisphere has these half axes, mm: left to right, front to back, bottom to top.
    pub half_axes_mm: [f64; 3],
    /// The latent strength falls with distance at this rate `b`, 1/mm, which makes far projections rare.
    pub rarity: f64,
    /// This standard deviation over areas of `a` spreads the number of targets.
    pub source_spread: f64,
    /// This standard deviation over areas of `c` spreads the number of sources.
    pub target_spread: f64,
    /// Both directions have this share `rho` of the random part of a projection's existence in common, 0 to 1.
    pub reciprocity: f64,
    /// `ln FLN` falls with distance at this rate `lambda`, 1/mm, which is the exponential distance rule.
    pub lambda: f64,
    /// Projections between neighbours at distance 0 are stronger by this `h`, in `ln FLN`.
    pub nearby: f64,
    /// That additional strength decays with this length constant `l`, mm.
    pub reach_mm: f64,
    /// `ln FLN` has this standard deviation `sigma` at one distance.
    pub sigma: f64,
    /// The strengths of the two directions have this correlation `r`, 0 to 1.
    pub strength_correlation: f64,
    /// The fractions of every target add up to this.
    pub extrinsic: f64,
}

impl Default for Generator {
    fn default() -> Self {
        Self {
            areas: 55,
            density: 0.624,
            half_axes_mm: [7.6, 10.6, 4.7],
            rarity: 0.13,
            source_spread: 0.45,
            target_spread: 0.7,
            reciprocity: 0.97,
            lambda: 0.19,
            nearby: 4.2,
            reach_mm: 2.0,
            sigma: 1.94,
            strength_correlation: 0.5,
            extrinsic: 0.75,
        }
    }
}

impl Generator {
    /// Draws a matrix. Parameters outside their range are clamped to it.
    pub fn generate(&self, seed: Seed) -> AreaMatrix {
        let n = self.areas;
        let seed = seed.child("areas");
        let centres: Vec<[f64; 3]> = (0..n).map(|i| self.centre(seed.child("centre"), i)).collect();
        let distance_mm = distances(&centres);
        let normals =
            |name: &str, sd: f64| -> Vec<f64> { (0..n).map(|i| sd * seed.child(name).at(i as u64).normal()).collect() };
        let (targets, sources) = (normals("targets", self.source_spread), normals("sources", self.target_spread));
        let chance = pairs(n, self.reciprocity, seed.child("chance"));
        let latent: Vec<f64> =
            (0..n * n).map(|k| -self.rarity * distance_mm[k] + targets[k % n] + sources[k / n] + chance[k]).collect();
        let mut order: Vec<usize> = (0..n * n).filter(|k| k / n != k % n).collect();
        order.sort_by(|&a, &b| latent[b].total_cmp(&latent[a]).then(a.cmp(&b)));
        let links = (self.density.clamp(0.0, 1.0) * order.len() as f64).round() as usize;
        let scatter = pairs(n, self.strength_correlation, seed.child("strength"));
        let mut fln = vec![0.0; n * n];
        for &k in &order[..links] {
            let d = distance_mm[k];
            let near = self.nearby * (-d / self.reach_mm.max(f64::MIN_POSITIVE)).exp();
            fln[k] = (-self.lambda * d + near + self.sigma * scatter[k]).exp();
        }
        for row in fln.chunks_mut(n.max(1)) {
            let sum: f64 = row.iter().sum();
            row.iter_mut().filter(|_| sum > 0.0).for_each(|f| *f *= self.extrinsic / sum);
        }
        let names = (1..=n).map(|i| format!("A{i:02}")).collect();
        AreaMatrix { names, fln, distance_mm, centres_mm: centres }
    }

    /// Draws the centre of an area, mm, on one half of the ellipsoid.
    fn centre(&self, seed: Seed, area: usize) -> [f64; 3] {
        let mut stream = seed.at(area as u64);
        let x: [f64; 3] = std::array::from_fn(|_| stream.normal());
        let length = x.iter().map(|x| x * x).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        let [side, along, up] = std::array::from_fn(|a| self.half_axes_mm[a] * x[a] / length);
        [side.abs(), along, up]
    }
}

/// Draws a standard normal number for every ordered pair of areas, `[target, source]`. The numbers of the two
/// directions of a pair have the correlation `r`.
fn pairs(n: usize, r: f64, seed: Seed) -> Vec<f64> {
    let r = r.clamp(0.0, 1.0);
    let (shared, own) = (seed.child("shared"), seed.child("own"));
    let one = |k: usize| {
        let (t, s) = (k / n, k % n);
        let pair = (t.min(s) * n + t.max(s)) as u64;
        r.sqrt() * shared.at(pair).normal() + (1.0 - r).sqrt() * own.at(k as u64).normal()
    };
    (0..n * n).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::Statistics;

    /// The mean over seeds of each statistic is the marmoset's published number, within a tolerance of the scatter over
    /// seeds.
    #[test]
    fn the_marmosets_statistics() {
        let all: Vec<Statistics> = (0..20).map(|s| Generator::default().generate(Seed::new(s)).statistics()).collect();
        type Of = fn(&Statistics) -> f64;
        let mean = |f: Of| all.iter().map(f).sum::<f64>() / all.len() as f64;
        let sd = |f: Of| brain_core::stats::sd(&all.iter().map(f).collect::<Vec<_>>());
        for (what, of, published, tolerance) in [
            ("density", (|s| s.density) as Of, 0.624, 0.001),
            ("mean", |s| s.log10_mean, -2.62, 0.08),
            ("sd", |s| s.log10_sd, 1.06, 0.03),
            ("skew", |s| s.log10_skew, -0.06, 0.1),
            ("reciprocal", |s| s.reciprocal, 0.503, 0.02),
            ("one way", |s| s.one_way, 0.242, 0.025),
            ("unconnected", |s| s.unconnected, 0.255, 0.02),
            ("correlation", |s| s.distance_correlation.unwrap(), -0.43, 0.05),
            ("in-degree", |s| s.in_degree_sd, 11.4, 1.5),
            ("out-degree", |s| s.out_degree_sd, 8.9, 1.5),
        ] {
            let found = mean(of);
            println!("{what}: {found:.3} +- {:.3}, published {published}", sd(of));
            assert!((found - published).abs() < tolerance, "{what}: {found}, published {published}");
        }
        // Published rates of the distance rule lie between 0.22 and 0.40 /mm, whatever the estimator.
        for (what, of) in [
            ("slope", (|s| s.distance_slope.unwrap()) as Of),
            ("1 / weighted mean distance", |s| s.distance_rate.unwrap()),
        ] {
            let found = mean(of);
            println!("{what}: {found:.3} +- {:.3} /mm", sd(of));
            assert!((0.22..0.40).contains(&found), "{what}: {found} /mm");
        }
        // The distance rule alone does not reach this range: projections between neighbours must be stronger.
        let plain = |seed| {
            Generator { nearby: 0.0, lambda: 0.24, sigma: 2.1, ..Generator::default() }.generate(Seed::new(seed))
        };
        assert!((0..5).all(|seed| plain(seed).statistics().distance_rate.unwrap() < 0.2));
    }

    #[test]
    fn fractions_add_up_and_the_seed_decides() {
        let g = Generator::default();
        let m = g.generate(Seed::new(3));
        for t in 0..55 {
            let sum: f64 = (0..55).map(|s| m.fraction(t, s)).sum();
            assert!((sum - 0.75).abs() < 1e-12 && m.fraction(t, t) == 0.0);
        }
        assert_eq!(m, g.generate(Seed::new(3)));
        assert_ne!(m.fln, g.generate(Seed::new(4)).fln);
        assert_eq!(Generator { areas: 0, ..g }.generate(Seed::new(3)).areas(), 0);
    }
}
