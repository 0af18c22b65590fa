//! This module turns a figure into the bytes of its files.

use super::canvas::{Canvas, MM};
use super::figure::Figure;
use super::{PlotError, draw, layout, table};

/// A figure in all its forms, drawn once.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Draws the figure as SVG text.
    pub svg: String,
    /// Draws the figure as PNG, 600 dots per inch.
    pub png: Vec<u8>,
    /// The data, as [`Figure::csv`] gives them.
    pub csv: String,
}

impl Figure {
    /// Draws the figure as SVG and PNG, and writes its data.
    pub fn render(&self) -> Result<Rendered, PlotError> {
        let canvas = self.canvas()?;
        Ok(Rendered { svg: canvas.svg(), png: self.pixels(&canvas)?, csv: self.table()? })
    }

    /// Draws the figure as SVG text.
    pub fn svg(&self) -> Result<String, PlotError> {
        Ok(self.canvas()?.svg())
    }

    /// Draws the figure as PNG, 600 dots per inch.
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        self.pixels(&self.canvas()?)
    }

    /// Writes the data of every series as given, with the columns `panel, series, x_unit, y_unit, x, y`: one row for
    /// each point, gaps as empty cells.
    pub fn csv(&self) -> Result<String, PlotError> {
        self.check()?;
        self.table()
    }

    fn pixels(&self, canvas: &Canvas) -> Result<Vec<u8>, PlotError> {
        canvas.png().map_err(|reason| PlotError::Raster { title: self.title.clone(), reason })
    }

    fn table(&self) -> Result<String, PlotError> {
        table::csv(self).map_err(|error| PlotError::Table { title: self.title.clone(), reason: error.to_string() })
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
