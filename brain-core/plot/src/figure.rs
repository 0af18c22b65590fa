//! A [`Figure`] is a sheet of panels.

use super::panel::Panel;

/// The place of the legend, which never lies on the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legend {
    /// One legend beside or below the figure's title has every name that occurs, each once.
    #[default]
    Figure,
    /// Each panel has its legend above its axes.
    Panels,
    /// There is no legend.
    Hidden,
}

/// A row of panels side by side.
#[derive(Clone, Debug)]
pub struct PanelRow {
    pub(super) panels: Vec<Option<Panel>>,
    pub(super) height: f64,
    pub(super) joined: bool,
}

impl PanelRow {
    /// Makes a row whose axes are this many millimetres high on paper (3 to 400).
    pub fn new(height_mm: f64) -> PanelRow {
        let height = if height_mm.is_finite() { height_mm.clamp(3.0, 400.0) } else { 30.0 };
        PanelRow { panels: vec![], height, joined: false }
    }

    /// Adds a panel to the right.
    pub fn panel(mut self, panel: Panel) -> PanelRow {
        self.panels.push(Some(panel));
        self
    }

    /// Leaves the next place to the right empty.
    pub fn gap(mut self) -> PanelRow {
        self.panels.push(None);
        self
    }

    /// Shares the x axis of each column with the row below, which shows its numbers for both.
    pub fn joined(self) -> PanelRow {
        PanelRow { joined: true, ..self }
    }
}

/// A sheet with rows of panels under one title.
#[derive(Clone, Debug)]
pub struct Figure {
    pub(super) title: String,
    pub(super) width: f64,
    pub(super) columns: Vec<f64>,
    pub(super) rows: Vec<PanelRow>,
    pub(super) legend: Legend,
}

impl Figure {
    /// Makes an empty figure, 170 mm wide, which is two columns of a journal. The title may be empty.
    pub fn new(title: &str) -> Figure {
        Figure { title: title.into(), width: 170.0, columns: vec![], rows: vec![], legend: Legend::Figure }
    }

    /// Sets the width on paper (40 to 600 mm); text keeps its size.
    pub fn width_mm(self, width: f64) -> Figure {
        Figure { width: if width.is_finite() { width.clamp(40.0, 600.0) } else { self.width }, ..self }
    }

    /// Sets relative widths of the columns, which are equal otherwise.
    pub fn columns(self, shares: &[f64]) -> Figure {
        Figure { columns: shares.into(), ..self }
    }

    /// Sets the place of the legend.
    pub fn legend(self, legend: Legend) -> Figure {
        Figure { legend, ..self }
    }

    /// Adds a row at the bottom.
    pub fn row(mut self, row: PanelRow) -> Figure {
        self.rows.push(row);
        self
    }

    /// Lays panels of one size out in rows of `columns`, left to right.
    pub fn grid(mut self, columns: usize, height_mm: f64, panels: impl IntoIterator<Item = Panel>) -> Figure {
        let columns = columns.max(1);
        let mut row = PanelRow::new(height_mm);
        for panel in panels {
            row = row.panel(panel);
            if row.panels.len() == columns {
                self.rows.push(std::mem::replace(&mut row, PanelRow::new(height_mm)));
            }
        }
        if !row.panels.is_empty() {
            self.rows.push(row);
        }
        self
    }

    /// Returns the panels with their places (`row 1, column 2`), in reading order.
    pub(super) fn panels(&self) -> impl Iterator<Item = (String, &Panel)> {
        self.rows.iter().enumerate().flat_map(|(r, row)| {
            let present = row.panels.iter().enumerate().filter_map(|(c, p)| p.as_ref().map(|p| (c, p)));
            present.map(move |(c, p)| (format!("row {}, column {}", r + 1, c + 1), p))
        })
    }
}
