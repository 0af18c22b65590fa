// This file computes the reverse scan: gradients w.r.t. initial state, drive and parameters.
//
// A thread saves its state at the start of every segment of about sqrt(T) steps in `states` [segment, state, width].
// In the backward pass it recomputes a segment into `tape` [step, state, width] and runs the adjoint over it (Griewank
// and Walther 2000, https://doi.org/10.1145/347837.347846, with one level).
//
// by_params [parameter, batch, neuron] and loss [batch, neuron] are summed over the batch afterwards. The gradient
// w.r.t. a drive that neurons share is summed over a block's threads in their order at the end of each segment: `own`
// [step, input, width] holds the parts of the threads, by_drive [block, time, input, batch] the sums of the blocks.
// `bar` is the gradient w.r.t. the outputs of a step.

struct Reverse {
    GLOBAL const Number *start, *drive, *params, *target, *weight, *bar_rows, *bar_end;
    GLOBAL Number *by_start, *by_drive, *by_params, *loss, *states, *tape, *own;
};

// Writes the state before each step of a segment to `tape`. x is the state before the first step, and then that after
// the last.
DEVICE void record_segment(ARGUMENT const Header &run, Reverse at, Column column, uint from, uint to,
                           LOCAL const Number *c, LOCAL Number *x) {
    for (uint t = from; t < to; ++t) {
        Number i[Model::INPUTS];
        store_state(at.tape + (t - from) * Model::STATES * column.width, column, x);
        load_input(at.drive, run, t, column, i);
        advance(x, i, c);
    }
}

// Adds the gradient w.r.t. the recorded or compared outputs of step t to bar, which holds the gradient that the later
// steps contribute; `after` is the compared state after the step.
DEVICE void seed(ARGUMENT const Header &run, Reverse at, Column column, uint t, Number after, LOCAL Number *bar,
                 LOCAL Number *loss) {
    if (run.flags & OBJECTIVE) {
        const Number away = after - sample(at.target, run.target, t, 0, column);
        const Number pull = away * sample(at.weight, run.weight, t, 0, column);
        *loss = fma_of(pull, away, *loss);
        UNROLL
        for (uint s = 0; s < Model::STATES; ++s) bar[s] += s == run.row ? pull : Number(0);
    } else {
        GLOBAL const Number *given = at.bar_rows + size_t(t) * run.recorded * column.width + column.at;
        UNROLL
        for (uint s = 0; s < Model::OUTPUTS; ++s)
            if (run.slot[s] >= 0) bar[s] += fetch(given + uint(run.slot[s]) * column.width);
    }
}

// Sums the threads' parts of a segment's gradient w.r.t. a shared drive.
DEVICE void sum_drive(ARGUMENT const Header &run, Reverse at, Column column, uint from, uint to, uint thread_index,
                      uint threads, uint block) {
    const uint first = block * threads;
    const uint last = min(first + threads, run.neurons);
    const uint rows = (to - from) * Model::INPUTS;
    GLOBAL Number *sums = at.by_drive + size_t(block) * run.steps * Model::INPUTS * run.batch;
    for (uint row = thread_index; row < rows; row += threads) {
        GLOBAL const Number *parts = at.own + row * column.width + size_t(column.b) * run.neurons;
        Number sum = 0;
        for (uint n = first; n < last; ++n) sum += parts[n];
        sums[(size_t(from) * Model::INPUTS + row) * run.batch + column.b] = sum;
    }
}

DEVICE void scan_adjoint(ARGUMENT const Header &run, Reverse at, uint b, uint thread_index, uint threads, uint block) {
    const uint n = block * threads + thread_index;
    const bool present = n < run.neurons;
    const Column column = column_of(run, n, b);
    const bool shared = (run.flags & DRIVE) && !(run.flags & OWN_DRIVE);
    const uint segments = (run.steps + run.segment - 1) / run.segment;
    const size_t stride = Model::STATES * column.width;
    Number forward[Model::FORWARD], backward[Model::ADJOINT];
    Number x[Model::STATES], bar[Model::OUTPUTS], sums[Model::PARAMS], loss = 0;
    if (present) {
        Number p[Model::PARAMS];
        load_params(at.params, run, column, p);
        Model::invariants_forward(run.dt, p, forward);
        Model::invariants_adjoint(run.dt, p, backward);
        load_state(at.start, column, x);
        for (uint k = 0; k < segments; ++k) {
            store_state(at.states + k * stride, column, x);
            if (k + 1 == segments) break;
            for (uint t = k * run.segment; t < (k + 1) * run.segment; ++t) {
                Number i[Model::INPUTS];
                load_input(at.drive, run, t, column, i);
                advance(x, i, forward);
            }
        }
        UNROLL
        for (uint s = 0; s < Model::STATES; ++s) bar[s] = 0;
        if (run.flags & END) load_state(at.bar_end, column, bar);
        UNROLL
        for (uint r = 0; r < Model::PARAMS; ++r) sums[r] = 0;
    }
    for (uint k = segments; k-- > 0;) {
        const uint from = k * run.segment, to = min(from + run.segment, run.steps);
        if (present) {
            load_state(at.states + k * stride, column, x);
            record_segment(run, at, column, from, to, forward, x);
            Number after = pick(x, run.row);
            // Each segment is summed on its own before it is added to the total, which loses less precision.
            Number part[Model::PARAMS], part_loss = 0;
            UNROLL
            for (uint r = 0; r < Model::PARAMS; ++r) part[r] = 0;
            for (uint t = to; t-- > from;) {
                Number i[Model::INPUTS], gx[Model::STATES], gi[Model::INPUTS], gp[Model::PARAMS];
                bar[Model::STATES] = 0;
                seed(run, at, column, t, after, bar, &part_loss);
                load_state(at.tape + (t - from) * stride, column, x);
                load_input(at.drive, run, t, column, i);
                Model::step_adjoint(x, i, backward, bar, gx, gi, gp);
                after = pick(x, run.row);
                UNROLL
                for (uint s = 0; s < Model::STATES; ++s) bar[s] = gx[s];
                UNROLL
                for (uint r = 0; r < Model::PARAMS; ++r) part[r] += gp[r];
                if (run.flags & DRIVE) {
                    GLOBAL Number *own = shared ? at.own + (t - from) * Model::INPUTS * column.width
                                                : at.by_drive + size_t(t) * Model::INPUTS * column.width;
                    UNROLL
                    for (uint r = 0; r < Model::INPUTS; ++r) own[r * column.width + column.at] = gi[r];
                }
            }
            UNROLL
            for (uint r = 0; r < Model::PARAMS; ++r) sums[r] += part[r];
            loss += part_loss;
        }
        if (shared) {
            BARRIER;
            sum_drive(run, at, column, from, to, thread_index, threads, block);
            BARRIER;
        }
    }
    if (!present) return;
    if (run.flags & START) store_state(at.by_start, column, bar);
    if (run.flags & PARAMS) {
        UNROLL
        for (uint r = 0; r < Model::PARAMS; ++r) at.by_params[r * column.width + column.at] = sums[r];
    }
    if (run.flags & LOSS) at.loss[column.at] = loss;
}
