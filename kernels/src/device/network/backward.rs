//! This module launches the reverse scan of a network.

use super::*;

/// The buffers of the gradients that are wanted, as in [`bptt::Gradients`](crate::network::bptt::Gradients).
#[derive(Debug)]
pub struct Gradients<'a, B> {
    /// Gradient w.r.t. [`RunBuffers::start`], in its order.
    pub start: Option<&'a B>,
    /// Gradient w.r.t. [`RunBuffers::params`], in its order, summed over the batch.
    pub params: Option<&'a B>,
    /// Gradient w.r.t. [`RunBuffers::weights`], in its order, summed over the batch.
    pub weights: Option<&'a B>,
    /// Gradient w.r.t. [`RunBuffers::drive`], in its order; it has a value for each batch element where they share the
    /// drive.
    pub drive: Option<&'a B>,
}

/// Computes the gradients that are wanted, from `bars`, the gradients w.r.t. the recorded values, and the history of
/// the same run.
///
/// Beside the results the device holds `sqrt(T)` states and inputs of every neuron, and the gradients w.r.t. parameters
/// and weights of each batch element.
pub fn backward<F: Precision, Q: Queue<F>>(
    queue: &Q,
    circuit: &Circuit,
    wired: &Wired<Q::Words>,
    run: &RunBuffers<Q::Buffer>,
    history: &History<Q::Buffer, Q::Words>,
    bars: &Q::Buffer,
    by: &Gradients<Q::Buffer>,
) -> Result<(), Q::Error> {
    let (layout, lists) = (&wired.layout, lists(run));
    let mut header: NetworkHeader<F> = layout.header(circuit, &lists, history.offsets);
    let ring = circuit.window() * layout.inputs;
    let fixed = [ROWS * (WORD + 1), ROWS];
    let chip = Chip::of::<F>(queue.shared(), layout.spikes, 4, fixed, layout.states + layout.slots, ring)?;
    let wanted = [
        (NetworkFlags::START, by.start),
        (NetworkFlags::PARAMS, by.params),
        (NetworkFlags::WEIGHTS, by.weights),
        (NetworkFlags::DRIVE, by.drive),
    ];
    header.flags = wanted.iter().filter(|w| w.1.is_some()).fold(chip.flags, |flags, w| flags | w.0);
    header.work = chip.work as u32;

    let tape = run.batch * (segment(run.steps) + 1) * (layout.states + layout.inputs + layout.slots);
    let each = |wanted: Option<&Q::Buffer>, count: usize| if wanted.is_some() { run.batch * count } else { 0 };
    let parts = [each(by.params, layout.params), each(by.weights, circuit.synapses())];
    let work = run.batch * chip.work;
    queue.room((tape + parts[0] + parts[1] + work) * size_of::<F>(), run.batch)?;
    let (tape, work) = (queue.allocate(tape)?, queue.allocate(work)?);
    let [params, weights] = parts.map(|count| queue.allocate(count));
    let parts = [params?, weights?];

    let shape =
        LaunchShape { grid: [run.batch as u32, 1], block: [threads::<F>(layout), 1], shared: chip.bytes as u32 };
    let numbers = [
        Some(run.weights),
        Some(run.drive),
        Some(&history.invariants),
        Some(&history.kept),
        Some(bars),
        run.fixed,
        by.start,
        Some(&parts[0]),
        Some(&parts[1]),
        by.drive,
        Some(&tape),
        Some(&work),
    ];
    if run.batch * layout.slots > 0 {
        let words = [&wired.words, &history.words, &history.fired];
        queue.launch(&NETWORK, Entry::NetworkBackward, shape, &header, &numbers, &words)?;
    }
    for ((from, to), count) in parts.iter().zip([by.params, by.weights]).zip([layout.params, circuit.synapses()]) {
        let Some(to) = to.filter(|_| count > 0) else { continue };
        let threads = network_threads(F::SINGLE);
        header.parts = run.batch as u32;
        header.count = count as u32;
        let shape = LaunchShape { grid: [count.div_ceil(threads) as u32, 1], block: [threads as u32, 1], shared: 0 };
        queue.launch(&NETWORK, Entry::NetworkSum, shape, &header, &[Some(from), Some(to)], &[])?;
    }
    Ok(())
}
