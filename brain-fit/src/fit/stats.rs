//! Order statistics, as NumPy defines them.

/// The `q`-th percentile with linear interpolation; NaN of nothing.
pub(super) fn percentile(x: &[f64], q: f64) -> f64 {
    let mut x = x.to_vec();
    x.sort_by(f64::total_cmp);
    if x.is_empty() {
        return f64::NAN;
    }
    let at = q / 100.0 * (x.len() - 1) as f64;
    let (i, part) = (at as usize, at.fract());
    x[i] + part * (x[(i + 1).min(x.len() - 1)] - x[i])
}

/// The median.
pub(super) fn median(x: &[f64]) -> f64 {
    percentile(x, 50.0)
}

/// The mean.
pub(super) fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// The standard deviation of a population.
pub(super) fn std_dev(x: &[f64]) -> f64 {
    let m = mean(x);
    (x.iter().map(|v| (v - m).powi(2)).sum::<f64>() / x.len() as f64).sqrt()
}
