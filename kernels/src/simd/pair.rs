//! A [`Pair`] is two vectors as one. Their operations interleave, so that one works while the other waits.

use super::Simd;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Two vectors side by side.
#[derive(Clone, Copy)]
pub struct Pair<V>(V, V);

macro_rules! both {
    ($($trait:ident $method:ident)*) => {$(
        impl<V: Simd> $trait for Pair<V> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Pair(self.0.$method(other.0), self.1.$method(other.1))
            }
        }
    )*};
}
both!(Add add Sub sub Mul mul Div div);

impl<V: Simd> Neg for Pair<V> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Pair(-self.0, -self.1)
    }
}

impl<V: Simd> Simd for Pair<V> {
    type Elem = V::Elem;
    const LANES: usize = 2 * V::LANES;

    #[inline(always)]
    fn splat(x: f64) -> Self {
        Pair(V::splat(x), V::splat(x))
    }
    #[inline(always)]
    fn fill(x: V::Elem) -> Self {
        Pair(V::fill(x), V::fill(x))
    }
    #[inline(always)]
    fn load(from: &[V::Elem]) -> Self {
        Pair(V::load(from), V::load(&from[V::LANES..]))
    }
    #[inline(always)]
    fn store(self, to: &mut [V::Elem]) {
        self.0.store(to);
        self.1.store(&mut to[V::LANES..]);
    }
    #[inline(always)]
    fn fma(a: Self, b: Self, c: Self) -> Self {
        Pair(V::fma(a.0, b.0, c.0), V::fma(a.1, b.1, c.1))
    }
    #[inline(always)]
    fn max(a: Self, b: Self) -> Self {
        Pair(V::max(a.0, b.0), V::max(a.1, b.1))
    }
    #[inline(always)]
    fn min(a: Self, b: Self) -> Self {
        Pair(V::min(a.0, b.0), V::min(a.1, b.1))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Pair(self.0.abs(), self.1.abs())
    }
    #[inline(always)]
    fn select(a: Self, b: Self, x: Self, y: Self) -> Self {
        Pair(V::select(a.0, b.0, x.0, y.0), V::select(a.1, b.1, x.1, y.1))
    }
    #[inline(always)]
    fn round(y: Self) -> (Self, Self) {
        let ((n, s), (m, r)) = (V::round(y.0), V::round(y.1));
        (Pair(n, m), Pair(s, r))
    }
    #[inline(always)]
    fn scale(p: Self, n: Self) -> Self {
        Pair(V::scale(p.0, n.0), V::scale(p.1, n.1))
    }
    #[inline(always)]
    fn any_above_one(self) -> bool {
        self.0.any_above_one() | self.1.any_above_one()
    }
    #[inline(always)]
    fn any_positive(self) -> bool {
        (self.0 + self.1).any_positive()
    }
    #[inline(always)]
    fn positive(self) -> u32 {
        self.0.positive() | self.1.positive() << V::LANES
    }
    #[inline(always)]
    fn map(self, f: fn(f64) -> f64) -> Self {
        Pair(self.0.map(f), self.1.map(f))
    }
}
