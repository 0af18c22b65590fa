//! This module estimates the memory of a simulation before any of it is allocated.

use super::cells;
use crate::analysis::RasterPlot;
use crate::config::SimulationSettings;
use crate::network::AnatomicalNetwork;
use brain_core::config::ConfigError;
use brain_core::memory::MemoryNeed;

/// Parameters and states are held in this many copies: candle's tensors, the simulator's, and the one that is saved.
const COPIES: f64 = 3.0;
/// The statistics of a recorded neuron take this many bytes: its last spike and moments of its intervals, twice.
const STATISTICS: f64 = 100.0;

/// Fails where the simulation of a network needs more memory than there is, with the key that asks for it. Numbers have
/// `size` bytes; `recorded` says of each population whether its spikes are recorded.
pub fn check(
    settings: &SimulationSettings,
    network: &AnatomicalNetwork,
    recorded: &[bool],
    size: usize,
) -> Result<(), ConfigError> {
    let (origin, times, size) = (&settings.origin, &settings.times, size as f64);
    let (mut states, mut inputs, mut statistics) = (0.0, 0.0, 0.0);
    for (k, p) in network.populations().enumerate() {
        let neurons = f64::from(p.size());
        statistics += if recorded[k] { neurons * STATISTICS } else { 0.0 };
        if p.is_input() {
            continue;
        }
        let cell = cells::of(settings, p)?;
        let delays = network.graph.projections.iter().filter(|p| p.post == k).map(|p| p.edges.delays.range().1);
        let slots = f64::from(delays.max().unwrap_or(0)) + 1.0;
        states += neurons * (cell.param.len() + cell.state.len()) as f64 * size * COPIES;
        inputs += neurons * cell.input.len() as f64 * slots * size;
    }
    let synapses = network.synapses() as f64 * size;
    let need = MemoryNeed::default()
        .with("parameters and states of neurons", states)
        .with("inputs that wait for their delays", inputs)
        .with("statistics of recorded neurons", statistics)
        .with("weights", synapses);
    let fail = |key: &str, problem: String| origin.error(key, problem);
    need.check().map_err(|e| fail("simulation", format!("{e}; give fewer neurons, or shorter delays")))?;
    let shown = times.raster_ms.min(times.duration_ms());
    let need = need.with("the figure of rates", RasterPlot::bytes(recorded.len(), shown));
    need.check().map_err(|e| fail("simulation.raster", format!("{e}; show a shorter part, or 0 ms for no figure")))?;
    let traced: f64 = settings.voltage.values().map(|n| f64::from(*n)).sum();
    let need = need.with("recorded potentials", traced * (shown / times.dt_ms).max(1.0) * (8.0 + size));
    let shorter = "record fewer neurons, or a shorter simulation.raster";
    need.check().map_err(|e| fail("simulation.voltage", format!("{e}; {shorter}")))
}
