//! The numbers behind a figure: one row for each point of each series, as given, not as thinned for drawing.

use super::figure::Figure;
use super::panel::Item;
use std::fmt::Write;

/// The figure's data as CSV with the columns `panel, series, x_unit, y_unit, x, y`; a gap is an empty cell.
/// A histogram gives the left edge of each bin with its count, and the last edge with an empty count.
pub(super) fn csv(figure: &Figure) -> String {
    let mut out = String::from("panel,series,x_unit,y_unit,x,y\n");
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
            let head = [&title, name, &panel.x.unit, &panel.y.unit].map(|s| quoted(s)).join(",");
            for (x, y) in x.iter().zip(y) {
                // Writing to a string does not fail.
                let _ = writeln!(out, "{head},{},{}", cell(*x), cell(*y));
            }
        }
    }
    out
}

/// The shortest text that reads back as the same number.
fn cell(v: f64) -> String {
    if v.is_finite() { format!("{v}") } else { String::new() }
}

fn quoted(s: &str) -> String {
    if s.contains([',', '"', '\n', '\r']) { format!("\"{}\"", s.replace('"', "\"\"")) } else { s.to_owned() }
}
