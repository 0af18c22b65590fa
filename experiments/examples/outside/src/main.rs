//! `outside` runs the programs of the workspace with the members that this crate adds.

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<outside::commands::Cli>()
}
