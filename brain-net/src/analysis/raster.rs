//! This module draws the raster of a few neurons above the rates of all.

use crate::network::AnatomicalPopulation;
use brain_plot::{Axis, Colour, Figure, Legend, MODEL, Panel, PanelRow, SECOND_MODEL};

/// The raster has this many rows; more could not be told apart on paper.
const ROWS: usize = 240;
/// A population has at least this many rows.
const LEAST: usize = 12;
/// The bins of the rates have one of these widths, ms. The wider one is used where many curves would hide each other.
const BINS_MS: [f64; 2] = [5.0, 20.0];
/// The curves of at most this many populations have narrow bins.
const FEW: usize = 4;

struct Part {
    name: String,
    neurons: usize,
    colour: Colour,
    stride: usize,
    first: f64,
    counts: Vec<f64>,
    points: [Vec<f64>; 2],
}

/// A raster holds the spikes of evenly spaced neurons in an interval of time, and counts the spikes of all neurons in
/// each bin.
pub struct RasterPlot {
    from_ms: f64,
    until_ms: f64,
    bin_ms: f64,
    parts: Vec<Part>,
}

impl RasterPlot {
    /// Makes an empty raster of the populations for the times between `from_ms` and `until_ms`.
    pub fn new(populations: &[AnatomicalPopulation], from_ms: f64, until_ms: f64) -> Self {
        let total: usize = populations.iter().map(|p| p.size() as usize).sum();
        let bin_ms = BINS_MS[usize::from(populations.len() > FEW)];
        let (mut e, mut i, mut first) = (0, 0, 0.0);
        let part = |p: &AnatomicalPopulation| {
            let neurons = p.size() as usize;
            let rows = (ROWS * neurons / total.max(1)).max(LEAST);
            let stride = neurons.div_ceil(rows).max(1);
            // Populations of one sign have shades of one colour, so that layers can be told apart.
            let (shade, base) = match p.sign().factor() > 0.0 {
                true => (&mut e, SECOND_MODEL),
                false => (&mut i, MODEL),
            };
            let colour = base.tint([1.0, 0.75, 0.55, 0.4][*shade % 4]);
            *shade += 1;
            let start = first;
            first += neurons.div_ceil(stride) as f64;
            let counts = vec![0.0; ((until_ms - from_ms) / bin_ms).ceil().max(0.0) as usize];
            Part { name: p.name().into(), neurons, colour, stride, first: start, counts, points: [vec![], vec![]] }
        };
        Self { from_ms, until_ms, bin_ms, parts: populations.iter().map(part).collect() }
    }

    /// Returns the memory that the rates of some populations over a time, ms, take, bytes.
    pub fn bytes(populations: usize, ms: f64) -> f64 {
        // The figure holds times and rates beside the counts.
        3.0 * 8.0 * populations as f64 * ms / BINS_MS[usize::from(populations > FEW)]
    }

    /// Adds a spike; those outside the interval are ignored.
    pub fn spike(&mut self, population: usize, neuron: usize, ms: f64) {
        if !(ms > self.from_ms && ms <= self.until_ms) {
            return;
        }
        let part = &mut self.parts[population];
        if let Some(count) = part.counts.get_mut(((ms - self.from_ms) / self.bin_ms) as usize) {
            *count += 1.0;
        }
        if neuron.is_multiple_of(part.stride) {
            part.points[0].push(ms);
            part.points[1].push(part.first + (neuron / part.stride) as f64);
        }
    }

    /// Draws the figure.
    pub fn figure(&self, title: &str) -> Figure {
        let time = || Axis::new("Time", "ms").limits(self.from_ms, self.until_ms);
        let rows = self.parts.last().map_or(0.0, |p| p.first + p.neurons.div_ceil(p.stride) as f64);
        let shown = Axis::new("Neuron (evenly spaced)", "").whole().limits(-1.0, rows);
        let mut raster = Panel::new("Spikes").key("spikes").x(time()).y(shown);
        let silent = self.parts.iter().all(|p| p.counts.iter().all(|n| *n == 0.0));
        let hz = Axis::new("Rate", "Hz");
        let mut rates = Panel::new("").key("rates").x(time()).y(if silent { hz.limits(-0.05, 1.0) } else { hz });
        // The curves end with the last whole bin: a bin that is cut short would look like a fall of the rate.
        let whole = ((self.until_ms - self.from_ms) / self.bin_ms + 1e-9).floor().max(0.0) as usize;
        for p in self.parts.iter().filter(|p| p.neurons > 0) {
            raster = raster.raster(&p.name, &p.points[0], &p.points[1], p.colour.width(1.1));
            let counts = &p.counts[..whole.min(p.counts.len())];
            let x: Vec<f64> = (0..=counts.len()).map(|k| self.from_ms + self.bin_ms * k as f64).collect();
            let y: Vec<f64> =
                counts.iter().chain(counts.last()).map(|c| 1e3 * c / (p.neurons as f64 * self.bin_ms)).collect();
            rates = rates.step(&p.name, &x, &y, p.colour.width(0.8));
        }
        let rates = rates.formula(&format!("all neurons, bins of {} ms", self.bin_ms));
        Figure::new(title)
            .width_mm(150.0)
            .legend(Legend::Figure)
            .row(PanelRow::new(70.0).panel(raster))
            .row(PanelRow::new(28.0).panel(rates))
    }
}
