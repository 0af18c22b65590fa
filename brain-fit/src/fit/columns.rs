//! Parameter sets stand side by side, as the scans take them: `[parameter, column]`.

/// Makes rows `[row, column]` from columns of equal length.
pub fn from_columns(columns: &[Vec<f64>]) -> Vec<f64> {
    let rows = columns.first().map_or(0, Vec::len);
    (0..rows).flat_map(|r| columns.iter().map(move |c| c[r])).collect()
}

/// Gives column `i` of `[row, column]` with `n` columns.
pub fn column(values: &[f64], n: usize, i: usize) -> Vec<f64> {
    values.iter().skip(i).step_by(n).copied().collect()
}

/// Gives the columns `of` of `[row, column]` with `n` columns, in that order.
pub fn columns(values: &[f64], n: usize, of: &[usize]) -> Vec<f64> {
    from_columns(&of.iter().map(|&i| column(values, n, i)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_there_and_back() {
        let rows = from_columns(&[vec![1.0, 2.0], vec![3.0, 4.0], vec![5.0, 6.0]]);
        assert_eq!(rows, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        assert_eq!(column(&rows, 3, 1), [3.0, 4.0]);
        assert_eq!(columns(&rows, 3, &[2, 0]), [5.0, 1.0, 6.0, 2.0]);
    }
}
