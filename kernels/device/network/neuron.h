// This file steps one neuron of a network, for any cell that its population has.

// Computes the loop invariants of a neuron's step from its parameters.
template <class Cell>
DEVICE void prepare_neuron(ARGUMENT const NetworkHeader &run, GLOBAL const PopulationWords &population, uint n, GLOBAL const Number *params,
                           GLOBAL Number *invariants) {
    Number p[Cell::PARAMS], surrogate[Cell::SURROGATE], adjoint[Cell::ADJOINT];
    UNROLL
    for (uint r = 0; r < Cell::PARAMS; ++r) p[r] = fetch(params + population.params + size_t(r) * population.neurons + n);
    Cell::invariants_surrogate(run.dt, p, surrogate);
    Cell::invariants_adjoint(run.dt, p, adjoint);
    UNROLL
    for (uint r = 0; r < Cell::SURROGATE; ++r) invariants[population.surrogate + size_t(r) * population.stride + n] = surrogate[r];
    UNROLL
    for (uint r = 0; r < Cell::ADJOINT; ++r) invariants[population.adjoint + size_t(r) * population.stride + n] = adjoint[r];
}

// Loads a column of rows that are a population's stride apart.
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

// Adds the external input of step t.
template <class Cell>
DEVICE void add_drive(GLOBAL const PopulationRun &given, GLOBAL const uint *run_words, GLOBAL const Number *drive, uint t, uint b,
                      uint n, LOCAL Number *i) {
    for (uint k = 0; k < given.driven; ++k) {
        const uint input = run_words[given.driven_at + k];
        const size_t at = (size_t(t) * given.driven + k) * given.width + b * given.by_batch + n * given.by_neuron;
        const Number x = fetch(drive + given.drive + at);
        UNROLL
        for (uint r = 0; r < Cell::INPUTS; ++r) i[r] += r == input ? x : Number(0);
    }
}

// Returns the index of a neuron's recorded value in a step.
DEVICE size_t place_of(ARGUMENT const NetworkHeader &run, GLOBAL const RecorderWords &of, GLOBAL const PopulationWords &population, uint t, uint b,
                       uint n) {
    const size_t row = of.sum || of.squares ? 0 : t - of.first;
    return of.at + (row * run.batch + b) * population.neurons + n;
}

// Sets the recorded sums of a neuron to zero.
DEVICE void empty_sums(ARGUMENT const NetworkHeader &run, GLOBAL const PopulationRun &given, GLOBAL const PopulationWords &population,
                       GLOBAL const uint *run_words, uint b, uint n, GLOBAL Number *rows) {
    GLOBAL const RecorderWords *records = (GLOBAL const RecorderWords *)(run_words + given.records_at);
    for (uint k = 0; k < given.records; ++k)
        if (records[k].sum || records[k].squares) rows[place_of(run, records[k], population, 0, b, n)] = 0;
}

// Records those of the outputs `y` that are asked for.
template <class Cell>
DEVICE void write_down(ARGUMENT const NetworkHeader &run, GLOBAL const PopulationRun &given, GLOBAL const PopulationWords &population,
                       GLOBAL const uint *run_words, uint t, uint b, uint n, LOCAL const Number *y, GLOBAL Number *rows) {
    GLOBAL const RecorderWords *records = (GLOBAL const RecorderWords *)(run_words + given.records_at);
    for (uint k = 0; k < given.records; ++k) {
        GLOBAL const RecorderWords &of = records[k];
        if (t < of.first || t >= of.last) continue;
        Number value = 0;
        UNROLL
        for (uint s = 0; s < Cell::OUTPUTS; ++s) value = s == of.output ? y[s] : value;
        const size_t at = place_of(run, of, population, t, b, n);
        rows[at] = of.squares ? fma_of(value, value, rows[at]) : of.sum ? rows[at] + value : value;
    }
}

// Adds the gradients w.r.t. recorded values to `bar`; `after` holds the states after the step, a population's stride
// apart.
template <class Cell>
DEVICE void seed_outputs(ARGUMENT const NetworkHeader &run, GLOBAL const PopulationRun &given, GLOBAL const PopulationWords &population,
                         GLOBAL const uint *run_words, uint t, uint b, uint n, GLOBAL const Number *bars,
                         GLOBAL const Number *after, LOCAL Number *bar) {
    GLOBAL const RecorderWords *records = (GLOBAL const RecorderWords *)(run_words + given.records_at);
    for (uint k = 0; k < given.records; ++k) {
        GLOBAL const RecorderWords &of = records[k];
        if (t < of.first || t >= of.last) continue;
        Number value = fetch(bars + place_of(run, of, population, t, b, n));
        if (of.squares) value *= Number(2) * after[size_t(of.output) * population.stride];
        UNROLL
        for (uint s = 0; s < Cell::OUTPUTS; ++s) bar[s] += s == of.output ? value : Number(0);
    }
}
