//! Networks with gradients: a run of a [`Circuit`] over all its steps, and the same run backwards.
//!
//! With states `x`, inputs `u`, spikes `z` and the generated step `f` of neuron `j`, and synapses `i -> j` of weight `w`
//! and delay `d` at input `k`:
//!
//! `(x_j, z_j)[t+1] = f(x_j[t], u_j[t])`, `u_jk[t] = drive_jk[t] + sum w_ij z_i[t-d]`, where `z_i[t]` is the spike of
//! the step that takes `x[t]` to `x[t+1]`; and backwards, with bars for derivatives of the loss,
//!
//! `zbar_i[t] = sum w_ij ubar_jk[t+d]`, `wbar_ij = sum over spikes of ubar_jk[t+d]`.
//!
//! A delay of zero, to a group that comes later, is the same: groups take a step in their order, and back in reverse.
//!
//! The derivative of a spike is its surrogate (Neftci et al. 2019, <https://doi.org/10.1109/MSP.2019.2931595>), so the
//! first sum is needed only of neurons whose surrogate derivative is not zero in that step, the second only of spikes.
//! Where few neurons are, their rows alone are summed; where many are, dense projections are gone back along by whole
//! matrices; either for some batch elements at a time, as are the rows of sparse projections. Spikes are kept as lists; states are kept every `sqrt(T)` steps, and
//! those between computed again from the lists (Griewank and Walther 2000, <https://doi.org/10.1145/347837.347846>), of
//! which a segment keeps the cheapest numbers that the way back follows from.
//!
//! Threads take elements of the batch. What is summed over the batch is summed in a number of parts that does not
//! depend on the threads: results are the same bit for bit.

mod backward;
mod batch_tile;
mod forward;
mod gradients;
mod history;
mod recompute;
mod residuals;
mod step_back;

pub use super::{
    circuit::Circuit,
    trial::{Drive, Failure, Feedback, NotFinite, Raster, Record, Reduce, RunInputs},
};
pub use backward::backward;
pub use forward::forward;
pub use gradients::Gradients;
pub use history::History;
