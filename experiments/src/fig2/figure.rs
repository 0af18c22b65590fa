//! The panels of figure 2.

use super::Fit;
use super::procedure::{PLANE, Procedure};
use crate::contest::Target;
use crate::contest::cell::FreeRuns;
use anyhow::Result;
use brain_fit::fit::sweep::FitSweep;
use brain_plot::{Axis, CYCLE, Colour, Figure, GUIDE, Legend, MODEL, Panel, PanelRow, RECORDED};

/// Position of the sweep on which the fits are drawn.
pub const DRAWN: usize = 1;
/// Runs that are drawn beside the target.
const SIMULATED: usize = 6;
/// Position of the stimulus under which they run.
const STIMULUS: usize = 1;
/// Step of those runs, ms.
const STEP: f64 = 0.01;
/// Length of the arrow of the steepest gradient, as a part of the bounds.
const ARROW: f64 = 0.12;
/// Time that is drawn before the onset and after it, ms.
const AROUND: (f64, f64) = (50.0, 700.0);

/// Draws the figure.
pub fn figure(cell: &FreeRuns, procedure: &Procedure, fits: &[Fit]) -> Result<Figure> {
    let (voltages, currents) = data(cell);
    let mut voltage = PanelRow::new(24.0);
    let mut current = PanelRow::new(9.0);
    for panel in voltages {
        voltage = voltage.panel(panel);
    }
    for panel in currents {
        current = current.panel(panel);
    }
    let mut steps = PanelRow::new(30.0);
    for panel in [initialization(procedure), simulation(procedure)?, gradient(procedure), update(procedure)] {
        steps = steps.panel(panel);
    }
    let traces = fits.iter().enumerate().map(|(i, fit)| trace(cell, fit, colour(i)));
    let panels = traces.chain([curves(fits, "Runs", "", |mark| mark.runs, cell.success())]);
    let panels = panels.chain([curves(fits, "Time", "s", |mark| mark.seconds, cell.success())]);
    Ok(Figure::new("How a neuron is fitted: (A) cell B6, (B) the procedure, (C) one model of it by several optimisers")
        .legend(Legend::Hidden)
        .row(voltage.joined())
        .row(current)
        .row(steps)
        .grid(4, 26.0, panels))
}

fn colour(i: usize) -> Colour {
    // The last of the cycle is the colour of what was recorded.
    CYCLE[i % (CYCLE.len() - 1)]
}

/// Returns times and the range of samples that is drawn.
fn around(sweep: &FitSweep) -> (Vec<f64>, std::ops::Range<usize>) {
    let at = |t: f64| ((t / sweep.dt).max(0.0) as usize).min(sweep.voltage.len());
    let range = at(sweep.onset - AROUND.0)..at(sweep.onset + AROUND.1);
    (range.clone().map(|k| k as f64 * sweep.dt - sweep.onset).collect(), range)
}

/// (A): the recorded potential and the current of each sweep, and an enlargement of the last.
fn data(cell: &FreeRuns) -> (Vec<Panel>, Vec<Panel>) {
    let (mut voltages, mut currents) = (Vec::new(), Vec::new());
    let last = cell.sweeps().last();
    for (k, sweep) in cell.sweeps().iter().chain(last).enumerate() {
        let enlarged = k == cell.sweeps().len();
        let (t, range) = around(sweep);
        let across = match enlarged {
            true => Axis::new("Time", "ms").limits(-5.0, 60.0),
            false => Axis::new("Time", "ms").limits(-AROUND.0, AROUND.1),
        };
        let (title, key) = match enlarged {
            true => (format!("{}, enlarged", sweep.id), "A enlarged".to_owned()),
            false if k == 0 => (format!("(A) sweep {}", sweep.id), "A".to_owned()),
            false => (format!("sweep {}", sweep.id), format!("A {}", sweep.id)),
        };
        let panel = Panel::new(&title).key(&key).x(across.clone()).y(Axis::new("Voltage", "mV").limits(-85.0, 45.0));
        let panel = panel.line("recorded", &t, &sweep.voltage[range.clone()], RECORDED.width(0.5));
        voltages.push(if enlarged { panel.without_table() } else { panel });
        let pa: Vec<f64> = sweep.current[range].iter().map(|i| i / cell.per_pa()).collect();
        let panel = Panel::new("").key(&format!("{key} current")).x(across);
        let panel = panel.y(Axis::new("Current", "pA").limits(-80.0, 450.0)).step("current", &t, &pa, RECORDED);
        currents.push(if enlarged { panel.without_table() } else { panel });
    }
    (voltages, currents)
}

/// Returns an empty panel of the plane of two parameters, with the truth.
fn plane(p: &Procedure, title: &str) -> Panel {
    let axis = |a: usize| {
        let (name, unit, low) = p.target.value(a, 0.0);
        Axis::new(name, unit).limits(low, p.target.value(a, 1.0).2)
    };
    let truth = p.target.truth();
    let [x, y] = PLANE.map(|a| p.target.value(a, truth[a]).2);
    Panel::new(title).x(axis(PLANE[0])).y(axis(PLANE[1])).vline(x, GUIDE.width(0.3)).hline(y, GUIDE.width(0.3))
}

/// Returns the two columns of points of the plane.
fn points(p: &Procedure, places: &[Vec<f64>]) -> [Vec<f64>; 2] {
    PLANE.map(|a| places.iter().map(|z| p.target.value(a, z[a]).2).collect())
}

fn initialization(p: &Procedure) -> Panel {
    let [x, y] = points(p, &p.starts);
    plane(p, "(B) initialization")
        .formula(&format!("{} random starts", p.starts.len()))
        .scatter("starts", &x, &y, MODEL)
}

fn simulation(p: &Procedure) -> Result<Panel> {
    let t: Vec<f64> = (1..=p.target.traces[STIMULUS].len()).map(|k| k as f64 * STEP).collect();
    let mut panel = Panel::new("simulation").formula("the starts beside the target (black)");
    panel = panel.x(Axis::new("Time", "ms")).y(Axis::new("Voltage", "mV"));
    for (i, runs) in p.target.runs(&p.starts[..SIMULATED])?.iter().enumerate() {
        panel = panel.line(&format!("start {}", i + 1), &t, &runs[STIMULUS], MODEL.tint(0.5).width(0.5));
    }
    Ok(panel.line("target", &t, &p.target.traces[STIMULUS], RECORDED))
}

/// Arrows against the gradient, as long as the logarithm of its size says.
fn gradient(p: &Procedure) -> Panel {
    let sizes: Vec<f64> = p.gradients.iter().map(|g| PLANE.iter().map(|&a| g[a] * g[a]).sum::<f64>().sqrt()).collect();
    let most = sizes.iter().copied().fold(0.0, f64::max).ln_1p().max(f64::MIN_POSITIVE);
    let [x, y] = points(p, &p.starts);
    let (mut lines_x, mut lines_y) = (Vec::new(), Vec::new());
    for ((start, g), size) in p.starts.iter().zip(&p.gradients).zip(&sizes).filter(|(_, size)| **size > 0.0) {
        let length = ARROW * size.ln_1p() / most;
        let mut end = start.clone();
        PLANE.iter().for_each(|&a| end[a] = (end[a] - length * g[a] / size).clamp(0.0, 1.0));
        let [from_to_x, from_to_y] = points(p, &[start.clone(), end]);
        lines_x.extend(from_to_x.into_iter().chain([f64::NAN]));
        lines_y.extend(from_to_y.into_iter().chain([f64::NAN]));
    }
    let panel = plane(p, "gradient").formula("downhill from each start").scatter("starts", &x, &y, MODEL.width(0.5));
    panel.line("against the gradient", &lines_x, &lines_y, MODEL)
}

fn update(p: &Procedure) -> Panel {
    let found = p.losses.iter().filter(|loss| **loss < p.target.success()).count();
    let words = format!("{found} of {} starts below {} mV²", p.losses.len(), p.target.success());
    let mut panel = plane(p, "update").formula(&words);
    for start in 0..p.starts.len() {
        let path: Vec<Vec<f64>> = p.updates.iter().map(|places| places[start].clone()).collect();
        let [x, y] = points(p, &path);
        panel = panel.line(&format!("start {}", start + 1), &x, &y, MODEL.tint(0.5).width(0.4));
    }
    let [x, y] = points(p, &p.updates[p.updates.len() - 1]);
    panel.scatter("found", &x, &y, MODEL)
}

/// (C): a fitted potential over the recorded one.
fn trace(cell: &FreeRuns, fit: &Fit, colour: Colour) -> Panel {
    let sweep = &cell.sweeps()[DRAWN];
    let (t, range) = around(sweep);
    let first = fit.name == "l-bfgs-b";
    let title = if first { format!("(C) {}", fit.name) } else { fit.name.to_owned() };
    Panel::new(&title)
        .key(&format!("C {}", fit.name))
        .formula(&format!("loss {:.0}", fit.finished.loss))
        .x(Axis::new("Time", "ms").limits(-AROUND.0, AROUND.1))
        .y(Axis::new("Voltage", "mV").limits(-100.0, 60.0))
        .line("recorded", &t, &sweep.voltage[range.clone()], RECORDED.width(0.4))
        .line(fit.name, &t, &fit.potential[range], colour.width(0.5))
}

/// (C): the least loss against what was spent.
fn curves(fits: &[Fit], label: &str, unit: &str, spent: fn(&crate::contest::Mark) -> f64, success: f64) -> Panel {
    let mut panel = Panel::new("least loss so far").key(&format!("C loss {label}"));
    panel = panel.x(Axis::new(label, unit).log()).y(Axis::new("Loss", "").log()).hline(success, GUIDE.dashed());
    for (i, fit) in fits.iter().enumerate() {
        let x: Vec<f64> = fit.finished.curve.iter().map(spent).collect();
        let y: Vec<f64> = fit.finished.curve.iter().map(|mark| mark.loss).collect();
        panel = match x.len() {
            // Only the end of a strategy's fit is on this scale.
            1 => panel.scatter(fit.name, &x, &y, colour(i).width(1.2)),
            _ => panel.step(fit.name, &x, &y, colour(i)),
        };
    }
    panel
}
