// CUDA's words on the host.
#include "threads.h"

#include <cmath>
#include <type_traits>
#include <utility>

#define __device__
#define __global__
#define __grid_constant__
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(threads, blocks)
#define __shared__
#define __syncthreads() host::barrier()
#define __ldg(p) (*(p))
#define __fdividef(a, b) ((a) / (b))
#define atomicOr(p, bits) (*(p) |= (bits))
#define __ffs(word) __builtin_ffs(word)
#define threadIdx (host::current->place)
#define blockIdx (host::block)
#define blockDim (host::threads)
#define SHARED_MEMORY(name) Number *name = reinterpret_cast<Number *>(host::memory)

inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }

// Calls a kernel as the driver does: with pointers to its arguments.
template <class... A, std::size_t... K>
void unpack(void (*f)(A...), void **arguments, std::index_sequence<K...>) {
    f(*static_cast<std::remove_reference_t<A> *>(arguments[K])...);
}
template <class... A>
void call(void (*f)(A...), void **arguments) {
    unpack(f, arguments, std::index_sequence_for<A...>{});
}
