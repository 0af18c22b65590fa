//! This module draws pictures of trials.

use super::{Batch, Goal, Inputs, Target, Task, TaskShape, Trial};
use brain_plot::{Axis, CYCLE, Figure, GUIDE, Legend, Panel, PanelRow, SHADE, Stroke};
use kernels::network::bptt::Raster;

/// Draws what is shown to the network in trial `b` of a batch, with the phases, above the answer that it should give.
pub fn draw(task: &dyn Task, batch: &Batch, b: usize) -> Figure {
    let shape = task.shape();
    let Some(trial) = batch.trials.get(b) else { return Figure::new(task.name()) };
    let end = shape.steps as f64 * shape.dt_ms;
    let time = || Axis::new("Time", "ms").limits(0.0, end);
    let input = marked(input(shape, batch, b).key("input"), shape, trial, true).x(time());
    let answer = marked(wanted(shape, trial).key("answer"), shape, trial, false).x(time());
    let (what, unit) = shape.psychometric;
    let value = format!("{what}: {} {unit}", (trial.psychometric * 1e3).round() / 1e3).replace('-', "−");
    let condition = if trial.condition.is_empty() { String::new() } else { format!("{}; ", trial.condition) };
    Figure::new(&format!("{}: {condition}{}", task.name(), value.trim_end()))
        .width_mm(150.0)
        .legend(Legend::Panels)
        .row(PanelRow::new(60.0).panel(input).joined())
        .row(PanelRow::new(18.0).panel(answer))
}

/// Draws what is shown in trial `b` of a batch: spikes or rates over time in ms, by group of channels. The panel is
/// empty where there is no such trial.
pub fn input(shape: &TaskShape, batch: &Batch, b: usize) -> Panel {
    match (&batch.inputs, batch.trials.get(b)) {
        (_, None) => Panel::new(""),
        (Inputs::Spikes(raster), _) => spikes(shape, raster, batch.size(), b),
        (Inputs::Rates(_), Some(trial)) => rates(shape, trial),
    }
}

/// Shades every other phase of a panel over time in ms, or every other stretch between the events of the trial where it
/// has some, with their names where labels are wanted.
pub fn marked(mut panel: Panel, shape: &TaskShape, trial: &Trial, labels: bool) -> Panel {
    let mut parts: Vec<_> = match &trial.events[..] {
        [] => shape.phases.iter().map(|p| (p.name, p.steps.start)).collect(),
        events => [("", 0)].into_iter().chain(events.iter().map(|e| (e.name, e.step))).collect(),
    };
    parts.push(("", shape.steps));
    parts.dedup_by(|next, last| {
        let empty = next.1 == last.1;
        if empty {
            last.0 = next.0;
        }
        empty
    });
    for (k, part) in parts.windows(2).enumerate() {
        let [from, to] = [part[0].1, part[1].1].map(|t| t as f64 * shape.dt_ms);
        let colour = if k % 2 == 0 { SHADE } else { SHADE.tint(0.0) };
        panel = panel.span(from, to, if labels { part[0].0 } else { "" }, colour);
    }
    panel
}

/// Chooses the stroke of a name: a group and an answer of the same name have one colour, and noise is grey.
fn stroke(shape: &TaskShape, name: &str, k: usize, width: f64) -> Stroke {
    match shape.groups.iter().position(|g| g.name == name) {
        _ if name == "noise" => GUIDE.width(width),
        Some(k) => CYCLE[k % CYCLE.len()].width(width),
        None => CYCLE[CYCLE.len() - 1 - k % CYCLE.len()].width(width),
    }
}

fn spikes(shape: &TaskShape, raster: &Raster, size: usize, b: usize) -> Panel {
    let top = shape.channels() as f64;
    let mut panel = Panel::new("").y(Axis::new("Input channel", "").whole().limits(-1.0, top));
    for (k, group) in shape.groups.iter().enumerate() {
        let (mut x, mut y) = (vec![], vec![]);
        for t in 0..shape.steps {
            let at = t * size + b;
            for &c in &raster.neurons[raster.starts[at]..raster.starts[at + 1]] {
                if group.range.contains(&(c as usize)) {
                    x.push(t as f64 * shape.dt_ms);
                    y.push(f64::from(c));
                }
            }
        }
        panel = panel.raster(group.name, &x, &y, stroke(shape, group.name, k, 0.8));
    }
    panel
}

/// Draws the rate of each group's first channel, as all of a group are alike.
fn rates(shape: &TaskShape, trial: &Trial) -> Panel {
    let x: Vec<f64> = (0..=shape.steps).map(|t| t as f64 * shape.dt_ms).collect();
    let mut panel = Panel::new("").y(Axis::new("Rate of a channel", "Hz"));
    for (k, group) in shape.groups.iter().enumerate() {
        let mut y = vec![0.0; x.len()];
        for s in trial.input.iter().filter(|s| s.channels.contains(&group.range.start)) {
            y[s.steps.clone()].fill(s.hz);
        }
        // The last value holds to the end of its step.
        y[shape.steps] = y[shape.steps - 1];
        panel = panel.step(group.name, &x, &y, stroke(shape, group.name, k, 1.0));
    }
    panel
}

/// Draws the outputs that are wanted, in the window.
fn wanted(shape: &TaskShape, trial: &Trial) -> Panel {
    let outputs = shape.outputs();
    let x: Vec<f64> = (shape.window.start..=shape.window.end).map(|t| t as f64 * shape.dt_ms).collect();
    let label = match shape.goal {
        Goal::Classes(_) => "Probability",
        Goal::Values(_) => "Output",
    };
    let mut panel = Panel::new("").y(Axis::new(label, ""));
    for (k, name) in shape.goal.outputs().iter().enumerate() {
        let at = |w: usize| match &trial.target {
            Target::Class(class) => f64::from(u8::from(*class == k)),
            Target::Values(values) => f64::from(values[w.min(shape.window.len() - 1) * outputs + k]),
        };
        let y: Vec<f64> = (0..x.len()).map(at).collect();
        panel = panel.step(&format!("answer: {name}"), &x, &y, stroke(shape, name, k, 1.2));
    }
    panel
}
