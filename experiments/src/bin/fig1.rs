//! This program runs the whole workflow, figure 1 of Wang et al. 2024: a recorded neuron is fitted, a connectome
//! becomes a network of such neurons, and the network learns a task.
//!
//! `cargo run --release` at the top level starts it. It writes three checkpoints that follow from each other; each
//! names its parents by their SHA-256.

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<experiments::workflow::Options>()
}
