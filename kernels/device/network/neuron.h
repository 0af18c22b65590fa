// Steps of one neuron of a network, of whichever cell its group has.

// What the step of a neuron needs of its parameters.
template <class Cell>
DEVICE void prepare_neuron(ARGUMENT const Network &run, GLOBAL const Group &group, uint n, GLOBAL const Number *params,
                           GLOBAL Number *hoisted) {
    Number p[Cell::PARAMS], sloped[Cell::SLOPED], adjoint[Cell::ADJOINT];
    UNROLL
    for (uint r = 0; r < Cell::PARAMS; ++r) p[r] = fetch(params + group.params + size_t(r) * group.neurons + n);
    Cell::hoist_sloped(run.dt, p, sloped);
    Cell::hoist_adjoint(run.dt, p, adjoint);
    UNROLL
    for (uint r = 0; r < Cell::SLOPED; ++r) hoisted[group.sloped + size_t(r) * group.stride + n] = sloped[r];
    UNROLL
    for (uint r = 0; r < Cell::ADJOINT; ++r) hoisted[group.adjoint + size_t(r) * group.stride + n] = adjoint[r];
}

// A column of rows that are a group's stride apart.
template <int ROWS_OF, class From>
DEVICE void load_column(From from, uint stride, LOCAL Number *to) {
    UNROLL
    for (uint r = 0; r < ROWS_OF; ++r) to[r] = from[size_t(r) * stride];
}

template <int ROWS_OF, class To>
DEVICE void store_column(LOCAL const Number *from, uint stride, To to) {
    UNROLL
    for (uint r = 0; r < ROWS_OF; ++r) to[size_t(r) * stride] = from[r];
}

// Adds the input from outside.
template <class Cell>
DEVICE void add_drive(GLOBAL const Given &given, GLOBAL const uint *episode, GLOBAL const Number *drive, uint t, uint b,
                      uint n, LOCAL Number *i) {
    for (uint k = 0; k < given.driven; ++k) {
        const uint input = episode[given.driven_at + k];
        const size_t at = (size_t(t) * given.driven + k) * given.width + b * given.by_batch + n * given.by_neuron;
        const Number x = fetch(drive + given.drive + at);
        UNROLL
        for (uint r = 0; r < Cell::INPUTS; ++r) i[r] += r == input ? x : Number(0);
    }
}

// Place of recorded row k of a neuron.
DEVICE size_t recorded_at(ARGUMENT const Network &run, GLOBAL const Given &given, GLOBAL const Group &group, uint t,
                          uint k, uint b, uint n) {
    return given.rows + ((size_t(t) * given.recorded + k) * run.batch + b) * group.neurons + n;
}

// Writes down what is asked for of outputs `y`.
template <class Cell>
DEVICE void record(ARGUMENT const Network &run, GLOBAL const Given &given, GLOBAL const Group &group,
                   GLOBAL const uint *episode, uint t, uint b, uint n, LOCAL const Number *y, GLOBAL Number *rows) {
    for (uint k = 0; k < given.recorded; ++k) {
        const uint output = episode[given.record_at + k];
        Number value = 0;
        UNROLL
        for (uint s = 0; s < Cell::OUTPUTS; ++s) value = s == output ? y[s] : value;
        rows[recorded_at(run, given, group, t, k, b, n)] = value;
    }
}

// Adds the gradients by recorded outputs to `bar`.
template <class Cell>
DEVICE void seed_outputs(ARGUMENT const Network &run, GLOBAL const Given &given, GLOBAL const Group &group,
                         GLOBAL const uint *episode, uint t, uint b, uint n, GLOBAL const Number *bars,
                         LOCAL Number *bar) {
    for (uint k = 0; k < given.recorded; ++k) {
        const uint output = episode[given.record_at + k];
        const Number value = fetch(bars + recorded_at(run, given, group, t, k, b, n));
        UNROLL
        for (uint s = 0; s < Cell::OUTPUTS; ++s) bar[s] += s == output ? value : Number(0);
    }
}
