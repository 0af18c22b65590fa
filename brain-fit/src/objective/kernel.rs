//! Sums of a function of the distance between the spikes of two trains.

/// A function of the distance of two spikes, ms, with its derivative.
pub(super) type Kernel<'a> = &'a dyn Fn(f64) -> (f64, f64);

/// Computes `sum_ij k(a_i - b_j)`, and its derivatives w.r.t. each `a_i`.
pub(super) fn pairs(kernel: Kernel, a: &[f64], b: &[f64]) -> (f64, Vec<f64>) {
    let mut sum = 0.0;
    let slope = |a: &f64| {
        let each = b.iter().map(|b| kernel(a - b)).fold((0.0, 0.0), |sum, k| (sum.0 + k.0, sum.1 + k.1));
        sum += each.0;
        each.1
    };
    let slopes = a.iter().map(slope).collect();
    (sum, slopes)
}
