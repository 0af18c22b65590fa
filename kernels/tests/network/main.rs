//! Networks against a plain simulation of the same equations, theory, and themselves.

mod build;
mod checkpoint;
mod invalid;
mod parity;
mod plasticity;
mod rates;
mod receptor;
mod reference;
mod threads;
