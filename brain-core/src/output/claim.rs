//! A folder that one process fills at a time.

use super::{Output, OutputError};
use std::fs::{File, TryLockError};
use std::path::PathBuf;

/// A lock on an output folder: as long as it lives, no other process can claim the folder. The system takes it back from a
/// process that ends, however it ends.
#[derive(Debug)]
pub struct Claim {
    _lock: Option<File>,
}

impl Output {
    /// Makes the folder as [`Output::create`] does, for this process alone.
    ///
    /// # Errors
    /// It fails if another process, or another claim of this one, holds the folder.
    pub fn claim(dir: impl Into<PathBuf>) -> Result<(Self, Claim), OutputError> {
        let output = Self::create(dir)?;
        // Unix can lock the folder itself; elsewhere a file stands for it.
        #[cfg(unix)]
        let lock = File::open(output.dir());
        #[cfg(not(unix))]
        let lock = File::options().create(true).truncate(false).write(true).open(output.path(".lock"));
        let lock = lock.map_err(|cause| OutputError::Folder { dir: output.dir().into(), cause })?;
        match lock.try_lock() {
            Ok(()) => Ok((output, Claim { _lock: Some(lock) })),
            Err(TryLockError::WouldBlock) => Err(OutputError::Claimed { dir: output.dir().into() }),
            // Some network file systems have no locks.
            Err(TryLockError::Error(_)) => Ok((output, Claim { _lock: None })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_claim_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let (output, claim) = Output::claim(dir.path()).unwrap();
        let refused = Output::claim(dir.path()).unwrap_err();
        assert!(matches!(refused, OutputError::Claimed { .. }) && refused.to_string().contains("--out"), "{refused}");
        drop(claim);
        drop(output);
        Output::claim(dir.path()).unwrap();
    }
}
