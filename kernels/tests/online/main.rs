//! Rules that learn online, against plain loops, against the same rule in reverse mode, and against published numbers.

mod brute;
mod bytes;
mod e_prop;
mod invariance;
mod numpy;
mod reverse;
mod rules;
mod setup;
