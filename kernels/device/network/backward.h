// This file computes the reverse scan of a network, with a block for each element of the batch.
//
// The states and inputs of a segment are recomputed from its saved states and the spikes into `tape`
// [step + 1, states, inputs, surrogate derivative of each slot]. All spikes are known, so that the inputs are computed
// first, and each thread then runs its neurons over the whole segment. Gradients w.r.t. the inputs of later steps are a
// ring buffer, as the inputs are in the forward scan. The gradient w.r.t. a spike is needed only where its surrogate
// derivative is not zero; the sums for ROWS such neurons are made at a time, with WORD threads for each. by_params and
// by_weights are [batch, ..] and are summed over the batch afterwards. `bar` and `bars` are gradients w.r.t. outputs.
struct Backward {
    GLOBAL const Number *weights, *drive, *invariants, *kept, *bars, *fixed;
    GLOBAL Number *by_start, *by_params, *by_weights, *by_drive, *tape;
    GLOBAL const uint *run_words, *fired;
};

// The shared memory of a block: partial sums, the slots that they belong to, and four sets.
struct Common {
    SHARED Number *parts;
    SHARED uint *which, *sets;
};

enum { PART = WORD + 1 };

// Adds the parts of sum k in their order.
DEVICE Number whole(Common common, uint k) {
    Number sum = 0;
    for (uint lane = 0; lane < WORD; ++lane) sum += common.parts[k * PART + lane];
    return sum;
}

// Recomputes the states of a neuron over a segment.
template <class Cell>
DEVICE void replay(ARGUMENT const NetworkHeader &run, Backward at, GLOBAL const PopulationWords &population, GLOBAL const PopulationRun &given,
                   uint from, uint count, uint b, uint n, GLOBAL const Number *start, GLOBAL Number *tape,
                   size_t length) {
    Number x[Cell::STATES], c[Cell::SURROGATE];
    const uint stride = population.stride;
    load_column<Cell::STATES>(start + population.states + n, stride, x);
    load_column<Cell::SURROGATE>(at.invariants + population.surrogate + n, stride, c);
    for (uint k = 0; k < count; ++k, tape += length) {
        Number i[Cell::INPUTS], y[Cell::OUTPUTS + 1];
        GLOBAL Number *input = tape + run.states + population.inputs + n;
        store_column<Cell::STATES>(x, stride, tape + population.states + n);
        load_column<Cell::INPUTS>(input, stride, i);
        add_drive<Cell>(given, at.run_words, at.drive, from + k, b, n, i);
        store_column<Cell::INPUTS>(i, stride, input);
        Cell::step_surrogate(x, i, c, y);
        tape[run.states + run.inputs + population.slot + n] = abs_of(y[Cell::OUTPUTS]);
        UNROLL
        for (uint s = 0; s < Cell::STATES; ++s) x[s] = y[s];
    }
    store_column<Cell::STATES>(x, stride, tape + population.states + n);
}

DEVICE void fill(ARGUMENT const NetworkHeader &run, Backward at, Wiring wiring, Common common, uint from, uint count, uint b,
                 GLOBAL const Number *start, GLOBAL Number *tape, size_t length, uint index, uint threads) {
    GLOBAL const PopulationRun *givens = (GLOBAL const PopulationRun *)at.run_words;
    GLOBAL Number *inputs = tape + run.states;
    for (uint which = 0; which < 4; ++which) clear(set_at(common.sets, which, run), run, index, threads);
    for (uint k = 0; k < count; ++k)
        for (uint j = index; j < run.inputs; j += threads) inputs[k * length + j] = 0;
    BARRIER;
    for (uint t = from > run.window - 1 ? from - (run.window - 1) : 0; t < from + count; ++t) {
        const Set spikes = set_at(common.sets, t % 2, run);
        stage(run, at.fired + (size_t(b) * run.steps + t) * run.words, 0, spikes, index, threads);
        BARRIER;
        clear(set_at(common.sets, (t + 1) % 2, run), run, index, threads);
        const Window window = {int(t) - int(from), count, uint(length), false};
        uint adding = NOBODY;
        for (uint g = 0; g < run.populations; ++g)
            deliver(wiring, wiring.populations[g], spikes, at.weights, inputs, window, &adding, index, threads);
        BARRIER;
    }
    for (uint which = 0; which < 2; ++which) clear(set_at(common.sets, which, run), run, index, threads);
    for (uint slot = index; slot < run.slots; slot += threads) {
        const uint g = wiring.owners[slot / WORD];
        GLOBAL const PopulationWords &population = wiring.populations[g];
        const uint n = slot - population.slot;
        if (n >= population.neurons) continue;
#define REPLAY(CELL) replay<CELL>(run, at, population, givens[g], from, count, b, n, start, tape, length)
        switch (population.cell) { EACH_CELL(REPLAY) }
#undef REPLAY
    }
    BARRIER;
}

// Writes the gradients w.r.t. the spikes of a phase's populations to `spike`, for the slots in `support`.
template <class States, class Inputs>
DEVICE void gather_phase(ARGUMENT const NetworkHeader &run, Backward at, Wiring wiring, Common common,
                         GLOBAL const Phase &phase, Set support, States spike, Inputs by, Window window, uint index,
                         uint threads) {
    const uint team = index / WORD, teams = threads / WORD, lane = index % WORD;
    GLOBAL const FeedbackWords *feedback = (GLOBAL const FeedbackWords *)(at.run_words + run.feedback_at);
    Walk place = walk(support, phase.slots / WORD, phase.slots_end / WORD);
    for (bool more = true; more;) {
        uint count = 0, slot;
        while (count < ROWS && (more = next(support, &place, &slot))) {
            if (count % teams == team) {
                GLOBAL const PopulationWords &population = wiring.populations[wiring.owners[slot / WORD]];
                common.parts[count * PART + lane] =
                    gather(wiring, population, slot, at.weights, feedback, at.fixed, by, window, lane);
                if (lane == 0) common.which[count] = slot;
            }
            ++count;
        }
        BARRIER;
        for (uint k = index; k < count; k += threads) spike[common.which[k]] = whole(common, k);
        BARRIER;
    }
}

template <class Cell, class States, class Inputs>
DEVICE void back_neuron(ARGUMENT const NetworkHeader &run, Backward at, GLOBAL const PopulationWords &population, GLOBAL const PopulationRun &given,
                        uint t, uint b, uint n, GLOBAL const Number *tape, GLOBAL const Number *after, States states,
                        Inputs row) {
    Number x[Cell::STATES], i[Cell::INPUTS], c[Cell::ADJOINT], bar[Cell::OUTPUTS];
    Number gx[Cell::STATES], gi[Cell::INPUTS], gp[Cell::PARAMS];
    const uint stride = population.stride, slot = population.slot + n;
    load_column<Cell::STATES>(tape + population.states + n, stride, x);
    load_column<Cell::INPUTS>(tape + run.states + population.inputs + n, stride, i);
    load_column<Cell::ADJOINT>(at.invariants + population.adjoint + n, stride, c);
    load_column<Cell::STATES>(states + population.states + n, stride, bar);
    const bool supported = tape[run.states + run.inputs + slot] > Number(0);
    bar[Cell::STATES] = supported ? states[run.states + slot] : Number(0);
    seed_outputs<Cell>(run, given, population, at.run_words, t, b, n, at.bars, after + population.states + n, bar);
    if (!supported) bar[Cell::STATES] = 0;
    Cell::step_adjoint(x, i, c, bar, gx, gi, gp);
    store_column<Cell::STATES>(gx, stride, states + population.states + n);
    store_column<Cell::INPUTS>(gi, stride, row + population.inputs + n);
    if (run.flags & PARAMS) {
        GLOBAL Number *to = at.by_params + size_t(b) * run.params + population.params + n;
        UNROLL
        for (uint r = 0; r < Cell::PARAMS; ++r) to[size_t(r) * population.neurons] += gp[r];
    }
    if ((run.flags & DRIVE) && given.by_neuron) {
        for (uint k = 0; k < given.driven; ++k) {
            const uint input = at.run_words[given.driven_at + k];
            Number value = 0;
            UNROLL
            for (uint r = 0; r < Cell::INPUTS; ++r) value = r == input ? gi[r] : value;
            const size_t place = (size_t(t) * given.driven + k) * given.width + b * given.by_batch + n;
            at.by_drive[given.by_drive + place] = value;
        }
    }
}

// Sums the gradients w.r.t. inputs over the neurons that share a drive.
template <class Inputs>
DEVICE void pool(ARGUMENT const NetworkHeader &run, Backward at, Wiring wiring, Common common, uint t, uint b, Inputs row,
                 uint index, uint threads) {
    GLOBAL const SharedDrive *shared_drives = (GLOBAL const SharedDrive *)(at.run_words + run.shared_drives_at);
    const uint team = index / WORD, teams = threads / WORD, lane = index % WORD;
    for (uint first = 0; first < run.shared_drives; first += ROWS) {
        const uint last = min(first + ROWS, run.shared_drives);
        for (uint k = first + team; k < last; k += teams) {
            GLOBAL const PopulationWords &population = wiring.populations[shared_drives[k].population];
            const size_t place = population.inputs + size_t(shared_drives[k].input) * population.stride;
            Number sum = 0;
            for (uint n = lane; n < population.neurons; n += WORD) sum += row[place + n];
            common.parts[(k - first) * PART + lane] = sum;
        }
        BARRIER;
        for (uint k = first + index; k < last; k += threads)
            at.by_drive[shared_drives[k].at + size_t(t) * shared_drives[k].time + b] = whole(common, k - first);
        BARRIER;
    }
}

template <class States, class Inputs>
DEVICE void network_scan_backward(ARGUMENT const NetworkHeader &run, Backward at, Wiring wiring, Common common, States states,
                                  Inputs by, uint b, uint index, uint threads) {
    GLOBAL const PopulationRun *givens = (GLOBAL const PopulationRun *)at.run_words;
    const uint segments = (run.steps + run.segment - 1) / run.segment;
    const size_t length = size_t(run.states) + run.inputs + run.slots;
    GLOBAL Number *tape = at.tape + size_t(b) * (run.segment + 1) * length;
    GLOBAL Number *by_weights = at.by_weights + size_t(b) * run.synapses;
    // `states` holds the gradients w.r.t. states, then those w.r.t. spikes.
    for (uint k = index; k < run.states + run.slots; k += threads) states[k] = 0;
    for (size_t k = index; k < size_t(run.window) * run.inputs; k += threads) by[k] = 0;
    if (run.flags & PARAMS)
        for (uint k = index; k < run.params; k += threads) at.by_params[size_t(b) * run.params + k] = 0;
    if (run.flags & WEIGHTS)
        for (uint k = index; k < run.synapses; k += threads) by_weights[k] = 0;
    for (uint segment = segments; segment-- > 0;) {
        const uint from = segment * run.segment, count = min(run.segment, run.steps - from);
        GLOBAL const Number *start = at.kept + (size_t(b) * segments + segment) * run.states;
        BARRIER;
        fill(run, at, wiring, common, from, count, b, start, tape, length, index, threads);
        for (uint k = count; k-- > 0;) {
            const uint t = from + k;
            GLOBAL const Number *was = tape + k * length;
            const Window window = {int(t % run.window), run.window, run.inputs, true};
            Inputs row = by + size_t(window.now) * run.inputs;
            const Set support = set_at(common.sets, k % 2, run), spikes = set_at(common.sets, 2 + k % 2, run);
            for (uint slot = index; slot < run.slots; slot += threads) {
                GLOBAL const PopulationWords &population = wiring.populations[wiring.owners[slot / WORD]];
                if (slot - population.slot < population.neurons && was[run.states + run.inputs + slot] > Number(0))
                    insert(support, slot / WORD, 1u << (slot % WORD));
            }
            if (run.flags & WEIGHTS)
                stage(run, at.fired + (size_t(b) * run.steps + t) * run.words, 0, spikes, index, threads);
            BARRIER;
            clear(set_at(common.sets, (k + 1) % 2, run), run, index, threads);
            clear(set_at(common.sets, 2 + (k + 1) % 2, run), run, index, threads);
            for (uint p = run.phases; p-- > 0;) {
                GLOBAL const Phase &phase = wiring.phases[p];
                gather_phase(run, at, wiring, common, phase, support, states + run.states, by, window, index, threads);
                if (run.flags & WEIGHTS)
                    for (uint g = phase.populations; g < phase.populations_end; ++g)
                        credit(wiring, wiring.populations[g], spikes, by_weights, by, window, index, threads);
                BARRIER;
                for (uint slot = phase.slots + index; slot < phase.slots_end; slot += threads) {
                    const uint g = wiring.owners[slot / WORD];
                    GLOBAL const PopulationWords &population = wiring.populations[g];
                    const uint n = slot - population.slot;
                    if (n >= population.neurons) continue;
#define BACK(CELL) back_neuron<CELL>(run, at, population, givens[g], t, b, n, was, was + length, states, row)
                    switch (population.cell) { EACH_CELL(BACK) }
#undef BACK
                }
                BARRIER;
            }
            if (run.flags & DRIVE) pool(run, at, wiring, common, t, b, row, index, threads);
        }
    }
    if (!(run.flags & START)) return;
    for (uint slot = index; slot < run.slots; slot += threads) {
        const uint g = wiring.owners[slot / WORD];
        GLOBAL const PopulationWords &population = wiring.populations[g];
        const uint n = slot - population.slot;
        if (n >= population.neurons) continue;
        GLOBAL Number *to = at.by_start + givens[g].start + size_t(b) * population.neurons + n;
        for (uint s = 0; s < population.rows; ++s)
            to[size_t(s) * run.batch * population.neurons] = states[population.states + size_t(s) * population.stride + n];
    }
}
