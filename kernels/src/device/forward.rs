//! This module launches the forward scan.

use super::*;
use codegen::Flags;

/// Runs a population. Writes `outputs` after every step to `rows`, `[time, recorded, batch, neuron]`, and the final
/// state, `[state, batch, neuron]`.
pub fn forward<F: Precision, Q: Queue<F>>(
    queue: &Q,
    kernel: &'static Cell,
    run: &Run<Q::Buffer>,
    outputs: &[usize],
    rows: &Q::Buffer,
    end: Option<&Q::Buffer>,
) -> Result<(), Q::Error> {
    if run.width() == 0 {
        return Ok(());
    }
    let mut header = run.header::<F>(kernel)?;
    record(&mut header, outputs);
    if end.is_some() {
        header.flags |= Flags::END;
    }
    let buffers = [Some(run.start), Some(run.drive.data), Some(run.params), Some(rows), end];
    queue.launch(kernel.program()?, Entry::Forward, run.shape(run.block(), 1, 0), &header, &buffers, &[])
}
