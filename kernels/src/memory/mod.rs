//! Numbers in memory: vectors that begin with a cache line, and slices that threads write disjoint parts of.

mod aligned;
mod disjoint;

pub(crate) use aligned::{AlignedVec, LINE};
pub(crate) use disjoint::DisjointMut;
