// This file loops over the rows of synapses of a set of neurons: it delivers spikes to inputs, propagates gradients
// back to spikes, and computes gradients w.r.t. weights.
//
// Between two barriers no two threads add to the same number, so that sums have one order whatever the block.
struct Wiring {
    GLOBAL const PopulationWords *populations;
    GLOBAL const Phase *phases;
    GLOBAL const ProjectionWords *projections;
    GLOBAL const uint *owners, *all;
};

DEVICE Wiring wiring_of(ARGUMENT const NetworkHeader &run, GLOBAL const uint *circuit) {
    Wiring w;
    w.populations = (GLOBAL const PopulationWords *)circuit;
    w.phases = (GLOBAL const Phase *)(circuit + run.phases_at);
    w.projections = (GLOBAL const ProjectionWords *)(circuit + run.projections_at);
    w.owners = circuit + run.owners_at;
    w.all = circuit;
    return w;
}

// Rows of inputs, of which `now` is that of the current step; they are a ring buffer, or rows with an end.
struct Window {
    int now;
    uint rows, length;
    bool ring;
};

// Finds the offset of the row in which a spike arrives after `delay`; returns false where there is no such row.
DEVICE bool reach(Window window, uint delay, LOCAL size_t *row) {
    int at = window.now + int(delay);
    if (window.ring && at >= int(window.rows)) at -= int(window.rows);
    *row = size_t(at) * window.length;
    return at >= 0 && at < int(window.rows);
}

// Finds the range of a neuron's synapses in a projection; returns false where there are none.
DEVICE bool row_of(Wiring wiring, GLOBAL const PopulationWords &population, GLOBAL const ProjectionWords &projection, uint neuron, LOCAL uint *from,
                   LOCAL uint *to) {
    const uint row = neuron - population.word * WORD - projection.first;
    if (row >= projection.rows) return false;
    *from = wiring.all[projection.starts + row];
    *to = wiring.all[projection.starts + row + 1];
    return *from < *to;
}

DEVICE Walk walk_rows(Set set, GLOBAL const PopulationWords &population, GLOBAL const ProjectionWords &projection) {
    return walk(set, population.word + projection.first / WORD, population.word + (projection.first + projection.rows + WORD - 1) / WORD);
}

// The threads that may have added to an input since the last barrier: none, only the owner of its target, or any.
enum Adding { NOBODY, OWNERS, ANYBODY };

// Adds the weights of the spikes of a population to inputs. In dense rows each thread owns some targets, the same ones
// for all rows. In other rows a thread takes all synapses onto one target, and the block meets at a barrier before the
// next row.
template <class Inputs>
DEVICE void deliver(Wiring wiring, GLOBAL const PopulationWords &population, Set spikes, GLOBAL const Number *weights, Inputs inputs,
                    Window window, LOCAL uint *adding, uint index, uint threads) {
    for (uint l = population.projections; l < population.projections_end; ++l) {
        GLOBAL const ProjectionWords &projection = wiring.projections[l];
        GLOBAL const uint *targets = wiring.all + projection.targets;
        GLOBAL const Number *w = weights + projection.weights;
        size_t row = 0;
        if (!projection.own_delays && !reach(window, projection.delay, &row)) continue;
        Walk at = walk_rows(spikes, population, projection);
        uint neuron, from, to;
        while (next(spikes, &at, &neuron)) {
            if (!row_of(wiring, population, projection, neuron, &from, &to)) continue;
            if (projection.dense) {
                if (*adding == ANYBODY) BARRIER;
                *adding = OWNERS;
                const uint first = targets[from];
                const size_t base = row + projection.column + first;
                for (uint k = (index + threads - first % threads) % threads; k < to - from; k += threads)
                    inputs[base + k] += fetch(w + from + k);
                continue;
            }
            if (*adding != NOBODY) BARRIER;
            *adding = ANYBODY;
            for (uint e = from + index; e < to; e += threads) {
                const uint target = targets[e];
                if (e > from && targets[e - 1] == target) continue;
                for (uint same = e; same < to && targets[same] == target; ++same) {
                    if (projection.own_delays && !reach(window, wiring.all[projection.delay + same], &row)) continue;
                    inputs[row + projection.column + target] += fetch(w + same);
                }
            }
        }
    }
}

// Returns this thread's part of the gradient w.r.t. the spike of a neuron: the sum over its synapses of the feedback
// weight times the gradient w.r.t. the target's input.
template <class Inputs>
DEVICE Number gather(Wiring wiring, GLOBAL const PopulationWords &population, uint neuron, GLOBAL const Number *weights,
                     GLOBAL const FeedbackWords *feedback, GLOBAL const Number *fixed, Inputs by, Window window, uint lane) {
    Number sum = 0;
    for (uint l = population.projections; l < population.projections_end; ++l) {
        GLOBAL const ProjectionWords &projection = wiring.projections[l];
        GLOBAL const FeedbackWords &path = feedback[l];
        GLOBAL const Number *w = path.fixed ? fixed + path.at : weights + projection.weights;
        uint from, to;
        size_t row = 0;
        if (path.cut || !row_of(wiring, population, projection, neuron, &from, &to)) continue;
        if (!projection.own_delays && !reach(window, projection.delay, &row)) continue;
        for (uint e = from + lane; e < to; e += WORD) {
            if (projection.own_delays && !reach(window, wiring.all[projection.delay + e], &row)) continue;
            sum = fma_of(fetch(w + e), by[row + projection.column + wiring.all[projection.targets + e]], sum);
        }
    }
    return sum;
}

// Adds the contributions of the spikes of a population to the gradients w.r.t. weights.
template <class Inputs>
DEVICE void credit(Wiring wiring, GLOBAL const PopulationWords &population, Set spikes, GLOBAL Number *by_weights, Inputs by,
                   Window window, uint index, uint threads) {
    for (uint l = population.projections; l < population.projections_end; ++l) {
        GLOBAL const ProjectionWords &projection = wiring.projections[l];
        size_t row = 0;
        if (!projection.own_delays && !reach(window, projection.delay, &row)) continue;
        Walk at = walk_rows(spikes, population, projection);
        uint neuron, from, to;
        while (next(spikes, &at, &neuron)) {
            if (!row_of(wiring, population, projection, neuron, &from, &to)) continue;
            for (uint e = from + index; e < to; e += threads) {
                if (projection.own_delays && !reach(window, wiring.all[projection.delay + e], &row)) continue;
                by_weights[projection.weights + e] += by[row + projection.column + wiring.all[projection.targets + e]];
            }
        }
    }
}
