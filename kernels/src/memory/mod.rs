//! This module holds numbers in memory: aligned vectors, slices that threads write disjoint parts of, and strided rows.

mod aligned;
mod disjoint;
mod strided;

pub(crate) use aligned::{AlignedVec, LINE};
pub(crate) use disjoint::DisjointMut;
pub(crate) use strided::{Strided, StridedMut};
