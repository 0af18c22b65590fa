//! Figures for print: panels on a grid, drawn once, saved as SVG, PNG and the numbers behind them.
//!
//! A [`Figure`] is a column of [`Row`]s; a row holds [`Panel`]s side by side and says how high their axes are, in
//! millimetres of paper. Rows that are [`joined`](Row::joined) to the one below share its time axis. All axes of a column
//! start and end at the same place, whatever their tick labels need, which is why the layout is ours:
//! `kuva`'s own figure gives each cell margins of its own, so a voltage panel and the current below it do not line up,
//! and it has no text metrics to offer. Its scene, fonts and two back ends are what we draw with.
//!
//! ```no_run
//! use brain_core::plot::{Axis, Figure, MODEL, Panel, RECORDED, Row};
//! # fn main() -> Result<(), brain_core::plot::PlotError> {
//! let (t, i) = ([0.0, 1.0, 2.0], [0.0, 50.0, 50.0]);
//! let (data, model) = ([-70.0, -68.0, -66.5], [-70.0, -68.3, -66.9]);
//! let voltage = Panel::new("Sweep 181")
//!     .mark("fit", MODEL)
//!     .y(Axis::new("Voltage", "mV"))
//!     .line("recorded", &t, &data, RECORDED)
//!     .line("model", &t, &model, MODEL.width(0.6));
//! let current = Panel::new("").x(Axis::new("Time", "ms")).y(Axis::new("Current", "pA")).step("", &t, &i, RECORDED);
//! Figure::new("Cell B6")
//!     .row(Row::new(30.0).panel(voltage).joined())
//!     .row(Row::new(10.0).panel(current))
//!     .save("out/b6".as_ref(), "traces")?;
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here panics on data: a gap (`NaN`) breaks a line, an empty panel says so, lengths that differ are an error
//! that names the panel and the series. The same figure gives the same bytes.

mod axis;
mod canvas;
mod decimate;
mod draw;
mod figure;
mod file;
mod layout;
mod palette;
mod panel;
mod table;
mod text;
mod traces;

pub use axis::Axis;
pub use figure::{Figure, Legend, Row};
pub use palette::{CYCLE, Colour, GUIDE, INK, MODEL, RECORDED, SECOND_MODEL, SHADE, Stroke, TEST, THIRD_MODEL};
pub use panel::Panel;
pub use traces::{Role, Sweep, traces};

use std::path::PathBuf;

/// Why a figure could not be drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The two columns of a series differ in length.
    #[error("figure panel `{panel}`, series `{series}`: {x} x values but {y} y values")]
    Lengths {
        /// Title of the panel.
        panel: String,
        /// Name of the series.
        series: String,
        /// Number of x values.
        x: usize,
        /// Number of y values.
        y: usize,
    },
    /// The figure has no panel.
    #[error("figure `{0}` has no panel: add a row with at least one")]
    Empty(String),
    /// The widths of the columns and the panels do not fit each other or the paper.
    #[error("figure `{title}`: {reason}")]
    Layout {
        /// Title of the figure.
        title: String,
        /// What does not fit.
        reason: String,
    },
    /// The name cannot be a file's.
    #[error("`{0}` is no name for a figure's files: use letters, digits, `-`, `_` and `.`")]
    Name(String),
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The drawing could not be turned into pixels.
    #[error("figure `{title}` cannot be drawn as PNG: {reason}")]
    Raster {
        /// Title of the figure.
        title: String,
        /// What the back end said.
        reason: String,
    },
}

#[cfg(test)]
mod tests;
