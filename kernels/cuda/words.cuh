// What the loops in ../device call by other names: CUDA's words for them.
typedef unsigned int uint;

#define DEVICE __device__ __forceinline__
#define APART __device__ __noinline__
#define GLOBAL
#define LOCAL
#define SHARED
#define ARGUMENT
// One block at least on a multiprocessor: left to itself the compiler keeps room for more, and spills.
#define ENTRY(threads) extern "C" __global__ void __launch_bounds__(threads, 1)
#define ARGUMENTS const __grid_constant__ Header run
#define NETWORK_ARGUMENTS const __grid_constant__ NetworkHeader run
#define UNROLL _Pragma("unroll")
#define BARRIER __syncthreads()
#define SHARED_ARGUMENT(name)
#ifndef SHARED_MEMORY
#define SHARED_MEMORY(name) extern __shared__ Number name[]
#endif

// Through the read-only cache: nothing writes there during the launch.
DEVICE Number fetch(const Number *from) { return __ldg(from); }

// Sets bits of a shared word.
DEVICE void or_into(uint *word, uint bits) { atomicOr(word, bits); }
// Place of the lowest bit of a word that is not zero.
DEVICE uint lowest(uint word) { return uint(__ffs(int(word)) - 1); }

#if SINGLE
DEVICE Number exp_of(Number x) { return expf(x); }
DEVICE Number ln_of(Number x) { return logf(x); }
DEVICE Number cos_of(Number x) { return cosf(x); }
DEVICE Number abs_of(Number x) { return fabsf(x); }
DEVICE Number fma_of(Number a, Number b, Number c) { return fmaf(a, b, c); }
// Two ulps for divisors below 2^126, which saturated exponentials do not reach.
DEVICE Number quotient(Number a, Number b) { return __fdividef(a, b); }
#else
DEVICE Number exp_of(Number x) { return exp(x); }
DEVICE Number ln_of(Number x) { return log(x); }
DEVICE Number cos_of(Number x) { return cos(x); }
DEVICE Number abs_of(Number x) { return fabs(x); }
DEVICE Number fma_of(Number a, Number b, Number c) { return fma(a, b, c); }
DEVICE Number quotient(Number a, Number b) { return a / b; }
#endif
