// This file computes a quadratic distance with its forward sensitivities: its value, J^T W r and J^T W J, in one pass.
//
// A block has LANES columns and as many groups of LANES threads as the parameters need: each group repeats the step and
// its Jacobians and carries PER of the derivatives. Small populations thereby occupy more of the processor, and a
// thread needs registers for PER derivatives only. All threads of a group have the same parameters, so that none
// diverge.
//
// loss [batch, neuron], gradient [which, batch, neuron] and curvature [pair, batch, neuron] are summed over the batch
// afterwards.

struct Sensitivity {
    GLOBAL const Number *start, *drive, *params, *target, *weight, *moving;
    GLOBAL Number *loss, *gradient, *curvature;
};

// Adds sum_t w_t s_tk s_tl over the steps in `slopes` [step, which, lane] and `weights` [step, lane] to this group's
// pairs.
DEVICE void add_products(ARGUMENT const Header &run, GLOBAL Number *curvature, Column column, SHARED const Number *slopes,
                         SHARED const Number *weights, uint kept, uint lane, uint group, uint groups) {
    uint pair = 0;
    for (uint k = 0; k < run.tangents; ++k) {
        for (uint l = k; l < run.tangents; ++l, ++pair) {
            if (pair % groups != group) continue;
            Number sum = 0;
            for (uint t = 0; t < kept; ++t) {
                SHARED const Number *s = slopes + t * run.tangents * LANES + lane;
                sum = fma_of(weights[t * LANES + lane] * s[k * LANES], s[l * LANES], sum);
            }
            curvature[pair * column.width + column.at] += sum;
        }
    }
}

template <int PER>
DEVICE void scan_tangent(ARGUMENT const Header &run, Sensitivity at, SHARED Number *memory, uint b, uint lane, uint group,
                         uint groups, uint block) {
    const uint n = block * LANES + lane;
    const bool present = n < run.neurons;
    // Threads without a neuron repeat the last one, because all threads must reach the barriers.
    const Column column = column_of(run, present ? n : run.neurons - 1, b);
    const uint first = group * PER;
    const bool curvature = run.flags & CURVATURE;
    SHARED Number *slopes = memory, *weights = memory + KEPT * run.tangents * LANES;

    Number c[Model::TANGENT], x[Model::STATES], moving[PER][Model::STATES], gradient[PER], loss = 0;
    {
        Number p[Model::PARAMS];
        load_params(at.params, run, column, p);
        Model::invariants_tangent(run.dt, p, c);
    }
    load_state(at.start, column, x);
    uint which[PER];
    UNROLL
    for (int k = 0; k < PER; ++k) {
        const bool carried = first + k < run.tangents;
        which[k] = carried ? run.which[first + k] : Model::PARAMS;
        gradient[k] = 0;
        UNROLL
        for (uint s = 0; s < Model::STATES; ++s) moving[k][s] = 0;
        if ((run.flags & MOVING) && carried)
            load_state(at.moving + (first + k) * Model::STATES * column.width, column, moving[k]);
    }
    if (curvature && present) {
        const uint pairs = run.tangents * (run.tangents + 1) / 2;
        for (uint pair = group; pair < pairs; pair += groups) at.curvature[pair * column.width + column.at] = 0;
    }

    uint kept = 0;
    // Each tile is summed on its own before it is added to the total, which loses less precision.
    for (uint from = 0; from < run.steps; from += TILE) {
        const uint to = min(from + TILE, run.steps);
        Number part[PER], part_loss = 0;
        UNROLL
        for (int k = 0; k < PER; ++k) part[k] = 0;
        for (uint t = from; t < to; ++t) {
            Number i[Model::INPUTS], y[Model::OUTPUTS], j[Model::STATE_BLOCK], source[Model::PARAM_BLOCK];
            load_input(at.drive, run, t, column, i);
            Model::step_tangent(x, i, c, y, j, source);
            UNROLL
            for (uint s = 0; s < Model::STATES; ++s) x[s] = y[s];
            const Number weight = sample(at.weight, run.weight, t, 0, column);
            const Number away = pick(x, run.row) - sample(at.target, run.target, t, 0, column);
            const Number pull = away * weight;
            part_loss = fma_of(pull, away, part_loss);
            UNROLL
            for (int k = 0; k < PER; ++k) {
                Number next[Model::STATES];
                Model::source(which[k], source, next);
                Model::push(j, moving[k], next);
                UNROLL
                for (uint s = 0; s < Model::STATES; ++s) moving[k][s] = next[s];
                const Number slope = pick(next, run.row);
                part[k] = fma_of(pull, slope, part[k]);
                if (curvature && first + k < run.tangents) slopes[(kept * run.tangents + first + k) * LANES + lane] = slope;
            }
            if (curvature) {
                if (group == 0) weights[kept * LANES + lane] = weight;
                if (++kept == KEPT || t + 1 == run.steps) {
                    BARRIER;
                    if (present)
                        add_products(run, at.curvature, column, slopes, weights, kept, lane, group, groups);
                    BARRIER;
                    kept = 0;
                }
            }
        }
        UNROLL
        for (int k = 0; k < PER; ++k) gradient[k] += part[k];
        loss += part_loss;
    }
    if (!present) return;
    if (group == 0) at.loss[column.at] = loss;
    UNROLL
    for (int k = 0; k < PER; ++k)
        if (first + k < run.tangents) at.gradient[(first + k) * column.width + column.at] = gradient[k];
}
