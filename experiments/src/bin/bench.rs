//! This program times one workload and prints one JSON line; see [`experiments::bench`].

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<experiments::bench::Options>()
}
