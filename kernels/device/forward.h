// This file computes the forward scan: a thread runs a column over all its steps with the state in registers.
//
// rows are [time, recorded, batch, neuron]; start and end are [state, batch, neuron].
DEVICE void scan_forward(ARGUMENT const Header &run, GLOBAL const Number *start, GLOBAL const Number *drive,
                         GLOBAL const Number *params, GLOBAL Number *rows, GLOBAL Number *end, uint n, uint b) {
    if (n >= run.neurons) return;
    const Column column = column_of(run, n, b);
    Number p[Model::PARAMS], c[Model::FORWARD], x[Model::STATES];
    load_params(params, run, column, p);
    Model::invariants_forward(run.dt, p, c);
    load_state(start, column, x);
    GLOBAL Number *to = rows + column.at;
    const size_t stride = run.recorded * column.width;
    for (uint t = 0; t < run.steps; ++t, to += stride) {
        Number i[Model::INPUTS], y[Model::OUTPUTS];
        load_input(drive, run, t, column, i);
        Model::step(x, i, c, y);
        UNROLL
        for (uint s = 0; s < Model::OUTPUTS; ++s)
            if (run.slot[s] >= 0) to[uint(run.slot[s]) * column.width] = y[s];
        UNROLL
        for (uint s = 0; s < Model::STATES; ++s) x[s] = y[s];
    }
    if (run.flags & END) store_state(end, column, x);
}
