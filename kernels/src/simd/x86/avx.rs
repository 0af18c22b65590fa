//! This module has the vectors of AVX2 with FMA, and of AVX-512.

use super::*;

/// Masks of lanes that are taken, then of lanes that are not.
static FIRST: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

vector! {
    /// Eight `f32` (AVX2, FMA).
    F32x8(__m256), f32, 8,
    add _mm256_add_ps sub _mm256_sub_ps mul _mm256_mul_ps div _mm256_div_ps fma _mm256_fmadd_ps
    max _mm256_max_ps min _mm256_min_ps splat _mm256_set1_ps load _mm256_loadu_ps store _mm256_storeu_ps
    neg |x| _mm256_xor_ps(x, _mm256_set1_ps(-0.0)),
    abs |x| _mm256_andnot_ps(_mm256_set1_ps(-0.0), x),
    select |a, b, x, y| _mm256_blendv_ps(y, x, _mm256_cmp_ps::<_CMP_LT_OQ>(a, b)),
    round |y| shift(y, 12_582_912.0),
    scale |p, n| _mm256_castsi256_ps(_mm256_add_epi32(
        _mm256_castps_si256(p),
        _mm256_slli_epi32::<23>(_mm256_castps_si256(n)),
    )),
    above |x| _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(x, _mm256_set1_ps(1.0))) != 0,
    positive |z| _mm256_testz_si256(_mm256_castps_si256(z), _mm256_castps_si256(z)) == 0,
    lanes |x| _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(x, _mm256_setzero_ps())),
    totals |v| {
        let halves = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]), _mm256_hadd_ps(v[2], v[3]));
        let mut sums = [0.0; 4];
        let sum = _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves));
        _mm_storeu_ps(sums.as_mut_ptr(), sum);
        sums
    },
    some |first, from, to, v| _mm256_loadu_si256(FIRST.as_ptr().add(8 - first).cast()),
        _mm256_maskload_ps(from, first), _mm256_maskstore_ps(to, first, v)
}

vector! {
    /// Four `f64` (AVX2, FMA).
    F64x4(__m256d), f64, 4,
    add _mm256_add_pd sub _mm256_sub_pd mul _mm256_mul_pd div _mm256_div_pd fma _mm256_fmadd_pd
    max _mm256_max_pd min _mm256_min_pd splat _mm256_set1_pd load _mm256_loadu_pd store _mm256_storeu_pd
    neg |x| _mm256_xor_pd(x, _mm256_set1_pd(-0.0)),
    abs |x| _mm256_andnot_pd(_mm256_set1_pd(-0.0), x),
    select |a, b, x, y| _mm256_blendv_pd(y, x, _mm256_cmp_pd::<_CMP_LT_OQ>(a, b)),
    round |y| shift(y, 6_755_399_441_055_744.0),
    scale |p, n| _mm256_castsi256_pd(_mm256_add_epi64(
        _mm256_castpd_si256(p),
        _mm256_slli_epi64::<52>(_mm256_castpd_si256(n)),
    )),
    above |x| _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(x, _mm256_set1_pd(1.0))) != 0,
    positive |z| _mm256_testz_si256(_mm256_castpd_si256(z), _mm256_castpd_si256(z)) == 0,
    lanes |x| _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(x, _mm256_setzero_pd())),
    some |first, from, to, v| _mm256_loadu_si256(FIRST.as_ptr().add(8 - 2 * first).cast()),
        _mm256_maskload_pd(from, first), _mm256_maskstore_pd(to, first, v)
}

vector! {
    /// Sixteen `f32` (AVX-512 F, DQ). Double precision stays with AVX2, which halves the code to build and is a few per
    /// cent slower.
    F32x16(__m512), f32, 16,
    add _mm512_add_ps sub _mm512_sub_ps mul _mm512_mul_ps div _mm512_div_ps fma _mm512_fmadd_ps
    max _mm512_max_ps min _mm512_min_ps splat _mm512_set1_ps load _mm512_loadu_ps store _mm512_storeu_ps
    neg |x| _mm512_xor_ps(x, _mm512_set1_ps(-0.0)),
    abs |x| _mm512_andnot_ps(_mm512_set1_ps(-0.0), x),
    select |a, b, x, y| _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b), y, x),
    round |y| {
        let n = Self(intrinsic!(_mm512_roundscale_ps::<0>(y.0)));
        (n, n)
    },
    scale |p, n| _mm512_scalef_ps(p, n),
    above |x| _mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_set1_ps(1.0)) != 0,
    positive |z| _mm512_cmp_ps_mask::<_CMP_GT_OQ>(z, _mm512_setzero_ps()) != 0,
    lanes |x| _mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps()),
    totals |v| F32x8::totals([folded(v[0]), folded(v[1]), folded(v[2]), folded(v[3])]),
    some |first, from, to, v| ((1_u32 << first) - 1) as __mmask16,
        _mm512_maskz_loadu_ps(first, from), _mm512_mask_storeu_ps(to, first, v)
}

/// Adds the lanes of the two halves.
///
/// # Safety
/// The processor must have AVX-512 F and DQ, and AVX2.
#[inline(always)]
unsafe fn folded(v: __m512) -> F32x8 {
    // SAFETY: the caller ensures that the processor has these instructions.
    unsafe { F32x8(_mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps::<1>(v))) }
}
