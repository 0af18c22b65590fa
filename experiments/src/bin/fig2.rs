//! This program draws figure 2: how a neuron is fitted, and what gradients are worth on a recorded cell.
//!
//! `cargo run --release -p experiments --bin fig2` writes `fig2.{svg,png,csv}` and `metrics.json` to `out/fig2`; `--quick`
//! takes a minute.

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<experiments::fig2::Options>()
}
