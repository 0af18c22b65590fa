//! The two floating-point types that every cell is compiled for.

use crate::{Cell, Simd, cell::Compiled, simd::*};
use std::{
    fmt::Debug,
    ops::{AddAssign, Mul},
};

/// A floating-point type of states, parameters and weights: `f32` or `f64`.
///
/// It names the vectors of each instruction set whose lanes it fills, and picks its own out of the functions that a cell
/// was compiled into. Arithmetic on single numbers goes through [`of`](Precision::of) and [`to`](Precision::to).
pub trait Precision:
    Copy + Send + Sync + PartialOrd + Default + Debug + AddAssign + Mul<Output = Self> + 'static
{
    /// Whether it is single precision.
    const SINGLE: bool;
    /// The vector of [`Level::Baseline`](crate::Level::Baseline).
    type Baseline: Simd<Elem = Self>;
    /// The vector of [`Level::Avx2`](crate::Level::Avx2).
    #[cfg(target_arch = "x86_64")]
    type Avx2: Simd<Elem = Self>;
    /// The vector of [`Level::Avx512`](crate::Level::Avx512).
    #[cfg(target_arch = "x86_64")]
    type Avx512: Simd<Elem = Self>;

    /// The number nearest to a double.
    fn of(x: f64) -> Self;
    /// The number as a double.
    fn to(self) -> f64;
    /// The functions of `cell` in this precision.
    fn compiled(cell: &Cell) -> &Compiled<Self>;
}

impl Precision for f32 {
    const SINGLE: bool = true;
    #[cfg(target_arch = "x86_64")]
    type Baseline = F32x4;
    #[cfg(not(target_arch = "x86_64"))]
    type Baseline = Lanes<f32, 8>;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = F32x8;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = F32x16;

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
}

impl Precision for f64 {
    const SINGLE: bool = false;
    #[cfg(target_arch = "x86_64")]
    type Baseline = F64x2;
    #[cfg(not(target_arch = "x86_64"))]
    type Baseline = Lanes<f64, 4>;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = F64x4;
    /// AVX-512 would take twice the code to build and gain a few per cent.
    #[cfg(target_arch = "x86_64")]
    type Avx512 = F64x4;

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
}
