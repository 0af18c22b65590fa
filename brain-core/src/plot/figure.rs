//! A sheet of panels, and the files it becomes.

use super::canvas::{Canvas, MM};
use super::panel::Panel;
use super::{PlotError, draw, file, layout, table};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the legend goes. It never lies on the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legend {
    /// Once, beside or below the figure's title: every name that occurs, each once.
    #[default]
    Figure,
    /// Above the axes of each panel.
    Panels,
    /// None.
    Hidden,
}

/// Panels side by side.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) panels: Vec<Option<Panel>>,
    pub(super) height: f64,
    pub(super) joined: bool,
}

impl Row {
    /// A row whose axes are this many millimetres high on paper (3 to 400).
    pub fn new(height_mm: f64) -> Row {
        let height = if height_mm.is_finite() { height_mm.clamp(3.0, 400.0) } else { 30.0 };
        Row { panels: vec![], height, joined: false }
    }

    /// Adds a panel to the right.
    pub fn panel(mut self, panel: Panel) -> Row {
        self.panels.push(Some(panel));
        self
    }

    /// Leaves a place empty.
    pub fn gap(mut self) -> Row {
        self.panels.push(None);
        self
    }

    /// Shares the x axis of each column with the row below, which shows its numbers for both.
    pub fn joined(self) -> Row {
        Row { joined: true, ..self }
    }
}

/// Rows of panels under one title.
#[derive(Clone, Debug)]
pub struct Figure {
    pub(super) title: String,
    pub(super) width: f64,
    pub(super) columns: Vec<f64>,
    pub(super) rows: Vec<Row>,
    pub(super) legend: Legend,
}

impl Figure {
    /// An empty figure, 170 mm wide: two columns of a journal. The title may be empty.
    pub fn new(title: &str) -> Figure {
        Figure { title: title.into(), width: 170.0, columns: vec![], rows: vec![], legend: Legend::Figure }
    }

    /// The width on paper (40 to 600 mm); text keeps its size.
    pub fn width_mm(self, width: f64) -> Figure {
        Figure { width: if width.is_finite() { width.clamp(40.0, 600.0) } else { self.width }, ..self }
    }

    /// Relative widths of the columns; equal unless given.
    pub fn columns(self, shares: &[f64]) -> Figure {
        Figure { columns: shares.into(), ..self }
    }

    /// Where the legend goes.
    pub fn legend(self, legend: Legend) -> Figure {
        Figure { legend, ..self }
    }

    /// Adds a row at the bottom.
    pub fn row(mut self, row: Row) -> Figure {
        self.rows.push(row);
        self
    }

    /// Lays panels of one size out in rows of `columns`, left to right.
    pub fn grid(mut self, columns: usize, height_mm: f64, panels: impl IntoIterator<Item = Panel>) -> Figure {
        let columns = columns.max(1);
        let mut row = Row::new(height_mm);
        for panel in panels {
            row = row.panel(panel);
            if row.panels.len() == columns {
                self.rows.push(std::mem::replace(&mut row, Row::new(height_mm)));
            }
        }
        if !row.panels.is_empty() {
            self.rows.push(row);
        }
        self
    }

    /// The drawing as SVG text.
    pub fn svg(&self) -> Result<String, PlotError> {
        Ok(self.canvas()?.svg())
    }

    /// The drawing as PNG, 600 dots per inch.
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        let raster = |reason| PlotError::Raster { title: self.title.clone(), reason };
        self.canvas()?.png().map_err(raster)
    }

    /// The data of every series as given: `panel, series, x_unit, y_unit, x, y`, one row a point, gaps as empty cells.
    pub fn csv(&self) -> Result<String, PlotError> {
        self.check()?;
        Ok(table::csv(self))
    }

    /// Writes `<name>.svg`, `<name>.png` and `<name>.csv` into a folder, which is made if need be; each file appears
    /// whole or not at all. Returns their paths.
    pub fn save(&self, dir: &Path, name: &str) -> Result<Vec<PathBuf>, PlotError> {
        let usual = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(usual) {
            return Err(PlotError::Name(name.into()));
        }
        let canvas = self.canvas()?;
        let png = canvas.png().map_err(|reason| PlotError::Raster { title: self.title.clone(), reason })?;
        let files = [("svg", canvas.svg().into_bytes()), ("png", png), ("csv", table::csv(self).into_bytes())];
        fs::create_dir_all(dir).map_err(|source| PlotError::Io { path: dir.into(), source })?;
        let mut paths = vec![];
        for (ending, bytes) in files {
            let path = dir.join(format!("{name}.{ending}"));
            file::write_whole(&path, &bytes)?;
            paths.push(path);
        }
        Ok(paths)
    }

    /// The panels with their places (`row 1, column 2`), in reading order.
    pub(super) fn panels(&self) -> impl Iterator<Item = (String, &Panel)> {
        self.rows.iter().enumerate().flat_map(|(r, row)| {
            let present = row.panels.iter().enumerate().filter_map(|(c, p)| p.as_ref().map(|p| (c, p)));
            present.map(move |(c, p)| (format!("row {}, column {}", r + 1, c + 1), p))
        })
    }

    fn check(&self) -> Result<(), PlotError> {
        if self.panels().next().is_none() {
            return Err(PlotError::Empty(self.title.clone()));
        }
        self.panels().try_for_each(|(place, panel)| panel.check(&place))?;
        let wrong = |reason| Err(PlotError::Layout { title: self.title.clone(), reason });
        let widest = self.rows.iter().map(|r| r.panels.len()).max().unwrap_or(0);
        if !self.columns.is_empty() && self.columns.len() < widest {
            return wrong(format!("{} column widths for a row of {widest} panels", self.columns.len()));
        }
        match self.columns.iter().find(|w| !(w.is_finite() && **w > 0.0)) {
            Some(w) => wrong(format!("column width {w} is not positive")),
            None => Ok(()),
        }
    }

    fn canvas(&self) -> Result<Canvas, PlotError> {
        self.check()?;
        let plan = layout::plan(self)?;
        let mut canvas = Canvas::new(self.width * MM, plan.height);
        draw::figure(&mut canvas, self, &plan);
        Ok(canvas)
    }
}
