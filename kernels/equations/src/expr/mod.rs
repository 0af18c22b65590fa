//! Expressions: arithmetic on [`Real`] records a graph, which is differentiated, simplified and evaluated.
//!
//! [`record()`] runs a function of `Real`s and returns the [`Graph`] of what it computed. [`vjp`], [`jvp`] and
//! [`jacobian`] append derivatives to the graph that is being recorded. [`simplify()`] rewrites a graph into the
//! [`Body`] that is printed, and [`Evaluator`] computes its values: the reference that every generated kernel is
//! compared with.
//!
//! Each file imports only those before it: `surrogate`, `node`, `graph`, `functions`, `record`, `arithmetic`,
//! `surrogate_derivative`, `grad`, `eval`, `soft_spike`; `simplify` stands on `record`.

mod arithmetic;
pub mod eval;
pub mod functions;
mod grad;
mod graph;
mod node;
mod record;
pub mod simplify;
mod soft_spike;
mod surrogate;
mod surrogate_derivative;

pub use eval::{Evaluator, NonFinite, Scalar, eval, first_non_finite};
pub use grad::{jacobian, jvp, vjp};
pub use graph::Graph;
pub use node::{Op, Real, Var};
pub use record::{exprel, exprelr, record, select, spike};
pub use simplify::{Body, simplify};
pub use soft_spike::eval_soft;
pub use surrogate::Surrogate;
