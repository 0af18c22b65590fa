//! This module draws the fractions of labelled neurons (FLN).

use crate::area::AreaMatrix;
use brain_plot::{Axis, Figure, Legend, MODEL, Panel, PanelRow, SECOND_MODEL, THIRD_MODEL};

impl AreaMatrix {
    /// Draws the distribution of FLN, and FLN over distance.
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
        let fln = Panel::new("Fractions of labelled neurons").x(Axis::new("log₁₀ FLN", "")).y(Axis::new("Density", ""));
        let fln = fln.density("projections", &logs, 0.0, SECOND_MODEL).line(
            "log-normal of the same mean and sd",
            &x,
            &y,
            MODEL,
        );
        let mut row = PanelRow::new(50.0).panel(fln);
        if !self.distance_mm.is_empty() {
            let d: Vec<f64> = links.iter().map(|k| self.distance_mm[*k]).collect();
            let mut panel = Panel::new("Exponential distance rule")
                .x(Axis::new("Distance", "mm"))
                .y(Axis::new("log₁₀ FLN", ""))
                .scatter("projections", &d, &logs, SECOND_MODEL.width(0.35));
            if let Some(slope) = s.distance_slope {
                let mean = brain_core::stats::mean(&d);
                let ends = [d.iter().copied().fold(f64::INFINITY, f64::min), d.iter().copied().fold(0.0, f64::max)];
                let fit = ends.map(|x| s.log10_mean - slope / std::f64::consts::LN_10 * (x - mean));
                panel = panel.line(&format!("{slope:.3} /mm"), &ends, &fit, THIRD_MODEL.width(1.2));
            }
            row = row.panel(panel);
        }
        Figure::new(title).legend(Legend::Panels).row(row)
    }
}
