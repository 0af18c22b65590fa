//! Rewrites change no value and leave few operations.

mod operations;
mod values;
