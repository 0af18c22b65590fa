//! This module computes elementary functions by polynomials. They are Chebyshev interpolants, and each table says its
//! relative error. Functions that graphics processors evaluate too are in [`equations::expr::functions`].

use super::{MOST_LANES, Simd};
use crate::Precision;
use equations::expr::functions::{BERNOULLI_DERIVATIVE, EXPREL_DOUBLE, EXPREL_SINGLE, bernoulli_degree};

/// Evaluates a polynomial by Horner's rule in two interleaved chains, even and odd, which have half the latency of one.
#[inline(always)]
fn two_chains<V: Simd, const N: usize>(x: V, square: V, c: &[f64; N]) -> V {
    let (mut last, mut other) = (V::splat(c[N - 1]), V::splat(c[N - 2]));
    let mut k = N - 2;
    while k > 0 {
        k -= 1;
        let next = V::fma(last, square, V::splat(c[k]));
        (last, other) = (other, next);
    }
    V::fma(last, x, other)
}

/// Coefficients of `e^r` for `|r| <= ln 2 / 2` with an error of 2.5e-9.
const EXP_SINGLE: [f64; 7] = [
    1.0,
    1.000000037716214,
    0.5000000047117757,
    0.16666415514653277,
    0.04166635289677516,
    0.008375126398153335,
    0.0013941108433972674,
];
/// Coefficients of `e^r` for `|r| <= ln 2 / 2` with an error of 5.6e-20.
const EXP_DOUBLE: [f64; 13] = [
    1.0,
    1.0,
    0.5,
    0.16666666666666702,
    0.04166666666666669,
    0.008333333333309528,
    0.001388888888887189,
    0.000198412699092171,
    2.4801587350110797e-05,
    2.7557224958392624e-06,
    2.7557251904174915e-07,
    2.5114869528657765e-08,
    2.09215799649503e-09,
];
/// `ln 2` in two parts, of which the first is short enough for its multiples to be exact.
const LN2: [f64; 2] = [0.693_145_751_953_125, 1.428_606_820_309_417_2e-6];

/// Computes `e^x` for `|x| <= 85` as `2^n e^r`.
#[inline(always)]
pub fn exp<V: Simd>(x: V) -> V {
    let (n, scale) = V::round(x * V::splat(std::f64::consts::LOG2_E));
    let r = V::fma(n, V::splat(-LN2[1]), V::fma(n, V::splat(-LN2[0]), x));
    let p = match V::Elem::SINGLE {
        true => two_chains(r, r * r, &EXP_SINGLE),
        false => two_chains(r, r * r, &EXP_DOUBLE),
    };
    V::scale(p, scale)
}

/// Computes [`Simd::exprel`], by a polynomial where `|z + 1/2| <= 1`, as in nearly all steps of a neuron.
#[inline(always)]
pub fn exprel<V: Simd, const K: usize>(z: V) -> V {
    let y = z + V::splat(0.5);
    let square = y * y;
    let near = exprel_near::<V, K>(y, square);
    if square.any_above_one() { exprel_mended(z, near, K as u8) } else { near }
}

/// Computes [`Simd::exprel_and_slope`].
#[inline(always)]
pub fn exprel_and_slope<V: Simd>(z: V) -> (V, V) {
    let y = z + V::splat(0.5);
    let square = y * y;
    let (value, slope) = (exprel_near::<V, 0>(y, square), exprel_near::<V, 1>(y, square));
    match square.any_above_one() {
        true => (exprel_mended(z, value, 0), exprel_mended(z, slope, 1)),
        false => (value, slope),
    }
}

#[inline(always)]
fn exprel_near<V: Simd, const K: usize>(y: V, square: V) -> V {
    match V::Elem::SINGLE {
        true => two_chains(y, square, &EXPREL_SINGLE[K]),
        false => two_chains(y, square, &EXPREL_DOUBLE[K]),
    }
}

#[inline(always)]
fn exprel_mended<V: Simd>(z: V, near: V, k: u8) -> V {
    let (mut lanes, mut value) = ([V::Elem::default(); MOST_LANES], [V::Elem::default(); MOST_LANES]);
    z.store(&mut lanes);
    near.store(&mut value);
    exprel_far(&lanes[..V::LANES], &mut value, k);
    V::load(&value)
}

/// Replaces the values of lanes that the polynomial does not hold for. The other lanes keep their values, so that they
/// do not depend on their neighbours.
#[cold]
#[inline(never)]
fn exprel_far<E: Precision>(z: &[E], value: &mut [E], k: u8) {
    for (z, to) in z.iter().zip(value) {
        // The vector compared this number, rounded to the lane's precision.
        let y = E::of(z.to() + 0.5).to();
        if E::of(y * y) > E::of(1.0) {
            *to = E::of(equations::expr::functions::exprel(z.to(), k));
        }
    }
}

/// Computes [`Simd::bernoulli`]. Even and odd powers are summed apart, for one of the sums has a single term.
#[inline(always)]
pub fn bernoulli<V: Simd, const K: usize>(z: V) -> V {
    let last = bernoulli_degree(V::Elem::SINGLE, K);
    let square = z * z;
    V::fma(every_other::<V, K>(square, 1, last), z, every_other::<V, K>(square, 0, last))
}

/// Sums the terms of powers `first, first + 2 .. last`, divided by the power `first`.
#[inline(always)]
fn every_other<V: Simd, const K: usize>(square: V, first: usize, last: usize) -> V {
    let c = &BERNOULLI_DERIVATIVE[K];
    let mut j = last - (last - first) % 2;
    while j > first && c[j] == 0.0 {
        j -= 2;
    }
    let mut sum = V::splat(c[j]);
    while j > first {
        j -= 2;
        sum = V::fma(sum, square, V::splat(c[j]));
    }
    sum
}
