//! Cognitive tasks, and networks trained on them.

pub mod analysis;
pub mod task;
