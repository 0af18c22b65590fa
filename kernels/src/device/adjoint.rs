//! This module launches the reverse scan.

use super::*;
use codegen::Flags;

/// The gradients w.r.t. the recorded outputs, as in [`crate::AdjointSeed`].
#[derive(Debug)]
pub enum AdjointSeed<'a, B> {
    /// They are given: the recorded outputs, and the gradients `[time, recorded, batch, neuron]`.
    Rows(&'a [usize], &'a B),
    /// They are half of the gradients of a quadratic distance.
    Distance(SquaredDistance<'a, B>),
}

/// The buffers of the gradients that are wanted, as in [`crate::Adjoint`].
#[derive(Debug)]
pub struct AdjointBuffers<'a, B> {
    /// Gradient w.r.t. the initial state, `[state, batch, neuron]`.
    pub start: Option<&'a B>,
    /// Gradient w.r.t. the drive, in the drive's spread; it has a value for each batch element where the drive is
    /// shared.
    pub drive: Option<&'a B>,
    /// Gradient w.r.t. the parameters, `[parameter, neuron]`.
    pub params: Option<&'a B>,
    /// Value of the objective, `[neuron]`.
    pub loss: Option<&'a B>,
}

/// Runs a population backward; `end` is the gradient w.r.t. the final state.
///
/// Beside the results the device holds `2 sqrt(T)` states of every column, and the parts that are summed afterwards.
pub fn adjoint<F: Precision, Q: Queue<F>>(
    queue: &Q,
    kernel: &'static Cell,
    run: &Run<Q::Buffer>,
    seed: &AdjointSeed<Q::Buffer>,
    end: Option<&Q::Buffer>,
    by: &AdjointBuffers<Q::Buffer>,
) -> Result<(), Q::Error> {
    let (width, states, inputs, params) = (run.width(), kernel.state.len(), kernel.input.len(), kernel.param.len());
    if width == 0 {
        return Ok(());
    }
    let mut header = run.header::<F>(kernel)?;
    let segment = ((run.steps as f64).sqrt() as usize).clamp(16, 256);
    header.segment = segment as u32;
    let shape = run.shape(run.block(), 1, 0);
    let (blocks, series) = (shape.grid[0] as usize, run.steps * inputs * run.batch);
    let own_drive = run.drive.spread == Spread::Neuron;

    let wanted = [
        (Flags::END, end.is_some()),
        (Flags::START, by.start.is_some()),
        (Flags::DRIVE, by.drive.is_some()),
        (Flags::PARAMS, by.params.is_some()),
        (Flags::LOSS, by.loss.is_some()),
        (Flags::OWN_DRIVE, own_drive),
    ];
    header.flags = wanted.iter().filter(|w| w.1).fold(0, |flags, w| flags | w.0);
    let (rows, target, weight) = match seed {
        AdjointSeed::Rows(outputs, rows) => {
            record(&mut header, outputs);
            (Some(*rows), None, None)
        }
        AdjointSeed::Distance(objective) => {
            header.flags |= Flags::OBJECTIVE;
            run.compare(&mut header, objective);
            (None, Some(objective.target.data), Some(objective.weight.data))
        }
    };

    // The scratch memory holds parts that are summed afterwards; a single part is written to the results directly.
    let shared = by.drive.is_some() && !own_drive;
    let many = run.batch > 1;
    let lengths = [
        run.steps.div_ceil(segment) * states * width,
        segment * states * width,
        if shared { segment * inputs * width } else { 0 },
        if shared && blocks > 1 { blocks * series } else { 0 },
        if many && by.params.is_some() { params * width } else { 0 },
        if many && by.loss.is_some() { width } else { 0 },
    ];
    queue.room(lengths.iter().sum::<usize>() * size_of::<F>(), run.batch)?;
    let scratch = |k: usize| (lengths[k] > 0).then(|| queue.allocate(lengths[k])).transpose();
    let (checkpoints, tape, own) = (scratch(0)?, scratch(1)?, scratch(2)?);
    let (drive_parts, param_parts, loss_parts) = (scratch(3)?, scratch(4)?, scratch(5)?);

    let buffers = [
        Some(run.start),
        Some(run.drive.data),
        Some(run.params),
        target,
        weight,
        rows,
        end,
        by.start,
        drive_parts.as_ref().or(by.drive),
        param_parts.as_ref().or(by.params),
        loss_parts.as_ref().or(by.loss),
        checkpoints.as_ref(),
        tape.as_ref(),
        own.as_ref(),
    ];
    queue.launch(kernel.program()?, Entry::Adjoint, shape, &header, &buffers, &[])?;
    let sums = [
        ([1, blocks, series], &drive_parts, by.drive),
        ([params, run.batch, run.neurons], &param_parts, by.params),
        ([1, run.batch, run.neurons], &loss_parts, by.loss),
    ];
    for (sizes, from, to) in sums {
        if let (Some(from), Some(to)) = (from, to) {
            sum(queue, kernel, sizes, from, to, &header)?;
        }
    }
    Ok(())
}
