//! This module draws the architecture of a network: populations as circles, projections as arrows, and a table of both.

use super::colour;
use super::distributions::weights_panel;
use super::place::{Arrow, Frame, HEIGHT, Node, Placement, WIDTH, place};
use crate::network::{AnatomicalNetwork, Delays, Projection, Sign};
use brain_plot::{Axis, Colour, Figure, GUIDE, INK, Legend, Panel, PanelRow, THIRD_MODEL, note_width};

/// The table has at most this many projections; those with the most synapses are listed.
const ROWS: usize = 12;
/// A circle holds at most this many dots. Where there are many populations, circles hold their names instead.
const UNITS: f64 = 60.0;
/// A millimetre has this many typographic points.
const POINT: f64 = 72.0 / 25.4;
/// The columns of the table have these headings.
const HEADS: [&str; 6] = ["", "projection", "rule", "synapses", "mean weight", "delay (ms)"];
/// Two columns of the table are this far apart, mm.
const GAP: f64 = 2.0;
/// The texts of these columns are cut where the table is too wide, in this order; each keeps this width, mm.
const CUT: [(usize, f64); 2] = [(2, 16.0), (1, 16.0)];

/// A linear readout of the network has weights of both signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readout {
    /// The readout has this many outputs.
    pub outputs: u64,
    /// The readout has this many weights.
    pub weights: u64,
    /// The readout reads the populations of these indices.
    pub from: Vec<usize>,
}

impl AnatomicalNetwork {
    /// Draws the network. A circle stands for each population, with dots in proportion to its neurons. An arrow stands
    /// for each projection; its width grows with the logarithm of the number of synapses, and it ends in a point where
    /// it excites and in a dot where it inhibits. A table lists the largest projections with their rules, where `rule`
    /// describes the projection of a name, and their weights in the `unit` of each, where it is known. Further panels show
    /// the matrix and the weights.
    pub fn architecture_figure(
        &self,
        name: &str,
        rule: impl Fn(&str) -> String,
        unit: impl Fn(&Projection) -> Option<&'static str>,
        readout: Option<&Readout>,
    ) -> Figure {
        let mut order: Vec<usize> =
            (0..self.graph.projections.len()).filter(|&k| self.graph.projections[k].synapses() > 0).collect();
        order.sort_by_key(|&k| std::cmp::Reverse(self.graph.projections[k].synapses()));
        order.truncate(ROWS);
        order.sort_unstable();
        let drawing = self.drawing(&order, readout);
        let table = self.table(&order, &rule, &unit, readout);
        let rows = order.len() + 2;
        let [neurons, synapses] = [self.neurons(), self.synapses()].map(thousands);
        let matrix = self.connectivity_panel().formula("synapses from a group to a neuron; a shade is a decade");
        Figure::new(&format!("{name}: {neurons} neurons, {synapses} synapses"))
            .columns(&[1.8, 1.0])
            .legend(Legend::Hidden)
            .row(PanelRow::new(HEIGHT).panel(drawing).panel(matrix.title("Connectivity")))
            .row(PanelRow::new((4.2 * rows as f64).max(32.0)).panel(table).panel(weights_panel(self, &unit)))
    }

    fn drawing(&self, numbered: &[usize], readout: Option<&Readout>) -> Panel {
        let Placement { nodes, arrows, frame: Frame { left, right, bottom, top } } = place(self, readout);
        let blank = || Axis::new("", "").without_numbers();
        let mut panel = Panel::new("Populations and projections")
            .formula("arrowheads excite, dots inhibit; numbers as in the table")
            .without_table()
            .drawing()
            .x(blank().limits(0.0, WIDTH))
            .y(blank().limits(0.0, HEIGHT));
        let (x, y) = ([left, right, right, left, left], [bottom, bottom, top, top, bottom]);
        panel = panel.line("", &x, &y, GUIDE.tint(0.5).dashed().width(0.6)).label(
            (left + right) / 2.0,
            bottom + 2.4,
            "spiking neurons r(t)",
            GUIDE,
        );
        let most = self.graph.projections.iter().map(Projection::synapses).max().unwrap_or(1).max(1) as f64;
        let (small, large): (Vec<&Arrow>, Vec<&Arrow>) =
            arrows.iter().partition(|a| a.projection.is_some_and(|k| !numbered.contains(&k)));
        for a in &small {
            panel =
                arrow(panel, a, colour(if a.inhibits { Sign::Inhibitory } else { Sign::Excitatory }).tint(0.3), 0.5);
        }
        for a in large {
            let n = a.projection.map_or(1.0, |k| self.graph.projections[k].synapses() as f64);
            let width = (1.5 + 0.35 * (n / most).log10()).clamp(0.5, 1.5);
            let ink = a.projection.map_or(THIRD_MODEL, |k| colour(self.graph.projections[k].sign));
            panel = arrow(panel, a, ink, width);
        }
        for node in &nodes {
            let ink = node.population.map_or(THIRD_MODEL, |k| colour(self.at(k).sign()));
            panel = circle(panel, node, ink);
        }
        // Numbers are drawn last, so that nothing covers them.
        for a in &arrows {
            let Some(row) = a.projection.and_then(|k| numbered.iter().position(|n| *n == k)) else { continue };
            let (x, y) = a.middle();
            panel = panel.scatter("", &[x], &[y], Colour(255, 255, 255).width(2.0 * POINT / 2.0));
            panel = panel.label(x, y, &(row + 1).to_string(), INK);
        }
        panel
    }

    fn table(
        &self,
        order: &[usize],
        rule: &dyn Fn(&str) -> String,
        unit: &dyn Fn(&Projection) -> Option<&'static str>,
        readout: Option<&Readout>,
    ) -> Panel {
        let shown = order.len();
        let total = self.graph.projections.iter().filter(|p| p.synapses() > 0).count();
        let height = (shown + 2) as f64;
        let blank = || Axis::new("", "").without_numbers();
        let mut panel =
            Panel::new("").without_table().drawing().x(blank().limits(0.0, WIDTH)).y(blank().limits(0.0, height));
        let mut lines = vec![(HEADS.map(String::from), GUIDE)];
        for (row, &k) in order.iter().enumerate() {
            let p = &self.graph.projections[k];
            let mean = p.magnitudes().iter().map(|w| f64::from(*w)).sum::<f64>() / p.synapses() as f64;
            let ms = |steps: u16| format!("{:.3}", f64::from(steps) * self.graph.dt);
            let short = |s: String| s.trim_end_matches('0').trim_end_matches('.').to_owned();
            let delay = match (&p.edges.delays, p.edges.delays.range()) {
                (Delays::Each(_), (low, high)) if low < high => format!("{}–{}", short(ms(low)), short(ms(high))),
                (_, (one, _)) => short(ms(one)),
            };
            let sign = if p.sign == Sign::Excitatory { '+' } else { '−' };
            let cells = [
                (row + 1).to_string(),
                p.name.clone(),
                rule(&p.name),
                thousands(p.synapses() as u64),
                format!("{sign}{} {}", three_digits(mean), unit(p).unwrap_or_default()).trim_end().to_owned(),
                delay,
            ];
            lines.push((cells, colour(p.sign)));
        }
        let widths = widths(&lines);
        let level = |row: usize| height - row as f64 - 0.8;
        for (row, (cells, ink)) in lines.iter().enumerate() {
            let mut left = 0.5;
            for (text, room) in cells.iter().zip(widths) {
                panel = panel.note(left, level(row), &cut(text, room), *ink);
                left += room + GAP;
            }
        }
        let mut last = vec![];
        if total > shown {
            last.push(format!("and {} smaller projections", total - shown));
        }
        if let Some(r) = readout {
            last.push(format!("readout: {} weights of both signs", thousands(r.weights)));
        }
        panel.note(0.5 + widths[0] + GAP, level(shown + 1), &last.join("; "), GUIDE)
    }
}

/// Returns the widths of the table's columns, mm: those of their texts, as far as the panel has room for them.
fn widths(lines: &[([String; 6], Colour)]) -> [f64; 6] {
    let mut widths: [f64; 6] =
        std::array::from_fn(|k| lines.iter().map(|(cells, _)| note_width(&cells[k])).fold(0.0, f64::max));
    for (column, least) in CUT {
        let over = 0.5 + widths.iter().sum::<f64>() + GAP * (widths.len() - 1) as f64 - WIDTH;
        widths[column] -= over.clamp(0.0, (widths[column] - least).max(0.0));
    }
    widths
}

/// Draws a curve and its end: a point where it excites or is read out, a dot where it inhibits.
fn arrow(panel: Panel, a: &Arrow, ink: Colour, width: f64) -> Panel {
    let (x, y): (Vec<f64>, Vec<f64>) = a.points.iter().copied().unzip();
    let (Some(&(tx, ty)), Some(&(px, py))) = (a.points.last(), a.points.iter().rev().nth(3)) else { return panel };
    let panel = panel.line("", &x, &y, ink.width(width));
    if a.inhibits {
        return panel.scatter("", &[tx], &[ty], ink.width(0.9 * POINT / 2.0));
    }
    let angle = (ty - py).atan2(tx - px);
    let barb = |side: f64| (tx - 2.0 * (angle + side).cos(), ty - 2.0 * (angle + side).sin());
    let ((ax, ay), (bx, by)) = (barb(0.45), barb(-0.45));
    panel.line("", &[ax, tx, bx], &[ay, ty, by], ink.width(width.max(0.8)))
}

/// Draws a population: its circle, its neurons as dots, its name and its size.
fn circle(panel: Panel, node: &Node, ink: Colour) -> Panel {
    // A dot of width w has a radius of 2 w points.
    let disc = |r: f64| r * POINT / 2.0;
    let panel = panel.scatter("", &[node.x], &[node.y], ink.width(disc(node.r))).scatter(
        "",
        &[node.x],
        &[node.y],
        ink.tint(0.12).width(disc(node.r - 0.35)),
    );
    let [first, second] = &node.label;
    let Some(below) = node.below else {
        return panel.label(node.x, node.y + 1.5, first, INK).label(node.x, node.y - 1.5, second, GUIDE);
    };
    let units = (UNITS * node.share).ceil().clamp(1.0, UNITS).min(node.size as f64);
    // Dots lie as the seeds of a sunflower, which is even for any number (Vogel 1979,
    // https://doi.org/10.1016/0025-5564(79)90080-4).
    let turn = std::f64::consts::PI * (3.0 - 5f64.sqrt());
    let at = |k: f64| {
        let (r, a) = ((node.r - 1.3) * ((k + 0.5) / units).sqrt(), k * turn);
        (node.x + r * a.cos(), node.y + r * a.sin())
    };
    let (x, y): (Vec<f64>, Vec<f64>) = (0..units as usize).map(|k| at(k as f64)).unzip();
    let panel = panel.scatter("", &x, &y, ink.tint(0.65).width(disc(0.42)));
    let (near, far) = (node.r + 1.9, node.r + 4.9);
    let (upper, lower) = if below { (-near, -far) } else { (far, near) };
    panel.label(node.x, node.y + upper, first, INK).label(node.x, node.y + lower, second, GUIDE)
}

/// Shortens a text to a width, mm. Dots replace letters in the middle, because names differ at their ends.
fn cut(text: &str, room: f64) -> String {
    let letters: Vec<char> = text.chars().collect();
    let shortened = |kept: usize| -> String {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        letters[..head].iter().chain(&['…']).chain(&letters[letters.len() - tail..]).collect()
    };
    // A sum of widths is not exact.
    let fits = |text: &str| note_width(text) <= room + 1e-9;
    if fits(text) {
        return text.into();
    }
    (2..letters.len()).rev().map(shortened).find(|text| fits(text)).unwrap_or_else(|| shortened(letters.len().min(2)))
}

/// Prints `25600` as `25,600`.
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let group = |(k, c): (usize, char)| {
        let comma = k > 0 && (digits.len() - k).is_multiple_of(3);
        [comma.then_some(','), Some(c)].into_iter().flatten()
    };
    digits.chars().enumerate().flat_map(group).collect()
}

fn three_digits(x: f64) -> String {
    let decimals = if x > 0.0 { (2.0 - x.log10().floor()).clamp(0.0, 6.0) as usize } else { 0 };
    format!("{x:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_in_the_middle_and_columns_do_not_touch() {
        let name = "internal-E-internal-I";
        let whole = note_width(name);
        assert_eq!(cut(name, whole), name);
        let less = cut(name, whole - 1.0);
        assert!(less.starts_with("internal-") && less.contains('…') && less.ends_with("ternal-I"), "{less}");
        assert!(note_width(&less) <= whole - 1.0);
        assert_eq!([cut(name, 0.0), cut("ab", 0.0), cut("", 0.0)], ["i…I", "a…b", ""]);
        // A table with long names and rules is as wide as the panel, one with short ones as wide as its texts.
        let line =
            |name: &str, rule: &str| (["12", name, rule, "1,234,567", "+0.0148 nS", "1–7"].map(String::from), INK);
        let sum = |lines: &[([String; 6], Colour)]| 0.5 + widths(lines).iter().sum::<f64>() + 5.0 * GAP;
        let (long, short) = (line(&name.repeat(2), "in-degree 20, by FLN, in area"), line("E", "all"));
        assert!((sum(&[long.clone(), short.clone()]) - WIDTH).abs() < 1e-9);
        assert!(sum(std::slice::from_ref(&short)) < WIDTH);
        assert_eq!(widths(std::slice::from_ref(&short))[1], note_width("E"));
        // What is never cut keeps its width.
        assert_eq!(widths(&[long, short])[3], note_width("1,234,567"));
    }

    #[test]
    fn numbers_as_printed() {
        assert_eq!([0, 999, 1000, 25_600, 1_234_567].map(thousands), ["0", "999", "1,000", "25,600", "1,234,567"]);
        assert_eq!([0.04592, 1.0, 87.8, 1234.5].map(three_digits), ["0.0459", "1.00", "87.8", "1234"]);
    }
}
