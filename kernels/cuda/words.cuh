// This file defines the qualifiers and functions of the loops in ../device for CUDA.
typedef unsigned int uint;

#define DEVICE __device__ __forceinline__
#define APART __device__ __noinline__
#define GLOBAL
#define LOCAL
#define SHARED
#define ARGUMENT
// The bound asks for one block per multiprocessor: without it the compiler limits registers for more blocks, and
// spills.
#define ENTRY(threads) extern "C" __global__ void __launch_bounds__(threads, 1)
#define ARGUMENTS const __grid_constant__ Header run
#define NETWORK_ARGUMENTS const __grid_constant__ NetworkHeader run
#define UNROLL _Pragma("unroll")
#define BARRIER __syncthreads()
#define SHARED_ARGUMENT(name)
#ifndef SHARED_MEMORY
#define SHARED_MEMORY(name) extern __shared__ Number name[]
#endif

// Reads through the read-only cache; no thread may write to the address during the launch.
DEVICE Number fetch(const Number *from) { return __ldg(from); }

// Sets bits of a shared word.
DEVICE void or_into(uint *word, uint bits) { atomicOr(word, bits); }
// Returns the index of the lowest bit that is set in a word other than zero.
DEVICE uint lowest(uint word) { return uint(__ffs(int(word)) - 1); }

#if SINGLE
DEVICE Number exp_of(Number x) { return expf(x); }
DEVICE Number ln_of(Number x) { return logf(x); }
DEVICE Number cos_of(Number x) { return cosf(x); }
DEVICE Number abs_of(Number x) { return fabsf(x); }
DEVICE Number fma_of(Number a, Number b, Number c) { return fmaf(a, b, c); }
// The error is two ulps for divisors below 2^126, which saturated exponentials do not reach.
DEVICE Number quotient(Number a, Number b) { return __fdividef(a, b); }
#else
DEVICE Number exp_of(Number x) { return exp(x); }
DEVICE Number ln_of(Number x) { return log(x); }
DEVICE Number cos_of(Number x) { return cos(x); }
DEVICE Number abs_of(Number x) { return fabs(x); }
DEVICE Number fma_of(Number a, Number b, Number c) { return fma(a, b, c); }
DEVICE Number quotient(Number a, Number b) { return a / b; }
#endif
