//! This crate draws figures for print: panels on a grid, drawn once, as SVG, PNG and the numbers behind them.
//!
//! A [`Figure`] is a column of [`PanelRow`]s; a row holds [`Panel`]s side by side and says how high their axes are, in
//! millimetres of paper. Rows that are [`joined`](PanelRow::joined) to the one below share its time axis. All axes of a column
//! start and end at the same place, whatever their tick labels need, which is why the layout is ours: `kuva`'s own
//! figure gives each cell margins of its own, so a voltage panel and the current below it do not line up, and it offers
//! no text metrics. This crate draws with its scene, fonts and two back ends.
//!
//! ```
//! use brain_plot::{Axis, Figure, MODEL, Panel, RECORDED, PanelRow};
//! # fn main() -> Result<(), brain_plot::PlotError> {
//! let (t, i) = ([0.0, 1.0, 2.0], [0.0, 50.0, 50.0]);
//! let (data, model) = ([-70.0, -68.0, -66.5], [-70.0, -68.3, -66.9]);
//! let voltage = Panel::new("Sweep 181")
//!     .tag("fit", MODEL)
//!     .y(Axis::new("Voltage", "mV"))
//!     .line("recorded", &t, &data, RECORDED)
//!     .line("model", &t, &model, MODEL.width(0.6));
//! let current = Panel::new("").x(Axis::new("Time", "ms")).y(Axis::new("Current", "pA")).step("", &t, &i, RECORDED);
//! let figure =
//!     Figure::new("Cell B6").row(PanelRow::new(30.0).panel(voltage).joined()).row(PanelRow::new(10.0).panel(current));
//! assert!(figure.svg()?.contains("Sweep 181") && figure.csv()?.contains("recorded"));
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here panics on data: a gap (`NaN`) breaks a line, an empty panel says so, lengths that differ are an error
//! that names the panel and the series. The same figure gives the same bytes. Files are not written here: a run's output
//! folder does that (`brain_core::Output::figure`).

mod axis;
mod canvas;
mod decimate;
mod draw;
mod error;
mod figure;
mod layout;
mod palette;
mod panel;
mod render;
mod table;
mod text;
mod traces;

pub use axis::Axis;
pub use error::PlotError;
pub use figure::{Figure, Legend, PanelRow};
pub use layout::note_width;
pub use palette::{CYCLE, Colour, GUIDE, INK, MODEL, RECORDED, SECOND_MODEL, SHADE, Stroke, TEST, THIRD_MODEL};
pub use panel::Panel;
pub use render::Rendered;
pub use traces::{SweepTraces, traces};

#[cfg(test)]
mod tests;
