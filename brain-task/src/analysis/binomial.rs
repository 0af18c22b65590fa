//! [`wilson`] computes the interval of a share.

/// The normal distribution has 2.5 % above this quantile.
const Z: f64 = 1.959963984540054;

/// Returns Wilson's 95 % interval of a probability after `hits` of `n` (Wilson 1927,
/// <https://doi.org/10.1080/01621459.1927.10502953>). It is all of [0, 1] where `n` is 0.
pub fn wilson(hits: usize, n: usize) -> (f64, f64) {
    let (none, all) = (hits == 0, hits >= n);
    if n == 0 {
        return (0.0, 1.0);
    }
    let (p, n) = (hits as f64 / n as f64, n as f64);
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let by = 1.0 + Z * Z / n;
    // The ends 0 and 1 are exact; rounding would miss them.
    (if none { 0.0 } else { (middle - half) / by }, if all { 1.0 } else { (middle + half) / by })
}
