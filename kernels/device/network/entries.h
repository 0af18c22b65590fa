// These are the entries that the host launches, with a block for each element of the batch. Buffers are in the order in
// which `kernels/src/device/network` passes them: numbers, then words.
ENTRY(NETWORK_THREADS)
network_prepare(NETWORK_ARGUMENTS, GLOBAL const Number *params, GLOBAL Number *invariants, GLOBAL const uint *circuit) {
    const Wiring wiring = wiring_of(run, circuit);
    const uint slot = blockIdx.x * blockDim.x + threadIdx.x;
    if (slot >= run.slots) return;
    GLOBAL const PopulationWords &population = wiring.populations[wiring.owners[slot / WORD]];
    const uint n = slot - population.slot;
    if (n >= population.neurons) return;
#define PREPARE(CELL) prepare_neuron<CELL>(run, population, n, params, invariants)
    switch (population.cell) { EACH_CELL(PREPARE) }
#undef PREPARE
}

ENTRY(NETWORK_THREADS)
network_forward(NETWORK_ARGUMENTS, GLOBAL const Number *start, GLOBAL const Number *weights,
                GLOBAL const Number *drive, GLOBAL const Number *invariants, GLOBAL Number *rows, GLOBAL Number *kept,
                GLOBAL Number *work, GLOBAL const uint *circuit, GLOBAL const uint *run_words,
                GLOBAL uint *fired SHARED_ARGUMENT(memory)) {
    SHARED_MEMORY(memory);
    const uint b = blockIdx.x, index = threadIdx.x, threads = blockDim.x;
    const Forward at = {start, weights, drive, invariants, rows, kept, run_words, fired};
    const Wiring wiring = wiring_of(run, circuit);
    GLOBAL Number *own = work + size_t(b) * run.work;
    const size_t ring = size_t(run.window) * run.inputs;
    if (run.flags & INPUTS_ON_CHIP) {
        SHARED uint *sets = (SHARED uint *)(memory + run.states + ring);
        network_scan_forward(run, at, wiring, memory, memory + run.states, sets, b, index, threads);
    } else if (run.flags & STATES_ON_CHIP) {
        SHARED uint *sets = (SHARED uint *)(memory + run.states);
        network_scan_forward(run, at, wiring, memory, own, sets, b, index, threads);
    } else {
        network_scan_forward(run, at, wiring, own, own + run.states, (SHARED uint *)memory, b, index, threads);
    }
}

ENTRY(NETWORK_THREADS)
network_backward(NETWORK_ARGUMENTS, GLOBAL const Number *weights, GLOBAL const Number *drive,
                 GLOBAL const Number *invariants, GLOBAL const Number *kept, GLOBAL const Number *bars,
                 GLOBAL const Number *fixed, GLOBAL Number *by_start, GLOBAL Number *by_params, GLOBAL Number *by_weights, GLOBAL Number *by_drive,
                 GLOBAL Number *tape, GLOBAL Number *work, GLOBAL const uint *circuit, GLOBAL const uint *run_words,
                 GLOBAL const uint *fired SHARED_ARGUMENT(memory)) {
    SHARED_MEMORY(memory);
    const uint b = blockIdx.x, index = threadIdx.x, threads = blockDim.x;
    const Backward at = {weights,   drive,      invariants,  kept, bars,    fixed, by_start,
                         by_params, by_weights, by_drive, tape, run_words, fired};
    const Wiring wiring = wiring_of(run, circuit);
    GLOBAL Number *own = work + size_t(b) * run.work;
    const size_t states = size_t(run.states) + run.slots, ring = size_t(run.window) * run.inputs;
    SHARED Number *chip = memory + ROWS * PART;
    Common common;
    common.parts = memory;
    if (run.flags & INPUTS_ON_CHIP) {
        common.which = (SHARED uint *)(chip + states + ring);
        common.sets = common.which + ROWS;
        network_scan_backward(run, at, wiring, common, chip, chip + states, b, index, threads);
    } else if (run.flags & STATES_ON_CHIP) {
        common.which = (SHARED uint *)(chip + states);
        common.sets = common.which + ROWS;
        network_scan_backward(run, at, wiring, common, chip, own, b, index, threads);
    } else {
        common.which = (SHARED uint *)chip;
        common.sets = common.which + ROWS;
        network_scan_backward(run, at, wiring, common, own, own + states, b, index, threads);
    }
}

// Sums the parts of the batch in their order, from [part, k] to [k].
ENTRY(NETWORK_THREADS)
network_sum(NETWORK_ARGUMENTS, GLOBAL const Number *from, GLOBAL Number *to) {
    const uint k = blockIdx.x * blockDim.x + threadIdx.x;
    if (k >= run.count) return;
    Number sum = 0;
    for (uint part = 0; part < run.parts; ++part) sum += from[size_t(part) * run.count + k];
    to[k] = sum;
}
