//! This module trains networks by backpropagation through time: it runs a [`Circuit`] over all steps and propagates
//! gradients back through the same run.
//!
//! Let `x` be states, `u` inputs, `z` spikes and `f` the generated step of neuron `j`, and let synapses `i -> j` have
//! weight `w` and delay `d` at input `k`. The forward run computes
//!
//! `(x_j, z_j)[t+1] = f(x_j[t], u_j[t])`, `u_jk[t] = drive_jk[t] + sum_i w_ij z_i[t-d]`,
//!
//! where `z_i[t]` is the spike of the step that takes `x[t]` to `x[t+1]`. The backward run computes, for a loss `L`,
//!
//! `dL/dz_i[t] = sum_j w_ij dL/du_jk[t+d]`, `dL/dw_ij = sum_t z_i[t] dL/du_jk[t+d]`.
//!
//! The formulas hold for a delay of zero too, which is allowed to a population that comes later: within a step, the
//! forward run takes populations in their order and the backward run in reverse.
//!
//! The derivative of a spike is its surrogate (Neftci et al. 2019, <https://doi.org/10.1109/MSP.2019.2931595>). The
//! first sum is therefore needed only for active neurons, whose surrogate derivative is not zero in that step, and the
//! second runs over spikes only. Where few neurons are active, only their rows of a dense projection are read; where
//! many are, the whole matrices are. A tile of batch elements is propagated through the weights together, along sparse
//! projections too.
//!
//! Memory for states grows with the square root of the number of steps `T`: states are saved every `sqrt(T)` steps, and
//! those in between are recomputed from the lists of spikes (Griewank and Walther 2000,
//! <https://doi.org/10.1145/347837.347846>). While a segment is recomputed, each step saves its residuals, the smallest
//! set of numbers that its backward step can be computed from.
//!
//! Threads share the batch. Sums over the batch are made in a number of parts that does not depend on the number of
//! threads, so that results are the same bit for bit.
//!
//! | file | holds |
//! |---|---|
//! | `forward` | the forward run |
//! | `history` | the states and spikes that a forward run saves |
//! | `backward` | the driver of the backward run |
//! | `backward_pass` | what all batch elements of a backward run share |
//! | `batch_tile` | the backward run of some batch elements, segment by segment |
//! | `recompute`, `residuals` | the recomputation of a segment, and the residuals that it saves |
//! | `step_back` | one backward step: through projections, then through cells |
//! | `gradients` | the arrays that gradients are written to |

mod backward;
mod backward_pass;
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
