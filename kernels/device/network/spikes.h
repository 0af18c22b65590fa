// This file holds sets of neurons as bits in the shared memory of a block.
//
// A word of `words` holds WORD neurons. A word of `any` stands for WORD words and has a bit for each of them that is
// not zero, so that the time of a walk grows with the number of neurons in the set. Bits are set in any order and
// walked in ascending order.
struct Set {
    SHARED uint *words, *any;
};

DEVICE uint set_size(ARGUMENT const NetworkHeader &run) { return run.words + (run.words + WORD - 1) / WORD; }

DEVICE Set set_at(SHARED uint *memory, uint which, ARGUMENT const NetworkHeader &run) {
    Set set;
    set.words = memory + which * set_size(run);
    set.any = set.words + run.words;
    return set;
}

DEVICE void insert(Set set, uint word, uint bits) {
    or_into(set.words + word, bits);
    or_into(set.any + word / WORD, 1u << (word % WORD));
}

DEVICE void clear(Set set, ARGUMENT const NetworkHeader &run, uint index, uint threads) {
    for (uint k = index; k < set_size(run); k += threads) set.words[k] = 0;
}

// The position of a walk over the words before `last`.
struct Walk {
    uint last, block, any, word, bits;
};

DEVICE Walk walk(Set set, uint first, uint last) {
    Walk at;
    at.last = last;
    at.block = first / WORD;
    at.any = first < last ? set.any[at.block] & (~0u << (first % WORD)) : 0;
    at.word = first;
    at.bits = 0;
    return at;
}

// Finds the next neuron, counted from the first word of the set; returns false where there is none.
DEVICE bool next(Set set, LOCAL Walk *at, LOCAL uint *neuron) {
    while (at->bits == 0) {
        while (at->any == 0) {
            if (++at->block * WORD >= at->last) return false;
            at->any = set.any[at->block];
        }
        at->word = at->block * WORD + lowest(at->any);
        at->any &= at->any - 1;
        if (at->word >= at->last) return false;
        at->bits = set.words[at->word];
    }
    *neuron = at->word * WORD + lowest(at->bits);
    at->bits &= at->bits - 1;
    return true;
}
