//! This module has vectors of neurons, and the functions that generated steps call on them.
//!
//! One step's text serves every instruction set and both precisions: it is generic over [`Simd`]. The elementary
//! functions are polynomials written once for all of them, so that every lane count gives the same bits.

mod dispatch;
mod functions;
mod pair;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use dispatch::{Task, double, single, spread};
pub use dispatch::{Work, run};
pub use pair::Pair;
pub use portable::Lanes;

/// Largest number of lanes of any vector.
pub const MOST_LANES: usize = 32;

use crate::Precision;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A vector, one lane per neuron.
pub trait Simd:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// Type of a lane.
    type Elem: Precision;
    /// Number of lanes.
    const LANES: usize;

    /// Returns the same value in every lane, rounded to the lane's precision.
    fn splat(x: f64) -> Self;
    /// Returns the same value in every lane.
    fn fill(x: Self::Elem) -> Self;
    /// Reads the first [`Simd::LANES`] values of a slice.
    fn load(from: &[Self::Elem]) -> Self;
    /// Writes to the first [`Simd::LANES`] places of a slice.
    fn store(self, to: &mut [Self::Elem]);
    /// Reads the values of a slice that may be shorter; the other lanes are zero.
    #[inline(always)]
    fn load_some(from: &[Self::Elem]) -> Self {
        let mut lanes = [Self::Elem::default(); MOST_LANES];
        lanes[..from.len()].copy_from_slice(from);
        Self::load(&lanes)
    }
    /// Writes the first lanes to a slice that may be shorter.
    #[inline(always)]
    fn store_some(self, to: &mut [Self::Elem]) {
        let mut lanes = [Self::Elem::default(); MOST_LANES];
        self.store(&mut lanes);
        to.copy_from_slice(&lanes[..to.len()]);
    }
    /// Computes `a b + c`, rounded once where the machine can.
    fn fma(a: Self, b: Self, c: Self) -> Self;
    /// Computes `if a < b { b } else { a }` by lane.
    fn max(a: Self, b: Self) -> Self;
    /// Computes `if a < b { a } else { b }` by lane.
    fn min(a: Self, b: Self) -> Self;
    /// Computes the absolute value.
    fn abs(self) -> Self;
    /// Computes `if a < b { x } else { y }` by lane.
    fn select(a: Self, b: Self, x: Self, y: Self) -> Self;
    /// Returns the rounded value `n = round(y)`, and what [`Simd::scale`] needs to compute `p 2^n`.
    fn round(y: Self) -> (Self, Self);
    /// Computes `p 2^n`, where `n` here is the second value of [`Simd::round`].
    fn scale(p: Self, n: Self) -> Self;
    /// Returns whether a lane is above one.
    fn any_above_one(self) -> bool;
    /// Returns whether a lane is above zero; no lane may be negative.
    fn any_positive(self) -> bool;
    /// Returns the lanes above zero as bits, the first lane in the lowest.
    fn positive(self) -> u32;
    /// Returns the sum of the lanes of each of four vectors.
    #[inline(always)]
    fn totals(all: [Self; 4]) -> [Self::Elem; 4] {
        let mut sums = [Self::Elem::of(0.0); 4];
        for (sum, v) in sums.iter_mut().zip(all) {
            let mut lanes = [Self::Elem::of(0.0); MOST_LANES];
            v.store(&mut lanes);
            *sum = Self::Elem::of(lanes[..Self::LANES].iter().map(|x| x.to()).sum());
        }
        sums
    }
    /// Applies `f` to every lane.
    fn map(self, f: fn(f64) -> f64) -> Self;

    /// Computes `e^x` for `|x| <= 85`.
    #[inline(always)]
    fn exp(x: Self) -> Self {
        functions::exp(x)
    }

    /// Computes the natural logarithm.
    #[inline(always)]
    fn ln(x: Self) -> Self {
        x.map(f64::ln)
    }

    /// Computes the cosine.
    #[inline(always)]
    fn cos(x: Self) -> Self {
        x.map(f64::cos)
    }

    /// Computes the `K`-th derivative of `(e^z - 1) / z`.
    #[inline(always)]
    fn exprel<const K: usize>(z: Self) -> Self {
        functions::exprel::<Self, K>(z)
    }

    /// Computes `(e^z - 1) / z` and its derivative.
    #[inline(always)]
    fn exprel_and_slope(z: Self) -> (Self, Self) {
        functions::exprel_and_slope(z)
    }

    /// Computes the `K`-th derivative of the series of `z / (e^z - 1)`, for `|z| < 1/2`.
    #[inline(always)]
    fn bernoulli<const K: usize>(z: Self) -> Self {
        functions::bernoulli::<Self, K>(z)
    }
}
