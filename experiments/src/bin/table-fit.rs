//! This program compares all optimisers, the five of Wang et al. (2024) among them, on the paper's targets and on a
//! recorded cell, with the same number of evaluations and with the same wall time.
//!
//! `cargo run --release -p experiments --bin table-fit` writes `table-fit.{json,csv}` and `curves.csv` to
//! `out/table-fit`, and prints the table. `--quick` takes seconds; `--targets`, `--methods`, `--seeds`, `--runs` and
//! `--seconds` choose.

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<experiments::table_fit::Options>()
}
