//! Networks with gradients: a run of a [`Circuit`] over all its steps, and the same run backwards (backpropagation through
//! time).
//!
//! Let `x` be states, `u` inputs, `z` spikes and `f` the generated step of neuron `j`, and let synapses `i -> j` have
//! weight `w` and delay `d` at input `k`. A run computes
//!
//! `(x_j, z_j)[t+1] = f(x_j[t], u_j[t])`, `u_jk[t] = drive_jk[t] + sum_i w_ij z_i[t-d]`,
//!
//! where `z_i[t]` is the spike of the step that takes `x[t]` to `x[t+1]`. The run backwards computes, with bars for
//! derivatives of the loss,
//!
//! `zbar_i[t] = sum_j w_ij ubar_jk[t+d]`, `wbar_ij = sum_t z_i[t] ubar_jk[t+d]`.
//!
//! A delay of zero, to a population that comes later, is no exception: populations take a step in their order, and go
//! back in reverse.
//!
//! The derivative of a spike is its surrogate (Neftci et al. 2019, <https://doi.org/10.1109/MSP.2019.2931595>), so the
//! first sum is needed only of neurons whose surrogate derivative is not zero in that step, and the second runs over
//! spikes alone. Where few neurons have a surrogate derivative, their rows of a dense projection are read alone; where
//! many have one, whole matrices are. Some batch elements go through the weights together, along sparse projections too.
//!
//! Memory grows with the square root of the steps `T`, beside lists of spikes: states are kept every `sqrt(T)` steps, and
//! those between are computed again from the lists (Griewank and Walther 2000,
//! <https://doi.org/10.1145/347837.347846>). Of a segment that is computed again each step saves the residuals, the
//! fewest numbers that its way back follows from.
//!
//! Threads take elements of the batch. What is summed over the batch is summed in a number of parts that does not
//! depend on the threads: results are the same bit for bit.
//!
//! | file | holds |
//! |---|---|
//! | `forward` | the run |
//! | `history` | what a run keeps: states and spikes |
//! | `backward` | the run backwards: its driver, and what all batch elements share |
//! | `batch_tile` | some batch elements on their way back, segment by segment |
//! | `recompute`, `residuals` | a segment computed again, and what its way back follows from |
//! | `step_back` | one step backwards: through projections, then through cells |
//! | `gradients` | where gradients go |

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
