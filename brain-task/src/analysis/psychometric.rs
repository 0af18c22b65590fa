//! This module measures how answers follow the evidence.

use super::{AnalysisError, finite, wilson};
use serde::Serialize;

/// The share of an answer at one value of the psychometric variable.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The value of the variable.
    pub value: f64,
    /// How many trials have this value.
    pub trials: usize,
    /// The share of these trials with the answer.
    pub share: f64,
    /// The lower end of the 95 % interval of this share, [`wilson`].
    pub low: f64,
    /// The upper end of this interval.
    pub high: f64,
}

/// The mean of a produced number at one value of the psychometric variable.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The value of the variable.
    pub value: f64,
    /// How many trials have this value.
    pub trials: usize,
    /// How many trials have no answer and are left out.
    pub silent: usize,
    /// The mean of the others.
    pub mean: f64,
    /// The standard deviation of the others, over n - 1; it is 0 for one.
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
