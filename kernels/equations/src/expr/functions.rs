//! Functions with a removable singularity: their values in double precision, and the coefficients that every backend
//! computes them from.
//!
//! `exprel(z) = (e^z - 1) / z` is the factor of exponential Euler; `exprelr(z) = z / (e^z - 1)`, the generating
//! function of the Bernoulli numbers, is the shape of voltage-dependent rates of channels. Both are one at zero.

/// Returns the `k`-th derivative of `(e^z - 1) / z`, by its power series near zero and by recurrence elsewhere.
///
/// The argument saturates at 40, so that a product of two values stays finite in single precision.
pub fn exprel(z: f64, k: u8) -> f64 {
    let z = if z > 40.0 { 40.0 } else { z };
    if z.abs() < 1.5 {
        // sum_j z^j / (j! (j + k + 1))
        let mut term = 1.0;
        return (0..40)
            .map(|j| {
                let value = term / f64::from(j + i32::from(k) + 1);
                term *= z / f64::from(j + 1);
                value
            })
            .sum();
    }
    let e = z.exp();
    (1..=k).fold(z.exp_m1() / z, |f, k| (e - f64::from(k) * f) / z)
}

/// Returns `z / (e^z - 1)`, which is one at zero.
pub fn exprelr(z: f64) -> f64 {
    if z == 0.0 { 1.0 } else { z / z.exp_m1() }
}

/// The coefficients `B_j / j!` of `z / (e^z - 1)` in powers of `z`, where `B_j` are the Bernoulli numbers.
pub const BERNOULLI: [f64; 17] = [
    1.0,
    -0.5,
    1.0 / 12.0,
    0.0,
    -1.0 / 720.0,
    0.0,
    1.0 / 30240.0,
    0.0,
    -1.0 / 1209600.0,
    0.0,
    1.0 / 47900160.0,
    0.0,
    -691.0 / 1307674368000.0,
    0.0,
    1.0 / 74724249600.0,
    0.0,
    -3617.0 / 10670622842880000.0,
];

/// Returns the `k`-th derivative of the power series of `z / (e^z - 1)`, for `|z| <= 1/2`.
pub fn bernoulli(z: f64, k: u8) -> f64 {
    derivative_of_series(&BERNOULLI, k).iter().rev().fold(0.0, |sum, c| sum * z + c)
}

/// Returns the coefficients of the `k`-th derivative of a power series.
fn derivative_of_series(c: &[f64], k: u8) -> Vec<f64> {
    (0..k).fold(c.to_vec(), |c, _| c.iter().enumerate().skip(1).map(|(j, c)| j as f64 * c).collect())
}

/// The coefficients of the `k`-th derivative of `(e^z - 1) / z` in powers of `z + 1/2`, for `|z + 1/2| <= 1` in single
/// precision; the error is 9e-8 at most.
pub const EXPREL_SINGLE: [[f64; 8]; 3] = [
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
/// The coefficients of the same polynomials in double precision; the error is 5e-16 at most.
pub const EXPREL_DOUBLE: [[f64; 14]; 3] = [
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

/// Returns the coefficients of the `k`-th derivative of the power series `c`.
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

/// The power series of `z / (e^z - 1)` and of its first two derivatives, for `|z| < 1/2`.
pub const BERNOULLI_DERIVATIVE: [[f64; 17]; 3] =
    [derivative(BERNOULLI, 0), derivative(BERNOULLI, 1), derivative(BERNOULLI, 2)];

/// Returns the highest power that counts in the `k`-th derivative; the next is worth less than 1.5 ulps at `|z| = 1/2`.
pub const fn bernoulli_degree(single: bool, k: usize) -> usize {
    if single { [6, 5, 6][k] } else { 16 - k }
}
