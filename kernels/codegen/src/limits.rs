//! Limits and block sizes of device kernels, which the host and the device text share.

/// The most outputs of a model: states and the spike.
pub const MOST_OUTPUTS: usize = 64;
/// The most parameters of one tangent scan.
pub const MOST_TANGENTS: usize = 32;
/// The columns of a block of a tangent scan.
pub const LANES: usize = 32;
/// The derivatives of a thread of a tangent scan where there are many.
pub const PER_THREAD: usize = 4;
/// The most threads of a block of a tangent scan.
pub const MOST_THREADS: usize = 256;
/// The steps whose derivatives a block keeps before they enter the products: as many as 48 KB of shared memory take in
/// double precision with the most parameters.
pub const KEPT: usize = 5;
/// The steps whose sums are formed before they enter the totals.
pub const TILE: usize = 64;
