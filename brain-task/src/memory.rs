//! This module estimates the memory of a training before any of it is allocated.

use crate::config::ReadoutKind;
use crate::settings::TrainSettings;
use crate::task::Encoding;
use crate::trainer::Scored;
use crate::wiring::Wiring;
use brain_core::Seed;
use brain_core::config::ConfigError;
use brain_core::memory::{MemoryNeed, available};

/// Each weight takes this many copies: free number, value, two moments, and gradients, those that are being summed
/// among them.
const WEIGHTS: f64 = 16.0;
/// Neurons whose spikes are kept are assumed to fire at this rate, Hz.
const RATE_HZ: f64 = 20.0;
/// What is read out takes this many copies: outputs, losses, and gradients.
const READOUTS: f64 = 6.0;

/// Fails where a training needs more memory than there is, with the key that asks for it. Numbers have `size` bytes.
pub fn check(settings: &TrainSettings, wiring: &Wiring, size: usize) -> Result<(), ConfigError> {
    let (free, origin) = (available(), &settings.origin);
    let weights = wiring.learnt.iter().map(|l| l.initial.len() as f64).sum::<f64>() * size as f64 * WEIGHTS;
    let fixed = MemoryNeed::default()
        .with("weights and their gradients", weights)
        .with("the steps that are computed again on the way back", of_segments(settings, wiring, size as f64));
    let trial = of_trial(settings, wiring, size as f64);
    let one = trial.iter().fold(fixed.clone(), |need, (part, bytes)| need.with(*part, *bytes));
    one.within(free).map_err(|e| {
        origin.error("task", format!("{e}, for a batch of one trial; give a smaller network or shorter trials"))
    })?;
    let batch = settings.batch as f64;
    let need = trial.iter().fold(fixed.clone(), |need, (part, bytes)| need.with(*part, batch * bytes));
    need.within(free).map_err(|e| {
        let fits = (free as f64 - fixed.bytes()) / trial.iter().map(|(_, bytes)| bytes).sum::<f64>();
        origin.error("batch", format!("{e}; a batch of {} would fit", fits.floor().max(1.0)))
    })?;
    let c = &settings.schedule.evaluate;
    for (key, trials) in [("evaluate.trials", c.trials), ("evaluate.final_trials", c.final_trials)] {
        let need = MemoryNeed::default().with("the scores of trials", trials as f64 * size_of::<Scored>() as f64);
        need.within(free).map_err(|e| origin.error(key, format!("{e}; give fewer trials")))?;
    }
    Ok(())
}

/// Returns the bytes of the segments of a run that threads compute again on the way back, four trials at a time.
fn of_segments(settings: &TrainSettings, wiring: &Wiring, size: f64) -> f64 {
    if settings.is_online() {
        return 0.0;
    }
    let cells = wiring.circuit.populations().iter().filter_map(|g| Some((g.neurons as f64, g.cell()?)));
    // Each step keeps states, inputs with their gradients, and slopes of spikes.
    let step: f64 = cells.map(|(n, cell)| n * (cell.state.len() + 3 * cell.input.len() + 1) as f64).sum();
    let tiles = rayon::current_num_threads().min(settings.batch.div_ceil(4)) as f64;
    4.0 * tiles * (settings.task.shape().steps as f64).sqrt() * step * size
}

/// Returns the parts that each trial of a batch needs, bytes.
fn of_trial(settings: &TrainSettings, wiring: &Wiring, size: f64) -> Vec<(&'static str, f64)> {
    let (task, shape) = (&settings.task, settings.task.shape());
    let (steps, window, outputs) = (shape.steps as f64, shape.window.len() as f64, shape.outputs() as f64);
    let seconds = steps * shape.dt_ms * 1e-3;
    let groups = wiring.circuit.populations();
    let cells = groups.iter().filter_map(|g| Some((g.neurons as f64, g.cell()?)));
    let sum = |of: fn(f64, &kernels::Cell) -> f64| cells.clone().map(|(n, cell)| of(n, cell)).sum::<f64>();
    let (neurons, states) = (sum(|n, _| n), sum(|n, cell| n * cell.state.len() as f64));
    let inputs = sum(|n, cell| n * cell.input.len() as f64);
    // Spikes of channels are those that one trial shows on average, twice: as they are drawn, and as they are sorted.
    let trial = task.trial(&mut Seed::new(settings.schedule.seed).child("memory").at(0));
    let shown = |s: &crate::task::Stretch| s.hz * s.channels.len() as f64 * s.steps.len() as f64;
    let spikes = trial.input.iter().map(shown).sum::<f64>() * shape.dt_ms * 1e-3;
    let input = match settings.encoding {
        Encoding::Spikes => 8.0 * steps + 20.0 * spikes,
        Encoding::Rates => steps * (shape.channels() as f64 * (4.0 + 2.0 * size) + 2.0 * inputs * size),
    };
    // States are saved at the start of each of about sqrt(T) segments; a segment is computed again on the way back.
    let saved = if settings.is_online() { 1.0 } else { steps.sqrt().ceil() + 3.0 };
    let lists = 8.0 * steps * groups.len() as f64 + 4.0 * neurons * RATE_HZ * seconds;
    let read: f64 = wiring.read.iter().map(|k| groups[*k].neurons as f64).sum();
    let observed = match settings.readout.kind {
        ReadoutKind::Rate => 0.0,
        ReadoutKind::Spikes | ReadoutKind::Voltage => 2.0 * window * read * size,
    };
    vec![
        ("the input of trials", input),
        ("states", saved * states * size),
        ("spikes", if settings.is_online() { 0.0 } else { lists }),
        ("readouts", window * outputs * size * READOUTS + observed + 2.0 * neurons * size),
    ]
}
