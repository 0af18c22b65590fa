//! [`traces`] shows a fit: recorded and modelled voltage over the injected current, sweep by sweep.

use super::PlotError;
use super::axis::Axis;
use super::figure::{Figure, PanelRow};
use super::palette::{GUIDE, MODEL, RECORDED, SHADE, TEST};
use super::panel::Panel;

/// The traces of one sweep; all slices are of one length.
#[derive(Clone, Copy, Debug)]
pub struct SweepTraces<'a> {
    /// Heading, such as the sweep's number, its amplitude and a score.
    pub title: &'a str,
    /// Whether the sweep was held out of the fit; the parameters were fitted to the data of the others.
    pub held_out: bool,
    /// Time, ms.
    pub time_ms: &'a [f64],
    /// Injected current, pA.
    pub current_pa: &'a [f64],
    /// Begin of the stimulus, ms.
    pub onset_ms: f64,
    /// Recorded voltage, mV; `None` for a prediction without data.
    pub v_data: Option<&'a [f64]>,
    /// Voltage of the model, mV.
    pub v_model: &'a [f64],
}

/// A figure of more sweeps would be higher than a sheet may be.
const MOST_SWEEPS: usize = 8;

/// Makes the pages of the figure of a fit. Each sweep has its whole trace on the left, and on the right the first `zoom_ms`
/// from the onset of the stimulus, which are shaded on the left. Voltage is above current on one time axis, and every
/// sweep has the same voltage scale. The data of each series are in the table once. A page holds up to eight sweeps.
pub fn traces(title: &str, sweeps: &[SweepTraces], zoom_ms: f64) -> Result<Vec<Figure>, PlotError> {
    let volts = sweeps.iter().flat_map(|s| s.v_data.unwrap_or(&[]).iter().chain(s.v_model));
    let limits = span(volts).unwrap_or((-80.0, 40.0));
    let pages = sweeps.len().div_ceil(MOST_SWEEPS).max(1);
    let heading = |number: usize| match pages {
        1 => title.to_owned(),
        _ => format!("{title} ({number} of {pages})"),
    };
    let page = |(k, sweeps)| page(&heading(k + 1), sweeps, zoom_ms, limits);
    match sweeps.is_empty() {
        true => Ok(vec![page((0, sweeps))?]),
        false => sweeps.chunks(sweeps.len().div_ceil(pages)).enumerate().map(page).collect(),
    }
}

fn page(title: &str, sweeps: &[SweepTraces], zoom_ms: f64, (lo, hi): (f64, f64)) -> Result<Figure, PlotError> {
    let pad = 0.05 * (hi - lo).max(1.0);
    let voltage = || Axis::new("Voltage", "mV").limits(lo - pad, hi + pad);
    let mut figure = Figure::new(title).columns(&[2.1, 1.0]);
    for (k, sweep) in sweeps.iter().enumerate() {
        check(sweep)?;
        let (tag, colour) = if sweep.held_out { ("test", TEST) } else { ("fit", GUIDE) };
        let (from, to) = onset_window(sweep, zoom_ms);
        let key = if sweep.title.is_empty() { format!("sweep {}", k + 1) } else { sweep.title.to_owned() };
        // Both currents of a sweep share their scale, or the enlargement would seem to differ.
        let (least, most) = span(sweep.current_pa).unwrap_or((0.0, 1.0));
        let room = 0.08 * (most - least).max(1.0);
        let amperes = || Axis::new("Current", "pA").limits(least - room, most + room);
        let time = || Axis::new("Time", "ms");
        let shaded = Panel::new(sweep.title).tag(tag, colour).key(&format!("{key}: voltage")).span(from, to, "", SHADE);
        let whole = over(shaded, sweep).x(time()).y(voltage());
        let near =
            over(Panel::new("Onset").without_table(), sweep).x(time().limits(from, to)).y(voltage().without_numbers());
        let near = Panel { y: Axis { label: String::new(), unit: String::new(), ..near.y.clone() }, ..near };
        let below = Panel::new("").key(&format!("{key}: current")).span(from, to, "", SHADE);
        let below = below.line("", sweep.time_ms, sweep.current_pa, RECORDED.width(0.6)).x(time()).y(amperes());
        let beside = Panel::new("").without_table().line("", sweep.time_ms, sweep.current_pa, RECORDED.width(0.6));
        let beside =
            beside
                .x(time().limits(from, to))
                .y(Axis { label: String::new(), unit: String::new(), ..amperes() }.without_numbers());
        figure = figure
            .row(PanelRow::new(27.0).panel(whole).panel(near).joined())
            .row(PanelRow::new(9.0).panel(below).panel(beside));
    }
    Ok(figure)
}

/// Draws the model over the recording, and thinner, so that both are seen.
fn over(panel: Panel, sweep: &SweepTraces) -> Panel {
    let panel = match sweep.v_data {
        Some(v) => panel.line("recorded", sweep.time_ms, v, RECORDED.width(0.7)),
        None => panel,
    };
    panel.line("model", sweep.time_ms, sweep.v_model, MODEL.width(0.6))
}

/// Returns the window after the onset of the stimulus and a tenth of it before, within the sweep.
fn onset_window(sweep: &SweepTraces, zoom_ms: f64) -> (f64, f64) {
    let (start, end) = span(sweep.time_ms).unwrap_or((0.0, 1.0));
    let length = if zoom_ms.is_finite() && zoom_ms > 0.0 { zoom_ms.min(end - start) } else { end - start };
    let onset = if sweep.onset_ms.is_finite() { sweep.onset_ms.clamp(start, end) } else { start };
    let to = (onset + length).min(end);
    (start.max((onset - 0.1 * length).min(to - length)), to)
}

fn check(sweep: &SweepTraces) -> Result<(), PlotError> {
    let columns = [("current", Some(sweep.current_pa)), ("recorded", sweep.v_data), ("model", Some(sweep.v_model))];
    for (name, y) in columns.into_iter().filter_map(|(n, y)| y.map(|y| (n, y))) {
        if y.len() != sweep.time_ms.len() {
            let (panel, series) = (sweep.title.to_owned(), name.to_owned());
            return Err(PlotError::Lengths { panel, series, x: sweep.time_ms.len(), y: y.len() });
        }
    }
    Ok(())
}

fn span<'a>(values: impl IntoIterator<Item = &'a f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().copied().filter(|v| v.is_finite());
    finite.fold(None, |s: Option<(f64, f64)>, v| Some(s.map_or((v, v), |(lo, hi)| (lo.min(v), hi.max(v)))))
}
