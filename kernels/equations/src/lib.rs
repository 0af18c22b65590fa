//! Neuron equations, written once.
//!
//! A model is a few lines of Rust that read like the paper: its quantities, their rates of change, the condition of a
//! spike, and its effect. Everything else is derived from them: the integrator's step, its gradients in
//! both modes, fast source text for each backend, units and bounds for configs and figures.
//!
//! # Example
//!
//! A leaky integrate-and-fire neuron without a refractory period, from its equation to text.
//!
//! ```
//! use equations::{Cost, Integrator, Neuron, Real, Surrogate, Var, eval, fields, simplify};
//!
//! fields! {
//!     /// State.
//!     pub struct State {
//!         /// Membrane potential.
//!         v: "mV" = -70.0 in -120.0..0.0,
//!     }
//! }
//! fields! {
//!     /// Input.
//!     pub struct Input {
//!         /// Current, over the membrane capacitance.
//!         i: "mV/ms" = 0.0 in -20.0..20.0,
//!     }
//! }
//! fields! {
//!     /// Parameters.
//!     pub struct Param {
//!         /// Resting potential.
//!         E_L: "mV" = -70.0 in -95.0..-45.0,
//!         /// Membrane time constant.
//!         tau: "ms" = 10.0 in 1.0..200.0,
//!         /// Spike threshold.
//!         V_th: "mV" = -55.0 in -65.0..-15.0,
//!     }
//! }
//!
//! struct Leaky;
//!
//! impl Neuron for Leaky {
//!     const NAME: &'static str = "leaky";
//!     const SUMMARY: &'static str = "leaky integrate-and-fire neuron";
//!     const CITATION: &'static str = "Rotter and Diesmann (1999), Biological Cybernetics 81:381";
//!     const SOURCE: &'static str = "10.1007/s004220050570";
//!     type State = State;
//!     type Input = Input;
//!     type Param = Param;
//!
//!     fn rates(x: State, i: Input, p: Param) -> State {
//!         State { v: i.i - (x.v - p.E_L) / p.tau }
//!     }
//!     fn voltage(x: State) -> Real {
//!         x.v
//!     }
//!     fn inject(i: Input, current: Real) -> Input {
//!         Input { i: i.i + current }
//!     }
//!     fn spike(_: State, x: State, _: Input, p: Param) -> Real {
//!         equations::spike((x.v - p.V_th) / 20.0, Surrogate::ReluGrad { alpha: 0.3, width: 1.0 })
//!     }
//!     fn reset(_: State, x: State, z: Real, p: Param) -> State {
//!         State { v: x.v + z * (p.E_L - x.v) }
//!     }
//! }
//!
//! // One step of exponential Euler, with its derivatives, as expressions.
//! let step = equations::trace::<Leaky>(Integrator::ExpEuler);
//! // The potential and the spike after 0.1 ms under 2 mV/ms: exact, for the equation is linear.
//! let at = |v: Var| match v {
//!     Var::Dt => 0.1,
//!     Var::State(_) => -70.0,
//!     Var::Input(_) => 2.0,
//!     Var::Param(k) => step.param[k as usize].default,
//!     Var::Adjoint(_) => 1.0,
//! };
//! let y = eval::<f64>(&step.graph, &step.outputs, at);
//! assert!((y[0] - (-50.0 - 20.0 * f64::exp(-0.01))).abs() < 1e-12);
//! assert_eq!(y[1], 0.0);
//!
//! // Expressions of parameters alone leave the step, its exponential too; the values stay.
//! let body = simplify(&step.graph, &step.outputs);
//! assert_eq!(Cost::of(&step.graph, &step.outputs).series, 0);
//! assert_eq!(Cost::of(&body.graph, &body.outputs).divisions, 0);
//! let z = eval::<f64>(&body.graph, &body.outputs, at);
//! assert!((y[0] - z[0]).abs() < 1e-12);
//!
//! // Each statement of the generated text names the line of the equation that it comes from.
//! let text = equations::rust_module(&step, "Leaky", &[], "");
//! assert!(text.contains("fn step<V: kernels::Simd>") && text.contains("fn step_adjoint"));
//! ```
//!
//! # Why expressions and not generic scalars
//!
//! Equations generic over their number type can be run with dual numbers, but not looked at. A recorded expression can
//! be differentiated backwards without a tape, rewritten (eight exponentials into two, divisions invariants), printed
//! as Rust or for a graphics processor, and evaluated in double precision as the reference that all the others are
//! compared with. The cost is that equations do not branch: [`select`] takes the place of `if`.
//!
//! # Adding a model
//!
//! 1. Write a file in `src/models` with `fields!` and an `impl Neuron`, and add a line to the list in [`models`]. Every
//!    test of derivatives, orders of convergence and rewrites then runs on it.
//! 2. Add a line to `kernels/registry.rs`. The model is then compiled, and every parity test runs on it;
//!    `cargo run -p kernels --example print <name>` prints the generated code.
//!
//! A receptor is likewise a file in `src/receptors` and a line in the list in [`receptors`]. A line in
//! `kernels/registry.rs` compiles a neuron with it: `Driven<Lif, Nmda>`.
//!
//! A model may also be in a crate of its own: `experiments/examples/outside` is one.
//!
//! # Folders
//!
//! Each folder imports only those before it: [`expr`] (expressions), [`cell`] (neurons, receptors, integrators),
//! [`print`](mod@print) (source text); [`models`] and [`receptors`] are written against the root of the crate, as a
//! model elsewhere is.

#![deny(missing_docs)]

pub mod cell;
pub mod expr;
pub mod models;
pub mod print;
pub mod receptors;

pub use cell::{Coupled, Driven, Field, Fields, Forced, Integrator, Neuron, Receptor, ReferenceDrive, Step, trace};
pub use expr::{
    Evaluator, Graph, Op, Real, Scalar, Surrogate, Var, eval, exprel, exprelr, record, select, simplify, spike, vjp,
};
pub use print::{Cost, Use, rust_module};
