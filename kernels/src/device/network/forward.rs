//! This module launches the forward scan of a network.

use super::*;

/// The states and spikes that a run saves for the backward run.
#[derive(Debug)]
pub struct History<B, W> {
    pub(super) words: W,
    pub(super) offsets: RunOffsets,
    pub(super) invariants: B,
    /// Saved states, `[batch, segment, state]`.
    pub(super) kept: B,
    /// Spikes as bits, `[batch, step, word]`.
    pub(super) fired: W,
}

/// Runs the circuit that `wired` was made of, and writes the recorded values to `rows`, in the order of
/// [`RunInputs::rows`].
///
/// Beside the results the device holds `sqrt(T)` states of every neuron and a bit for each neuron and step. Fails, with
/// the sizes, where arrays do not fit the circuit or the device.
pub fn forward<F: Precision, Q: Queue<F>>(
    queue: &Q,
    circuit: &Circuit,
    wired: &Wired<Q::Words>,
    run: &RunBuffers<Q::Buffer>,
    rows: &Q::Buffer,
) -> Result<History<Q::Buffer, Q::Words>, Q::Error> {
    let (layout, lists) = (&wired.layout, lists(run));
    let given = RunWords::new(circuit, layout, &lists, run.paths).map_err(mismatch)?;
    let mut header: NetworkHeader<F> = layout.header(circuit, &lists, given.offsets);
    let ring = circuit.window() * layout.inputs;
    let chip = Chip::of::<F>(queue.shared(), layout.spikes, 2, [0; 2], layout.states, ring)?;
    let kept = run.batch * run.steps.div_ceil(segment(run.steps)) * layout.states;
    let work = run.batch * chip.work;
    let numbers = (layout.invariants + kept + work) * size_of::<F>();
    queue.room(numbers + (given.words.len() + given.spikes.len()) * size_of::<u32>(), run.batch)?;
    let history = History {
        words: queue.upload_words(&given.words)?,
        offsets: given.offsets,
        invariants: queue.allocate(layout.invariants)?,
        kept: queue.allocate(kept)?,
        fired: queue.upload_words(&given.spikes)?,
    };
    if run.batch * layout.slots == 0 {
        return Ok(history);
    }
    let threads = threads::<F>(layout);
    let blocks = layout.slots.div_ceil(threads as usize) as u32;
    let shape = LaunchShape { grid: [blocks, 1], block: [threads, 1], shared: 0 };
    let numbers = [Some(run.params), Some(&history.invariants)];
    queue.launch(&NETWORK, Entry::NetworkPrepare, shape, &header, &numbers, &[&wired.words])?;

    header.work = chip.work as u32;
    header.flags = chip.flags;
    let work = queue.allocate(work)?;
    let shape = LaunchShape { grid: [run.batch as u32, 1], block: [threads, 1], shared: chip.bytes as u32 };
    let numbers = [
        Some(run.start),
        Some(run.weights),
        Some(run.drive),
        Some(&history.invariants),
        Some(rows),
        Some(&history.kept),
        Some(&work),
    ];
    let words = [&wired.words, &history.words, &history.fired];
    queue.launch(&NETWORK, Entry::NetworkForward, shape, &header, &numbers, &words)?;
    Ok(history)
}
