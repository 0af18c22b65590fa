//! This module finds connectomes that do not come with the code.

use std::path::{Path, PathBuf};

/// Returns the path of a file in the data that the build script found (`cfg(shared_data)`).
pub fn shared(name: &str) -> PathBuf {
    Path::new(option_env!("SHARED_DATA").unwrap_or("no shared data")).join(name)
}
