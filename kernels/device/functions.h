// These functions are called by generated steps, which also call the polynomials above and the functions that
// `words.cuh` or `words.metal` define.

// Returns x if a < b, else y.
DEVICE Number select_of(Number a, Number b, Number x, Number y) { return a < b ? x : y; }
DEVICE Number max_of(Number a, Number b) { return a < b ? b : a; }
DEVICE Number min_of(Number a, Number b) { return a < b ? a : b; }

// Returns the k-th derivative of (e^z - 1) / z outside the range of its polynomial: by its power series near zero, by
// recurrence elsewhere. The argument saturates at 40, as in all exponentials.
APART Number exprel_far(Number z, int k) {
    z = min_of(z, Number(40));
    if (abs_of(z) < Number(1.5)) {
        Number term = 1, sum = 0;
        for (int j = 0; j < EXPREL_TERMS; ++j) {
            sum += term / Number(j + k + 1);
            term *= z / Number(j + 1);
        }
        return sum;
    }
    const Number e = exp_of(z);
    Number value = (e - Number(1)) / z;
    for (int j = 1; j <= k; ++j) value = (e - Number(j) * value) / z;
    return value;
}

// Returns the k-th derivative of (e^z - 1) / z, by a polynomial where |z + 1/2| <= 1, as in nearly all steps of a
// neuron.
#define EXPREL(K)                                                        \
    DEVICE Number exprel_##K(Number z) {                                 \
        const Number y = z + Number(0.5);                                \
        const Number square = y * y;                                     \
        return square > Number(1) ? exprel_far(z, K) : exprel_near_##K(y, square); \
    }
EXPREL(0)
EXPREL(1)
EXPREL(2)
