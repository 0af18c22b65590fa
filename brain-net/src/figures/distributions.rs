//! This module draws the distributions of degrees, weights and delays.

use super::colour;
use crate::network::{AnatomicalNetwork, Delays, Projection, Sign};
use brain_plot::{Axis, CYCLE, Figure, Panel};

/// A histogram is made of at most this many values.
const VALUES: usize = 200_000;

impl AnatomicalNetwork {
    /// Draws histograms of in- and out-degrees, of the logarithms of weights, and of delays, with a colour for each
    /// projection.
    pub fn distribution_figure(&self, title: &str) -> Figure {
        let mut panels = [
            Panel::new("In-degree").x(Axis::new("Synapses received", "")).y(Axis::new("Density", "")),
            Panel::new("Out-degree").x(Axis::new("Synapses made", "")).y(Axis::new("Density", "")),
            Panel::new("Weights").x(Axis::new("log₁₀ of the magnitude", "")).y(Axis::new("Density", "")),
            Panel::new("Delays").x(Axis::new("Delay", "ms")).y(Axis::new("Density", "")),
        ];
        let mut order: Vec<_> = self.graph.projections.iter().filter(|p| p.synapses() > 0).collect();
        order.sort_by_key(|p| std::cmp::Reverse(p.synapses()));
        if order.len() > CYCLE.len() {
            let note = format!("the {} largest of {} projections", CYCLE.len(), order.len());
            panels[0] = std::mem::take(&mut panels[0]).formula(&note);
        }
        let scattered = order.iter().any(|p| matches!(p.edges.delays, Delays::Each(_)));
        for ((k, p), colour) in order.into_iter().enumerate().zip(CYCLE) {
            // Later curves are thinner, so that equal curves below them can be seen.
            let stroke = colour.width(2.0 - 0.25 * k as f64);
            let stride = p.synapses().div_ceil(VALUES).max(1);
            let thin = || (0..p.synapses()).step_by(stride);
            let degrees = |d: Vec<u32>| d.into_iter().map(f64::from).collect::<Vec<_>>();
            let columns = [
                degrees(p.in_degrees(self.at(p.post).size())),
                degrees(p.out_degrees()),
                logs(p),
                thin().map(|k| f64::from(p.edges.delays.of(k)) * self.graph.dt).collect(),
            ];
            let quanta = [1.0, 1.0, 0.0, self.graph.dt];
            // A projection with a single delay is a line beside the distributions of the others.
            let rule = matches!(p.edges.delays, Delays::Uniform(_)) && scattered;
            if rule {
                let ms = f64::from(p.edges.delays.range().0) * self.graph.dt;
                panels[3] = std::mem::take(&mut panels[3]).vline(ms, stroke);
            }
            let shown = if rule { 3 } else { 4 };
            for ((panel, values), quantum) in panels.iter_mut().zip(columns).zip(quanta).take(shown) {
                *panel = std::mem::take(panel).density(&p.name, &values, quantum, stroke);
            }
        }
        Figure::new(title).grid(2, 38.0, panels)
    }
}

/// Draws the logarithms of the weights of each sign, of all projections together; their `unit` is shown where all have
/// the same.
pub(super) fn weights_panel(network: &AnatomicalNetwork, unit: &dyn Fn(&Projection) -> Option<&'static str>) -> Panel {
    let mut units = network.graph.projections.iter().filter(|p| p.synapses() > 0).map(unit);
    let first = units.next().flatten();
    let unit = first.filter(|first| units.all(|unit| unit == Some(*first)));
    let label =
        unit.map_or_else(|| "log₁₀ of the magnitude".into(), |unit| format!("log₁₀ of the magnitude in {unit}"));
    let panel = Panel::new("Weights").x(Axis::new(&label, "")).y(Axis::new("Density", ""));
    [Sign::Excitatory, Sign::Inhibitory].into_iter().fold(panel, |panel, sign| {
        let all: Vec<f64> = network.graph.projections.iter().filter(|p| p.sign == sign).flat_map(logs).collect();
        panel.density(sign.name(), &all, 0.0, colour(sign))
    })
}

/// Returns the logarithms of magnitudes, of evenly spaced ones where there are many.
fn logs(p: &Projection) -> Vec<f64> {
    let thin = (0..p.synapses()).step_by(p.synapses().div_ceil(VALUES).max(1));
    thin.map(|k| f64::from(p.edges.weights.of(k))).filter(|w| *w > 0.0).map(f64::log10).collect()
}
