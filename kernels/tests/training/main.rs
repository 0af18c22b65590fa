//! Networks with gradients against plain ones, which are themselves held to finite differences.

mod gradients;
mod invariance;
mod reference;
mod setup;
