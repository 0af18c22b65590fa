//! This module launches the tangent scan.

use super::*;
use codegen::{Flags, KEPT, MOST_THREADS, PER_THREAD};

/// The arguments and results of a tangent scan, as in [`crate::Tangent`].
#[derive(Debug)]
pub struct Tangent<'a, B> {
    /// Distance that is differentiated.
    pub objective: SquaredDistance<'a, B>,
    /// Indices of the parameters w.r.t. which it is differentiated.
    pub which: &'a [usize],
    /// Derivative of the initial state w.r.t. each of them, `[which, state, batch, neuron]`; it is zero where it is
    /// `None`.
    pub start: Option<&'a B>,
    /// Value of the distance, `[neuron]`.
    pub loss: &'a B,
    /// Gradient `J^T W r`, `[which, neuron]`.
    pub gradient: &'a B,
    /// Curvature `J^T W J`, `[pair, neuron]`.
    pub curvature: Option<&'a B>,
}

/// Number of warps that occupies a large graphics processor.
const ENOUGH: usize = 2048;

/// Runs a population together with its forward sensitivities.
pub fn tangent<F: Precision, Q: Queue<F>>(
    queue: &Q,
    kernel: &'static Cell,
    run: &Run<Q::Buffer>,
    out: &Tangent<Q::Buffer>,
) -> Result<(), Q::Error> {
    let (width, k) = (run.width(), out.which.len());
    if width == 0 {
        return Ok(());
    }
    let mut header = run.header::<F>(kernel)?;
    run.compare(&mut header, &out.objective);
    header.tangents = k as u32;
    header.which.iter_mut().zip(out.which).for_each(|(to, &w)| *to = w as u32);
    if out.start.is_some() {
        header.flags |= Flags::MOVING;
    }
    if out.curvature.is_some() {
        header.flags |= Flags::CURVATURE;
    }
    let warps = run.neurons.div_ceil(LANES) * run.batch * k;
    let (entry, groups) = match k * LANES <= MOST_THREADS && warps <= ENOUGH {
        true => (Entry::TangentOne, k),
        false => (Entry::TangentMany, k.div_ceil(PER_THREAD)),
    };
    let shared = if out.curvature.is_some() { KEPT * (k + 1) * LANES * size_of::<F>() } else { 0 };
    let shape = run.shape(LANES, groups.max(1), shared);

    let pairs = if out.curvature.is_some() { k * (k + 1) / 2 } else { 0 };
    let lengths = if run.batch > 1 { [width, k * width, pairs * width] } else { [0; 3] };
    queue.room(lengths.iter().sum::<usize>() * size_of::<F>(), run.batch)?;
    let parts = |length: usize| (length > 0).then(|| queue.allocate(length)).transpose();
    let (loss, gradient, curvature) = (parts(lengths[0])?, parts(lengths[1])?, parts(lengths[2])?);
    let buffers = [
        Some(run.start),
        Some(run.drive.data),
        Some(run.params),
        Some(out.objective.target.data),
        Some(out.objective.weight.data),
        out.start,
        Some(loss.as_ref().unwrap_or(out.loss)),
        Some(gradient.as_ref().unwrap_or(out.gradient)),
        curvature.as_ref().or(out.curvature),
    ];
    queue.launch(kernel.program()?, entry, shape, &header, &buffers, &[])?;
    let sums = [(1, &loss, Some(out.loss)), (k, &gradient, Some(out.gradient)), (pairs, &curvature, out.curvature)];
    for (rows, from, to) in sums {
        if let (Some(from), Some(to)) = (from, to) {
            sum(queue, kernel, [rows, run.batch, run.neurons], from, to, &header)?;
        }
    }
    Ok(())
}
