//! The noise of the potential has a variance and a memory, which the residuals of a fit tell.
//!
//! Its autocorrelation is taken as `R(0) = 1`, `R(l) = share exp(-l dt / memory)`: a part of it is white, the rest is
//! autoregressive of first order. The two numbers follow from the correlation of neighbours, and from the sum of the
//! correlations over the lags up to a few times that sum (Sokal 1997, <https://doi.org/10.1007/978-1-4899-0319-8_6>).
//! A fit follows slow noise: of residuals from which it has taken a part `f` of all squares, a correlation `c` at a short
//! lag stands for `c (1 - f) + f`.

/// The sum of correlations ends at the first lag that exceeds it this many times.
const WINDOW: f64 = 4.0;
/// No more pairs of samples than about this many are taken for one lag.
const PAIRS: usize = 200_000;

/// The memory of noise, for one sampling interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// Part of the variance that has a memory.
    pub share: f64,
    /// Factor from one sample to the next.
    pub decay: f64,
}

impl Memory {
    /// Memory of white noise.
    pub const NONE: Memory = Memory { share: 0.0, decay: 0.0 };

    /// Finds the memory of residuals of several sweeps, each with a weight for each sample; those without weight are
    /// left out. A fit has taken the part `taken` of their squares.
    pub fn of(sweeps: &[(&[f64], &[f64])], taken: f64) -> Self {
        let used = |weights: &[f64]| weights.iter().filter(|w| **w > 0.0).count();
        let samples: usize = sweeps.iter().map(|(_, w)| used(w)).sum();
        let longest = sweeps.iter().map(|(r, _)| r.len()).max().unwrap_or(0) / 4;
        let variance: Vec<f64> = sweeps
            .iter()
            .map(|(r, w)| {
                let sum: f64 = r.iter().zip(*w).filter(|(_, w)| **w > 0.0).map(|(r, _)| r * r).sum();
                sum / used(w).max(1) as f64
            })
            .collect();
        let every = samples.div_ceil(PAIRS).max(1);
        let correlation = |lag: usize| {
            let (mut sum, mut pairs) = (0.0, 0usize);
            for ((r, w), variance) in sweeps.iter().zip(&variance).filter(|(_, v)| **v > 0.0) {
                for t in (0..r.len().saturating_sub(lag)).step_by(every) {
                    if w[t] > 0.0 && w[t + lag] > 0.0 {
                        sum += r[t] * r[t + lag] / variance;
                        pairs += 1;
                    }
                }
            }
            if pairs == 0 { 0.0 } else { sum / pairs as f64 }
        };
        if samples == 0 || correlation(1) < 3.0 / (samples as f64).sqrt() {
            return Self::NONE;
        }
        let correlation = |lag: usize| correlation(lag) * (1.0 - taken) + taken;
        let neighbours = correlation(1);
        let mut sum = neighbours;
        let mut lag = 1;
        while lag < longest && (lag as f64) < WINDOW * (0.5 + sum) {
            lag += 1;
            sum += correlation(lag);
        }
        // Where the sum holds hardly more than its first term, noise of one memory has both.
        let decay = 1.0 - neighbours / sum.max(neighbours);
        match neighbours < decay {
            true => Self { share: neighbours / decay, decay },
            false => Self { share: 1.0, decay: (sum / (1.0 + sum)).max(0.0) },
        }
    }

    /// Gives the number of samples that stand for one independent sample.
    pub fn samples(&self) -> f64 {
        1.0 + 2.0 * self.share * self.decay / (1.0 - self.decay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::Seed;

    /// Noise with a memory, of variance one, and white noise added to it.
    fn noise(decay: f64, white: f64, n: usize) -> Vec<f64> {
        let mut stream = Seed::new(5).child("noise").at(0);
        let mut x = stream.normal();
        let mut next = || {
            x = decay * x + (1.0 - decay * decay).sqrt() * stream.normal();
            x + white * stream.normal()
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn memories_are_found() {
        let weights = vec![1.0; 100_000];
        let found = |r: &[f64]| Memory::of(&[(r, &weights)], 0.0);
        let plain = found(&noise(0.9, 0.0, 100_000));
        assert!((plain.decay - 0.9).abs() < 0.02 && plain.share > 0.95, "{plain:?}");
        let mixed = found(&noise(0.95, 1.0, 100_000));
        assert!((mixed.share - 0.5).abs() < 0.05 && (mixed.decay - 0.95).abs() < 0.02, "{mixed:?}");
        let white = found(&noise(0.0, 0.0, 100_000));
        assert!(white.samples() < 1.05, "{white:?}");
    }

    /// A fit of the mean takes the slowest part of the noise: as many squares as samples stand for an independent one.
    #[test]
    fn what_a_fit_takes_of_slow_noise_is_counted() {
        let weights = vec![1.0; 1000];
        let (mut plain, mut counted) = (0.0, 0.0);
        const SETS: usize = 200;
        for r in noise(0.95, 0.0, 1000 * SETS).chunks(1000) {
            let mean = brain_core::stats::mean(r);
            let r: Vec<f64> = r.iter().map(|r| r - mean).collect();
            let samples = |taken| Memory::of(&[(&r, &weights)], taken).samples() / SETS as f64;
            plain += samples(0.0);
            counted += samples(39.0 / 1000.0);
        }
        assert!((0.95..1.15).contains(&(counted / 39.0)) && plain < 0.92 * counted, "{plain} {counted} of 39");
    }

    #[test]
    fn samples_without_weight_are_left_out() {
        let mut r = noise(0.8, 0.0, 20_000);
        let mut weights = vec![1.0; r.len()];
        for k in (0..r.len()).step_by(100) {
            r[k] = 1e6;
            weights[k] = 0.0;
        }
        let found = Memory::of(&[(&r, &weights)], 0.0);
        assert!((found.decay - 0.8).abs() < 0.05, "{found:?}");
    }
}
