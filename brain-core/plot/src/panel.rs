//! A [`Panel`] is one pair of axes and what is drawn between them.

use super::PlotError;
use super::axis::Axis;
use super::palette::{Colour, Stroke};

/// One pair of axes with its series. Every method returns the panel, so that a panel reads as one sentence.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    pub(super) title: String,
    pub(super) key: Option<String>,
    pub(super) tag: Option<(String, Colour)>,
    pub(super) formula: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) items: Vec<Item>,
    pub(super) in_table: bool,
    pub(super) framed: bool,
}

/// The way in which the points of a series are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Line,
    Step,
    Dots,
    Ticks,
    Bars,
    Cells,
}

/// An item that is drawn in a panel.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Series { name: String, kind: Kind, x: Vec<f64>, y: Vec<f64>, stroke: Stroke },
    Span { from: f64, to: f64, label: String, colour: Colour },
    Note { x: f64, y: f64, text: String, colour: Colour, centred: bool },
    HLine { at: f64, stroke: Stroke },
    VLine { at: f64, stroke: Stroke },
}

impl Panel {
    /// Makes an empty panel; the title may be empty.
    pub fn new(title: &str) -> Panel {
        Panel { title: title.into(), in_table: true, framed: true, ..Panel::default() }
    }

    /// Sets another title.
    pub fn title(self, title: &str) -> Panel {
        Panel { title: title.into(), ..self }
    }

    /// Puts a small tag beside the title, such as `fit` or `test`.
    pub fn tag(self, text: &str, colour: Colour) -> Panel {
        Panel { tag: Some((text.into(), colour)), ..self }
    }

    /// Puts a second, lighter line below the title: a formula, a condition, a score.
    pub fn formula(self, text: &str) -> Panel {
        Panel { formula: text.into(), ..self }
    }

    /// Names the panel in the table of the figure's data, where its title does not.
    pub fn key(self, name: &str) -> Panel {
        Panel { key: Some(name.into()), ..self }
    }

    /// Leaves the panel out of the table, as for an enlargement of another.
    pub fn without_table(self) -> Panel {
        Panel { in_table: false, ..self }
    }

    /// Leaves out axes, ticks and numbers, for a drawing that is not a graph.
    pub fn drawing(self) -> Panel {
        Panel { framed: false, ..self }
    }

    /// Sets the horizontal axis.
    pub fn x(self, axis: Axis) -> Panel {
        Panel { x: axis, ..self }
    }

    /// Sets the vertical axis.
    pub fn y(self, axis: Axis) -> Panel {
        Panel { y: axis, ..self }
    }

    /// Draws a line through the points, broken at gaps (`NaN`). A series without a name has no entry in the legend.
    pub fn line(self, name: &str, x: &[f64], y: &[f64], stroke: impl Into<Stroke>) -> Panel {
        self.series(name, Kind::Line, x, y, stroke)
    }

    /// Draws a staircase: each value holds from its x to the next one.
    pub fn step(self, name: &str, x: &[f64], y: &[f64], stroke: impl Into<Stroke>) -> Panel {
        self.series(name, Kind::Step, x, y, stroke)
    }

    /// Draws a dot at each point.
    pub fn scatter(self, name: &str, x: &[f64], y: &[f64], stroke: impl Into<Stroke>) -> Panel {
        self.series(name, Kind::Dots, x, y, stroke)
    }

    /// Draws an upright line from `low` to `high` at each x, such as an interval of confidence; it is no entry of the legend.
    pub fn intervals(self, x: &[f64], low: &[f64], high: &[f64], stroke: impl Into<Stroke>) -> Panel {
        let gap = f64::NAN;
        let of = |a: f64, b: f64| [a, b, gap];
        let xs: Vec<f64> = x.iter().flat_map(|x| of(*x, *x)).collect();
        let ys: Vec<f64> = low.iter().zip(high).flat_map(|(low, high)| of(*low, *high)).collect();
        self.line("", &xs, &ys, stroke)
    }

    /// Draws a short upright tick at each point, 0.8 units of y high. For spikes, `x` is the time and `y` the row.
    pub fn raster(self, name: &str, x: &[f64], y: &[f64], stroke: impl Into<Stroke>) -> Panel {
        self.series(name, Kind::Ticks, x, y, stroke)
    }

    /// Draws a square of one unit of each axis around each point. The cells of a matrix are one series for each shade.
    pub fn cells(self, name: &str, x: &[f64], y: &[f64], stroke: impl Into<Stroke>) -> Panel {
        self.series(name, Kind::Cells, x, y, stroke)
    }

    /// Draws counts of the values in `bins` equal bins over their range; gaps are not counted.
    pub fn histogram(self, name: &str, values: &[f64], bins: usize, stroke: impl Into<Stroke>) -> Panel {
        let bins = bins.clamp(1, 10_000);
        let (edges, counts) = match range(values) {
            None => (vec![], vec![]),
            Some(data) => {
                // A single value gets bins of some width around it, too.
                let view = Axis::default().view(Some(data), 0.0);
                let width = (view.hi - view.lo) / bins as f64;
                let mut counts = vec![0.0; bins];
                for v in values.iter().filter(|v| v.is_finite()) {
                    counts[(((v - view.lo) / width) as usize).min(bins - 1)] += 1.0;
                }
                counts.push(f64::NAN);
                ((0..=bins).map(|k| view.lo + width * k as f64).collect(), counts)
            }
        };
        self.series(name, Kind::Bars, &edges, &counts, stroke)
    }

    /// Draws the density of the finite values as a staircase of some forty bins. Values that are multiples of `quantum`
    /// get bins of whole multiples, so that no bin holds more of them than its neighbour only by its place; `quantum`
    /// is 0 for continuous values.
    pub fn density(self, name: &str, values: &[f64], quantum: f64, stroke: impl Into<Stroke>) -> Panel {
        let Some((low, high)) = range(values) else { return self };
        let mut width = (high - low) / 40.0;
        if quantum > 0.0 {
            width = (width / quantum).ceil().max(1.0) * quantum;
        } else if width == 0.0 {
            width = low.abs().max(1.0) * 0.02;
        }
        let start = low - if quantum > 0.0 { quantum } else { width } / 2.0;
        let mut counts = vec![0.0; ((high - start) / width) as usize + 1];
        let finite = || values.iter().filter(|v| v.is_finite());
        finite().for_each(|v| counts[((v - start) / width) as usize] += 1.0);
        // The staircase begins and ends at zero.
        let x: Vec<f64> = (0..counts.len() + 3).map(|k| start + (k as f64 - 1.0) * width).collect();
        let density = counts.iter().map(|c| c / (finite().count() as f64 * width));
        let y: Vec<f64> = [0.0].into_iter().chain(density).chain([0.0; 2]).collect();
        self.step(name, &x, &y, stroke)
    }

    /// Shades a stretch of the x axis behind the data, with a small label (which may be empty) above the axes.
    pub fn span(self, from: f64, to: f64, label: &str, colour: Colour) -> Panel {
        self.item(Item::Span { from, to, label: label.into(), colour })
    }

    /// Writes text that starts at a point of the axes; it is moved inwards where it would leave the panel. The place
    /// should be free of data.
    pub fn note(self, x: f64, y: f64, text: &str, colour: Colour) -> Panel {
        self.item(Item::Note { x, y, text: text.into(), colour, centred: false })
    }

    /// Writes text around a point of the axes; it is moved inwards as a [`Panel::note`] is.
    pub fn label(self, x: f64, y: f64, text: &str, colour: Colour) -> Panel {
        self.item(Item::Note { x, y, text: text.into(), colour, centred: true })
    }

    /// Draws a horizontal line across the panel, at a value of y.
    pub fn hline(self, at: f64, stroke: impl Into<Stroke>) -> Panel {
        self.item(Item::HLine { at, stroke: stroke.into() })
    }

    /// Draws a vertical line across the panel, at a value of x.
    pub fn vline(self, at: f64, stroke: impl Into<Stroke>) -> Panel {
        self.item(Item::VLine { at, stroke: stroke.into() })
    }

    fn series(self, name: &str, kind: Kind, x: &[f64], y: &[f64], stroke: impl Into<Stroke>) -> Panel {
        self.item(Item::Series { name: name.into(), kind, x: x.into(), y: y.into(), stroke: stroke.into() })
    }

    fn item(mut self, item: Item) -> Panel {
        self.items.push(item);
        self
    }

    /// Returns the name of the panel in tables and errors, which is `place` where it has neither key nor title.
    pub(super) fn name(&self, place: &str) -> String {
        let title = Some(&self.title).filter(|t| !t.is_empty());
        self.key.as_ref().or(title).cloned().unwrap_or_else(|| place.to_owned())
    }

    /// Fails on a series whose columns differ in length.
    pub(super) fn check(&self, place: &str) -> Result<(), PlotError> {
        for item in &self.items {
            if let Item::Series { name, x, y, .. } = item
                && x.len() != y.len()
            {
                let (panel, series) = (self.name(place), name.clone());
                return Err(PlotError::Lengths { panel, series, x: x.len(), y: y.len() });
            }
        }
        Ok(())
    }

    /// Returns whether anything but shading and straight lines is in the panel.
    pub(super) fn has_points(&self) -> bool {
        self.items.iter().any(|item| match item {
            Item::Series { x, y, .. } => x.iter().zip(y).any(|(x, y)| x.is_finite() && y.is_finite()),
            Item::Note { .. } => true,
            _ => false,
        })
    }

    /// Returns whether a shaded span has a label.
    pub(super) fn has_span_labels(&self) -> bool {
        self.items.iter().any(|i| matches!(i, Item::Span { label, .. } if !label.is_empty()))
    }

    /// Returns the range of x in the data.
    pub(super) fn x_range(&self) -> Option<(f64, f64)> {
        let usable = |v: &f64| !self.x.log || *v > 0.0;
        let all = self.items.iter().filter_map(|item| match item {
            Item::Series { x, .. } => Some(x),
            _ => None,
        });
        range(all.flatten().filter(|v| usable(v)))
    }

    /// Returns the range of y over the points whose x is shown.
    pub(super) fn y_range(&self, lo: f64, hi: f64) -> Option<(f64, f64)> {
        let usable = |v: f64| !self.y.log || v > 0.0;
        let mut seen: Vec<f64> = vec![];
        for item in &self.items {
            match item {
                Item::Series { kind, x, y, .. } => {
                    let shown = x.iter().zip(y).filter(|(x, y)| (lo..=hi).contains(*x) && usable(**y));
                    match range(shown.map(|p| p.1)) {
                        Some((lo, hi)) if *kind == Kind::Ticks => seen.extend([lo - 0.6, hi + 0.6]),
                        Some((lo, hi)) => seen.extend([lo, hi]),
                        None => {}
                    }
                    if *kind == Kind::Bars && !self.y.log {
                        seen.push(0.0);
                    }
                }
                Item::HLine { at, .. } if usable(*at) => seen.push(*at),
                _ => {}
            }
        }
        range(&seen)
    }
}

/// Returns the least and the greatest finite value.
fn range<'a>(values: impl IntoIterator<Item = &'a f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).fold(None, |seen, v| match seen {
        None => Some((*v, *v)),
        Some((lo, hi)) => Some((v.min(lo), v.max(hi))),
    })
}
