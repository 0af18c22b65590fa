//! This module writes the numbers behind a figure: one row for each point of each series, as given, not as thinned for
//! drawing.

use super::figure::Figure;
use super::panel::Item;

/// Writes the figure's data as CSV with the columns `panel, series, x_unit, y_unit, x, y`; a gap is an empty cell. A
/// histogram has the left edge of each bin with its count, and the last edge with an empty count.
pub(super) fn csv(figure: &Figure) -> csv::Result<String> {
    let mut table = csv::Writer::from_writer(vec![]);
    table.write_record(["panel", "series", "x_unit", "y_unit", "x", "y"])?;
    let mut names: Vec<String> = vec![];
    for (place, panel) in figure.panels().filter(|(_, p)| p.in_table) {
        // Two panels of one name are told apart by their place.
        let mut title = panel.name(&place);
        if names.contains(&title) {
            title = format!("{title} ({place})");
        }
        names.push(title.clone());
        for item in &panel.items {
            let Item::Series { name, x, y, .. } = item else { continue };
            for (x, y) in x.iter().zip(y) {
                table.write_record([&title, name, &panel.x.unit, &panel.y.unit, &cell(*x), &cell(*y)])?;
            }
        }
    }
    let bytes = table.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8(bytes).expect("all cells are UTF-8"))
}

/// Writes the shortest text that reads back as the same number.
fn cell(v: f64) -> String {
    if v.is_finite() { v.to_string() } else { String::new() }
}
