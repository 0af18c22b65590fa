//! These tests compare trained networks with plain ones, which are themselves compared with finite differences.

mod gradients;
mod invariance;
mod reference;
mod setup;
