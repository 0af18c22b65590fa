//! This module places the circles and arrows of an architecture, in mm.

use super::Readout;
use crate::network::{AnatomicalNetwork, AnatomicalPopulation, Sign};

/// The drawing is this wide, mm.
pub(super) const WIDTH: f64 = 92.0;
/// The drawing is this high, mm.
pub(super) const HEIGHT: f64 = 66.0;
/// A curve is drawn through this many points.
const POINTS: usize = 120;

/// A circle stands for a population or for the readout.
pub(super) struct Node {
    pub(super) population: Option<usize>,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) r: f64,
    pub(super) size: u64,
    /// This is the size relative to that of the largest population.
    pub(super) share: f64,
    pub(super) label: [String; 2],
    /// The label is below the circle where this is true and above it where it is false; it is inside where this is
    /// `None`.
    pub(super) below: Option<bool>,
}

/// A curve stands for a projection, or leads to the readout, from the edge of one circle to that of another.
pub(super) struct Arrow {
    pub(super) projection: Option<usize>,
    pub(super) inhibits: bool,
    pub(super) points: Vec<(f64, f64)>,
}

impl Arrow {
    pub(super) fn middle(&self) -> (f64, f64) {
        self.points.get(self.points.len() / 2).copied().unwrap_or_default()
    }
}

/// A frame is a rectangle with these edges, mm.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) top: f64,
}

/// Everything in a drawing has its place here.
pub(super) struct Placement {
    /// The circles are in the order of the populations, with the readout last.
    pub(super) nodes: Vec<Node>,
    pub(super) arrows: Vec<Arrow>,
    /// A frame surrounds the recurrent populations.
    pub(super) frame: Frame,
}

/// Places the populations, the projections and the readout.
pub(super) fn place(network: &AnatomicalNetwork, readout: Option<&Readout>) -> Placement {
    let members = |sign: Option<Sign>| -> Vec<usize> {
        let all = network.populations().enumerate();
        all.filter(|(_, p)| p.is_input() == sign.is_none() && sign.is_none_or(|s| p.sign() == s)).map(|p| p.0).collect()
    };
    let (inputs, mut e, i) = (members(None), members(Some(Sign::Excitatory)), members(Some(Sign::Inhibitory)));
    let few = e.len() <= 1 && i.len() <= 1;
    let (left, right) =
        (if inputs.is_empty() { 3.0 } else { 24.0 }, WIDTH - if readout.is_some() { 22.0 } else { 3.0 });
    let middle = (left + right) / 2.0;
    let mut columns = vec![(10.0, inputs)];
    if few {
        e.extend(i);
        columns.push((middle - 3.0, e));
    } else {
        let apart = (right - left) * 0.24;
        columns.extend([(middle - apart, e), (middle + apart, i)]);
    }
    let most = network.populations().map(|p| p.size()).max().unwrap_or(1).max(1);
    let mut places = vec![(0.0, 0.0, 0.0, None); network.anatomy.len()];
    for (x, column) in &columns {
        let pitch = (HEIGHT - 12.0) / column.len().max(1) as f64;
        let r = (if few { 0.25 } else { 0.36 } * pitch).min(8.0);
        for (row, &k) in column.iter().enumerate() {
            let y = HEIGHT - 4.0 - pitch * (row as f64 + 0.5);
            let small = (f64::from(network.at(k).size()) / f64::from(most)).powf(0.25);
            let below = column.len() == 2 && row == 1;
            places[k] = if few { (*x, y, r * small.max(0.6), Some(below)) } else { (*x, y, r, None) };
        }
    }
    let node = |(k, p): (usize, AnatomicalPopulation)| {
        let (x, y, r, below) = places[k];
        let model = if p.is_input() { "u(t)" } else { p.model() };
        let (size, share) = (u64::from(p.size()), f64::from(p.size()) / f64::from(most));
        let label = match few {
            true => [format!("{}: {size}", p.name()), model.to_owned()],
            false => [p.name().into(), size.to_string()],
        };
        Node { population: Some(k), x, y, r, size, share, label, below }
    };
    let mut nodes: Vec<Node> = network.populations().enumerate().map(node).collect();
    if let Some(readout) = readout {
        let label = [format!("readout: {}", readout.outputs), "z(t)".into()];
        let (x, y, size) = (WIDTH - 9.0, HEIGHT / 2.0, readout.outputs);
        nodes.push(Node { population: None, x, y, r: 4.0, size, share: 1.0, label, below: Some(false) });
    }
    let arrows = arrows(network, readout, &nodes, few);
    Placement { nodes, arrows, frame: Frame { left, right, bottom: 1.0, top: HEIGHT - 1.0 } }
}

fn arrows(network: &AnatomicalNetwork, readout: Option<&Readout>, nodes: &[Node], few: bool) -> Vec<Arrow> {
    let mut pairs: Vec<(usize, usize)> = vec![];
    let mut all = vec![];
    for (k, p) in network.graph.projections.iter().enumerate().filter(|(_, p)| p.synapses() > 0) {
        let (a, b) = (p.pre, p.post);
        let before = pairs.iter().filter(|q| **q == (a, b)).count() as f64;
        let back = network.graph.projections.iter().any(|q| (q.pre, q.post) == (b, a));
        pairs.push((a, b));
        let points = match a == b {
            true => ring(&nodes[a], if few { 1.0 } else { 0.45 }, before),
            false => bow(&nodes[a], &nodes[b], if back || before > 0.0 { 0.22 + 0.16 * before } else { 0.0 }),
        };
        all.push(Arrow { projection: Some(k), inhibits: p.sign == Sign::Inhibitory, points });
    }
    if let (Some(readout), Some(last)) = (readout, nodes.last()) {
        let one = |&k: &usize| Arrow { projection: None, inhibits: false, points: bow(&nodes[k], last, 0.0) };
        all.extend(readout.from.iter().map(one));
    }
    all
}

/// Returns a loop at the right of a circle; it grows with the number of loops `before` it.
fn ring(n: &Node, scale: f64, before: f64) -> Vec<(f64, f64)> {
    let reach = n.r + (19.0 + 13.0 * before) * scale;
    let half = 0.42 + 0.14 * before;
    let at = |angle: f64| (n.x + reach * angle.cos(), n.y + reach * angle.sin());
    let (c, d) = (at(half), at(-half));
    let point = |k: usize| {
        let t = k as f64 / POINTS as f64;
        let mix = |p: f64, q: f64, r: f64| {
            (1.0 - t).powi(3) * p + 3.0 * (1.0 - t).powi(2) * t * q + 3.0 * (1.0 - t) * t * t * r + t.powi(3) * p
        };
        (mix(n.x, c.0, d.0), mix(n.y, c.1, d.1))
    };
    let free = |p: &(f64, f64)| (p.0 - n.x).hypot(p.1 - n.y) > n.r + 0.9;
    (0..=POINTS).map(point).filter(free).collect()
}

/// Returns a curve between two circles, bent to its left by the fraction `bend` of its length.
fn bow(a: &Node, b: &Node, bend: f64) -> Vec<(f64, f64)> {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let control = ((a.x + b.x) / 2.0 - 2.0 * bend * dy, (a.y + b.y) / 2.0 + 2.0 * bend * dx);
    let point = |k: usize| {
        let t = k as f64 / POINTS as f64;
        let mix = |p: f64, q: f64, r: f64| (1.0 - t).powi(2) * p + 2.0 * (1.0 - t) * t * q + t * t * r;
        (mix(a.x, control.0, b.x), mix(a.y, control.1, b.y))
    };
    let outside = |n: &Node, p: &(f64, f64)| (p.0 - n.x).hypot(p.1 - n.y) > n.r + 0.9;
    (0..=POINTS).map(point).filter(|p| outside(a, p) && outside(b, p)).collect()
}
