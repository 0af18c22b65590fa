//! Numbers in memory: vectors that begin with a cache line, slices that threads write disjoint parts of,
//! and rows at equal distances.

mod aligned;
mod disjoint;
mod strided;

pub(crate) use aligned::{AlignedVec, LINE};
pub(crate) use disjoint::DisjointMut;
pub(crate) use strided::{Strided, StridedMut};
