//! The two floating-point types that every cell is compiled for.

use crate::{Cell, Level, cell::Compiled, simd};
use std::{
    fmt::Debug,
    ops::{AddAssign, Mul},
};

/// A floating-point type of states, parameters and weights: `f32` or `f64`.
///
/// It picks its own out of the vectors of an instruction set and out of the functions that a cell was compiled into. Arithmetic on single numbers goes through [`of`](Precision::of) and [`to`](Precision::to).
pub trait Precision:
    Copy + Send + Sync + PartialOrd + Default + Debug + AddAssign + Mul<Output = Self> + 'static
{
    /// Whether it is single precision.
    const SINGLE: bool;
    /// The number nearest to a double.
    fn of(x: f64) -> Self;
    /// The number as a double.
    fn to(self) -> f64;
    /// The functions of `cell` in this precision.
    fn compiled(cell: &Cell) -> &Compiled<Self>;
    /// Runs `work` with the vectors of `level`, or of the best level below it that this machine has.
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
