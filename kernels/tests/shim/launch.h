// What a test calls instead of a driver. Arguments are the header and pointers to buffers, each by its address.
struct Launch {
    void **arguments;
    int buffers;
};

#define ENTRY(NAME)                                                      \
    if (!std::strcmp(name, #NAME)) {                                     \
        host::launch(grid, size, shared, [](void *with) {                \
            Launch *launch = static_cast<Launch *>(with);                \
            CALL(NAME, launch);                                          \
        }, &launch);                                                     \
        return 0;                                                        \
    }

extern "C" int host_launch(const char *name, const unsigned *grid, const unsigned *size, std::size_t shared,
                           void **arguments, int buffers, int reversed, int fault) {
    Launch launch{arguments, buffers};
    host::reversed = reversed;
    host::fault = fault;
#ifdef NETWORKS
    ENTRY(network_prepare)
    ENTRY(network_forward)
    ENTRY(network_backward)
    ENTRY(network_sum)
#else
    ENTRY(forward)
    ENTRY(adjoint)
    ENTRY(tangent_one)
    ENTRY(tangent_many)
    ENTRY(sum)
#endif
    return 1;
}

// Size of the header, and where its last field is.
extern "C" void host_header(std::size_t *out) {
#ifdef NETWORKS
    out[0] = sizeof(NetworkHeader);
    out[1] = offsetof(NetworkHeader, count);
#else
    out[0] = sizeof(Header);
    out[1] = offsetof(Header, which);
#endif
}
