//! Hints that ask for memory before it is read.

/// Bytes of a cache line.
const CACHE_LINE: usize = 64;

/// Asks for the cache line that holds `at` to be fetched. The address may lie outside of all memory: it is not read.
#[inline(always)]
pub(crate) fn prefetch<T>(at: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch is a hint; it neither reads the address nor faults where there is nothing.
    unsafe {
        use std::arch::x86_64::*;
        _mm_prefetch::<_MM_HINT_T0>(at.cast())
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Asks for the first `lines` cache lines of a row to be fetched.
#[inline(always)]
pub(crate) fn prefetch_row<T>(row: &[T], lines: usize) {
    for line in row.chunks(CACHE_LINE / size_of::<T>()).take(lines) {
        prefetch(line.as_ptr())
    }
}
