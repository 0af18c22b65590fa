//! This module gives the processor hints to fetch memory before it is read.

/// Size of a cache line, bytes.
const CACHE_LINE: usize = 64;

/// Prefetches the cache line that holds `at`. The address may be invalid, since it is not read.
#[inline(always)]
pub(crate) fn prefetch<T>(at: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch is a hint; it has no effect on memory and does not fault on an invalid address.
    unsafe {
        use std::arch::x86_64::*;
        _mm_prefetch::<_MM_HINT_T0>(at.cast())
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Prefetches the first `lines` cache lines of a row.
#[inline(always)]
pub(crate) fn prefetch_row<T>(row: &[T], lines: usize) {
    for line in row.chunks(CACHE_LINE / size_of::<T>()).take(lines) {
        prefetch(line.as_ptr())
    }
}
