//! Results against a reference.

use kernels::Precision;

/// Rounded to `F`.
pub fn to<F: Precision>(x: &[f64]) -> Vec<F> {
    x.iter().map(|&x| F::of(x)).collect()
}

/// Whether `got` is `want`, row by row, within `tolerance` of the row's largest value; the largest error, or where.
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
