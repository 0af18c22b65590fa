//! A [`PlotError`] says why a figure cannot be drawn.

/// The figure cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    /// The drawing could not be turned into pixels.
    #[error("figure `{title}` cannot be drawn as PNG: {reason}")]
    Raster {
        /// Title of the figure.
        title: String,
        /// What the back end said.
        reason: String,
    },
    /// The table of the data could not be written.
    #[error("figure `{title}`: its data cannot be written as CSV: {reason}")]
    Table {
        /// Title of the figure.
        title: String,
        /// What the writer said.
        reason: String,
    },
}
