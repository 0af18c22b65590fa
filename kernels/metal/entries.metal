// What the host launches: a thread a column, or a block LANES columns; the batch along y.
#define ARGUMENTS constant Header &run [[buffer(0)]]
#define PLACE                                          \
    uint2 thread_index [[thread_position_in_threadgroup]], \
    uint2 threads [[threads_per_threadgroup]], uint2 block [[threadgroup_position_in_grid]]

kernel void forward(ARGUMENTS, device const Number *start [[buffer(1)]], device const Number *drive [[buffer(2)]],
                    device const Number *params [[buffer(3)]], device Number *rows [[buffer(4)]],
                    device Number *end [[buffer(5)]], PLACE) {
    scan_forward(run, start, drive, params, rows, end, block.x * threads.x + thread_index.x, block.y);
}

kernel void adjoint(ARGUMENTS, device const Number *start [[buffer(1)]], device const Number *drive [[buffer(2)]],
                    device const Number *params [[buffer(3)]], device const Number *target [[buffer(4)]],
                    device const Number *weight [[buffer(5)]], device const Number *bar_rows [[buffer(6)]],
                    device const Number *bar_end [[buffer(7)]], device Number *by_start [[buffer(8)]],
                    device Number *by_drive [[buffer(9)]], device Number *by_params [[buffer(10)]],
                    device Number *loss [[buffer(11)]], device Number *states [[buffer(12)]],
                    device Number *tape [[buffer(13)]], device Number *own [[buffer(14)]], PLACE) {
    const Reverse at = {start,    drive,    params,    target, weight, bar_rows, bar_end,
                        by_start, by_drive, by_params, loss,   states, tape,     own};
    scan_adjoint(run, at, block.y, thread_index.x, threads.x, block.x);
}

#define TANGENT(NAME, PER)                                                                                            \
    kernel void NAME(ARGUMENTS, device const Number *start [[buffer(1)]], device const Number *drive [[buffer(2)]],   \
                     device const Number *params [[buffer(3)]], device const Number *target [[buffer(4)]],            \
                     device const Number *weight [[buffer(5)]], device const Number *moving [[buffer(6)]],            \
                     device Number *loss [[buffer(7)]], device Number *gradient [[buffer(8)]],                        \
                     device Number *curvature [[buffer(9)]], SHARED Number *memory [[threadgroup(0)]], PLACE) {       \
        const Sensitivity at = {start, drive, params, target, weight, moving, loss, gradient, curvature};             \
        scan_tangent<PER>(run, at, memory, block.y, thread_index.x, thread_index.y, threads.y, block.x);              \
    }
TANGENT(tangent_1, 1)
TANGENT(tangent_4, 4)

kernel void sum(ARGUMENTS, device const Number *from [[buffer(1)]], device Number *to [[buffer(2)]], PLACE) {
    sum_parts(run, from, to, block.x * threads.x + thread_index.x);
}
