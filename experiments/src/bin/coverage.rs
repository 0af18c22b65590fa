//! This program counts how often the intervals of fits hold the truth; see [`experiments::coverage`].

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<experiments::coverage::Options>()
}
