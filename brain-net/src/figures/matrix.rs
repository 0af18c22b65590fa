//! This module draws the connectivity matrix.

use super::colour;
use crate::network::{AnatomicalNetwork, Sign};
use brain_plot::{Axis, Figure, INK, Panel, PanelRow};

/// A matrix has about this many groups; more cells could not be told apart on paper.
const GROUPS: u32 = 120;
/// The neurons `first..end` of a population share a row and a column.
struct Bin {
    population: usize,
    first: u32,
    end: u32,
}

/// Returns the areas of the populations, or equal parts of populations that have none.
fn bins(network: &AnatomicalNetwork) -> Vec<Bin> {
    let total: u32 = network.populations().map(|p| p.size()).fold(0, u32::saturating_add).max(1);
    let mut bins = vec![];
    for (population, p) in network.populations().enumerate() {
        let parts =
            (u64::from(p.size()) * u64::from(GROUPS)).div_ceil(u64::from(total)).clamp(1, u64::from(p.size().max(1)));
        let cut = |k: u64| (u64::from(p.size()) * k / parts) as u32;
        match p.anatomy.segments.is_empty() {
            true => bins.extend((0..parts).map(|k| Bin { population, first: cut(k), end: cut(k + 1) })),
            false => bins.extend(p.anatomy.segments.iter().map(|s| Bin { population, first: s.start, end: s.end })),
        }
    }
    bins
}

impl AnatomicalNetwork {
    /// Draws the matrix of mean in-degrees between groups, which are areas in their order, or equal parts of
    /// populations without areas. Rows are presynaptic; a shade stands for a decade of the number of synapses that a
    /// postsynaptic neuron receives from the group.
    pub fn connectivity_figure(&self, title: &str) -> Figure {
        Figure::new(title).width_mm(130.0).row(PanelRow::new(105.0).panel(self.connectivity_panel()))
    }

    /// Draws the panel of [`AnatomicalNetwork::connectivity_figure`].
    pub(super) fn connectivity_panel(&self) -> Panel {
        let bins = bins(self);
        let n = bins.len();
        let of = |population: usize, neuron: u32| {
            let start = bins.partition_point(|b| b.population < population);
            start + bins[start..].partition_point(|b| b.population == population && b.end <= neuron)
        };
        let mut counts = vec![0u64; n * n];
        for p in &self.graph.projections {
            let post: Vec<u32> = (0..self.at(p.post).size()).map(|t| of(p.post, t) as u32).collect();
            for i in 0..p.rows() {
                let row = of(p.pre, i as u32) * n;
                p.edges.targets[p.row(i)].iter().for_each(|&t| counts[row + post[t as usize] as usize] += 1);
            }
        }
        let degree = |k: usize| counts[k] as f64 / f64::from((bins[k % n].end - bins[k % n].first).max(1));
        let most = (0..n * n).map(degree).fold(0.0, f64::max);
        let top = if most > 0.0 { most.log10().ceil() as i32 } else { 0 };
        let names = self.names(&bins);
        let axis = |label| Axis::new(label, "").limits(-0.5, n as f64 - 0.5).names(names.clone());
        let mut panel = Panel::new("").key("connectivity").x(axis("Postsynaptic")).y(axis("Presynaptic"));
        for sign in [Sign::Excitatory, Sign::Inhibitory] {
            // The faintest shade stands for all values below four decades.
            for (shade, decade) in (top - 4..top).enumerate() {
                let holds = |k: usize| {
                    let d = degree(k);
                    let d10 = if d > 0.0 { (d.log10().ceil() as i32).max(top - 3) } else { i32::MIN };
                    self.at(bins[k / n].population).sign() == sign && d10 == decade + 1
                };
                let cells: Vec<usize> = (0..n * n).filter(|&k| holds(k)).collect();
                if cells.is_empty() {
                    continue;
                }
                let upper = 10f64.powi(decade + 1);
                let range =
                    if shade == 0 { format!("up to {upper}") } else { format!("{} to {upper}", 10f64.powi(decade)) };
                let x: Vec<f64> = cells.iter().map(|k| (k % n) as f64).collect();
                let y: Vec<f64> = cells.iter().map(|k| (k / n) as f64).collect();
                let tint = colour(sign).tint([0.15, 0.35, 0.65, 1.0][shade]);
                panel = panel.cells(&format!("{} {range}", sign.name()), &x, &y, tint);
            }
        }
        for k in 1..n {
            if bins[k].population != bins[k - 1].population {
                let rule = INK.width(0.5);
                panel = panel.hline(k as f64 - 0.5, rule).vline(k as f64 - 0.5, rule);
            }
        }
        panel.formula("synapses that a neuron receives from a group; rows in the order of columns")
    }

    /// Returns the names along the axes: areas with their population, or a population at its middle.
    fn names(&self, bins: &[Bin]) -> Vec<(f64, String)> {
        let mut names = vec![];
        for (k, p) in self.populations().enumerate() {
            let (from, to) = (bins.partition_point(|b| b.population < k), bins.partition_point(|b| b.population <= k));
            match p.anatomy.segments.is_empty() {
                true => names.push(((from + to) as f64 / 2.0 - 0.5, p.name().into())),
                false => names.extend(
                    (from..).zip(&p.anatomy.segments).map(|(k, s)| (k as f64, format!("{} {}", p.name(), s.name))),
                ),
            }
        }
        names
    }
}
