//! This program checks a device against the processor, times it, and prints JSON; see [`experiments::device_check`].

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<experiments::device_check::Options>()
}
