//! This module runs networks on a device for arrays in the host's memory, in place of [`bptt`]'s own runs.

use super::{Gradients, History, Path, Queue, RunBuffers, Wired, backward, forward, mismatch, run_words::check};
use crate::{
    Precision,
    network::bptt::{self, Circuit, Feedback, RunInputs},
};

/// Runs `circuit` forward into `rows`, and backward from the gradients w.r.t. these into `out`. Empty slices leave out
/// one of the two.
///
/// Fails, with both sizes, where arrays do not fit the circuit.
pub fn run<F: Precision, Q: Queue<F>>(
    queue: &Q,
    circuit: &Circuit,
    inputs: &RunInputs<F>,
    rows: &mut [F],
    bars: &[F],
    out: bptt::Gradients<F>,
) -> Result<(), Q::Error> {
    check(circuit, inputs, rows.len(), bars.len(), &out).map_err(mismatch)?;
    let wired = Wired::new(queue, circuit)?;
    let given = [inputs.start, inputs.params, inputs.weights, inputs.drive].map(|x| queue.upload(x));
    let [start, params, weights, drive] = given;
    let (start, params, weights, drive) = (start?, params?, weights?, drive?);
    let fixed: Vec<F> =
        inputs.feedback.iter().flat_map(|f| if let Feedback::Fixed(x) = f { *x } else { &[] }).copied().collect();
    let paths: Vec<Path> = inputs
        .feedback
        .iter()
        .map(|f| match f {
            Feedback::Weights => Path::Weights,
            Feedback::Cut => Path::Cut,
            Feedback::Fixed(_) => Path::Fixed,
        })
        .collect();
    let numbers = queue.upload(&fixed)?;
    let run = RunBuffers {
        steps: inputs.steps,
        batch: inputs.batch,
        start: &start,
        params: &params,
        weights: &weights,
        drive: &drive,
        drives: inputs.drives,
        spikes: inputs.spikes,
        record: inputs.record,
        paths: &paths,
        fixed: (!fixed.is_empty()).then_some(&numbers),
    };
    let written = queue.allocate(rows.len())?;
    let history: History<_, _> = forward(queue, circuit, &wired, &run, &written)?;
    queue.download(&written, rows)?;
    if bars.is_empty() {
        return Ok(());
    }
    let bars = queue.upload(bars)?;
    let results = [out.start, out.params, out.weights, out.drive];
    let made = results.each_ref().map(|x| (!x.is_empty()).then(|| queue.allocate(x.len())).transpose());
    let [start, params, weights, drive] = made;
    let by = [start?, params?, weights?, drive?];
    let [start, params, weights, drive] = by.each_ref().map(Option::as_ref);
    backward(queue, circuit, &wired, &run, &history, &bars, &Gradients { start, params, weights, drive })?;
    for (from, to) in by.iter().zip(results) {
        if let Some(from) = from {
            queue.download(from, to)?;
        }
    }
    Ok(())
}
