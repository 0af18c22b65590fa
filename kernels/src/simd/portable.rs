//! Vectors are arrays on machines without the instruction sets of the others. The compiler vectorises what it can.

use super::Simd;
use crate::Precision;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// `N` lanes in an array.
#[derive(Clone, Copy)]
pub struct Lanes<E, const N: usize>(pub [E; N]);

macro_rules! lanes {
    ($e:ident, $magic:expr, $mantissa:expr) => {
        lanes!(@op $e Add add +); lanes!(@op $e Sub sub -); lanes!(@op $e Mul mul *); lanes!(@op $e Div div /);
        impl<const N: usize> Neg for Lanes<$e, N> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Lanes(self.0.map(|x| -x))
            }
        }
        impl<const N: usize> Simd for Lanes<$e, N> {
            type Elem = $e;
            const LANES: usize = N;
            #[inline(always)]
            fn splat(x: f64) -> Self {
                Lanes([<$e>::of(x); N])
            }
            #[inline(always)]
            fn fill(x: $e) -> Self {
                Lanes([x; N])
            }
            #[inline(always)]
            fn load(from: &[$e]) -> Self {
                Lanes(std::array::from_fn(|k| from[k]))
            }
            #[inline(always)]
            fn store(self, to: &mut [$e]) {
                to[..N].copy_from_slice(&self.0)
            }
            #[inline(always)]
            fn fma(a: Self, b: Self, c: Self) -> Self {
                // `mul_add` is a library call where the target lacks the instruction.
                match cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
                    true => Lanes(std::array::from_fn(|k| a.0[k].mul_add(b.0[k], c.0[k]))),
                    false => a * b + c,
                }
            }
            #[inline(always)]
            fn max(a: Self, b: Self) -> Self {
                Self::select(a, b, b, a)
            }
            #[inline(always)]
            fn min(a: Self, b: Self) -> Self {
                Self::select(a, b, a, b)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Lanes(self.0.map(<$e>::abs))
            }
            #[inline(always)]
            fn select(a: Self, b: Self, x: Self, y: Self) -> Self {
                Lanes(std::array::from_fn(|k| if a.0[k] < b.0[k] { x.0[k] } else { y.0[k] }))
            }
            #[inline(always)]
            fn round(y: Self) -> (Self, Self) {
                // Adding 1.5 * 2^m leaves the nearest whole number in the low bits.
                let shifted = y + Self::splat($magic);
                (shifted - Self::splat($magic), shifted)
            }
            #[inline(always)]
            fn scale(p: Self, n: Self) -> Self {
                Lanes(std::array::from_fn(|k| {
                    <$e>::from_bits(p.0[k].to_bits().wrapping_add(n.0[k].to_bits() << $mantissa))
                }))
            }
            #[inline(always)]
            fn any_above_one(self) -> bool {
                self.0.iter().any(|&x| x > 1.0)
            }
            #[inline(always)]
            fn any_positive(self) -> bool {
                self.0.iter().any(|&x| x > 0.0)
            }
            #[inline(always)]
            fn positive(self) -> u32 {
                self.0.iter().enumerate().fold(0, |bits, (k, &x)| bits | u32::from(x > 0.0) << k)
            }
            #[inline(always)]
            fn map(self, f: fn(f64) -> f64) -> Self {
                Lanes(self.0.map(|x| <$e>::of(f(x.to()))))
            }
        }
    };
    (@op $e:ident $trait:ident $method:ident $op:tt) => {
        impl<const N: usize> $trait for Lanes<$e, N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Lanes(std::array::from_fn(|k| self.0[k] $op other.0[k]))
            }
        }
    };
}
lanes!(f32, 12_582_912.0, 23);
lanes!(f64, 6_755_399_441_055_744.0, 52);
