//! The connectivity matrix, and distributions of degrees, weights and delays.

use crate::area::AreaMatrix;
use crate::network::{Delays, Network, Sign};
use brain_core::plot::{Axis, CYCLE, Colour, Figure, GUIDE, Legend, MODEL, Panel, Row, SECOND_MODEL, THIRD_MODEL};

/// Most groups of a matrix: more than about this many cells cannot be told apart on paper.
const GROUPS: u32 = 120;
/// Most values in a histogram.
const VALUES: usize = 200_000;

/// Neurons `first..end` of a population that are one row and column.
struct Bin {
    population: usize,
    first: u32,
    end: u32,
}

/// Areas, or stretches of populations that have none.
fn bins(network: &Network) -> Vec<Bin> {
    let total: u32 = network.populations.iter().map(|p| p.size).fold(0, u32::saturating_add).max(1);
    let mut bins = vec![];
    for (population, p) in network.populations.iter().enumerate() {
        let parts =
            (u64::from(p.size) * u64::from(GROUPS)).div_ceil(u64::from(total)).clamp(1, u64::from(p.size.max(1)));
        let cut = |k: u64| (u64::from(p.size) * k / parts) as u32;
        match p.segments.is_empty() {
            true => bins.extend((0..parts).map(|k| Bin { population, first: cut(k), end: cut(k + 1) })),
            false => bins.extend(p.segments.iter().map(|s| Bin { population, first: s.start, end: s.end })),
        }
    }
    bins
}

impl Network {
    /// The matrix of mean in-degrees between groups: areas in their order, or equal stretches of populations without
    /// areas. Rows are presynaptic; a shade is a decade of synapses that a postsynaptic neuron receives from the group.
    pub fn connectivity_figure(&self, title: &str) -> Figure {
        let bins = bins(self);
        let n = bins.len();
        let of = |population: usize, neuron: u32| {
            let start = bins.partition_point(|b| b.population < population);
            start + bins[start..].partition_point(|b| b.population == population && b.end <= neuron)
        };
        let mut counts = vec![0u64; n * n];
        for p in &self.projections {
            let post: Vec<u32> = (0..self.populations[p.target].size).map(|t| of(p.target, t) as u32).collect();
            for i in 0..p.rows() {
                let row = of(p.source, i as u32) * n;
                p.targets[p.row(i)].iter().for_each(|&t| counts[row + post[t as usize] as usize] += 1);
            }
        }
        let degree = |k: usize| counts[k] as f64 / f64::from((bins[k % n].end - bins[k % n].first).max(1));
        let most = (0..n * n).map(degree).fold(0.0, f64::max);
        let top = if most > 0.0 { most.log10().ceil() as i32 } else { 0 };
        let axis = |label| Axis::new(label, "").limits(-0.5, n as f64 - 0.5);
        let mut panel = Panel::new("").key("connectivity").x(axis("Postsynaptic group")).y(axis("Presynaptic group"));
        for (sign, colour) in [(Sign::Excitatory, SECOND_MODEL), (Sign::Inhibitory, MODEL)] {
            // The faintest shade holds everything below four decades.
            for (shade, decade) in (top - 4..top).enumerate() {
                let holds = |k: usize| {
                    let d = degree(k);
                    let d10 = if d > 0.0 { (d.log10().ceil() as i32).max(top - 3) } else { i32::MIN };
                    self.populations[bins[k / n].population].sign == sign && d10 == decade + 1
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
                let tint = colour.tint([0.15, 0.35, 0.65, 1.0][shade]);
                panel = panel.cells(&format!("{} {range}", sign.name()), &x, &y, tint);
            }
        }
        for (k, p) in self.populations.iter().enumerate() {
            let (from, to) = (bins.partition_point(|b| b.population < k), bins.partition_point(|b| b.population <= k));
            panel = panel.span(from as f64 - 0.5, to as f64 - 0.5, &p.name, Colour(255, 255, 255));
        }
        for k in 1..n {
            if bins[k].population != bins[k - 1].population {
                let rule = GUIDE.width(0.5);
                panel = panel.level(k as f64 - 0.5, rule).moment(k as f64 - 0.5, rule);
            }
        }
        let panel =
            panel.formula("synapses that a postsynaptic neuron receives from the group; rows in the order of columns");
        Figure::new(title).width_mm(130.0).row(Row::new(105.0).panel(panel))
    }

    /// Histograms of in- and out-degrees, of the logarithms of weights, and of delays, one colour a projection.
    pub fn distribution_figure(&self, title: &str) -> Figure {
        let mut panels = [
            Panel::new("In-degree").x(Axis::new("Synapses received", "")).y(Axis::new("Density", "")),
            Panel::new("Out-degree").x(Axis::new("Synapses made", "")).y(Axis::new("Density", "")),
            Panel::new("Weights").x(Axis::new("log10 of the magnitude", "")).y(Axis::new("Density", "")),
            Panel::new("Delays").x(Axis::new("Delay", "ms")).y(Axis::new("Density", "")),
        ];
        let mut order: Vec<_> = self.projections.iter().filter(|p| p.synapses() > 0).collect();
        order.sort_by_key(|p| std::cmp::Reverse(p.synapses()));
        let scattered = order.iter().any(|p| matches!(p.delays, Delays::PerEdge(_)));
        for (p, colour) in order.into_iter().zip(CYCLE) {
            let stride = p.synapses().div_ceil(VALUES).max(1);
            let thin = || (0..p.synapses()).step_by(stride);
            let degrees = |d: Vec<u32>| d.into_iter().map(f64::from).collect::<Vec<_>>();
            let logs = thin().map(|k| f64::from(p.weights[k])).filter(|w| *w > 0.0).map(f64::log10).collect();
            let columns = [
                degrees(p.in_degrees(self.populations[p.target].size)),
                degrees(p.out_degrees()),
                logs,
                thin().map(|k| f64::from(p.delays.of(k)) * self.dt_ms).collect(),
            ];
            let quanta = [1.0, 1.0, 0.0, self.dt_ms];
            // One delay of all is a line beside distributions of others.
            let rule = matches!(p.delays, Delays::Uniform(_)) && scattered;
            if rule {
                let ms = f64::from(p.delays.range().0) * self.dt_ms;
                panels[3] = std::mem::take(&mut panels[3]).moment(ms, colour.width(1.2));
            }
            let shown = if rule { 3 } else { 4 };
            for ((panel, values), quantum) in panels.iter_mut().zip(columns).zip(quanta).take(shown) {
                *panel = density(std::mem::take(panel), &p.name, &values, quantum, colour);
            }
        }
        Figure::new(title).grid(2, 38.0, panels)
    }
}

impl AreaMatrix {
    /// The distribution of FLN, and FLN over distance.
    pub fn figure(&self, title: &str) -> Figure {
        let n = self.areas();
        let links: Vec<usize> = (0..n * n).filter(|k| self.fln[*k] > 0.0).collect();
        let logs: Vec<f64> = links.iter().map(|k| self.fln[*k].log10()).collect();
        let s = self.statistics();
        let normal = |x: f64| {
            let z = (x - s.log10_mean) / s.log10_sd;
            (-0.5 * z * z).exp() / (s.log10_sd * std::f64::consts::TAU.sqrt())
        };
        let (low, high) = (s.least.log10(), s.greatest.log10());
        let x: Vec<f64> = (0..=120).map(|k| low + (high - low) * f64::from(k) / 120.0).collect();
        let y: Vec<f64> = x.iter().map(|x| normal(*x)).collect();
        let fln = Panel::new("Fractions of labelled neurons").x(Axis::new("log10 FLN", "")).y(Axis::new("Density", ""));
        let fln = density(fln, "projections", &logs, 0.0, SECOND_MODEL).line(
            "log-normal of the same mean and sd",
            &x,
            &y,
            MODEL,
        );
        let mut row = Row::new(50.0).panel(fln);
        if !self.distance_mm.is_empty() {
            let d: Vec<f64> = links.iter().map(|k| self.distance_mm[*k]).collect();
            let mut panel = Panel::new("Exponential distance rule")
                .x(Axis::new("Distance", "mm"))
                .y(Axis::new("log10 FLN", ""))
                .scatter("projections", &d, &logs, SECOND_MODEL.width(0.35));
            if let Some(slope) = s.distance_slope {
                let (mean, _) = crate::area::moments(&d);
                let ends = [d.iter().copied().fold(f64::INFINITY, f64::min), d.iter().copied().fold(0.0, f64::max)];
                let fit = ends.map(|x| s.log10_mean - slope / std::f64::consts::LN_10 * (x - mean));
                panel = panel.line(&format!("{slope:.3} /mm"), &ends, &fit, THIRD_MODEL.width(1.2));
            }
            row = row.panel(panel);
        }
        Figure::new(title).legend(Legend::Panels).row(row)
    }
}

/// A histogram as a staircase of densities. Values that are multiples of `quantum` get bins of whole multiples, so that no
/// bin holds more of them than its neighbour by chance of place; 0 where values are continuous.
fn density(panel: Panel, name: &str, values: &[f64], quantum: f64, colour: Colour) -> Panel {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    if values.is_empty() {
        return panel;
    }
    let mut width = (high - low) / 40.0;
    if quantum > 0.0 {
        width = (width / quantum).ceil().max(1.0) * quantum;
    } else if width == 0.0 {
        width = low.abs().max(1.0) * 0.02;
    }
    let start = low - if quantum > 0.0 { quantum } else { width } / 2.0;
    let mut counts = vec![0.0; ((high - start) / width) as usize + 1];
    values.iter().for_each(|v| counts[((v - start) / width) as usize] += 1.0);
    let (mut x, mut y) = (vec![start - width], vec![0.0]);
    for (k, count) in counts.iter().enumerate() {
        x.push(start + k as f64 * width);
        y.push(count / (values.len() as f64 * width));
    }
    let end = start + counts.len() as f64 * width;
    x.extend([end, end + width]);
    y.extend([0.0; 2]);
    panel.step(name, &x, &y, colour)
}
