//! Cognitive tasks and their training; the crate is part of the workspace layout and holds its first code with the behaviour scale.
