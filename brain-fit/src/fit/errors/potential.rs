//! What noise of the potential does to a fit of it.

use super::known::{Inverse, SweepShare, degrees_taken};
use super::matrix::{add, add_outer};
use super::noise::Memory;
use super::rows::PotentialRows;

/// A fit is not taken to have followed a larger part of the noise than this.
const MOST_TAKEN: f64 = 0.1;
/// A run starts at the median of the potential over this time, ms.
const START: f64 = 5.0;

/// The noise of a sweep's potential.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepNoise {
    /// Standard deviation, mV.
    pub sd: f64,
    /// This much time stands for one independent sample, ms.
    pub independent: f64,
    /// Memory between samples.
    pub memory: Memory,
}

/// The memory is found once more when it is known what the fit took of the noise.
const PASSES: usize = 2;

/// Gives the share of every sweep in the equations of a fit of the potential, with the noise of each. The memory is one
/// for all sweeps of a sampling interval, and the variance is each sweep's own.
pub fn shares(rows: &[PotentialRows], fixed: &[bool]) -> (Vec<SweepShare>, Vec<SweepNoise>) {
    let k = fixed.len();
    let (mut memories, mut products, mut taken) = (Vec::new(), Vec::new(), vec![0.0; rows.len()]);
    for _ in 0..PASSES {
        memories = memories_of(rows, taken.iter().sum());
        products = rows.iter().zip(&memories).map(|(r, m)| Products::new(r, *m)).collect::<Vec<_>>();
        let (mut curvature, mut noise) = (vec![0.0; k * k], vec![0.0; k * k]);
        for p in &products {
            add(&mut curvature, &p.curvature);
            add(&mut noise, &p.noise);
        }
        let inverse = Inverse::new(&curvature, fixed).matrix();
        taken = products.iter().map(|p| degrees_taken(&inverse, &noise, &p.forward, &p.plain, k)).collect();
    }
    let mut found = (Vec::new(), Vec::new());
    for (((r, p), memory), taken) in rows.iter().zip(products).zip(memories).zip(taken) {
        // A sweep that the fit could follow entirely would have no noise to tell.
        let variance = p.squares / (p.samples - taken).max(0.1 * p.samples).max(1.0);
        let mut noise: Vec<f64> = p.noise.iter().map(|x| variance * x).collect();
        add_outer(&mut noise, variance * of_median(START / r.dt, memory), &p.start, &p.start);
        found.0.push(SweepShare { noise, curvature: p.curvature, score: p.score, cross: Vec::new(), own: 1.0 });
        found.1.push(SweepNoise { sd: variance.sqrt(), independent: memory.samples() * r.dt, memory });
    }
    found
}

/// Finds the memory of every sweep's noise, of which a fit has taken so many squares, in units of its variance.
fn memories_of(rows: &[PotentialRows], taken: f64) -> Vec<Memory> {
    let samples = rows.iter().map(|r| r.weight.iter().filter(|w| **w > 0.0).count()).sum::<usize>() as f64;
    let taken = (taken / samples.max(1.0)).clamp(0.0, MOST_TAKEN);
    let of = |of: &PotentialRows| {
        let alike = rows.iter().filter(|other| (other.dt - of.dt).abs() <= 1e-6 * of.dt);
        Memory::of(&alike.map(|r| (&*r.residual, &*r.weight)).collect::<Vec<_>>(), taken)
    };
    rows.iter().map(of).collect()
}

/// Gives the variance of the median of `n` samples of noise of variance one.
fn of_median(n: f64, memory: Memory) -> f64 {
    let (white, d) = (std::f64::consts::FRAC_PI_2 / n, memory.decay);
    // The variance of a mean of autoregressive noise.
    let slow = (1.0 + 2.0 * d / (1.0 - d) * (1.0 - (1.0 - d.powf(n)) / (n * (1.0 - d)))) / n;
    (1.0 - memory.share) * white + memory.share * slow
}

/// Sums over the samples of a sweep, for noise of variance one.
struct Products {
    samples: f64,
    /// Sum of squared residuals, without weights.
    squares: f64,
    /// `J^T W J`.
    curvature: Vec<f64>,
    /// `J^T W r`.
    score: Vec<f64>,
    /// `J^T J`.
    plain: Vec<f64>,
    /// `J^T W R W J`.
    noise: Vec<f64>,
    /// `J^T W R J`.
    forward: Vec<f64>,
    /// `J^T W u` for a change `u` of the potential by that at the start.
    start: Vec<f64>,
}

impl Products {
    fn new(rows: &PotentialRows, memory: Memory) -> Self {
        let k = rows.k;
        let zeros = || vec![0.0; k * k];
        let mut p = Self {
            samples: 0.0,
            squares: 0.0,
            curvature: zeros(),
            score: vec![0.0; k],
            plain: zeros(),
            noise: zeros(),
            forward: zeros(),
            start: vec![0.0; k],
        };
        // What earlier samples send on: of W J and of J.
        let (mut weighted, mut plain) = (vec![0.0; k], vec![0.0; k]);
        let step = |past: &mut [f64], now: &[f64], w: f64| {
            past.iter_mut().zip(now).for_each(|(past, j)| *past = memory.decay * (*past + w * j));
        };
        for (((j, r), w), u) in rows.rows().zip(&rows.residual).zip(&rows.weight).zip(&rows.by_start) {
            if *w > 0.0 {
                p.samples += 1.0;
                p.squares += r * r;
                let g: Vec<f64> = j.iter().map(|j| w * j).collect();
                add_outer(&mut p.curvature, 1.0, &g, j);
                add_outer(&mut p.plain, 1.0, j, j);
                p.score.iter_mut().zip(&g).for_each(|(s, g)| *s += g * r);
                p.start.iter_mut().zip(&g).for_each(|(s, g)| *s += g * u);
                add_outer(&mut p.noise, 1.0, &g, &g);
                add_outer(&mut p.noise, memory.share, &g, &weighted);
                add_outer(&mut p.noise, memory.share, &weighted, &g);
                add_outer(&mut p.forward, 1.0, &g, j);
                add_outer(&mut p.forward, memory.share, &g, &plain);
                add_outer(&mut p.forward, memory.share, &weighted, j);
            }
            let used = if *w > 0.0 { 1.0 } else { 0.0 };
            step(&mut weighted, j, *w);
            step(&mut plain, j, used);
        }
        p
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::errors::known::Known;
    use brain_core::Seed;

    /// Rows of a constant and an exponential of 10 ms under noise with a memory of `tau` samples.
    fn rows(seed: u64, decay: f64, n: usize) -> PotentialRows {
        let mut stream = Seed::new(seed).child("rows").at(0);
        let mut x = stream.normal();
        let mut found = PotentialRows {
            dt: 0.1,
            k: 2,
            residual: Vec::new(),
            weight: Vec::new(),
            slopes: Vec::new(),
            by_start: vec![0.0; n],
        };
        for t in 0..n {
            x = decay * x + (1.0 - decay * decay).sqrt() * stream.normal();
            found.residual.push(0.5 * x);
            found.weight.push(if t % 500 < 50 { 0.0 } else { 1.0 });
            found.slopes.extend([1.0, (-((t % 500) as f64) / 100.0).exp()]);
        }
        found
    }

    /// The residuals of a linear fit of two coordinates to noise: their error is told from one data set as it is over many.
    #[test]
    fn errors_of_noise_with_a_memory_are_those_of_repeated_fits() {
        for decay in [0.0, 0.95] {
            let (mut squares, mut told) = ([0.0; 2], [0.0; 2]);
            const SETS: u64 = 200;
            for seed in 0..SETS {
                let mut sweeps = [rows(2 * seed, decay, 4000), rows(2 * seed + 1, decay, 4000)];
                let raw = shares(&sweeps, &[false; 2]).0;
                let z = Known::new(&raw, &[false; 2], None).without_priors;
                for sweep in &mut sweeps {
                    for (t, r) in sweep.residual.iter_mut().enumerate() {
                        *r += z[0] * sweep.slopes[2 * t] + z[1] * sweep.slopes[2 * t + 1];
                    }
                }
                let known = Known::new(&shares(&sweeps, &[false; 2]).0, &[false; 2], None);
                for a in 0..2 {
                    squares[a] += z[a] * z[a] / SETS as f64;
                    told[a] += known.within[a * 2 + a] / SETS as f64;
                }
            }
            for a in 0..2 {
                let ratio = (told[a] / squares[a]).sqrt();
                assert!((0.88..1.12).contains(&ratio), "{decay}: coordinate {a} is told {ratio} of its error");
            }
        }
    }
}
