//! These tests compare networks with a plain simulation of the same equations, with theory, and with themselves.

mod build;
mod checkpoint;
mod invalid;
mod parity;
mod plasticity;
mod rates;
mod receptor;
mod reference;
mod threads;
