// These are the entries that the host launches. A thread runs one column, or a block LANES columns; the batch is along
// y. Buffers are in the order in which `kernels/src/device` passes them.
ENTRY(128)
forward(ARGUMENTS, GLOBAL const Number *start, GLOBAL const Number *drive, GLOBAL const Number *params,
        GLOBAL Number *rows, GLOBAL Number *end) {
    scan_forward(run, start, drive, params, rows, end, blockIdx.x * blockDim.x + threadIdx.x, blockIdx.y);
}

ENTRY(128)
adjoint(ARGUMENTS, GLOBAL const Number *start, GLOBAL const Number *drive, GLOBAL const Number *params,
        GLOBAL const Number *target, GLOBAL const Number *weight, GLOBAL const Number *bar_rows,
        GLOBAL const Number *bar_end, GLOBAL Number *by_start, GLOBAL Number *by_drive, GLOBAL Number *by_params,
        GLOBAL Number *loss, GLOBAL Number *states, GLOBAL Number *tape, GLOBAL Number *own) {
    const Reverse at = {start,    drive,    params,    target, weight, bar_rows, bar_end,
                        by_start, by_drive, by_params, loss,   states, tape,     own};
    scan_adjoint(run, at, blockIdx.y, threadIdx.x, blockDim.x, blockIdx.x);
}

#define TANGENT(NAME, PER)                                                                                            \
    ENTRY(MOST_THREADS)                                                                                               \
    NAME(ARGUMENTS, GLOBAL const Number *start, GLOBAL const Number *drive, GLOBAL const Number *params,              \
         GLOBAL const Number *target, GLOBAL const Number *weight, GLOBAL const Number *moving, GLOBAL Number *loss,  \
         GLOBAL Number *gradient, GLOBAL Number *curvature SHARED_ARGUMENT(memory)) {                                 \
        SHARED_MEMORY(memory);                                                                                        \
        const Sensitivity at = {start, drive, params, target, weight, moving, loss, gradient, curvature};             \
        scan_tangent<PER>(run, at, memory, blockIdx.y, threadIdx.x, threadIdx.y, blockDim.y, blockIdx.x);             \
    }
TANGENT(tangent_one, 1)
TANGENT(tangent_many, PER_THREAD)

ENTRY(128) sum(ARGUMENTS, GLOBAL const Number *from, GLOBAL Number *to) {
    sum_parts(run, from, to, blockIdx.x * blockDim.x + threadIdx.x);
}
