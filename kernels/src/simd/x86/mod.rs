//! Vectors of x86-64: what those of all instruction sets have in common.
//!
//! [`sse2`] and [`avx`] say which intrinsics they consist of. The types are private to [`super`]: only `dispatch` names
//! AVX2's and AVX-512's, behind the detection of their instructions, and hands them on as type parameters. So whoever
//! can call a method of one runs on a processor that has the instructions; SSE2 is part of every x86-64.

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
        pub(in crate::simd) struct $name($raw);
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

// The macros above are in scope of the modules that follow them.
mod avx;
mod sse2;

pub(super) use avx::{F32x8, F32x16, F64x4};
pub(super) use sse2::{F32x4, F64x2};

/// Rounds by adding 1.5 * 2^m, which leaves the nearest whole number in the low bits.
#[inline(always)]
fn shift<V: Simd>(y: V, magic: f64) -> (V, V) {
    let shifted = y + V::splat(magic);
    (shifted - V::splat(magic), shifted)
}
