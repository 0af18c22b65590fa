//! Expressions: arithmetic on [`Real`] records a graph, which is differentiated, simplified and evaluated.
//!
//! [`record()`] runs a function of `Real`s and returns the [`Graph`] of what it computed. [`vjp`], [`jvp`] and
//! [`jacobian`] append derivatives to the graph that is being recorded. [`simplify()`] rewrites a graph into the [`Body`]
//! that is printed, and [`Evaluator`] computes its values: the reference that every generated kernel is compared with.
//!
//! The files import each other one way: `surrogate/family`, `node`, `graph`, `functions`, `record`, `arithmetic`,
//! `surrogate/derivative`, `grad`, `eval`, `surrogate/soft`, and `simplify` beside `eval`.

mod arithmetic;
pub mod eval;
pub mod functions;
mod grad;
mod graph;
mod node;
mod record;
pub mod simplify;
pub mod surrogate;

pub use eval::{Evaluator, NonFinite, Scalar, eval, first_non_finite};
pub use grad::{jacobian, jvp, vjp};
pub use graph::Graph;
pub use node::{Op, Real, Var};
pub use record::{exprel, exprelr, record, select, spike};
pub use simplify::{Body, simplify};
pub use surrogate::{Surrogate, eval_soft};
