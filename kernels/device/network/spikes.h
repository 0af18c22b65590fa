// Sets of neurons as bits in memory that a block shares.
//
// `words` has WORD neurons each, `any` WORD words each: the bits of `any` say which words are not zero, so that a walk
// takes time by the neurons that are there. Bits are set in any order, walked in ascending order.
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

// Where a walk over the words before `last` is.
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

// The next neuron, counted from that of the first word of the set; false where there is none.
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
