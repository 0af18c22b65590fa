//! Spikes along synapses, and gradients back along them.

pub(crate) mod active_rows;
pub(crate) mod csr_transpose;
pub(crate) mod dense;
pub(crate) mod dense_transpose;
pub(crate) mod events;
pub(crate) mod weight_gradient;
pub(crate) mod weight_layout;
