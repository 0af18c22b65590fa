//! This module holds online learning rules, which run forward in time: memory does not grow with the number of steps.
//!
//! Let `h_i` be the states of neuron `i`, `D_i[t] = dh_i[t+1] / dh_i[t]` and `d_i[t] = dh_i[t+1] / du_i[t]` the
//! derivatives of its step with the spike's surrogate inside, generated from its equations, and `x_j[t]` one where a
//! spike of `j` arrives in step `t`. Paths through other neurons' spikes are left out, those through the readout are
//! not: a [readout](is_readout) is a group of cells without spikes, such as `leaky-readout`, that spikes reach without
//! delay, `r[t+1] = kappa r[t] + sum_i W_i z_i[t]`, and a loss of `r[t+1]` is that of all spikes before. So the
//! filtered spike `y_i[t+1] = kappa y_i[t] + z_i[t]` is one more state of each neuron here, and `h_i` below contains
//! it.
//!
//! * **D-RTRL**, exact where neurons are not connected with each other: each synapse carries
//!   `e_ji[t+1] = D_i[t] e_ji[t] + d_i[t] x_j[t]`, and its gradient is `sum_t dL[t]/dh_i . e_ji[t+1]`
//!   (Murray 2019, <https://doi.org/10.7554/eLife.43299>; Wang et al. 2026, Nat. Commun. 17:1745).
//! * **e-prop** is the same with `dL[t]/dy_i = sum_k B_ki dL[t]/dr_k` through feedback `B` in place of the readout's
//!   weights (Bellec et al. 2020, <https://doi.org/10.1038/s41467-020-17236-y>).
//! * **ES-D-RTRL** approximates the trace by a product: `ex_j[t] = a ex_j[t-1] + x_j[t]`,
//!   `ef_i[t+1] = a D_i[t] ef_i[t] + (1 - a) d_i[t]`, gradient `sum_t (dL[t]/dh_i . ef_i[t+1] / c[t]) ex_j[t]`: memory of
//!   neurons, not synapses (Wang et al. 2026).
//!
//! The readout's own weights get D-RTRL's gradient, which is exact, from every rule.
//!
//! A rule is an [`OnlineRule`], of this crate or of another: [`DRtrl`], [`EProp`], [`EsDRtrl`].
//!
//! **Blocks.** Traces do not influence the run, so that they may be updated once per block of steps
//! ([`Learning::block`]). This gives the same numbers up to rounding and is much faster. Within a block a backward pass
//! over each neuron, rather than each synapse, computes the product `P` of its `D` to the end of the block and `l =
//! dL/dh` of the block's losses. Then each spike that arrives adds `l[t] . d[t]` to the gradient of its synapse and
//! `P[t] d[t]` to its trace, and once per block the old trace `e` adds `l[start] . e` to the gradient and becomes
//! `P[start] e`. A block of one step is the form of textbooks; a block of all steps would be reverse mode.
//!
//! Each thread runs elements of the batch one after the other with the same memory. The batch is divided into parts
//! that do not depend on the number of threads, so that results are the same bit for bit.

mod correction;
mod d_rtrl;
mod e_prop;
mod es_d_rtrl;
mod jacobian_pattern;
mod neuron_pass;
mod plan;
mod projection_traces;
mod rule;
mod run;
mod trace_update;
mod worker_state;

pub use correction::Correction;
pub use d_rtrl::DRtrl;
pub use e_prop::EProp;
pub use es_d_rtrl::EsDRtrl;
pub use plan::is_readout;
pub use rule::{BLOCK, Eligibility, Horizon, Learned, Learning, LossFunction, OnlineRule, OnlineSummary};
pub use run::online;
