//! This module delivers spikes along synapses and propagates gradients back along them. Each loop over synapses is a
//! file.
//!
//! | file | computes | for |
//! |---|---|---|
//! | [`events`] | ring of inputs += weights of spikes | the simulator: the targets of one thread |
//! | [`spike_delivery`] | inputs += weights of spikes, by [`dense`] and [`csr`] | training |
//! | [`dense_transpose`] | gradient w.r.t. spikes += W^T gradient w.r.t. inputs | dense projections |
//! | [`active_rows`] | the same product for neurons with a non-zero surrogate derivative only | dense projections |
//! | [`csr_transpose`] | the same product for these neurons | sparse projections |
//! | [`weight_gradient`] | gradient w.r.t. weights += gradient w.r.t. the targets' inputs, per spike | all projections |
//!
//! [`connectivity`] holds the synapses of all projections of a network, each a [`placed_projection`]. [`weight_layout`]
//! defines the order in which a run packs their weights, and [`packed_weights`] packs them. [`input_rows`] holds the
//! inputs that spikes are added to. These loops do not depend on their callers: simulation, forward and backward runs,
//! online rules.

pub(crate) mod active_rows;
pub(crate) mod batch_tile;
pub(crate) mod connectivity;
mod csr;
pub(crate) mod csr_transpose;
mod dense;
pub(crate) mod dense_transpose;
pub(crate) mod events;
pub(crate) mod input_rows;
mod packed_weights;
pub(crate) mod placed_projection;
mod prefetch;
pub(crate) mod spike_delivery;
pub(crate) mod spike_lists;
#[cfg(test)]
mod test_support;
pub(crate) mod weight_gradient;
pub(crate) mod weight_layout;
