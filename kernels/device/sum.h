// Sums parts in their order, from [outer, part, inner] to [outer, inner].
DEVICE void sum_parts(ARGUMENT const Header &run, GLOBAL const Number *from, GLOBAL Number *to, uint k) {
    if (k >= run.outer * run.inner) return;
    const uint outer = k / run.inner, inner = k % run.inner;
    Number sum = 0;
    for (uint part = 0; part < run.parts; ++part)
        sum += from[(size_t(outer) * run.parts + part) * run.inner + inner];
    to[k] = sum;
}
