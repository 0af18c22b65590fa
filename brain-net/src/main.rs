//! The program `brain-net` builds and simulates networks from connectomes and fitted neurons.

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<brain_net::commands::Cli>()
}
