//! This module packs small symmetric matrices, factorises them by Cholesky's method and diagonalises them by Jacobi's.

// These are some 75 lines for matrices of at most some dozen rows, or two hundred where a Gaussian process is fitted. candle
// has no such factorisation, and a crate of linear algebra brings fifteen more (faer) or a second family of matrices
// (nalgebra), and sums in an order that depends on the processor's instructions, where the same seed must give the same bits.

/// Returns the index of element (i, j) of a symmetric k x k matrix whose upper triangle is packed row by row:
/// (0,0), (0,1), ..., (0,k-1), (1,1), ...
pub fn packed(k: usize, i: usize, j: usize) -> usize {
    let (i, j) = (i.min(j), i.max(j));
    i * k - i * (i + 1) / 2 + j
}

/// Solves `a x = b` by Cholesky's factorisation, in place; `a` is `[k, k]`. Returns `None` if `a` is not positive
/// definite.
pub(super) fn solve(a: &mut [f64], b: &mut [f64]) -> Option<()> {
    cholesky(a, b.len())?;
    cholesky_solve(a, b);
    Some(())
}

/// Factorises a matrix `a`, `[k, k]`, as `l l^T` by Cholesky's method: `l` takes the place of the lower triangle, and
/// nothing else is read. Returns `None` if `a` is not positive definite.
pub fn cholesky(a: &mut [f64], k: usize) -> Option<()> {
    for i in 0..k {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|l| a[i * k + l] * a[j * k + l]).sum();
            let rest = a[i * k + j] - dot;
            if i == j {
                if rest <= 0.0 || !rest.is_finite() {
                    return None;
                }
                a[i * k + i] = rest.sqrt();
            } else {
                a[i * k + j] = rest / a[j * k + j];
            }
        }
    }
    Some(())
}

/// Solves `l l^T x = b` in place, for the `l` of [`cholesky`].
pub fn cholesky_solve(l: &[f64], b: &mut [f64]) {
    let k = b.len();
    for i in 0..k {
        let dot: f64 = (0..i).map(|j| l[i * k + j] * b[j]).sum();
        b[i] = (b[i] - dot) / l[i * k + i];
    }
    for i in (0..k).rev() {
        let dot: f64 = (i + 1..k).map(|j| l[j * k + i] * b[j]).sum();
        b[i] = (b[i] - dot) / l[i * k + i];
    }
}

/// Finds eigenvalues, in no order, and eigenvectors (the columns) of a symmetric matrix, `[k, k]`, by Jacobi's rotations.
pub fn eigen(mut a: Vec<f64>, k: usize) -> (Vec<f64>, Vec<f64>) {
    let mut v: Vec<f64> = (0..k * k).map(|i| if i / k == i % k { 1.0 } else { 0.0 }).collect();
    // Convergence is quadratic, so more than a dozen sweeps are never needed.
    for _ in 0..50 {
        let off: f64 = (0..k * k).filter(|i| i / k != i % k).map(|i| a[i] * a[i]).sum();
        if off == 0.0 {
            break;
        }
        for p in 0..k {
            for q in p + 1..k {
                let x = a[p * k + q];
                if x == 0.0 {
                    continue;
                }
                let theta = (a[q * k + q] - a[p * k + p]) / (2.0 * x);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for i in 0..k {
                    let (x, y) = (a[i * k + p], a[i * k + q]);
                    (a[i * k + p], a[i * k + q]) = (c * x - s * y, s * x + c * y);
                }
                for i in 0..k {
                    let (x, y) = (a[p * k + i], a[q * k + i]);
                    (a[p * k + i], a[q * k + i]) = (c * x - s * y, s * x + c * y);
                    let (x, y) = (v[i * k + p], v[i * k + q]);
                    (v[i * k + p], v[i * k + q]) = (c * x - s * y, s * x + c * y);
                }
                (a[p * k + q], a[q * k + p]) = (0.0, 0.0);
            }
        }
    }
    ((0..k).map(|i| a[i * k + i]).collect(), v)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 9] = [4.0, 1.0, -2.0, 1.0, 3.0, 0.5, -2.0, 0.5, 5.0];

    #[test]
    fn packing_is_row_by_row() {
        let order: Vec<usize> = (0..4).flat_map(|i| (i..4).map(move |j| packed(4, i, j))).collect();
        assert_eq!(order, (0..10).collect::<Vec<_>>());
        assert_eq!(packed(4, 3, 1), packed(4, 1, 3));
    }

    #[test]
    fn solutions() {
        let mut b = [1.0, 2.0, 3.0];
        solve(&mut A.to_vec(), &mut b).unwrap();
        for i in 0..3 {
            let row: f64 = (0..3).map(|j| A[i * 3 + j] * b[j]).sum();
            assert!((row - (i + 1) as f64).abs() < 1e-12);
        }
        assert!(solve(&mut [1.0, 2.0, 2.0, 1.0], &mut [0.0, 0.0]).is_none());
        assert!(solve(&mut [f64::NAN], &mut [0.0]).is_none());
    }

    #[test]
    fn eigenvectors() {
        let (values, v) = eigen(A.to_vec(), 3);
        for n in 0..3 {
            for i in 0..3 {
                let row: f64 = (0..3).map(|j| A[i * 3 + j] * v[j * 3 + n]).sum();
                assert!((row - values[n] * v[i * 3 + n]).abs() < 1e-12);
            }
            assert!(((0..3).map(|i| v[i * 3 + n].powi(2)).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(eigen(vec![0.0; 4], 2).0, [0.0, 0.0]);
    }
}
