//! The figure of a fit or a prediction, on as many pages as it needs.

use super::ReportError;
use crate::predict::Predicted;
use crate::protocol::StimulusWindow;
use crate::recording::Sweep;
use crate::score::Role;
use brain_plot::{self as plot, Figure};

/// Name of the figure's files.
pub const FIGURE: &str = "fit";
/// A model's spike is drawn up to this potential, mV, where there is no recorded one.
const PEAK: f64 = 20.0;

/// Gives the potential of a model without spike shapes, with its spikes drawn up to the height of the recorded ones.
fn drawn(sweep: &Sweep, p: &Predicted) -> Vec<f64> {
    let mut v = p.free_mv.clone();
    let recorded = sweep.voltage_mv.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let peak = if recorded > 0.0 { recorded } else { PEAK };
    for t in &p.spikes_ms {
        let k = (t / sweep.dt_ms) as usize;
        if let Some(v) = v.get_mut(k) {
            *v = v.max(peak);
        }
    }
    v
}

/// Makes the pages of the figure `fit`: recorded and modelled potential of every sweep.
pub fn pages(title: &str, zoom_ms: f64, sweeps: &[(&Sweep, Predicted)]) -> Result<Vec<Figure>, ReportError> {
    struct Shown {
        title: String,
        time: Vec<f64>,
        model: Vec<f64>,
    }
    let shown: Vec<Shown> = sweeps
        .iter()
        .map(|(s, p)| Shown {
            title: match p.score.spikes_data {
                Some(n) => format!("Sweep {}: {} of {n} spikes", s.id, p.score.spikes_model),
                None => format!("Sweep {}: {} spikes", s.id, p.score.spikes_model),
            },
            time: (0..s.current_pa.len()).map(|k| k as f64 * s.dt_ms).collect(),
            model: drawn(s, p),
        })
        .collect();
    let panels: Vec<plot::SweepTraces> = sweeps
        .iter()
        .zip(&shown)
        .map(|((s, p), shown)| plot::SweepTraces {
            title: &shown.title,
            held_out: p.score.role == Role::Test,
            time_ms: &shown.time,
            current_pa: &s.current_pa,
            onset_ms: StimulusWindow::of(&s.current_pa, s.dt_ms).map_or(0.0, |window| window.onset_ms),
            v_data: s.voltage_mv.as_deref(),
            v_model: &shown.model,
        })
        .collect();
    Ok(plot::traces(title, &panels, zoom_ms)?)
}
