//! Spikes along synapses, and gradients back along them: one file for each loop over synapses.
//!
//! | file | computes | of |
//! |---|---|---|
//! | [`events`] | ring of inputs += weights of spikes | the simulator: one thread's targets |
//! | [`spike_delivery`] | inputs += weights of spikes, by [`dense`] and [`csr`] | runs that are trained |
//! | [`dense_transpose`] | gradient w.r.t. spikes += W^T gradient w.r.t. inputs | dense projections |
//! | [`active_rows`] | the same for the spikes alone that have a surrogate derivative | dense projections |
//! | [`csr_transpose`] | the same | sparse projections |
//! | [`weight_gradient`] | gradient w.r.t. weights += gradient w.r.t. the targets' inputs, by spike | all projections |
//!
//! [`connectivity`] holds the synapses of all projections of a network, and [`weight_layout`] the order in which a run
//! packs their weights. Nothing here knows who drives it: a simulation, a run forwards and backwards, or an online rule.

pub(crate) mod active_rows;
pub(crate) mod batch_tile;
pub(crate) mod connectivity;
mod csr;
pub(crate) mod csr_transpose;
mod dense;
pub(crate) mod dense_transpose;
pub(crate) mod events;
mod prefetch;
pub(crate) mod spike_delivery;
pub(crate) mod spike_lists;
#[cfg(test)]
mod test_support;
pub(crate) mod weight_gradient;
pub(crate) mod weight_layout;
