//! This module reads the numbers of neurons of areas.

use super::table::Table;
use super::{ConnectomeError, RowProblem};
use std::path::Path;

/// Reads a CSV or TSV file with the columns `area` and `neurons` and a row for each of the areas `names`, in any order.
/// Other columns are ignored. Returns the sizes in the order of `names`; fails where an area is missing, unknown or
/// repeated.
pub fn area_sizes(file: &Path, names: &[String]) -> Result<Vec<u32>, ConnectomeError> {
    let table = Table::read(file, None)?;
    let (area, neurons) = (table.named("area")?, table.named("neurons")?);
    let mut sizes: Vec<Option<(u32, u64)>> = vec![None; names.len()];
    for (line, row) in &table.rows {
        let Some(k) = names.iter().position(|name| *name == row[area]) else {
            let (column, found) = ("the area".into(), row[area].into());
            let problem = RowProblem::Unknown { column, found, known: names.join(", ") };
            return Err(ConnectomeError::row(file, *line, problem));
        };
        if let Some((_, first)) = sizes[k] {
            return Err(ConnectomeError::row(file, *line, RowProblem::DuplicateId { id: row[area].into(), first }));
        }
        let value = table.number(*line, row, neurons)?;
        if value < 1.0 || value > f64::from(u32::MAX) || value.fract() != 0.0 {
            let problem = RowProblem::Range { column: "neurons".into(), value, expected: "a whole number above 0" };
            return Err(ConnectomeError::row(file, *line, problem));
        }
        sizes[k] = Some((value as u32, *line));
    }
    let one = |(name, size): (&String, Option<(u32, u64)>)| {
        let missing = || ConnectomeError::table(file, format!("no row of the area `{name}`; give all {}", names.len()));
        size.map(|(size, _)| size).ok_or_else(missing)
    };
    names.iter().zip(sizes).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_accept_rows_in_any_order_and_report_wrong_rows() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sizes.csv");
        let names = ["V1", "V2", "MT"].map(String::from);
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            area_sizes(&file, &names).map_err(|e| e.to_string())
        };
        assert_eq!(read("area,lobe,neurons\n# counted\nMT,t,30\nV1,o,1000\nV2,o,20\n"), Ok(vec![1000, 20, 30]));
        for (text, part) in [
            ("area,size\nV1,3\n", "sizes.csv: no column `neurons`; it has area, size"),
            ("area,neurons\nV1,3\nV4,3\n", "sizes.csv: row 3: the area is `V4`; known: V1, V2, MT"),
            ("area,neurons\nV1,3\n\nV1,4\n", "sizes.csv: row 4: the id `V1` is that of row 2 too"),
            ("area,neurons\nV1,3.5\n", "row 2: column `neurons`: 3.5 is not a whole number above 0"),
            ("area,neurons\nV1,0\n", "row 2: column `neurons`: 0 is not"),
            ("area,neurons\nV1,many\n", "row 2: neurons is `many`, not a finite number"),
            ("area,neurons\nV1,3\nMT,3\n", "sizes.csv: no row of the area `V2`; give all 3"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
