//! Tables of intervals as files and as lines.

use super::Row;
use brain_fit::fit::Fitted;
use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// Gives a number in three digits, or a dash.
fn number(x: Option<f64>) -> String {
    x.map_or("-".to_owned(), |x| format!("{x:.2e}"))
}

/// Tells how a row is judged.
fn judged(row: &Row) -> &'static str {
    match (row.identifiable, row.is_right()) {
        (false, _) => "not identifiable",
        (true, true) => "ok",
        (true, false) => "OUTSIDE",
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(
            f,
            "{:8} {:8} {:7} {:4} intervals, {:5.1} % hold the truth: spread {}, error {} (within {}, between {}), bias {:+.2}, {}",
            self.model,
            self.noise,
            self.parameter,
            self.intervals,
            100.0 * self.coverage,
            number(self.spread),
            number(self.error),
            number(self.within),
            number(self.between),
            self.bias.unwrap_or_default(),
            judged(self),
        )
    }
}

/// Gives the rows as a table of Markdown.
pub fn markdown(table: &[Row]) -> String {
    let sets = table.first().map_or(0, |row| row.sets);
    let mut text = format!(
        "# How often 95 % intervals hold the truth\n\n\
         {sets} simulated data sets of each model and noise, fitted; written by the program `coverage`. Errors are root \
         mean squares, in the unit of the parameter; `bias` is in standard deviations of the estimates (`spread`). A \
         parameter is judged where nearly all data sets call it identifiable: 90 to 98.5 % are asked of it, and 93 to \
         97 % of all together (`pooled`, without `t_ref`, which lies on the grid of samples).\n\n\
         | model | noise | parameter | intervals | hold the truth | spread | error | within | between | bias | |\n\
         |---|---|---|---:|---:|---:|---:|---:|---:|---:|---|\n"
    );
    for row in table {
        text += &format!(
            "| {} | {} | `{}` | {} | {:.1} % | {} | {} | {} | {} | {} | {} |\n",
            row.model,
            row.noise,
            row.parameter,
            row.intervals,
            100.0 * row.coverage,
            number(row.spread),
            number(row.error),
            number(row.within),
            number(row.between),
            row.bias.map_or("-".to_owned(), |bias| format!("{bias:+.2}")),
            judged(row),
        );
    }
    text
}

/// What one data set gave for one parameter.
#[derive(Debug, Serialize)]
pub struct Each<'a> {
    model: &'a str,
    noise: &'a str,
    set: usize,
    parameter: &'a str,
    truth: f64,
    value: f64,
    within: Option<f64>,
    between: Option<f64>,
    error: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    prior_shift: Option<f64>,
    identifiable: bool,
}

/// Gives what each of the data sets `[set][parameter]` gave.
pub fn each<'a>(
    model: &'a str,
    noise: &'a str,
    truth: &'a [f64],
    fits: &'a [Vec<Fitted>],
) -> impl Iterator<Item = Each<'a>> {
    fits.iter().enumerate().flat_map(move |(set, fits)| {
        fits.iter().zip(truth).map(move |(f, &truth)| Each {
            model,
            noise,
            set,
            parameter: &f.name,
            truth,
            value: f.value,
            within: f.std_error_within,
            between: f.std_error_between,
            error: f.std_error,
            low: f.interval.map(|i| i.0),
            high: f.interval.map(|i| i.1),
            prior_shift: f.prior_shift,
            identifiable: f.identifiable,
        })
    })
}
