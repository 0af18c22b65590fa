//! This module draws one picture of the three stages: neuron, network, behaviour.

use anyhow::{Context, Result};
use brain_core::output::Output;
use brain_plot::{Axis, Figure, GUIDE, Legend, MODEL, Panel, PanelRow, RECORDED, SECOND_MODEL};
use std::path::Path;

/// Longest stretch of a sweep that is shown, ms.
const STRETCH_MS: f64 = 400.0;

/// Reads columns of a CSV by the names of its first line; empty cells are gaps.
fn columns(file: &Path, names: &[&str]) -> Result<Vec<Vec<f64>>> {
    let mut reader = csv::Reader::from_path(file).with_context(|| file.display().to_string())?;
    let header = reader.headers()?.clone();
    let place =
        |name: &&str| header.iter().position(|h| h == *name).with_context(|| format!("{}: {name}", file.display()));
    let places = names.iter().map(place).collect::<Result<Vec<_>>>()?;
    let mut all = vec![vec![]; names.len()];
    for row in reader.records() {
        let row = row.with_context(|| file.display().to_string())?;
        for (column, &k) in all.iter_mut().zip(&places) {
            column.push(row[k].parse().unwrap_or(f64::NAN));
        }
    }
    Ok(all)
}

/// Draws the voltage of a sweep that the fit never saw, from the first spike on.
fn neuron(folder: &Path, sweep: &str) -> Result<Panel> {
    let names = ["time_ms", "v_data_mv", "v_model_mv"];
    let [t, data, model] = &columns(&folder.join(format!("traces-{sweep}.csv")), &names)?[..] else { unreachable!() };
    let first = data.iter().position(|v| *v > 0.0).map_or(0.0, |k| t[k] - 50.0);
    let time = Axis::new("Time", "ms").limits(first, first + STRETCH_MS);
    Ok(Panel::new("Neuron")
        .formula(&format!("sweep {sweep}, never seen by the fit"))
        .x(time)
        .y(Axis::new("Potential", "mV"))
        .line("recorded", t, data, RECORDED.width(0.5))
        .line("fitted", t, model, MODEL.width(0.7)))
}

/// Draws which areas project to which, in shades by decade of the fraction of labelled neurons.
fn network(folder: &Path) -> Result<Panel> {
    let file = folder.join("fln.csv");
    let mut reader = csv::Reader::from_path(&file).with_context(|| file.display().to_string())?;
    let records = reader.records().collect::<Result<Vec<_>, _>>().with_context(|| file.display().to_string())?;
    let rows: Vec<Vec<f64>> =
        records.iter().map(|row| row.iter().skip(1).filter_map(|c| c.parse().ok()).collect()).collect();
    let n = rows.len() as f64;
    let axis = |label| Axis::new(label, "").limits(-0.5, n - 0.5);
    let mut panel =
        Panel::new("Network").formula("fraction of labelled neurons").x(axis("Source area")).y(axis("Target area"));
    for (k, low) in [1e-9, 1e-3, 1e-2, 1e-1].into_iter().enumerate() {
        let high = [1e-3, 1e-2, 1e-1, 1.0][k];
        let name = format!("{}{high}", if k == 0 { "up to " } else { "to " });
        let cells = rows.iter().enumerate().flat_map(|(y, row)| row.iter().enumerate().map(move |(x, f)| (x, y, *f)));
        let own: Vec<_> = cells.filter(|(_, _, f)| (low..high).contains(f)).collect();
        let (x, y): (Vec<f64>, Vec<f64>) = own.iter().map(|(x, y, _)| (*x as f64, *y as f64)).unzip();
        panel = panel.cells(&name, &x, &y, SECOND_MODEL.tint([0.15, 0.35, 0.65, 1.0][k]));
    }
    Ok(panel)
}

/// Draws the share of right answers over training.
fn behaviour(folder: &Path, chance: f64, [kept, held_out]: [f64; 2]) -> Result<Panel> {
    let [batch, right] = &columns(&folder.join("log.csv"), &["step", "accuracy"])?[..] else { unreachable!() };
    let mean: Vec<f64> = right.windows(10).map(brain_core::stats::mean).collect();
    let end = batch.last().copied().unwrap_or(1.0);
    Ok(Panel::new("Behaviour")
        .formula("share of trials answered rightly")
        .x(Axis::new("Batch", "").whole().limits(0.0, 1.02 * end.max(2.0)))
        .y(Axis::new("Right answers", "").limits(0.0, 1.02))
        .line("mean of ten batches", &batch[batch.len() - mean.len()..], &mean, SECOND_MODEL)
        .scatter("held-out trials", &[kept], &[held_out], MODEL.width(1.2))
        .hline(chance, GUIDE.dashed()))
}

/// Draws `fig1`. `held_out` is the batch after which the weights were kept, and the share of right answers in held-out
/// trials.
pub(super) fn draw(output: &Output, sweep: &str, chance: f64, held_out: [f64; 2]) -> Result<()> {
    let row = PanelRow::new(45.0)
        .panel(neuron(&output.path("neuron"), sweep)?)
        .panel(network(&output.path("network"))?)
        .panel(behaviour(&output.path("task"), chance, held_out)?);
    let figure =
        Figure::new("From a recorded neuron to behaviour").legend(Legend::Panels).columns(&[1.3, 1.0, 1.0]).row(row);
    output.figure("fig1", &figure)?;
    Ok(())
}
