//! This module has the vectors of SSE2, of AVX2 with FMA, and of AVX-512.
//!
//! The types are private to [`super`]. Only `dispatch` names those of AVX2 and AVX-512, behind the detection of their
//! instructions, and hands them on as type parameters. So code that can call a method of one runs on a processor that
//! has the instructions; SSE2 is part of every x86-64.

// SSE2's intrinsics are safe where every processor of the target has them.
#![allow(unused_unsafe)]

use super::Simd;
use crate::Precision;
use std::{
    arch::x86_64::*,
    ops::{Add, Div, Mul, Neg, Sub},
};

/// Calls an intrinsic of the instruction set of a vector type, in a method of that type.
macro_rules! intrinsic {
    ($e:expr) => {
        // SAFETY: the processor has the instructions, or the method's type would not have been named; the intrinsics
        // given here touch no memory.
        unsafe { $e }
    };
}

macro_rules! vector {
    (
        $(#[$m:meta])* $name:ident($raw:ty), $e:ty, $lanes:literal,
        add $add:ident sub $sub:ident mul $mul:ident div $div:ident fma $fma:ident max $max:ident min $min:ident
        splat $splat:ident load $load:ident store $store:ident
        neg |$n:ident| $neg:expr, abs |$a:ident| $abs:expr,
        select |$sa:ident, $sb:ident, $sx:ident, $sy:ident| $select:expr,
        round |$r:ident| $round:expr, scale |$sp:ident, $sn:ident| $scale:expr,
        above |$aa:ident| $above:expr, positive |$pa:ident| $positive:expr, lanes |$la:ident| $lanes_of:expr
        $(, totals |$to:ident| $totals:expr)?
        $(, some |$mask:ident, $from:ident, $to_some:ident, $v:ident| $of:expr, $load_some:expr, $store_some:expr)?
    ) => {
        $(#[$m])*
        #[derive(Clone, Copy)]
        pub(super) struct $name($raw);
        vector!(@op $name Add add $add); vector!(@op $name Sub sub $sub);
        vector!(@op $name Mul mul $mul); vector!(@op $name Div div $div);
        impl Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                let $n = self.0;
                Self(intrinsic!($neg))
            }
        }
        impl Simd for $name {
            type Elem = $e;
            const LANES: usize = $lanes;
            #[inline(always)]
            fn splat(x: f64) -> Self {
                Self(intrinsic!($splat(<$e>::of(x))))
            }
            #[inline(always)]
            fn fill(x: $e) -> Self {
                Self(intrinsic!($splat(x)))
            }
            #[inline(always)]
            fn load(from: &[$e]) -> Self {
                assert!(from.len() >= $lanes);
                // SAFETY: the slice has the numbers, as asserted; the processor has the instruction, as in
                // `intrinsic!`.
                Self(unsafe { $load(from.as_ptr()) })
            }
            #[inline(always)]
            fn store(self, to: &mut [$e]) {
                assert!(to.len() >= $lanes);
                // SAFETY: the slice has the places, as asserted; the processor has the instruction, as in `intrinsic!`.
                unsafe { $store(to.as_mut_ptr(), self.0) }
            }
            #[inline(always)]
            fn fma(a: Self, b: Self, c: Self) -> Self {
                Self(intrinsic!($fma(a.0, b.0, c.0)))
            }
            // The instructions return their second operand where one is not a number.
            #[inline(always)]
            fn max(a: Self, b: Self) -> Self {
                Self(intrinsic!($max(b.0, a.0)))
            }
            #[inline(always)]
            fn min(a: Self, b: Self) -> Self {
                Self(intrinsic!($min(a.0, b.0)))
            }
            #[inline(always)]
            fn abs(self) -> Self {
                let $a = self.0;
                Self(intrinsic!($abs))
            }
            #[inline(always)]
            fn select(a: Self, b: Self, x: Self, y: Self) -> Self {
                let ($sa, $sb, $sx, $sy) = (a.0, b.0, x.0, y.0);
                Self(intrinsic!($select))
            }
            #[inline(always)]
            fn round(y: Self) -> (Self, Self) {
                let $r = y;
                $round
            }
            #[inline(always)]
            fn scale(p: Self, n: Self) -> Self {
                let ($sp, $sn) = (p.0, n.0);
                Self(intrinsic!($scale))
            }
            #[inline(always)]
            fn any_above_one(self) -> bool {
                let $aa = self.0;
                intrinsic!($above)
            }
            #[inline(always)]
            fn any_positive(self) -> bool {
                let $pa = self.0;
                intrinsic!($positive)
            }
            #[inline(always)]
            fn positive(self) -> u32 {
                let $la = self.0;
                intrinsic!($lanes_of as u32)
            }
            $(
                #[inline(always)]
                fn load_some($from: &[$e]) -> Self {
                    let ($mask, $from) = ($from.len().min($lanes), $from.as_ptr());
                    // SAFETY: of the slice only the numbers that it has are read; the processor has the instructions,
                    // as in `intrinsic!`.
                    Self(unsafe {
                        let $mask = $of;
                        $load_some
                    })
                }
                #[inline(always)]
                fn store_some(self, $to_some: &mut [$e]) {
                    let ($mask, $to_some, $v) = ($to_some.len().min($lanes), $to_some.as_mut_ptr(), self.0);
                    // SAFETY: of the slice only the places that it has are written; the processor has the instructions,
                    // as in `intrinsic!`.
                    unsafe {
                        let $mask = $of;
                        $store_some
                    }
                }
            )?
            $(
                #[inline(always)]
                fn totals(all: [Self; 4]) -> [$e; 4] {
                    // There is no `map`, because a closure would not be compiled for the vectors.
                    let [a, b, c, d] = all;
                    let $to = [a.0, b.0, c.0, d.0];
                    // SAFETY: `totals` writes to arrays of its own; the processor has the instructions, as in
                    // `intrinsic!`.
                    unsafe { $totals }
                }
            )?
            #[inline(always)]
            fn map(self, f: fn(f64) -> f64) -> Self {
                let mut lanes = [0.0; $lanes];
                self.store(&mut lanes);
                Self::load(&lanes.map(|x| <$e>::of(f(x.to()))))
            }
        }
    };
    (@op $name:ident $trait:ident $method:ident $intrinsic:ident) => {
        impl $trait for $name {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(intrinsic!($intrinsic(self.0, other.0)))
            }
        }
    };
}

/// Rounds by adding 1.5 * 2^m, which leaves the nearest whole number in the low bits.
#[inline(always)]
fn shift<V: Simd>(y: V, magic: f64) -> (V, V) {
    let shifted = y + V::splat(magic);
    (shifted - V::splat(magic), shifted)
}

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
