// What the host launches: a thread a column, or a block LANES columns; the batch along y.
#define ARGUMENTS const __grid_constant__ Header run

extern "C" __global__ void __launch_bounds__(128)
forward(ARGUMENTS, const Number *start, const Number *drive, const Number *params, Number *rows, Number *end) {
    scan_forward(run, start, drive, params, rows, end, blockIdx.x * blockDim.x + threadIdx.x, blockIdx.y);
}

extern "C" __global__ void __launch_bounds__(128)
adjoint(ARGUMENTS, const Number *start, const Number *drive, const Number *params, const Number *target,
        const Number *weight, const Number *bar_rows, const Number *bar_end, Number *by_start, Number *by_drive,
        Number *by_params, Number *loss, Number *states, Number *tape, Number *own) {
    const Reverse at = {start,    drive,    params,    target, weight, bar_rows, bar_end,
                        by_start, by_drive, by_params, loss,   states, tape,     own};
    scan_adjoint(run, at, blockIdx.y, threadIdx.x, blockDim.x, blockIdx.x);
}

#define TANGENT(NAME, PER)                                                                                            \
    extern "C" __global__ void __launch_bounds__(MOST_THREADS)                                                        \
    NAME(ARGUMENTS, const Number *start, const Number *drive, const Number *params, const Number *target,             \
         const Number *weight, const Number *moving, Number *loss, Number *gradient, Number *curvature) {             \
        SHARED_MEMORY(memory);                                                                                        \
        const Sensitivity at = {start, drive, params, target, weight, moving, loss, gradient, curvature};             \
        scan_tangent<PER>(run, at, memory, blockIdx.y, threadIdx.x, threadIdx.y, blockDim.y, blockIdx.x);             \
    }
TANGENT(tangent_1, 1)
TANGENT(tangent_4, 4)

extern "C" __global__ void sum(ARGUMENTS, const Number *from, Number *to) {
    sum_parts(run, from, to, blockIdx.x * blockDim.x + threadIdx.x);
}
