//! This module compares results with a reference.

use kernels::Precision;

/// Rounds numbers to the precision `F`.
pub fn to<F: Precision>(x: &[f64]) -> Vec<F> {
    x.iter().map(|&x| F::of(x)).collect()
}

/// Compares `got` with `want` row by row, relative to the row's largest value. Returns the largest error; fails with
/// the first place where it is above `tolerance`.
pub fn compare(tensor: &str, got: &[f64], want: &[f64], width: usize, tolerance: f64) -> Result<f64, String> {
    if got.len() != want.len() {
        return Err(format!("{tensor}: {} numbers for {}", got.len(), want.len()));
    }
    let mut worst = 0.0f64;
    for (row, (g, w)) in got.chunks(width.max(1)).zip(want.chunks(width.max(1))).enumerate() {
        let size = w.iter().fold(0.0, |m: f64, x| m.max(x.abs())).max(f64::MIN_POSITIVE);
        for (k, (g, w)) in g.iter().zip(w).enumerate() {
            let error = (g - w).abs() / size;
            if error.is_nan() || error > tolerance {
                return Err(format!("{tensor}: row {row}, column {k}: {g} for {w}"));
            }
            worst = worst.max(error);
        }
    }
    Ok(worst)
}
