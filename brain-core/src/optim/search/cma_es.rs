//! CMA-ES draws candidates from a normal distribution and learns its mean, size and covariance from the better half of them
//! (Hansen 2016, The CMA Evolution Strategy: A Tutorial, <https://doi.org/10.48550/arXiv.1604.00772>, figure 6).
//!
//! With weights `w_i` of the ranks, mean `m`, size `s`, covariance `C = B D^2 B^T`, draws `x_i = m + s y_i`,
//! `y_i = B D z_i`, and their weighted mean `y`:
//!
//! ```text
//! m   <- m + s y
//! p_s <- (1 - c_s) p_s + sqrt(c_s (2 - c_s) mu) B D^-1 B^T y        s <- s exp(c_s / d_s (|p_s| / E|N(0, I)| - 1))
//! p_c <- (1 - c_c) p_c + h sqrt(c_c (2 - c_c) mu) y
//! C   <- (1 - c_1 - c_mu) C + c_1 (p_c p_c^T + (1 - h) c_c (2 - c_c) C) + c_mu sum_i w_i y_i y_i^T
//! ```
//!
//! The distribution knows no bounds: a candidate beyond the box is evaluated where its reflection in the bounds lies. A
//! distribution that has become small begins again with twice as many candidates, around the next of the starts (Auger and
//! Hansen 2005, <https://doi.org/10.1109/CEC.2005.1554902>).

use super::{Archive, Needs, Optimiser, Search, or_infinite, reflected};
use crate::Seed;
use crate::checkpoint::CheckpointError;
use crate::family::{SettingError, Settings, SettingsReader};
use crate::optim::Evaluation;
use crate::optim::linear::eigen;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A distribution begins again where it is narrower than this in all directions.
const NARROW: f64 = 1e-9;
/// It begins again where the losses of a generation differ by less than this part.
const FLAT: f64 = 1e-12;

/// One that lasted for fewer generations, as on a plateau, is followed by one of the same size.
const SHORT: usize = 10;
/// No generation has more candidates than the first times this.
const LARGEST: usize = 32;

/// The settings of CMA-ES.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CmaEs {
    /// Number of candidates; null takes `4 + 3 ln K` for K parameters.
    pub population: Option<usize>,
    /// Number of generations.
    pub generations: usize,
    /// Standard deviation at the start, as a part of the width of the bounds.
    pub sigma: f64,
}

impl Default for CmaEs {
    fn default() -> Self {
        Self { population: None, generations: 200, sigma: 0.2 }
    }
}

impl CmaEs {
    /// Returns the number of candidates of `k` parameters.
    fn size(&self, k: usize) -> usize {
        self.population.unwrap_or(4 + (3.0 * (k as f64).ln()) as usize)
    }
}

impl Settings<dyn Optimiser> for CmaEs {
    const NAME: &'static str = "cma-es";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Optimiser>, SettingError> {
        reader.count("population", self.population.unwrap_or(4), 4, 1_000_000)?;
        reader.count("generations", self.generations, 1, 1_000_000)?;
        reader.within("sigma", self.sigma, f64::MIN_POSITIVE, 1.0)?;
        Ok(Box::new(*self))
    }
}

impl Optimiser for CmaEs {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn rounds(&self) -> u64 {
        self.generations as u64 + 1
    }

    fn begin(&self, starts: &[Vec<f64>], seed: Seed) -> Box<dyn Search> {
        Box::new(Distribution {
            settings: *self,
            seed,
            starts: starts.to_vec(),
            generation: 0,
            begun: 0,
            since: 0,
            size: self.size(starts[0].len()),
            mean: vec![],
            sigma: self.sigma,
            covariance: vec![],
            paths: [vec![], vec![]],
            draws: vec![],
            best: (f64::INFINITY, starts[0].clone()),
        })
    }
}

struct Distribution {
    settings: CmaEs,
    seed: Seed,
    /// The starts, the best first once they are evaluated.
    starts: Vec<Vec<f64>>,
    /// Number of answers so far; the first is about the starts.
    generation: usize,
    /// Number of distributions that began.
    begun: usize,
    /// Number of generations of this one.
    since: usize,
    /// Number of candidates of a generation.
    size: usize,
    mean: Vec<f64>,
    sigma: f64,
    covariance: Vec<f64>,
    /// The paths `p_s` and `p_c`.
    paths: [Vec<f64>; 2],
    /// The candidates before their reflection.
    draws: Vec<Vec<f64>>,
    best: (f64, Vec<f64>),
}

impl Distribution {
    /// Begins at the next start.
    fn restart(&mut self) {
        let k = self.starts[0].len();
        self.mean = self.starts[self.begun % self.starts.len()].clone();
        if self.since >= SHORT {
            self.size = (2 * self.size).min(LARGEST * self.settings.size(k));
        }
        self.begun += 1;
        (self.since, self.sigma) = (0, self.settings.sigma);
        self.covariance = (0..k * k).map(|i| if i / k == i % k { 1.0 } else { 0.0 }).collect();
        self.paths = [vec![0.0; k], vec![0.0; k]];
    }

    /// Returns the standard deviations along the axes of the distribution, and the axes as columns.
    fn axes(&self) -> (Vec<f64>, Vec<f64>) {
        let (values, vectors) = eigen(self.covariance.clone(), self.mean.len());
        (values.iter().map(|v| v.max(1e-30).sqrt()).collect(), vectors)
    }

    fn draw(&self) -> Vec<Vec<f64>> {
        let (k, (d, b)) = (self.mean.len(), self.axes());
        let one = |i: usize| {
            let mut stream = self.seed.nth(self.generation as u64).at(i as u64);
            let z: Vec<f64> = d.iter().map(|d| d * stream.normal()).collect();
            (0..k).map(|a| self.mean[a] + self.sigma * (0..k).map(|e| b[a * k + e] * z[e]).sum::<f64>()).collect()
        };
        (0..self.size).map(one).collect()
    }

    /// Moves the distribution by its draws in the order of their losses.
    fn learn(&mut self, order: &[usize]) {
        let k = self.mean.len();
        let (n, half) = (k as f64, (self.size / 2).max(1));
        let raw: Vec<f64> = (0..half).map(|i| ((self.size + 1) as f64 / 2.0).ln() - ((i + 1) as f64).ln()).collect();
        let total: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|w| w / total).collect();
        let mu = 1.0 / weights.iter().map(|w| w * w).sum::<f64>();
        let cs = (mu + 2.0) / (n + mu + 5.0);
        let ds = 1.0 + 2.0 * (((mu - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + cs;
        let cc = (4.0 + mu / n) / (n + 4.0 + 2.0 * mu / n);
        let c1 = 2.0 / ((n + 1.3).powi(2) + mu);
        let cmu = (2.0 * (mu - 2.0 + 1.0 / mu) / ((n + 2.0).powi(2) + mu)).min(1.0 - c1);
        let expected = n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));

        let chosen = || order[..half].iter().map(|&i| &self.draws[i]);
        let y = |x: &Vec<f64>, a: usize| (x[a] - self.mean[a]) / self.sigma;
        let ys: Vec<Vec<f64>> = chosen().map(|x| (0..k).map(|a| y(x, a)).collect()).collect();
        let mean: Vec<f64> = (0..k).map(|a| ys.iter().zip(&weights).map(|(y, w)| w * y[a]).sum()).collect();
        let (d, b) = self.axes();
        let turned: Vec<f64> = (0..k).map(|e| (0..k).map(|a| b[a * k + e] * mean[a]).sum::<f64>() / d[e]).collect();
        let white = |a: usize| (0..k).map(|e| b[a * k + e] * turned[e]).sum::<f64>();

        self.since += 1;
        let [ps, pc] = &mut self.paths;
        for (a, p) in ps.iter_mut().enumerate() {
            *p = (1.0 - cs) * *p + (cs * (2.0 - cs) * mu).sqrt() * white(a);
        }
        let length = ps.iter().map(|p| p * p).sum::<f64>().sqrt();
        let so_far = (1.0 - (1.0 - cs).powf(2.0 * self.since as f64)).sqrt();
        let h = if length / so_far < (1.4 + 2.0 / (n + 1.0)) * expected { 1.0 } else { 0.0 };
        for (p, y) in pc.iter_mut().zip(&mean) {
            *p = (1.0 - cc) * *p + h * (cc * (2.0 - cc) * mu).sqrt() * y;
        }
        let keep = 1.0 - c1 - cmu + c1 * (1.0 - h) * cc * (2.0 - cc);
        for i in 0..k * k {
            let (p, q) = (i / k, i % k);
            let rank_mu: f64 = ys.iter().zip(&weights).map(|(y, w)| w * y[p] * y[q]).sum();
            self.covariance[i] = keep * self.covariance[i] + c1 * pc[p] * pc[q] + cmu * rank_mu;
        }
        self.mean.iter_mut().zip(&mean).for_each(|(m, y)| *m += self.sigma * y);
        self.sigma *= (cs / ds * (length / expected - 1.0)).min(1.0).exp();
    }
}

impl Search for Distribution {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        if self.generation == 0 {
            return self.starts.clone();
        }
        if self.generation > self.settings.generations {
            return vec![];
        }
        self.draws = self.draw();
        self.draws.iter().map(|x| x.iter().map(|&z| reflected(z)).collect()).collect()
    }

    fn tell(&mut self, found: &Evaluation) {
        let loss: Vec<f64> = found.loss.iter().map(|&loss| or_infinite(loss)).collect();
        let mut order: Vec<usize> = (0..loss.len()).collect();
        order.sort_by(|&a, &b| loss[a].total_cmp(&loss[b]));
        let first = self.generation == 0;
        if first {
            self.starts = order.iter().map(|&i| self.starts[i].clone()).collect();
        }
        let (best, worst) = (loss[order[0]], loss[order[order.len() - 1]]);
        if best <= self.best.0 {
            let place = if first { &self.starts[0] } else { &self.draws[order[0]] };
            self.best = (best, place.iter().map(|&z| reflected(z)).collect());
        }
        self.generation += 1;
        if first {
            return self.restart();
        }
        self.learn(&order);
        let widest =
            (0..self.mean.len()).map(|a| self.covariance[a * (self.mean.len() + 1)]).fold(0.0, f64::max).sqrt();
        let sound = self.sigma.is_finite() && widest.is_finite();
        if !sound || self.sigma * widest < NARROW || worst - best <= FLAT * best.abs() {
            self.restart();
        }
    }

    fn held(&self) -> Vec<(f64, Vec<f64>)> {
        vec![self.best.clone()]
    }

    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError> {
        archive.places("starts", &mut self.starts)?;
        let counts = [
            ("generation", &mut self.generation),
            ("begun", &mut self.begun),
            ("since", &mut self.since),
            ("size", &mut self.size),
        ];
        for (name, count) in counts {
            archive.count(name, count)?;
        }
        let [ps, pc] = &mut self.paths;
        let rows = [("mean", &mut self.mean), ("covariance", &mut self.covariance), ("ps", ps), ("pc", pc)];
        for (name, row) in rows {
            archive.numbers(name, row)?;
        }
        archive.number("sigma", &mut self.sigma)?;
        archive.number("best-loss", &mut self.best.0)?;
        archive.numbers("best", &mut self.best.1)
    }
}
