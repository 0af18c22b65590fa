//! This module measures how answers follow the evidence.

use super::{AnalysisError, finite, wilson};
use serde::Serialize;

/// A share of the trials at one value of the psychometric variable has the answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The variable has this value.
    pub value: f64,
    /// This many trials have this value.
    pub trials: usize,
    /// This share of these trials has the answer.
    pub share: f64,
    /// The 95 % interval of this share begins here, by [`wilson`].
    pub low: f64,
    /// This interval ends here.
    pub high: f64,
}

/// A produced number has this mean at one value of the psychometric variable.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The variable has this value.
    pub value: f64,
    /// This many trials have this value.
    pub trials: usize,
    /// This many trials have no answer and are left out.
    pub silent: usize,
    /// The others have this mean; it is `NaN` where there are none.
    pub mean: f64,
    /// The others have this standard deviation, over n - 1; it is 0 for one.
    pub sd: f64,
}

/// Computes the share of trials with an answer (the class 1, or the right one) at every value of the psychometric
/// variable, in ascending order. It fails where a value is not finite or the two differ in length.
pub fn psychometric(values: &[f64], answer: &[bool]) -> Result<Vec<Share>, AnalysisError> {
    let share = |value: f64, group: &[usize]| {
        let hits = group.iter().filter(|&&k| answer[k]).count();
        let (low, high) = wilson(hits, group.len());
        Share { value, trials: group.len(), share: hits as f64 / group.len() as f64, low, high }
    };
    by_value(values, answer.len(), share)
}

/// Computes the shares as [`psychometric`] does where the variable has at most `most` values. Where it has more, trials are
/// put in the order of their values and divided into `most` bins of equal size, as far as equal values stay together; the
/// value of a bin is the mean of its trials.
pub fn binned(values: &[f64], answer: &[bool], most: usize) -> Result<Vec<Share>, AnalysisError> {
    let exact = psychometric(values, answer)?;
    let most = most.max(1);
    if exact.len() <= most {
        return Ok(exact);
    }
    let (all, mut before) = (values.len(), 0);
    let mut bins: Vec<Vec<Share>> = vec![vec![]; most];
    for share in exact {
        // The middle of the trials of a value decides on its bin.
        bins[(2 * before + share.trials) * most / (2 * all)].push(share);
        before += share.trials;
    }
    let join = |bin: Vec<Share>| {
        let trials: usize = bin.iter().map(|s| s.trials).sum();
        let sum = |of: fn(&Share) -> f64| bin.iter().map(|s| of(s) * s.trials as f64).sum::<f64>();
        let (value, hits) = (sum(|s| s.value) / trials as f64, sum(|s| s.share).round() as usize);
        let (low, high) = wilson(hits, trials);
        Share { value, trials, share: hits as f64 / trials as f64, low, high }
    };
    Ok(bins.into_iter().filter(|bin| !bin.is_empty()).map(join).collect())
}

/// Computes mean and scatter of what was produced at every value of the psychometric variable; `NaN` stands for no
/// answer.
pub fn means(values: &[f64], produced: &[f64]) -> Result<Vec<Mean>, AnalysisError> {
    let mean = |value: f64, group: &[usize]| {
        let given: Vec<f64> = group.iter().map(|&k| produced[k]).filter(|y| !y.is_nan()).collect();
        let n = given.len() as f64;
        let mean = given.iter().sum::<f64>() / n;
        let squares: f64 = given.iter().map(|y| (y - mean).powi(2)).sum();
        let sd = (squares / (n - 1.0).max(1.0)).sqrt();
        Mean { value, trials: group.len(), silent: group.len() - given.len(), mean, sd }
    };
    by_value(values, produced.len(), mean)
}

fn by_value<T>(values: &[f64], others: usize, of: impl Fn(f64, &[usize]) -> T) -> Result<Vec<T>, AnalysisError> {
    finite("values of the psychometric variable", values)?;
    if others != values.len() {
        return Err(AnalysisError::Size { what: "answers", found: others, need: values.len() });
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    Ok(order.chunk_by(|&a, &b| values[a] == values[b]).map(|group| of(values[group[0]], group)).collect())
}
