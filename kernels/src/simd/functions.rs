//! Elementary functions as polynomials: Chebyshev interpolants, relative error beside each table.

use super::{Float, MOST_LANES, Simd};
use equations::eval::BERNOULLI;

/// A polynomial by Horner's rule in two interleaved chains, even and odd: half the latency of one.
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

/// `e^r` for `|r| <= ln 2 / 2`: 2.5e-9.
const EXP_SINGLE: [f64; 7] = [
    1.0,
    1.000000037716214,
    0.5000000047117757,
    0.16666415514653277,
    0.04166635289677516,
    0.008375126398153335,
    0.0013941108433972674,
];
/// 5.6e-20.
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
/// `ln 2` in two parts, the first short enough for its multiples to be exact.
const LN2: [f64; 2] = [0.693_145_751_953_125, 1.428_606_820_309_417_2e-6];

/// `e^x` for `|x| <= 85`: `2^n e^r`.
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

/// The `k`-th derivative of `(e^z - 1) / z` in powers of `z + 1/2`, for `|z + 1/2| <= 1`: 9e-8 at most.
const EXPREL_SINGLE: [[f64; 8]; 3] = [
    [
        0.7869386665828831,
        0.360816040335734,
        0.11510187134952508,
        0.028026005321147924,
        0.00550546547592442,
        0.000906334166902867,
        0.00013186645755990692,
        1.627619356412169e-05,
    ],
    [
        0.3608160291862391,
        0.230202846213914,
        0.08407828380206184,
        0.022030840868517268,
        0.0045307775368790566,
        0.0007696266226178754,
        0.00011464826112236348,
        1.4392187817278173e-05,
    ],
    [
        0.2302028361145222,
        0.16815576425466816,
        0.06609276522179569,
        0.018131156539758206,
        0.003847323929886524,
        0.0006685575652985772,
        0.00010139290808028904,
        1.2897845873998633e-05,
    ],
];
/// 5e-16 at most.
const EXPREL_DOUBLE: [[f64; 14]; 3] = [
    [
        0.7869386805747333,
        0.36081604172419945,
        0.1151014237357597,
        0.02802596090065282,
        0.005507700158679703,
        0.0009065559886357003,
        0.0001283045886126135,
        1.5922408576471712e-05,
        1.7589725955409324e-06,
        1.7507031001380863e-07,
        1.5850913898711916e-08,
        1.3165949595856235e-09,
        1.026901508023055e-10,
        7.301994922447722e-12,
    ],
    [
        0.3608160417241995,
        0.230202847471531,
        0.08407788270195411,
        0.02203080063434728,
        0.00453277994323644,
        0.0007698275350205747,
        0.00011145685975715997,
        1.4071768018508092e-05,
        1.575633386207503e-06,
        1.5853251137456708e-07,
        1.4481961666798346e-08,
        1.2118804149297333e-09,
        9.513790917099022e-11,
        6.801501504712606e-12,
    ],
    [
        0.23020284747153102,
        0.16815576540391908,
        0.06609240190303775,
        0.018131119772598066,
        0.003849137675157317,
        0.0006687411616732274,
        9.850237586818934e-05,
        1.260505516165578e-05,
        1.426793162505036e-06,
        1.4484148944028433e-07,
        1.3330136828787553e-08,
        1.1225624794558336e-09,
        8.861871091335673e-11,
        6.36512116340061e-12,
    ],
];

/// See [`Simd::exprel`]: a polynomial where `|z + 1/2| <= 1`, where nearly all of a neuron's steps are.
#[inline(always)]
pub fn exprel<V: Simd, const K: usize>(z: V) -> V {
    let y = z + V::splat(0.5);
    let square = y * y;
    let near = exprel_near::<V, K>(y, square);
    if square.any_above_one() { exprel_mended(z, near, K as u8) } else { near }
}

/// See [`Simd::exprel_and_slope`].
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

/// Replaces the values of lanes that the polynomial does not hold for. The others keep theirs, whatever lies beside them.
#[cold]
#[inline(never)]
fn exprel_far<E: Float>(z: &[E], value: &mut [E], k: u8) {
    for (z, to) in z.iter().zip(value) {
        // As the vector saw it: rounded to the lane's precision.
        let y = E::of(z.to() + 0.5).to();
        if E::of(y * y) > E::of(1.0) {
            *to = E::of(equations::eval::exprel(z.to(), k));
        }
    }
}

const fn derivative(c: [f64; 17], k: usize) -> [f64; 17] {
    let mut c = c;
    let mut order = 0;
    while order < k {
        let mut j = 0;
        while j < 16 {
            c[j] = (j + 1) as f64 * c[j + 1];
            j += 1;
        }
        c[16] = 0.0;
        order += 1;
    }
    c
}

const BERNOULLI_DERIVATIVE: [[f64; 17]; 3] =
    [derivative(BERNOULLI, 0), derivative(BERNOULLI, 1), derivative(BERNOULLI, 2)];

/// See [`Simd::bernoulli`]. Even and odd powers apart, for one of them ends at once.
#[inline(always)]
pub fn bernoulli<V: Simd, const K: usize>(z: V) -> V {
    // The highest power; the next is worth less than 1.5 ulps at |z| = 1/2.
    let last = if V::Elem::SINGLE { [6, 5, 6][K] } else { 16 - K };
    let square = z * z;
    V::fma(every_other::<V, K>(square, 1, last), z, every_other::<V, K>(square, 0, last))
}

/// The terms of powers `first, first + 2 .. last`, without the power `first`.
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
