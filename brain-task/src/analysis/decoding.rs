//! [`decode`] measures what activity tells about a trial, over time.

use super::{AnalysisError, WindowFeatures, enough, finite, wilson};
use brain_core::optim::{cholesky, cholesky_solve};
use brain_core::{Seed, stats};
use rayon::prelude::*;
use serde::Serialize;

/// A linear decoder tells which of two classes a trial is of.
///
/// It is cross-validated: trial `k` belongs to part `k mod folds`, and the classes of a part are decoded with what is
/// learned from the other parts. Neurons are brought to mean 0 and variance 1 (those that are constant are left out),
/// `w` minimises `mean (y - mean(y) - w x)^2 + ridge |w|^2` with `y = 1` for the class and -1 else, and a trial is of
/// the class where `w x + mean(y) > 0`. Ridge regression is of Hoerl and Kennard 1970,
/// <https://doi.org/10.1080/00401706.1970.10488634>, decoding over time of Meyers et al. 2008,
/// <https://doi.org/10.1152/jn.90248.2008>.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    /// The trials are cut into this many parts, at least 2.
    pub folds: usize,
    /// The penalty `|w|^2` has this weight.
    pub ridge: f64,
    /// The classes are shuffled this often, to measure the accuracy by chance.
    pub shuffles: u64,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { folds: 5, ridge: 1.0, shuffles: 100 }
    }
}

/// The class is decoded this well in one window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decoded {
    /// This is the share of the trials whose class is decoded right, each by a decoder that did not see it.
    pub accuracy: f64,
    /// The 95 % interval of the accuracy begins here, by [`wilson`], as if trials were decoded independently.
    pub low: f64,
    /// This interval ends here.
    pub high: f64,
    /// This is the mean accuracy with shuffled classes; it is the share of the larger class where there were no
    /// shuffles.
    pub chance: f64,
    /// That accuracy has this standard deviation; with chance `c` it is `sqrt(2 c (1 - c) / trials)` where there were
    /// no shuffles. It is wider than a binomial one because two trials of different parts teach each other, so what
    /// they have in common by chance counts twice (Noirhomme et al. 2014,
    /// <https://doi.org/10.1016/j.nicl.2014.04.004>).
    pub chance_sd: f64,
    /// This accuracy has this probability by chance: the share of the shuffles that reach it, both counted with one. It
    /// is `None` where there were none.
    pub p: Option<f64>,
}

/// Decodes the class of trials from every window. The result does not depend on the number of threads.
///
/// # Errors
/// It fails where there are fewer than 2 trials per fold, all are of one class, labels and trials differ in number, or
/// a number is not finite.
pub fn decode(
    features: &WindowFeatures,
    labels: &[bool],
    decoder: Decoder,
    seed: Seed,
) -> Result<Vec<Decoded>, AnalysisError> {
    let trials = features.trials;
    finite("activity", &features.values)?;
    if labels.len() != trials {
        return Err(AnalysisError::Size { what: "labels", found: labels.len(), need: trials });
    }
    enough("folds", decoder.folds, 2)?;
    enough("trials", trials, 2 * decoder.folds)?;
    let ones = labels.iter().filter(|&&l| l).count();
    if ones == 0 || ones == trials {
        return Err(AnalysisError::AllAlike { what: "labels" });
    }
    let dealt = (0..decoder.shuffles).map(|k| {
        let mut other = labels.to_vec();
        seed.at(k).shuffle(&mut other);
        other
    });
    let all: Vec<Vec<bool>> = std::iter::once(labels.to_vec()).chain(dealt).collect();
    let larger = ones.max(trials - ones) as f64 / trials as f64;
    let window = |w: usize| {
        let hits = hits(features.window(w), features.neurons, &all, decoder);
        summary(&hits, trials, larger)
    };
    Ok((0..features.windows).into_par_iter().map(window).collect())
}

fn summary(hits: &[usize], trials: usize, larger: f64) -> Decoded {
    let share = |hits: usize| hits as f64 / trials as f64;
    let (low, high) = wilson(hits[0], trials);
    let dealt = &hits[1..];
    let n = dealt.len() as f64;
    let (chance, chance_sd, p) = if dealt.is_empty() {
        (larger, (2.0 * larger * (1.0 - larger) / trials as f64).sqrt(), None)
    } else {
        let shares: Vec<f64> = dealt.iter().map(|&h| share(h)).collect();
        let reached = dealt.iter().filter(|&&h| h >= hits[0]).count();
        (stats::mean(&shares), stats::sd(&shares), Some((reached + 1) as f64 / (n + 1.0)))
    };
    Decoded { accuracy: share(hits[0]), low, high, chance, chance_sd, p }
}

/// Counts the trials that are decoded right, for each way of labelling them.
fn hits(x: &[f64], neurons: usize, labels: &[Vec<bool>], decoder: Decoder) -> Vec<usize> {
    let trials = x.len() / neurons.max(1);
    let mut hits = vec![0; labels.len()];
    for fold in 0..decoder.folds {
        let of = |held: bool| (0..labels[0].len()).filter(move |k| (k % decoder.folds == fold) == held);
        let (train, test): (Vec<usize>, Vec<usize>) = (of(false).collect(), of(true).collect());
        let n = train.len() as f64;
        // Mean and standard deviation are those of the trials that are learned from; neurons that do not vary are left
        // out.
        let scales: Vec<(usize, f64, f64)> = (0..if trials > 0 { neurons } else { 0 })
            .filter_map(|j| {
                let mean = train.iter().map(|k| x[k * neurons + j]).sum::<f64>() / n;
                let sd = (train.iter().map(|k| (x[k * neurons + j] - mean).powi(2)).sum::<f64>() / n).sqrt();
                (sd > 1e-12 * mean.abs()).then_some((j, mean, sd))
            })
            .collect();
        let scaled = |trials: &[usize]| -> Vec<f64> {
            let row = |&k: &usize| scales.iter().map(move |&(j, mean, sd)| (x[k * neurons + j] - mean) / sd);
            trials.iter().flat_map(row).collect()
        };
        let (rows, held) = (scaled(&train), scaled(&test));
        let width = scales.len();
        let mut gram = vec![0.0; width * width];
        for row in rows.chunks_exact(width.max(1)) {
            for (i, a) in row.iter().enumerate() {
                gram[i * width..i * width + i + 1].iter_mut().zip(row).for_each(|(g, b)| *g += a * b / n);
            }
        }
        (0..width).for_each(|i| gram[i * width + i] += decoder.ridge);
        let known = cholesky(&mut gram, width).is_some();
        for (labels, hits) in labels.iter().zip(&mut hits) {
            let y = |k: usize| if labels[k] { 1.0 } else { -1.0 };
            let mean = train.iter().map(|&k| y(k)).sum::<f64>() / n;
            let mut w = vec![0.0; width];
            for (row, &k) in rows.chunks_exact(width.max(1)).zip(&train) {
                w.iter_mut().zip(row).for_each(|(w, x)| *w += (y(k) - mean) * x / n);
            }
            match known {
                true => cholesky_solve(&gram, &mut w),
                false => w.fill(0.0),
            }
            for (t, &k) in test.iter().enumerate() {
                let told = mean + w.iter().zip(&held[t * width..]).map(|(w, x)| w * x).sum::<f64>();
                *hits += usize::from((told > 0.0) == labels[k]);
            }
        }
    }
    hits
}
