//! Networks from connectomes and fitted neurons; the crate is part of the workspace layout and holds its first code with the network scale.
