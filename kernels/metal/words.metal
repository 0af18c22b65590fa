// This file defines the qualifiers and functions of the loops in ../device for Metal.
#include <metal_stdlib>
using namespace metal;

#define DEVICE inline
#define APART inline
#define GLOBAL device
#define LOCAL thread
#ifndef SHARED
#define SHARED threadgroup
#endif
#define ARGUMENT constant
#define ENTRY(threads) [[kernel, max_total_threads_per_threadgroup(threads)]] void
// Buffers are numbered in their order; the indices of a thread have CUDA's names.
#define ARGUMENTS constant Header &run, PLACE
#define NETWORK_ARGUMENTS constant NetworkHeader &run, PLACE
#define PLACE                                              \
    uint2 threadIdx [[thread_position_in_threadgroup]],    \
    uint2 blockDim [[threads_per_threadgroup]], uint2 blockIdx [[threadgroup_position_in_grid]]
#define SHARED_ARGUMENT(name) , SHARED Number *name [[threadgroup(0)]]
#define SHARED_MEMORY(name)
#define UNROLL _Pragma("unroll")
#define BARRIER threadgroup_barrier(mem_flags::mem_device | mem_flags::mem_threadgroup)

DEVICE Number fetch(device const Number *from) { return *from; }

// Sets bits of a shared word.
DEVICE void or_into(SHARED uint *word, uint bits) {
    atomic_fetch_or_explicit((SHARED atomic_uint *)word, bits, memory_order_relaxed);
}
// Returns the index of the lowest bit that is set in a word other than zero.
DEVICE uint lowest(uint word) { return ctz(word); }

// The fast variants lose precision where arguments are large.
DEVICE Number exp_of(Number x) { return precise::exp(x); }
DEVICE Number ln_of(Number x) { return precise::log(x); }
DEVICE Number cos_of(Number x) { return precise::cos(x); }
DEVICE Number abs_of(Number x) { return fabs(x); }
DEVICE Number fma_of(Number a, Number b, Number c) { return fma(a, b, c); }
DEVICE Number quotient(Number a, Number b) { return a / b; }
