// This file computes the forward scan of a network: a block runs one element of the batch over all its steps, and a
// thread of it every `threads`-th neuron.
//
// Inputs in transit are a ring buffer of rows, as many as the longest delay needs; a thread clears its neurons' inputs
// as it reads them. States at the start of segments (`kept`) and spikes (`fired`, [batch, step, word]) are saved for
// the backward scan.
struct Forward {
    GLOBAL const Number *start, *weights, *drive, *invariants;
    GLOBAL Number *rows, *kept;
    GLOBAL const uint *run_words;
    GLOBAL uint *fired;
};

template <class Cell, class States, class Inputs>
DEVICE void step_neuron(ARGUMENT const NetworkHeader &run, Forward at, GLOBAL const PopulationWords &population, GLOBAL const PopulationRun &given,
                        uint t, uint b, uint n, States states, Inputs row, Set spikes) {
    Number x[Cell::STATES], i[Cell::INPUTS], c[Cell::SURROGATE], y[Cell::OUTPUTS + 1];
    const uint stride = population.stride;
    load_column<Cell::STATES>(states + population.states + n, stride, x);
    load_column<Cell::INPUTS>(row + population.inputs + n, stride, i);
    load_column<Cell::SURROGATE>(at.invariants + population.surrogate + n, stride, c);
    add_drive<Cell>(given, at.run_words, at.drive, t, b, n, i);
    Cell::step_surrogate(x, i, c, y);
    UNROLL
    for (uint r = 0; r < Cell::INPUTS; ++r) i[r] = 0;
    store_column<Cell::INPUTS>(i, stride, row + population.inputs + n);
    store_column<Cell::STATES>(y, stride, states + population.states + n);
    if (given.records) write_down<Cell>(run, given, population, at.run_words, t, b, n, y, at.rows);
    if (y[Cell::STATES] > Number(0)) {
        const uint slot = population.slot + n;
        insert(spikes, slot / WORD, 1u << (slot % WORD));
    }
}

// Inserts the spikes of a step from word `first` on into a set: those of cells and sources, or only those of sources.
DEVICE void stage(ARGUMENT const NetworkHeader &run, GLOBAL const uint *fired, uint first, Set spikes, uint index,
                  uint threads) {
    for (uint word = first + index; word < run.words; word += threads) {
        const uint bits = fired[word];
        if (bits) insert(spikes, word, bits);
    }
}

template <class States, class Inputs>
DEVICE void network_scan_forward(ARGUMENT const NetworkHeader &run, Forward at, Wiring wiring, States states, Inputs inputs,
                                 SHARED uint *sets, uint b, uint index, uint threads) {
    GLOBAL const PopulationRun *givens = (GLOBAL const PopulationRun *)at.run_words;
    const uint segments = (run.steps + run.segment - 1) / run.segment, cells = run.slots / WORD;
    GLOBAL Number *kept = at.kept + size_t(b) * segments * run.states;
    clear(set_at(sets, 0, run), run, index, threads);
    clear(set_at(sets, 1, run), run, index, threads);
    for (size_t k = index; k < size_t(run.window) * run.inputs; k += threads) inputs[k] = 0;
    for (uint k = index; k < run.states; k += threads) states[k] = 0;
    BARRIER;
    for (uint slot = index; slot < run.slots; slot += threads) {
        const uint g = wiring.owners[slot / WORD];
        GLOBAL const PopulationWords &population = wiring.populations[g];
        const uint n = slot - population.slot;
        if (n >= population.neurons) continue;
        GLOBAL const Number *from = at.start + givens[g].start + size_t(b) * population.neurons + n;
        for (uint s = 0; s < population.rows; ++s)
            states[population.states + size_t(s) * population.stride + n] = from[size_t(s) * run.batch * population.neurons];
        empty_sums(run, givens[g], population, at.run_words, b, n, at.rows);
    }
    BARRIER;
    for (uint t = 0; t < run.steps; ++t) {
        if (t % run.segment == 0) {
            for (uint k = index; k < run.states; k += threads) kept[k] = states[k];
            kept += run.states;
            BARRIER;
        }
        const Set spikes = set_at(sets, t % 2, run);
        GLOBAL uint *fired = at.fired + (size_t(b) * run.steps + t) * run.words;
        const Window window = {int(t % run.window), run.window, run.inputs, true};
        Inputs row = inputs + size_t(window.now) * run.inputs;
        stage(run, fired, cells, spikes, index, threads);
        for (uint p = 0; p < run.phases; ++p) {
            GLOBAL const Phase &phase = wiring.phases[p];
            for (uint slot = phase.slots + index; slot < phase.slots_end; slot += threads) {
                const uint g = wiring.owners[slot / WORD];
                GLOBAL const PopulationWords &population = wiring.populations[g];
                const uint n = slot - population.slot;
                if (n >= population.neurons) continue;
#define STEP(CELL) step_neuron<CELL>(run, at, population, givens[g], t, b, n, states, row, spikes)
                switch (population.cell) { EACH_CELL(STEP) }
#undef STEP
            }
            BARRIER;
            if (p == 0) clear(set_at(sets, (t + 1) % 2, run), run, index, threads);
            if (p + 1 == run.phases)
                for (uint word = index; word < cells; word += threads) fired[word] = spikes.words[word];
            uint adding = NOBODY;
            for (uint g = phase.populations; g < phase.populations_end; ++g)
                deliver(wiring, wiring.populations[g], spikes, at.weights, inputs, window, &adding, index, threads);
            BARRIER;
        }
    }
}
