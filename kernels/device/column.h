// A column of every row: one neuron in one element of the batch.
struct Column {
    uint n, b;
    // `width` is the distance between rows, `at` the index of the column in a row.
    size_t width, at;
};

DEVICE Column column_of(ARGUMENT const Header &run, uint n, uint b) {
    Column c;
    c.n = n;
    c.b = b;
    c.width = size_t(run.batch) * run.neurons;
    c.at = size_t(b) * run.neurons + n;
    return c;
}

// Returns row r of a series at step t.
DEVICE Number sample(GLOBAL const Number *series, ARGUMENT const Strides &by, uint t, uint r, Column c) {
    return fetch(series + size_t(t) * by.time + size_t(r) * by.row + size_t(c.b) * by.batch + size_t(c.n) * by.neuron);
}

DEVICE void load_input(GLOBAL const Number *drive, ARGUMENT const Header &run, uint t, Column c, LOCAL Number *i) {
    UNROLL
    for (uint r = 0; r < Model::INPUTS; ++r) i[r] = sample(drive, run.drive, t, r, c);
}

DEVICE void load_params(GLOBAL const Number *params, ARGUMENT const Header &run, Column c, LOCAL Number *p) {
    UNROLL
    for (uint r = 0; r < Model::PARAMS; ++r) p[r] = fetch(params + size_t(r) * run.neurons + c.n);
}

// Loads the column's entries of [state, batch, neuron].
DEVICE void load_state(GLOBAL const Number *from, Column c, LOCAL Number *x) {
    UNROLL
    for (uint s = 0; s < Model::STATES; ++s) x[s] = from[s * c.width + c.at];
}

DEVICE void store_state(GLOBAL Number *to, Column c, LOCAL const Number *x) {
    UNROLL
    for (uint s = 0; s < Model::STATES; ++s) to[s * c.width + c.at] = x[s];
}

// Returns entry `row` of the state; registers cannot be indexed.
DEVICE Number pick(LOCAL const Number *x, uint row) {
    Number v = x[0];
    UNROLL
    for (uint s = 1; s < Model::STATES; ++s) v = s == row ? x[s] : v;
    return v;
}

// Takes one step in place.
DEVICE void advance(LOCAL Number *x, LOCAL const Number *i, LOCAL const Number *c) {
    Number y[Model::OUTPUTS];
    Model::step(x, i, c, y);
    UNROLL
    for (uint s = 0; s < Model::STATES; ++s) x[s] = y[s];
}
