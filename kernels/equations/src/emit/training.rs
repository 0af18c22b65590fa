//! Rust text of what networks are trained with: `impl Trainable`.

use super::{linearised::linearised_members, rust::implementation, saved::saved_members, surrogate::surrogate_members};
use crate::step::Step;

/// The source text of `impl Trainable` for `step`.
pub(super) fn rust_trainable(step: &Step, path: &str) -> String {
    let members = [surrogate_members, saved_members, linearised_members].map(|print| print(step));
    implementation("Trainable", path) + &members.concat() + "}\n"
}
