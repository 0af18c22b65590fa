//! This module draws a figure that has been laid out.

use super::axis::View;
use super::canvas::{CAPITAL, Canvas, PT, Rect, TextAnchor};
use super::decimate::{Point, cull, decimate};
use super::figure::Figure;
use super::layout::{Entry, HEADING, LABEL, LEAST, LINE, NUMBER, Place, Plan, SAMPLE, SPACE, TICK, TITLE, entry_width};
use super::palette::{Colour, GUIDE, INK, Stroke};
use super::panel::{Item, Kind};
use super::text;
use std::collections::BTreeSet;

/// Width of the columns of paper within which a trace is thinned.
const COLUMN: f64 = 0.25 * PT;

/// Draws a whole figure.
pub(super) fn figure(canvas: &mut Canvas, figure: &Figure, plan: &Plan) {
    let right = plan.places.iter().map(|p| p.axes.x + p.axes.w).fold(0.0, f64::max);
    let (title, size) = text::fit(&figure.title, HEADING, LEAST, true, right - plan.left);
    canvas.text((plan.left, plan.heading), &title, size, TextAnchor::Start, INK, true);
    legend(canvas, &plan.legend, plan.legend_at);
    for place in &plan.places {
        let (r, v) = (place.axes, (place.x, place.y));
        canvas.within(r, |c| place.panel.items.iter().for_each(|i| behind(c, i, r, v)));
        // The margin lets a line on the frame keep its whole width.
        let roomy = Rect { x: r.x - 0.4 * PT, y: r.y - 0.4 * PT, w: r.w + 0.8 * PT, h: r.h + 0.8 * PT };
        canvas.within(roomy, |c| place.panel.items.iter().for_each(|i| series(c, i, r, v)));
        // Cells cover all of the panel, so straight lines are drawn over them.
        if place.panel.items.iter().any(|i| matches!(i, Item::Series { kind: Kind::Cells, .. })) {
            let straight = place.panel.items.iter().filter(|i| matches!(i, Item::HLine { .. } | Item::VLine { .. }));
            canvas.within(r, |c| straight.for_each(|i| behind(c, i, r, v)));
        }
        if place.panel.framed {
            axes(canvas, place);
        }
        heads(canvas, place);
        place.panel.items.iter().for_each(|i| notes(canvas, i, r, v));
        if !place.panel.has_points() {
            let middle = (r.x + r.w / 2.0, r.y + r.h / 2.0 + LABEL * CAPITAL / 2.0);
            canvas.text(middle, "no data", LABEL, TextAnchor::Middle, GUIDE, false);
        }
    }
}

/// Returns a point's place on paper; points far off the sheet are moved closer to it.
fn at(r: Rect, (x, y): (View, View), px: f64, py: f64) -> Point {
    let clamp = |v: f64| if v.is_finite() { v.clamp(-20.0, 20.0) } else { v };
    (r.x + r.w * clamp(x.at(px)), r.y + r.h * (1.0 - clamp(y.at(py))))
}

/// Draws shading and straight lines across the panel.
fn behind(canvas: &mut Canvas, item: &Item, r: Rect, v: (View, View)) {
    match item {
        Item::Span { from, to, colour, .. } => {
            let (a, b) = (v.0.at(*from).clamp(0.0, 1.0), v.0.at(*to).clamp(0.0, 1.0));
            if b > a {
                canvas.fill(Rect { x: r.x + r.w * a, y: r.y, w: r.w * (b - a), h: r.h }, *colour);
            }
        }
        Item::HLine { at, stroke } => {
            let y = r.y + r.h * (1.0 - v.1.at(*at));
            if (0.0..=1.0).contains(&v.1.at(*at)) {
                canvas.line((r.x, y), (r.x + r.w, y), *stroke);
            }
        }
        Item::VLine { at, stroke } => {
            let x = r.x + r.w * v.0.at(*at);
            if (0.0..=1.0).contains(&v.0.at(*at)) {
                canvas.line((x, r.y), (x, r.y + r.h), *stroke);
            }
        }
        _ => {}
    }
}

/// Draws the data of a series.
fn series(canvas: &mut Canvas, item: &Item, r: Rect, v: (View, View)) {
    let Item::Series { kind, x, y, stroke, .. } = item else { return };
    let points: Vec<Point> = x.iter().zip(y).map(|(x, y)| (*x, *y)).collect();
    match kind {
        Kind::Line => lines(canvas, &points, r, v, *stroke),
        Kind::Step => {
            let mut stairs = Vec::with_capacity(2 * points.len());
            for (k, p) in points.iter().enumerate() {
                stairs.push(*p);
                stairs.extend(points.get(k + 1).map(|next| (next.0, p.1)));
            }
            lines(canvas, &stairs, r, v, *stroke);
        }
        Kind::Dots => {
            for p in distinct(&points, r, v) {
                canvas.dot(p, 2.0 * stroke.width * PT, stroke.colour);
            }
        }
        Kind::Ticks => {
            let half = (v.1.at(0.4) - v.1.at(0.0)).abs() * r.h;
            for (px, py) in distinct(&points, r, v) {
                canvas.line((px, py - half), (px, py + half), *stroke);
            }
        }
        Kind::Cells => {
            for (x, y) in points.iter().filter(|p| p.0.is_finite() && p.1.is_finite()) {
                let (a, b) = (at(r, v, x - 0.5, y + 0.5), at(r, v, x + 0.5, y - 0.5));
                // The square is a hair wider than the cell, so that neighbours of one shade show no seam.
                let (w, h) = (b.0 - a.0 + 0.05 * PT, b.1 - a.1 + 0.05 * PT);
                canvas.fill(Rect { x: a.0, y: a.1, w, h }, stroke.colour);
            }
        }
        Kind::Bars => {
            let base = if v.1.log { r.y + r.h } else { at(r, v, v.0.lo, 0.0).1 };
            for pair in points.windows(2).filter(|p| p[0].1.is_finite()) {
                let (a, b) = (at(r, v, pair[0].0, pair[0].1), at(r, v, pair[1].0, 0.0));
                let gap = ((b.0 - a.0) * 0.1).min(0.5 * PT);
                if a.0.is_finite() && b.0.is_finite() && a.1.is_finite() {
                    let bar = Rect { x: a.0, y: a.1.min(base), w: (b.0 - a.0 - gap).max(0.0), h: (base - a.1).abs() };
                    canvas.fill(bar, stroke.colour);
                }
            }
        }
    }
}

fn lines(canvas: &mut Canvas, points: &[Point], r: Rect, v: (View, View), stroke: Stroke) {
    let placed = cull(points, v.0.lo, v.0.hi).map(|p| at(r, v, p.0, p.1));
    for piece in decimate(placed, COLUMN) {
        match piece[..] {
            // A single sample between gaps makes no line, but a dot.
            [p] => canvas.dot(p, stroke.width * PT * 0.5, stroke.colour),
            _ => canvas.path(&piece, stroke),
        }
    }
}

/// Returns points on paper, without those that fall on an earlier one.
fn distinct(points: &[Point], r: Rect, v: (View, View)) -> Vec<Point> {
    let mut seen = BTreeSet::new();
    let placed = points.iter().filter(|p| (v.0.lo..=v.0.hi).contains(&p.0)).map(|p| at(r, v, p.0, p.1));
    placed
        .filter(|p| p.0.is_finite() && p.1.is_finite())
        .filter(|p| seen.insert(((p.0 / COLUMN).round() as i64, (p.1 / COLUMN).round() as i64)))
        .collect()
}

/// Draws frame, ticks, numbers and labels.
fn axes(canvas: &mut Canvas, place: &Place) {
    let (r, panel) = (place.axes, place.panel);
    let thin = INK.width(0.6);
    let (left, foot) = (r.x, r.y + r.h);
    canvas.path(&[(left, r.y), (left, foot), (left + r.w, foot)], thin);
    for (value, number) in &place.y_ticks.marks {
        let y = foot - r.h * place.y.at(*value);
        canvas.line((left - TICK, y), (left, y), thin);
        if !panel.y.no_numbers {
            let base = (left - TICK - SPACE, y + NUMBER * CAPITAL / 2.0);
            canvas.text(base, number, NUMBER, TextAnchor::End, INK, false);
        }
    }
    if let Some(factor) = &place.y_ticks.factor {
        let up = if panel.has_span_labels() { LINE } else { 0.0 };
        canvas.text((left, r.y - 2.5 * PT - up), factor, NUMBER, TextAnchor::Start, INK, false);
    }
    let pitch = LABEL * 1.15;
    for (k, line) in place.caption.iter().rev().enumerate() {
        let x = left - place.caption_at - pitch * k as f64 - LABEL * 0.15;
        let (line, size) = text::fit(line, LABEL, LEAST, false, (r.h * 1.2).max(LABEL * 4.5));
        canvas.upright((x, r.y + r.h / 2.0), &line, size);
    }
    for (value, number) in &place.x_ticks.marks {
        let x = left + r.w * place.x.at(*value);
        canvas.line((x, foot), (x, foot + TICK), thin);
        if place.foot && !panel.x.no_numbers {
            let base = (x, foot + TICK + SPACE + NUMBER * CAPITAL);
            canvas.text(base, number, NUMBER, TextAnchor::Middle, INK, false);
        }
    }
    if place.foot {
        let numbers = if panel.x.no_numbers { 0.0 } else { SPACE + NUMBER * CAPITAL };
        let base = foot + TICK + numbers + LABEL * 1.2;
        let (caption, size) = text::fit(&panel.x.caption(), LABEL, LEAST, false, r.w);
        canvas.text((left + r.w / 2.0, base), &caption, size, TextAnchor::Middle, INK, false);
        if let Some(factor) = place.x_ticks.factor.as_ref().filter(|_| !panel.x.no_numbers) {
            canvas.text((left + r.w, base), factor, NUMBER, TextAnchor::End, INK, false);
        }
    }
}

/// Draws title with tag, formula, and the panel's own legend, downwards from the top of the row.
fn heads(canvas: &mut Canvas, place: &Place) {
    let (r, panel) = (place.axes, place.panel);
    let y = r.y - place.above + TITLE;
    let titled = !panel.title.is_empty() || panel.tag.is_some();
    let mut below = if titled { y + LINE * 0.95 } else { y };
    for (line, size) in &place.formula {
        canvas.text((r.x, below), line, *size, TextAnchor::Start, GUIDE, false);
        below += LINE * 0.9;
    }
    legend(canvas, &place.legend, (r.x, below));
    let tag_width = panel.tag.as_ref().map_or(0.0, |m| text::width(&m.0, NUMBER, true) + 6.0 * PT);
    let (title, size) = text::fit(&panel.title, TITLE, LEAST, true, (r.w - tag_width - 4.0 * PT).max(0.0));
    canvas.text((r.x, y), &title, size, TextAnchor::Start, INK, true);
    if let Some((tag, colour)) = &panel.tag {
        let after = if title.is_empty() { 0.0 } else { text::width(&title, size, true) + 4.0 * PT };
        let height = NUMBER * CAPITAL + 3.4 * PT;
        canvas.fill(Rect { x: r.x + after, y: y + 1.7 * PT - height, w: tag_width, h: height }, *colour);
        let white = Colour(255, 255, 255);
        canvas.text((r.x + after + tag_width / 2.0, y), tag, NUMBER, TextAnchor::Middle, white, true);
    }
}

/// Draws text among the data, which is kept inside the panel, and the labels of spans above it.
fn notes(canvas: &mut Canvas, item: &Item, r: Rect, v: (View, View)) {
    match item {
        Item::Note { x, y, text: words, colour, centred } => {
            let (words, size) = text::fit(words, NUMBER, LEAST, false, r.w - 2.0 * PT);
            let (px, py) = at(r, v, *x, *y);
            if px.is_finite() && py.is_finite() {
                let width = text::width(&words, size, false);
                let (back, down) = if *centred { (width / 2.0, size * CAPITAL / 2.0) } else { (0.0, 0.0) };
                let last = r.x + r.w - PT - width;
                let x = (px - back).max(r.x + PT).min(last);
                let y = (py + down).clamp(r.y + size * CAPITAL, r.y + r.h - PT);
                canvas.text((x, y), &words, size, TextAnchor::Start, *colour, false);
            }
        }
        Item::Span { from, to, label, .. } => {
            let (a, b) = (v.0.at(*from).clamp(0.0, 1.0), v.0.at(*to).clamp(0.0, 1.0));
            if b > a {
                let (label, size) = text::fit(label, NUMBER, LEAST, false, r.w * (b - a));
                let middle = (r.x + r.w * (a + b) / 2.0, r.y - 2.5 * PT);
                canvas.text(middle, &label, size, TextAnchor::Middle, GUIDE, false);
            }
        }
        _ => {}
    }
}

/// Draws lines of samples and names, the first of them with its base line at `at`.
fn legend(canvas: &mut Canvas, lines: &[Vec<Entry>], at: Point) {
    for (k, line) in lines.iter().enumerate() {
        let (mut x, y) = (at.0, at.1 + LINE * k as f64);
        for entry in line {
            let (name, kind, stroke) = entry;
            let middle = y - LABEL * CAPITAL / 2.0;
            // The sample of a thin line is drawn thicker, so that its colour is seen.
            let bold = stroke.width(stroke.width.max(1.2));
            match kind {
                Kind::Line | Kind::Step => canvas.line((x, middle), (x + SAMPLE, middle), bold),
                Kind::Dots => canvas.dot((x + SAMPLE / 2.0, middle), 2.0 * stroke.width * PT, stroke.colour),
                Kind::Ticks => {
                    let x = x + SAMPLE / 2.0;
                    canvas.line((x, middle - 3.0 * PT), (x, middle + 3.0 * PT), bold);
                }
                Kind::Bars | Kind::Cells => {
                    let bar = Rect { x: x + SAMPLE / 4.0, y: middle - 3.0 * PT, w: SAMPLE / 2.0, h: 6.0 * PT };
                    canvas.fill(bar, stroke.colour);
                }
            }
            canvas.text((x + SAMPLE + 3.0 * PT, y), name, LABEL, TextAnchor::Start, INK, false);
            x += entry_width(entry) + 10.0 * PT;
        }
    }
}
