//! These tests compare online rules with plain loops, with the same rule in reverse mode, and with published numbers.

mod brute;
mod bytes;
mod e_prop;
mod invariance;
mod numpy;
mod reverse;
mod rules;
mod setup;
