//! This module defines the two floating-point types that every cell is compiled for.

use crate::{Cell, Level, cell::Compiled, simd};
use std::{
    fmt::Debug,
    ops::{AddAssign, Mul},
};

/// A floating-point type of states, parameters and weights: `f32` or `f64`.
///
/// It selects the vectors of an instruction set and the functions of a compiled cell in this precision. Arithmetic on
/// single numbers goes through [`of`](Precision::of) and [`to`](Precision::to).
pub trait Precision:
    Copy + Send + Sync + PartialOrd + Default + Debug + AddAssign + Mul<Output = Self> + 'static
{
    /// Whether it is single precision.
    const SINGLE: bool;
    /// Rounds a double to this precision.
    fn of(x: f64) -> Self;
    /// Converts the number to a double.
    fn to(self) -> f64;
    /// Returns the functions of `cell` in this precision.
    fn compiled(cell: &Cell) -> &Compiled<Self>;
    /// Runs `work` with the vectors of `level`, or of the best level below it that this machine supports.
    fn with_vectors<W: simd::Work<Self>>(work: &mut W, level: Level);
}

impl Precision for f32 {
    const SINGLE: bool = true;

    #[inline(always)]
    fn of(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn to(self) -> f64 {
        f64::from(self)
    }
    fn compiled(cell: &Cell) -> &Compiled<f32> {
        &cell.single
    }
    fn with_vectors<W: simd::Work<f32>>(work: &mut W, level: Level) {
        simd::single(work, level);
    }
}

impl Precision for f64 {
    const SINGLE: bool = false;

    #[inline(always)]
    fn of(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn to(self) -> f64 {
        self
    }
    fn compiled(cell: &Cell) -> &Compiled<f64> {
        &cell.double
    }
    fn with_vectors<W: simd::Work<f64>>(work: &mut W, level: Level) {
        simd::double(work, level);
    }
}
