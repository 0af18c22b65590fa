//! `brain-task` trains spiking networks on cognitive tasks.

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<brain_task::commands::Cli>()
}
