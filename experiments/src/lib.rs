//! Figures and benchmarks.
