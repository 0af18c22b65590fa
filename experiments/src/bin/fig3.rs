//! This program draws figure 3, a network of excitatory and inhibitory spiking neurons trained on evidence
//! accumulation, and tests what Wang et al. 2024 say of it.
//!
//! `cargo run --release -p experiments --bin fig3 [-- trained.safetensors ...]` writes `fig3.{svg,png,csv}`,
//! `fig3-weights.{svg,png,csv}` and `metrics.json`, and prints the results. With `--delays 0,100,250,500,1000` it
//! trains by ES-D-RTRL (or `--rules`) at each of these lengths of the delay instead, and draws which of them the rule
//! bridges, in `fig3-delays.{svg,png,csv}` and `delays.json`.

fn main() -> std::process::ExitCode {
    brain_core::cli::main::<experiments::fig3::Options>()
}
