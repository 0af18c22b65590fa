//! This module loads the state that an interrupted run left in its output folder, if it belongs to the run that asks.

use super::{Checkpoint, CheckpointError, Meta};
use std::path::Path;

impl Checkpoint {
    /// Loads the state in `file` for a run whose config and inputs are `run`, and returns `None` unless `resume` holds
    /// and the file exists. Without `resume` it removes the file, for a later `--resume` must not find the state of an
    /// older run. Where `resume` holds and there is no file, it says on standard error that the run begins anew.
    ///
    /// `today` writes a config of an earlier version as this version would, or returns `None` where it cannot be read.
    ///
    /// # Errors
    /// It fails if the file is damaged, or if it was saved by a run of another config or of other input files.
    pub fn of_interrupted(
        file: &Path,
        run: &Meta,
        resume: bool,
        today: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, CheckpointError> {
        if !resume {
            let _ = std::fs::remove_file(file);
            return Ok(None);
        }
        if !file.exists() {
            eprintln!("--resume: there is no state {}; the run begins anew", file.display());
            return Ok(None);
        }
        let saved = Self::load(file)?;
        if saved.meta.config != run.config && today(&saved.meta.config).as_ref() != Some(&run.config) {
            return Err(CheckpointError::OtherConfig { file: file.into() });
        }
        let sums = |meta: &Meta| meta.lineage.iter().map(|input| input.sha256.clone()).collect::<Vec<_>>();
        match sums(&saved.meta) == sums(run) {
            true => Ok(Some(saved)),
            false => Err(CheckpointError::OtherInputs { file: file.into() }),
        }
    }
}
