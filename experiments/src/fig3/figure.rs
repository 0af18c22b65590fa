//! This module draws the figures.

use super::activity::readout;
use super::words::{log_density, name};
use super::{ActivityMetrics, Start, Watched};
use anyhow::Result;
use brain_plot::{Axis, CYCLE, Colour, Figure, GUIDE, INK, Legend, MODEL, Panel, PanelRow, SECOND_MODEL, SHADE};
use brain_task::Trainer;
use brain_task::run::Observation;
use brain_task::task::{Target, Trial, input, marked};

/// Number of neurons of each population whose potentials are drawn.
const SHOWN: usize = 5;

/// Draws two trials, one of each answer, with what is decoded from many and the weights of all projections.
pub fn trials(
    trainer: &Trainer,
    watched: &Watched,
    [activity, untrained]: [&ActivityMetrics; 2],
    start: &Start,
) -> Result<(&'static str, Figure)> {
    let shape = trainer.task.shape();
    let end = shape.steps as f64 * shape.dt_ms;
    let time = || Axis::new("Time", "ms").limits(0.0, end);
    // Of each class the clearest trial is drawn among those that are answered right.
    let clear = |class: usize| {
        let own = watched.batch.trials.iter().enumerate().zip(&watched.right);
        let own = own.filter(|((_, t), right)| **right && t.target == Target::Class(class)).map(|(own, _)| own);
        own.max_by(|(_, a), (_, b)| a.psychometric.abs().total_cmp(&b.psychometric.abs()))
    };
    let chosen: Vec<(usize, &Trial)> = [1, 0].into_iter().filter_map(clear).collect();
    let size = watched.batch.size();
    let mut figure = Figure::new("A network of excitatory and inhibitory spiking neurons after training")
        .width_mm(180.0)
        .legend(Legend::Panels);
    let per = |height: f64, draw: &dyn Fn(usize, &Trial) -> Panel, labels: bool| {
        chosen.iter().fold(PanelRow::new(height), |row, (b, trial)| {
            row.panel(marked(draw(*b, trial), shape, trial, labels).x(time()))
        })
    };
    let title = |trial: &Trial| {
        let (what, unit) = shape.psychometric;
        format!("{what}: {} {unit}", trial.psychometric).trim_end().replace('-', "−")
    };
    let shown =
        |b: usize, trial: &Trial| input(shape, &watched.batch, b).title(&title(trial)).key(&format!("input {b}"));
    figure = figure.row(per(24.0, &shown, true).joined());
    let raster = |b: usize, _: &Trial| {
        let mut panel = Panel::new("").key(&format!("spikes {b}"));
        let mut first = 0.0;
        for ((seen, spikes), colour) in cells(watched).zip(colours()) {
            let own = spikes.iter().filter(|(trial, ..)| *trial == b);
            let (x, y): (Vec<f64>, Vec<f64>) = own.map(|&(_, t, n)| (t as f64 * shape.dt_ms, first + n as f64)).unzip();
            panel = panel.raster(&seen.population, &x, &y, colour.width(0.6));
            first += seen.neurons as f64;
        }
        panel.y(Axis::new("Neuron", "").whole().limits(-1.0, first))
    };
    figure = figure.row(per(38.0, &raster, false).joined());
    for (k, colour) in (0..watched.spikes.len()).zip(colours()) {
        let traces = |b: usize, _: &Trial| {
            let (seen, spikes) = (&watched.first[k], &watched.spikes[k]);
            potentials(seen, spikes, b, size, shape.dt_ms, colour).key(&format!("potentials {} {b}", seen.population))
        };
        figure = figure.row(per(26.0, &traces, false).joined());
    }
    let answer = |b: usize, _: &Trial| {
        let mut panel = Panel::new("").key(&format!("readout {b}")).y(Axis::new("Readout", ""));
        if let Some(seen) = readout(trainer, &watched.first) {
            let x: Vec<f64> = (1..=shape.steps).map(|t| t as f64 * shape.dt_ms).collect();
            for (o, name) in shape.goal.outputs().iter().enumerate() {
                let group = shape.groups.iter().position(|g| g.name == *name);
                let colour = CYCLE[group.unwrap_or(CYCLE.len() - 1 - o % CYCLE.len()) % CYCLE.len()];
                let at = |t: usize| f64::from(seen.rows[0][(t * size + b) * seen.neurons + o]);
                let y: Vec<f64> = (0..shape.steps).map(at).collect();
                panel = panel.line(name, &x, &y, colour.width(0.7));
            }
        }
        panel
    };
    figure = figure.row(per(18.0, &answer, false));
    let over = PanelRow::new(30.0).panel(decoding(activity, untrained, end)).panel(rates(watched, activity, trainer));
    let [before, after] = [0, 1].map(|k| all_weights(start, k));
    Ok(("fig3", figure.row(over).row(PanelRow::new(32.0).panel(before).panel(after))))
}

/// Returns the colours of populations, which are not those of the first groups of channels, for classes have these.
fn colours() -> impl Iterator<Item = Colour> {
    CYCLE[3..].iter().copied().cycle()
}

fn cells(watched: &Watched) -> impl Iterator<Item = (&Observation, &Vec<(usize, usize, usize)>)> {
    watched.first.iter().zip(&watched.spikes)
}

/// Draws potentials of some neurons that spike, from the most to the least active, one above the other, with their
/// spikes.
fn potentials(
    seen: &Observation,
    spikes: &[(usize, usize, usize)],
    b: usize,
    size: usize,
    dt_ms: f64,
    colour: Colour,
) -> Panel {
    let n = seen.neurons;
    let mut counts = vec![0usize; n];
    spikes.iter().filter(|(trial, ..)| *trial == b).for_each(|&(_, _, j)| counts[j] += 1);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&j| std::cmp::Reverse(counts[j]));
    let firing = counts.iter().filter(|c| **c > 0).count().max(SHOWN.min(n));
    let rows = SHOWN.min(n);
    let chosen = (0..rows).map(|k| order[k * (firing - 1) / (rows - 1).max(1)]);
    let steps = seen.rows[1].len() / (size * n).max(1);
    let x: Vec<f64> = (1..=steps).map(|t| t as f64 * dt_ms).collect();
    let all: Vec<(usize, Vec<f64>)> =
        chosen.map(|j| (j, (0..steps).map(|t| f64::from(seen.rows[1][(t * size + b) * n + j])).collect())).collect();
    let ends = |(_, v): &(usize, Vec<f64>)| v.iter().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
    let span = all.iter().map(ends).map(|(l, h)| h - l).fold(1e-9, f64::max);
    let mut panel = Panel::new("");
    for (k, (j, v)) in all.iter().enumerate() {
        let (low, _) = ends(&all[k]);
        let base = (rows - 1 - k) as f64;
        let y: Vec<f64> = v.iter().map(|v| base + 0.9 * (v - low) / span).collect();
        let when: Vec<usize> =
            spikes.iter().filter(|(trial, _, n)| *trial == b && n == j).map(|&(_, t, _)| t).collect();
        let at = |t: &usize| y[t.saturating_sub(1)] + 0.12;
        let (sx, sy): (Vec<f64>, Vec<f64>) = when.iter().map(|t| (*t as f64 * dt_ms, at(t))).unzip();
        panel = panel.line("", &x, &y, colour.width(0.5)).scatter("", &sx, &sy, INK.width(0.25));
    }
    let label = format!("Potentials, {}", seen.population);
    panel.y(Axis::new(&label, "").limits(-0.1, rows as f64 + 0.1).without_numbers())
}

/// Draws how well the answer is decoded, over time.
fn decoding(activity: &ActivityMetrics, untrained: &ActivityMetrics, end: f64) -> Panel {
    let mut panel = Panel::new("The answer, decoded from all neurons")
        .key("decoding")
        .formula(&format!("{} held-out trials; dashed: before training", activity.trials))
        .x(Axis::new("Time", "ms").limits(0.0, end))
        .y(Axis::new("Share told right", "").limits(0.4, 1.03));
    for (k, (name, [from, to])) in activity.phases_ms.iter().enumerate() {
        panel = panel.span(*from, *to, name, if k % 2 == 0 { SHADE } else { SHADE.tint(0.0) });
    }
    for (d, colour) in activity.decoding.iter().zip([GUIDE, INK]) {
        let y: Vec<f64> = d.windows.iter().map(|w| w.accuracy).collect();
        let name = if d.of == "spikes" { "spike counts".into() } else { format!("state {}", d.of) };
        panel = panel.line(&name, &d.ms, &y, colour.width(1.0)).scatter("", &d.ms, &y, colour.width(0.5));
    }
    for (d, colour) in untrained.decoding.iter().zip([GUIDE, INK]) {
        let y: Vec<f64> = d.windows.iter().map(|w| w.accuracy).collect();
        panel = panel.line("", &d.ms, &y, colour.width(0.6).dashed());
    }
    let chance = activity.decoding.first().and_then(|d| d.windows.first()).map_or(0.5, |w| w.chance);
    panel.hline(chance, GUIDE.dashed())
}

/// Draws the mean rate of each population over all trials.
fn rates(watched: &Watched, activity: &ActivityMetrics, trainer: &Trainer) -> Panel {
    let shape = trainer.task.shape();
    let bin = (shape.steps / 60).max(1);
    let mut panel = Panel::new("Mean rate").key("rates").formula("all trials");
    for (k, (name, [from, to])) in activity.phases_ms.iter().enumerate() {
        panel = panel.span(*from, *to, name, if k % 2 == 0 { SHADE } else { SHADE.tint(0.0) });
    }
    for ((seen, spikes), colour) in cells(watched).zip(colours()) {
        let mut counts = vec![0.0; shape.steps / bin];
        spikes.iter().for_each(|(_, t, _)| {
            if let Some(c) = counts.get_mut(t / bin) {
                *c += 1.0;
            }
        });
        let scale = 1e3 / (seen.neurons as f64 * activity.trials as f64 * bin as f64 * shape.dt_ms);
        let x: Vec<f64> = (0..=counts.len()).map(|k| (k * bin) as f64 * shape.dt_ms).collect();
        let y: Vec<f64> = counts.iter().chain(counts.last()).map(|c| c * scale).collect();
        panel = panel.step(&seen.population, &x, &y, colour.width(0.8));
    }
    let end = shape.steps as f64 * shape.dt_ms;
    panel.x(Axis::new("Time", "ms").limits(0.0, end)).y(Axis::new("Rate", "Hz"))
}

/// Computes the density of the logarithms of one projection's weights, as a staircase.
fn density(values: &[f64], low: f64, high: f64) -> (Vec<f64>, Vec<f64>) {
    let bins = 60;
    let width = (high - low) / bins as f64;
    let logs: Vec<f64> = values.iter().filter(|w| **w > 0.0).map(|w| w.log10()).collect();
    let mut counts = vec![0.0; bins];
    let inside = logs.iter().filter(|l| (low..high).contains(*l));
    inside.for_each(|l| counts[(((l - low) / width) as usize).min(bins - 1)] += 1.0);
    let x = (0..=bins).map(|k| low + width * k as f64).collect();
    let scale = 1.0 / (logs.len().max(1) as f64 * width);
    let y = counts.iter().chain(counts.last()).map(|c| c * scale).collect();
    (x, y)
}

/// Returns the decades that hold all but the least of the weights.
fn decades(all: &[&[f64]]) -> (f64, f64) {
    let mut logs: Vec<f64> = all.iter().flat_map(|w| w.iter()).filter(|w| **w > 0.0).map(|w| w.log10()).collect();
    logs.sort_by(f64::total_cmp);
    match logs[..] {
        [] => (-1.0, 1.0),
        _ => (logs[logs.len() / 200] - 0.1, logs[logs.len() - 1] + 0.1),
    }
}

/// Draws the weights of all projections, before (0) or after (1) training.
fn all_weights(start: &Start, when: usize) -> Panel {
    let all: Vec<&[f64]> = start.projections.iter().flat_map(|p| &p.magnitudes).map(|w| &w[..]).collect();
    let (low, high) = decades(&all);
    let highest = all.iter().flat_map(|w| density(w, low, high).1).fold(0.1, f64::max);
    let mut panel = Panel::new(["Weights before training", "Weights after training"][when])
        .x(Axis::new("log₁₀ of the magnitude", "").limits(low, high))
        .y(Axis::new("Density", "").limits(0.0, 1.05 * highest));
    for (p, colour) in start.projections.iter().zip(CYCLE.into_iter().cycle()) {
        let (x, y) = density(&p.magnitudes[when], low, high);
        panel = panel.step(&p.name.replace('-', "→"), &x, &y, colour.width(0.7));
    }
    panel
}

/// Draws the weights of every projection before and after every training, with the log-normal distribution and the
/// likeliest other.
pub fn weights(starts: &[Start]) -> Result<(&'static str, Figure)> {
    let mut figure =
        Figure::new("Weights before and after training, with fits to those after. KS: distance from log-normal")
            .width_mm(180.0)
            .legend(Legend::Panels);
    for start in starts {
        let panels = start.projections.iter().map(|p| {
            let [before, after] = &p.magnitudes;
            let (low, high) = decades(&[before, after]);
            let mut panel = Panel::new(&format!("{}: {}", start.name, p.name.replace('-', "→")))
                .x(Axis::new("log₁₀ of the magnitude", "").limits(low, high))
                .y(Axis::new("Density", ""));
            for (when, w, stroke) in [("before", before, GUIDE.width(0.6)), ("after", after, INK.width(0.9))] {
                let (x, y) = density(w, low, high);
                panel = panel.step(when, &x, &y, stroke);
            }
            if let Some(r) = &p.after {
                let p = r.fits.first().and_then(|f| f.bootstrap_p).map_or(String::new(), |p| format!(" (p {p:.3})"));
                let text = format!("KS {:.3}{p}, skew of log {:.2}", r.dist.ks_lognormal, r.dist.skew_log);
                panel = panel.formula(&text.replace('-', "−"));
                let others = r.fits.iter().filter(|f| f.lognormal_against.is_some());
                let other = others.min_by(|a, b| a.aic.total_cmp(&b.aic));
                for (fit, colour) in r.fits.first().into_iter().chain(other).zip([MODEL, SECOND_MODEL]) {
                    let x: Vec<f64> = (0..=200).map(|k| low + (high - low) * f64::from(k) / 200.0).collect();
                    let y: Vec<f64> = x.iter().map(|x| log_density(&fit.distribution, *x)).collect();
                    panel = panel.line(name(fit.distribution.family()), &x, &y, colour.width(0.6).dashed());
                }
            }
            panel
        });
        figure = figure.grid(3, 26.0, panels);
    }
    Ok(("fig3-weights", figure))
}
