//! This module has the vectors of SSE2, which every x86-64 processor has.

use super::*;

/// Returns `y` where the mask is zero, else `x`.
#[inline(always)]
fn blend(mask: __m128, x: __m128, y: __m128) -> __m128 {
    intrinsic!(_mm_or_ps(_mm_and_ps(mask, x), _mm_andnot_ps(mask, y)))
}

vector! {
    /// Four `f32` (SSE2, which every x86-64 has).
    F32x4(__m128), f32, 4,
    add _mm_add_ps sub _mm_sub_ps mul _mm_mul_ps div _mm_div_ps fma fused_ps
    max _mm_max_ps min _mm_min_ps splat _mm_set1_ps load _mm_loadu_ps store _mm_storeu_ps
    neg |x| _mm_xor_ps(x, _mm_set1_ps(-0.0)),
    abs |x| _mm_andnot_ps(_mm_set1_ps(-0.0), x),
    select |a, b, x, y| blend(_mm_cmplt_ps(a, b), x, y),
    round |y| shift(y, 12_582_912.0),
    scale |p, n| _mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(p), _mm_slli_epi32::<23>(_mm_castps_si128(n)))),
    above |x| _mm_movemask_ps(_mm_cmpgt_ps(x, _mm_set1_ps(1.0))) != 0,
    positive |z| _mm_movemask_ps(_mm_cmpgt_ps(z, _mm_setzero_ps())) != 0,
    lanes |x| _mm_movemask_ps(_mm_cmpgt_ps(x, _mm_setzero_ps()))
}

vector! {
    /// Two `f64` (SSE2).
    F64x2(__m128d), f64, 2,
    add _mm_add_pd sub _mm_sub_pd mul _mm_mul_pd div _mm_div_pd fma fused_pd
    max _mm_max_pd min _mm_min_pd splat _mm_set1_pd load _mm_loadu_pd store _mm_storeu_pd
    neg |x| _mm_xor_pd(x, _mm_set1_pd(-0.0)),
    abs |x| _mm_andnot_pd(_mm_set1_pd(-0.0), x),
    select |a, b, x, y| {
        let mask = _mm_castpd_ps(_mm_cmplt_pd(a, b));
        _mm_castps_pd(blend(mask, _mm_castpd_ps(x), _mm_castpd_ps(y)))
    },
    round |y| shift(y, 6_755_399_441_055_744.0),
    scale |p, n| _mm_castsi128_pd(_mm_add_epi64(_mm_castpd_si128(p), _mm_slli_epi64::<52>(_mm_castpd_si128(n)))),
    above |x| _mm_movemask_pd(_mm_cmpgt_pd(x, _mm_set1_pd(1.0))) != 0,
    positive |z| _mm_movemask_pd(_mm_cmpgt_pd(z, _mm_setzero_pd())) != 0,
    lanes |x| _mm_movemask_pd(_mm_cmpgt_pd(x, _mm_setzero_pd()))
}

/// Computes `a b + c` with two roundings, for SSE2 has no multiply-add.
#[inline(always)]
fn fused_ps(a: __m128, b: __m128, c: __m128) -> __m128 {
    intrinsic!(_mm_add_ps(_mm_mul_ps(a, b), c))
}

/// Computes the same as [`fused_ps`], in double precision.
#[inline(always)]
fn fused_pd(a: __m128d, b: __m128d, c: __m128d) -> __m128d {
    intrinsic!(_mm_add_pd(_mm_mul_pd(a, b), c))
}
