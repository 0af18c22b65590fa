// Runs the threads of a block on the host, as fibers that meet at barriers; one block after the other.
//
// A fiber starts as a context; from then on it is left and entered by jumps, which ask nothing of the system. Checked
// builds take jumps between stacks for mistakes.
#undef _FORTIFY_SOURCE
#include <setjmp.h>
#include <ucontext.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

struct Place {
    unsigned x, y, z;
};

namespace host {

constexpr std::size_t STACK = 128 << 10;

struct Fiber {
    ucontext_t context;
    jmp_buf at;
    std::vector<char> stack;
    Place place;
    bool started, done;
};

inline thread_local jmp_buf scheduler;
inline thread_local Fiber *current;
inline thread_local Place block, blocks, threads;
inline thread_local char *memory;
inline thread_local void (*body)(void *);
inline thread_local void *argument;
inline thread_local bool reversed;
// Which planted fault is on.
inline thread_local int fault;

inline void run() {
    body(argument);
    current->done = true;
    _longjmp(scheduler, 1);
}

// Back to the scheduler: each thread comes here before any goes on.
inline void barrier() {
    if (!_setjmp(current->at)) _longjmp(scheduler, 1);
}

// Runs the current fiber to its next barrier or its end.
__attribute__((noinline)) inline void resume() {
    if (_setjmp(scheduler)) return;
    if (current->started) _longjmp(current->at, 1);
    current->started = true;
    setcontext(&current->context);
}

inline void launch(const unsigned *grid, const unsigned *size, std::size_t shared, void (*f)(void *), void *with) {
    body = f;
    argument = with;
    blocks = {grid[0], grid[1], 1};
    threads = {size[0], size[1], 1};
    std::vector<Fiber> fibers(size[0] * size[1]);
    for (unsigned by = 0; by < grid[1]; ++by) {
        for (unsigned bx = 0; bx < grid[0]; ++bx) {
            block = {bx, by, 0};
            // A launch finds no zeros in shared memory.
            std::vector<char> bytes(shared + sizeof(double), char(0x7f));
            memory = bytes.data();
            for (std::size_t k = 0; k < fibers.size(); ++k) {
                Fiber &fiber = fibers[k];
                fiber.stack.resize(STACK);
                fiber.place = {unsigned(k % size[0]), unsigned(k / size[0]), 0};
                fiber.started = fiber.done = false;
                getcontext(&fiber.context);
                fiber.context.uc_stack.ss_sp = fiber.stack.data();
                fiber.context.uc_stack.ss_size = STACK;
                fiber.context.uc_link = nullptr;
                makecontext(&fiber.context, run, 0);
            }
            for (bool going = true; going;) {
                std::size_t waiting = 0;
                for (std::size_t k = 0; k < fibers.size(); ++k) {
                    current = &fibers[reversed ? fibers.size() - 1 - k : k];
                    if (current->done) continue;
                    resume();
                    waiting += !current->done;
                }
                going = waiting > 0;
                if (going && waiting < fibers.size()) {
                    std::fputs("a barrier that some threads of a block do not reach\n", stderr);
                    std::abort();
                }
            }
        }
    }
}

}  // namespace host
