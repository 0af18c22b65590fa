//! Products of small matrices, row by row.

/// Gives `a b` of `a` `[rows, inner]` and `b` `[inner, columns]`.
pub fn product(a: &[f64], b: &[f64], inner: usize) -> Vec<f64> {
    if inner == 0 {
        return Vec::new();
    }
    let columns = b.len() / inner;
    let element = |row: &[f64], c: usize| row.iter().enumerate().map(|(l, x)| x * b[l * columns + c]).sum::<f64>();
    a.chunks(inner).flat_map(|row| (0..columns).map(move |c| element(row, c)).collect::<Vec<_>>()).collect()
}

/// Gives the transposed matrix of `a` `[.., columns]`.
pub fn transposed(a: &[f64], columns: usize) -> Vec<f64> {
    let rows = a.len() / columns.max(1);
    (0..columns).flat_map(|c| (0..rows).map(move |r| a[r * columns + c])).collect()
}

/// Gives `a m a^T` of `a` `[rows, k]` and `m` `[k, k]`.
pub fn congruence(a: &[f64], m: &[f64], k: usize) -> Vec<f64> {
    product(&product(a, m, k), &transposed(a, k), k)
}

/// Gives the trace of `a b` of two square matrices `[k, k]`.
pub fn trace_of_product(a: &[f64], b: &[f64], k: usize) -> f64 {
    (0..k).flat_map(|i| (0..k).map(move |j| a[i * k + j] * b[j * k + i])).sum()
}

/// Adds `scale x y^T` to `to` `[x, y]`.
pub fn add_outer(to: &mut [f64], scale: f64, x: &[f64], y: &[f64]) {
    for (row, x) in to.chunks_mut(y.len().max(1)).zip(x) {
        row.iter_mut().zip(y).for_each(|(to, y)| *to += scale * x * y);
    }
}

/// Adds `from` to `to`.
pub fn add(to: &mut [f64], from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(product(&a, &b, 3), [4.0, 5.0, 10.0, 11.0]);
        assert_eq!(transposed(&a, 3), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(congruence(&[1.0, 2.0], &[2.0, 1.0, 1.0, 3.0], 2), [18.0]);
        assert_eq!(trace_of_product(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0], 2), 69.0);
    }
}
