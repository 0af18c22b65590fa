//! A folder that one process fills at a time.

use super::OutputError;
use std::fs::{self, File, TryLockError};
use std::path::Path;

/// A lock on an output folder: as long as it lives, no other process can claim the folder. The system takes it back from a
/// process that ends, however it ends.
#[derive(Debug)]
pub(super) struct Claim {
    _lock: Option<File>,
}

impl Claim {
    /// Claims a folder that exists, and removes the temporary files that a killed process left in it.
    ///
    /// # Errors
    /// It fails if another process, or another claim of this one, holds the folder.
    pub(super) fn of(dir: &Path) -> Result<Self, OutputError> {
        let failed = |cause| OutputError::Folder { dir: dir.into(), cause };
        // Unix can lock the folder itself; elsewhere a file stands for it.
        #[cfg(unix)]
        let lock = File::open(dir);
        #[cfg(not(unix))]
        let lock = File::options().create(true).truncate(false).write(true).open(dir.join(".lock"));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {
                sweep(dir).map_err(failed)?;
                Ok(Claim { _lock: Some(lock) })
            }
            Err(TryLockError::WouldBlock) => Err(OutputError::Claimed { dir: dir.into() }),
            // Some network file systems have no locks.
            Err(TryLockError::Error(_)) => Ok(Claim { _lock: None }),
        }
    }
}

/// Removes the temporary files of a folder, which belong to nobody once it is claimed.
fn sweep(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_temporary) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Returns whether a name is one that [`write_atomic`](super::write_atomic) gives to a file that is not whole yet.
fn is_temporary(name: &str) -> bool {
    let middle = name.strip_prefix(super::TEMPORARY.0).and_then(|rest| rest.strip_suffix(super::TEMPORARY.1));
    middle.is_some_and(|m| m.len() == super::TEMPORARY.2 && m.chars().all(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::super::{Output, write_atomic};
    use super::*;
    use std::io::Write;

    #[test]
    fn a_folder_has_one_claim_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let output = Output::create(dir.path()).unwrap();
        let another = output.clone();
        drop(output);
        let refused = Output::create(dir.path()).unwrap_err();
        assert!(matches!(refused, OutputError::Claimed { .. }) && refused.to_string().contains("--out"), "{refused}");
        Output::create(dir.path().join("within")).unwrap();
        drop(another);
        Output::create(dir.path()).unwrap();
    }

    #[test]
    fn what_a_killed_process_left_is_removed_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let mut left = None;
        write_atomic(&dir.path().join("whole.txt"), |w| {
            left = Some(w.get_ref().path().to_owned());
            w.write_all(b"whole")
        })
        .unwrap();
        // A process that is killed between the writing and the renaming leaves a file of this name.
        let left = left.unwrap();
        let others = [".hidden-file.tmp", ".abcdef", "abcdef.tmp", "state.tmp"].map(|name| dir.path().join(name));
        [&left].into_iter().chain(&others).for_each(|file| fs::write(file, "half").unwrap());
        Output::create(dir.path()).unwrap();
        assert!(!left.exists(), "{}", left.display());
        assert!(others.iter().chain([&dir.path().join("whole.txt")]).all(|file| file.exists()));
    }
}
