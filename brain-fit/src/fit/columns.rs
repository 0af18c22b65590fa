//! Parameter sets side by side, as the kernels take them: `[parameter][column]`.

use kernels::Cell;

/// Rows of numbers, one column a parameter set.
#[derive(Clone, Debug)]
pub struct Columns {
    kernel: Option<&'static Cell>,
    columns: usize,
    /// `[row][column]`.
    pub values: Vec<f64>,
}

impl Columns {
    /// `n` columns of a model's default parameters.
    pub fn defaults(kernel: &'static Cell, n: usize) -> Self {
        let values = kernel.param.iter().flat_map(|f| std::iter::repeat_n(f.default, n)).collect();
        Self { kernel: Some(kernel), columns: n, values }
    }

    /// Rows from columns of equal length.
    pub fn from_columns(columns: &[Vec<f64>]) -> Self {
        let rows = columns.first().map_or(0, Vec::len);
        let values = (0..rows).flat_map(|r| columns.iter().map(move |c| c[r])).collect();
        Self { kernel: None, columns: columns.len(), values }
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.columns
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.columns == 0
    }

    /// Sets the row of a parameter; a name the model lacks is left alone.
    pub fn set(&mut self, name: &str, values: impl IntoIterator<Item = f64>) {
        if let Some(row) = self.kernel.and_then(|k| k.parameter(name)) {
            let to = &mut self.values[row * self.columns..(row + 1) * self.columns];
            to.iter_mut().zip(values).for_each(|(to, from)| *to = from);
        }
    }
}

/// Column `i` of `[row][n]`.
pub fn column(values: &[f64], n: usize, i: usize) -> Vec<f64> {
    values.iter().skip(i).step_by(n).copied().collect()
}
