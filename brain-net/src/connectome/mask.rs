//! This module reads which pairs of neurons may be connected.

use super::table::Table;
use super::{ConnectomeError, RowProblem};
use std::path::Path;

/// A mask holds the pairs of neurons of two populations that may be connected, as compressed rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    offsets: Vec<usize>,
    /// The postsynaptic neurons ascend within a row.
    targets: Vec<u32>,
}

impl Mask {
    /// Reads a CSV or TSV file with the columns `pre` and `post` and a row for each pair, in any order. The neurons of
    /// each population are counted from 0. Other columns and repeated pairs are ignored. `pre` and `post` are the sizes
    /// of the populations; a neuron outside them is an error.
    pub fn read(file: &Path, pre: u32, post: u32) -> Result<Self, ConnectomeError> {
        let table = Table::read(file, None)?;
        let sides = [("presynaptic", table.named("pre")?, pre), ("postsynaptic", table.named("post")?, post)];
        let mut pairs = Vec::with_capacity(table.rows.len());
        for (line, row) in &table.rows {
            let mut pair = [0; 2];
            for (to, (side, column, known)) in pair.iter_mut().zip(sides) {
                let value = table.number(*line, row, column)?;
                if value < 0.0 || value >= f64::from(known) || value.fract() != 0.0 {
                    let (id, known, place) = (row[column].into(), known as usize, "its population, from 0 on".into());
                    return Err(ConnectomeError::row(
                        file,
                        *line,
                        RowProblem::MissingNeuron { side, id, known, place },
                    ));
                }
                *to = value as u32;
            }
            pairs.push(pair);
        }
        pairs.sort_unstable();
        pairs.dedup();
        let offsets = (0..=pre).map(|row| pairs.partition_point(|p| p[0] < row)).collect();
        Ok(Self { offsets, targets: pairs.into_iter().map(|p| p[1]).collect() })
    }

    /// Removes the synapses that the mask does not allow from compressed rows.
    pub(crate) fn apply(&self, (offsets, targets): &mut (Vec<u64>, Vec<u32>)) {
        let mut kept = 0;
        for row in 0..offsets.len() - 1 {
            let allowed = &self.targets[self.offsets[row]..self.offsets[row + 1]];
            let drawn = offsets[row] as usize..offsets[row + 1] as usize;
            offsets[row] = kept as u64;
            for k in drawn {
                if allowed.binary_search(&targets[k]).is_ok() {
                    targets[kept] = targets[k];
                    kept += 1;
                }
            }
        }
        *offsets.last_mut().expect("rows have an end") = kept as u64;
        targets.truncate(kept);
        targets.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_accept_pairs_in_any_order_and_report_wrong_rows() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pairs.csv");
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            Mask::read(&file, 4, 3).map_err(|e| e.to_string())
        };
        let mask = read("post,pre,why\n2,3,a\n0,1,b\n# again\n2,3,c\n1,1,d\n").unwrap();
        // Each of the four neurons connects to all three, and neuron 3 has two synapses to neuron 2.
        let mut rows = (vec![0, 3, 6, 9, 13], vec![0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 2]);
        mask.apply(&mut rows);
        assert_eq!(rows, (vec![0, 0, 2, 2, 4], vec![0, 1, 2, 2]));
        for (text, part) in [
            ("pre,to\n1,1\n", "pairs.csv: no column `post`; it has pre, to"),
            ("pre,post\n1,1\n4,1\n", "pairs.csv: row 3: the presynaptic neuron `4` is not among the 4 neurons"),
            ("pre,post\n1,3\n", "row 2: the postsynaptic neuron `3` is not among the 3 neurons"),
            ("pre,post\n1,0.5\n", "the postsynaptic neuron `0.5` is not among"),
            ("pre,post\n-1,0\n", "the presynaptic neuron `-1` is not among"),
            ("pre,post\nE1,0\n", "row 2: pre is `E1`, not a finite number"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
