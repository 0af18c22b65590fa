//! Cognitive tasks, and networks trained on them.

pub mod task;
