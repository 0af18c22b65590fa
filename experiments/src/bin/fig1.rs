//! The whole workflow: a recorded neuron is fitted, a connectome becomes a network of such neurons, the network learns a
//! task. Figure 1 of Wang et al. 2024.
//!
//! `cargo run --release` at the top level. Three checkpoints follow from each other; each names its parents by their
//! SHA-256.

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<experiments::workflow::Options>()
}
