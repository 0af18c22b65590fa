//! `brain-fit`: fits neuron models to patch-clamp recordings, and predicts with what it found.

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<brain_fit::commands::Cli>()
}
