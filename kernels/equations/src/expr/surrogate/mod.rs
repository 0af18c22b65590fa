//! Surrogate derivatives, which stand in for the derivative of a spike.
//!
//! A spike is the Heaviside step `H(x)` of its argument; its derivative is zero almost everywhere. Training replaces it
//! by a function `g'(x)` of the family [`Surrogate`] (Neftci et al. 2019, <https://doi.org/10.1109/MSP.2019.2931595>).
//! The members are those of Fig. S4 of Wang et al. (2024), "A Differentiable Approach to Multi-scale Brain Modeling".
//!
//! A new surrogate is a line in `family.rs` (formula, name, defaults) and its expression in `derivative.rs`; the tests of
//! both files then run on it.

mod derivative;
pub(crate) mod family;
mod soft;

pub use family::Surrogate;
pub use soft::eval_soft;
