//! This module lays a figure out. Heights are known first, then the numbers beside the vertical axes, then the widths
//! of the columns, and only then the numbers below the horizontal axes.

use super::PlotError;
use super::axis::{Axis, Ticks, View};
use super::canvas::{CAPITAL, MM, PT, Rect};
use super::figure::{Figure, Legend};
use super::palette::Stroke;
use super::panel::{Item, Kind, Panel};
use super::text;

/// Size of the figure's title.
pub(super) const HEADING: f64 = 9.5 * PT;
/// Size of a panel's title.
pub(super) const TITLE: f64 = 8.0 * PT;
/// Size of the labels of axes.
pub(super) const LABEL: f64 = 7.5 * PT;
/// Size of numbers at ticks.
pub(super) const NUMBER: f64 = 7.0 * PT;
/// Length of a tick.
pub(super) const TICK: f64 = 2.5 * PT;
/// Space between a tick and its number.
pub(super) const SPACE: f64 = 2.0 * PT;
/// Space between a y label, whose letters hang towards the numbers, and the numbers.
const APART: f64 = 3.5 * PT;
/// Space around the sheet.
const MARGIN: f64 = 1.5 * MM;
/// Height of the highest figure, mm: its PNG has to fit in memory.
const HIGHEST: f64 = 500.0;
/// Space between columns and between rows.
const GUTTER: f64 = 4.0 * MM;
/// Space between joined rows.
const JOINT: f64 = 2.2 * MM;
/// Least size that text is shrunk to before it is cut short.
pub(super) const LEAST: f64 = 6.0 * PT;
/// Height of a line of a legend.
pub(super) const LINE: f64 = 11.0 * PT;
/// Length of the sample of a line of a legend.
pub(super) const SAMPLE: f64 = 14.0 * PT;

/// A name in a legend.
pub(super) type Entry = (String, Kind, Stroke);

/// The place and scales of one panel.
pub(super) struct Place<'a> {
    pub(super) panel: &'a Panel,
    pub(super) axes: Rect,
    pub(super) x: View,
    pub(super) y: View,
    pub(super) x_ticks: Ticks,
    pub(super) y_ticks: Ticks,
    /// Whether the numbers and label of the x axis are shown here and not below.
    pub(super) foot: bool,
    /// Lines of the y label.
    pub(super) caption: Vec<String>,
    /// How far left of the axes the last line of the y label stands.
    pub(super) caption_at: f64,
    pub(super) legend: Vec<Vec<Entry>>,
    pub(super) formula: Vec<(String, f64)>,
    /// Room above the axes for this panel's own title and legend: a neighbour's legend does not lift the title.
    pub(super) above: f64,
}

/// The layout of a whole sheet.
pub(super) struct Plan<'a> {
    pub(super) height: f64,
    pub(super) places: Vec<Place<'a>>,
    pub(super) left: f64,
    pub(super) heading: f64,
    pub(super) legend: Vec<Vec<Entry>>,
    pub(super) legend_at: (f64, f64),
}

/// Lays a figure out.
pub(super) fn plan(figure: &Figure) -> Result<Plan<'_>, PlotError> {
    let columns = figure.rows.iter().map(|r| r.panels.len()).max().unwrap_or(1).max(figure.columns.len());
    let shares: Vec<f64> = (0..columns).map(|c| figure.columns.get(c).copied().unwrap_or(1.0)).collect();
    let get = |r: usize, c: usize| figure.rows.get(r).and_then(|row| row.panels.get(c)).and_then(Option::as_ref);

    // Scales come first. A run of joined rows is a block with one x view for each column.
    let mut cells = vec![];
    let mut first = 0;
    for r in 0..figure.rows.len() {
        if figure.rows[r].joined && r + 1 < figure.rows.len() {
            continue;
        }
        for c in 0..columns {
            let block: Vec<(usize, &Panel)> = (first..=r).filter_map(|r| get(r, c).map(|p| (r, p))).collect();
            let Some(&(last, foot)) = block.last() else { continue };
            let x = shared_x(&block);
            for (row, panel) in block {
                let y = y_view(panel, x);
                let height = figure.rows[row].height * MM;
                let mut y_ticks = Ticks::upward(&panel.y, y, height, NUMBER);
                if panel.y.no_numbers {
                    y_ticks.factor = None;
                }
                let caption = panel.y.caption_lines(LABEL, height + 2.0 * JOINT);
                cells.push((row, c, panel, x, y, y_ticks, caption, row == last, &foot.x));
            }
        }
        first = r + 1;
    }

    // A column has room for what stands left of its axes, and for half a number right of them.
    let (mut numbers, mut captions) = (vec![0.0f64; columns], vec![0.0f64; columns]);
    for (_, c, panel, _, _, ticks, caption, ..) in &cells {
        let widest = ticks.marks.iter().map(|m| text::width(&m.1, NUMBER, false)).fold(0.0, f64::max);
        numbers[*c] = numbers[*c].max(TICK + SPACE + if panel.y.no_numbers { 0.0 } else { widest });
        captions[*c] = captions[*c].max(caption.len() as f64 * LABEL * 1.15);
    }
    let right = 3.0 * MM;
    let taken: f64 = (0..columns).map(|c| numbers[c] + APART + captions[c]).sum();
    let free = figure.width * MM - 2.0 * MARGIN - right - taken - GUTTER * (columns - 1) as f64;
    let smallest = free * shares.iter().copied().fold(f64::INFINITY, f64::min) / shares.iter().sum::<f64>();
    if smallest.is_nan() || smallest < 8.0 * MM {
        let reason =
            format!("{columns} columns do not fit {} mm: a panel would be {:.1} mm wide", figure.width, smallest / MM);
        return Err(PlotError::Layout { title: figure.title.clone(), reason });
    }
    let mut lefts = vec![];
    let mut x = MARGIN;
    for c in 0..columns {
        x += numbers[c] + APART + captions[c];
        let w = free * shares[c] / shares.iter().sum::<f64>();
        lefts.push((x, w));
        x += w + GUTTER;
    }

    // Heading and legend of the figure come next.
    let left = lefts[0].0;
    let inner = figure.width * MM - MARGIN - left;
    let (heading_text, size) = text::fit(&figure.title, HEADING, 6.0 * PT, true, inner);
    let entries = if figure.legend == Legend::Figure { entries(cells.iter().map(|c| c.2)) } else { vec![] };
    let room = inner - text::width(&heading_text, size, true) - 6.0 * PT;
    let beside = wrapped(entries.clone(), room.max(0.0));
    let mut y = MARGIN;
    let heading = y + HEADING * 0.8;
    let has_heading = !figure.title.is_empty();
    let (legend, legend_at);
    if has_heading && beside.len() == 1 && line_width(&beside[0]) <= room {
        (legend_at, legend) = ((figure.width * MM - right - line_width(&beside[0]), heading), beside);
        y += LINE + 2.0 * MM;
    } else {
        legend = wrapped(entries, inner);
        y += if has_heading { LINE + 2.0 * MM } else { 0.0 };
        legend_at = (left, y + LABEL * 0.8);
        y += legend.len() as f64 * LINE + if legend.is_empty() { 0.0 } else { 1.0 * MM };
    }

    // Rows are placed from top to bottom.
    let mut places = vec![];
    for r in 0..figure.rows.len() {
        let height = figure.rows[r].height * MM;
        let row: Vec<_> = cells.iter().filter(|c| c.0 == r).collect();
        let legends: Vec<Vec<Vec<Entry>>> = row
            .iter()
            .map(|c| if figure.legend == Legend::Panels { wrapped(entries_of(c.2), lefts[c.1].1) } else { vec![] })
            .collect();
        let formulas: Vec<_> = row.iter().map(|c| text::wrap(&c.2.formula, NUMBER, LEAST, lefts[c.1].1)).collect();
        let heads = row.iter().zip(&legends).zip(&formulas);
        let heads: Vec<(f64, usize)> =
            heads.map(|((c, l), f)| (head(c.2, f.len(), c.5.factor.is_some()), l.len())).collect();
        // Titles stand on one line, whatever is written below one of them; but a legend lifts no title but its own.
        let titles = heads.iter().map(|head| head.0).fold(0.0, f64::max);
        let heads: Vec<f64> = heads.into_iter().map(|(_, legend)| titles + legend as f64 * LINE).collect();
        y += heads.iter().copied().fold(0.0, f64::max);
        let mut below: f64 = if figure.rows[r].joined { JOINT } else { 0.0 };
        for ((_, c, panel, x, view, y_ticks, caption, foot, x_axis), ((legend, formula), above)) in
            row.into_iter().zip(legends.into_iter().zip(formulas).zip(heads))
        {
            let axes = Rect { x: lefts[*c].0, y, w: lefts[*c].1, h: height };
            let x_ticks = Ticks::across(x_axis, *x, axes.w, NUMBER);
            if *foot {
                below = below.max(under(x_axis, &x_ticks));
            }
            let caption_at = numbers[*c] + APART;
            let (y_ticks, caption) = (y_ticks.clone(), caption.clone());
            let (x, y, foot) = (*x, *view, *foot);
            let place =
                Place { panel, axes, x, y, x_ticks, y_ticks, foot, caption, caption_at, legend, formula, above };
            places.push(place);
        }
        y += height + below + if figure.rows[r].joined { 0.0 } else { 2.5 * MM };
    }
    if y > HIGHEST * MM {
        let reason = format!("it would be {:.0} mm high, more than {HIGHEST}: make two of it", y / MM);
        return Err(PlotError::Layout { title: figure.title.clone(), reason });
    }
    Ok(Plan { height: y, places, left, heading, legend, legend_at })
}

/// Returns how wide the text of a [`Panel::note`] or a [`Panel::label`] is on paper, mm.
pub fn note_width(text: &str) -> f64 {
    text::width(text, NUMBER, false) / MM
}

/// Returns the one x view of a column of joined panels: limits where one of them has any, else what all their data
/// span.
fn shared_x(block: &[(usize, &Panel)]) -> View {
    let given = block.iter().find_map(|(_, p)| p.x.limits.map(|_| &p.x));
    let axis = given.or(block.last().map(|(_, p)| &p.x)).cloned().unwrap_or_default();
    let ranges = block.iter().filter_map(|(_, p)| p.x_range());
    let all = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    // Dots on the frame would be cut in half, so there is room for them; lines may run into the frame.
    let dots = |i: &Item| matches!(i, Item::Series { kind: Kind::Dots, .. });
    let pad = if block.iter().any(|(_, p)| p.items.iter().any(dots)) { 0.04 } else { 0.0 };
    axis.view(all, pad)
}

/// Returns the y view: a little room around the data, and bars that stand on the axis.
fn y_view(panel: &Panel, x: View) -> View {
    let data = panel.y_range(x.lo, x.hi);
    let mut view = panel.y.view(data, 0.05);
    let bars = panel.items.iter().any(|i| matches!(i, Item::Series { kind: Kind::Bars, .. }));
    if bars && !view.log && panel.y.limits.is_none() && data.is_some_and(|d| d.0 == 0.0 && d.1 > 0.0) {
        view.lo = 0.0;
    }
    view
}

/// Returns the room that is needed above the axes, without that of a legend.
fn head(panel: &Panel, formula_lines: usize, factor: bool) -> f64 {
    let mut room = 1.0 * MM;
    if !panel.title.is_empty() || panel.tag.is_some() {
        room += LINE;
    }
    let strips = usize::from(factor) + usize::from(panel.has_span_labels());
    room + formula_lines as f64 * LINE * 0.9 + strips as f64 * LINE
}

/// Returns the room that is needed below the axes.
fn under(axis: &Axis, ticks: &Ticks) -> f64 {
    let numbers = if axis.no_numbers { 0.0 } else { SPACE + NUMBER * CAPITAL };
    let label = if axis.caption().is_empty() && ticks.factor.is_none() { 0.0 } else { LABEL * 1.35 };
    TICK + numbers + label + PT
}

/// Returns the legend entries of the named series of a panel.
fn entries_of(panel: &Panel) -> Vec<Entry> {
    entries(std::iter::once(panel))
}

/// Returns the legend entries of some panels: every name, once for each look.
fn entries<'a>(panels: impl Iterator<Item = &'a Panel>) -> Vec<Entry> {
    let mut out: Vec<Entry> = vec![];
    for item in panels.flat_map(|p| &p.items) {
        if let Item::Series { name, kind, stroke, .. } = item
            && !name.is_empty()
            && !out.iter().any(|e| e.0 == *name && e.2.colour == stroke.colour && e.2.dashed == stroke.dashed)
        {
            out.push((name.clone(), *kind, *stroke));
        }
    }
    out
}

/// Breaks legend entries into lines no wider than `room`, where that is possible.
fn wrapped(entries: Vec<Entry>, room: f64) -> Vec<Vec<Entry>> {
    let mut lines: Vec<Vec<Entry>> = vec![];
    for mut entry in entries {
        entry.0 = text::fit(&entry.0, LABEL, LABEL, false, (room - SAMPLE - 3.0 * PT).max(SAMPLE)).0;
        match lines.last_mut() {
            Some(line) if line_width(line) + 10.0 * PT + entry_width(&entry) <= room => line.push(entry),
            _ => lines.push(vec![entry]),
        }
    }
    lines
}

/// Returns the width of one entry: sample, space, name.
pub(super) fn entry_width(entry: &Entry) -> f64 {
    SAMPLE + 3.0 * PT + text::width(&entry.0, LABEL, false)
}

fn line_width(line: &[Entry]) -> f64 {
    line.iter().map(entry_width).sum::<f64>() + 10.0 * PT * (line.len().max(1) - 1) as f64
}
