//! What a run leaves in its folder, and how the next run there removes it.

use super::comparison::FOLDER;
use super::figure::FIGURE;
use super::tables::{SPIKES, trace_files};
use super::{CHECKPOINT, ReportError};
use crate::recording::Sweep;
use brain_core::output::Output;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Name of the file of the numbers, which lists the others.
pub const METRICS: &str = "metrics.json";

/// Gives the files that a fit or a prediction of these sweeps leaves, apart from those that `also` names.
pub fn files<'a>(sweeps: impl Iterator<Item = &'a Sweep>, pages: usize, also: &[&str]) -> Vec<String> {
    let mut files: Vec<String> = [METRICS, SPIKES].iter().chain(also).map(|name| (*name).to_owned()).collect();
    files.extend(trace_files(sweeps));
    for page in (0..pages.max(1)).map(|page| Output::page_name(FIGURE, page)) {
        files.extend(["svg", "png", "csv"].map(|ending| format!("{page}.{ending}")));
    }
    files
}

/// The part of an old `metrics.json` that tells which files lie beside it.
#[derive(Deserialize)]
struct Left {
    #[serde(default)]
    strategy: Option<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    sweeps: Vec<LeftSweep>,
    #[serde(default)]
    comparison: Vec<LeftModel>,
}

/// A model that was compared, which has a folder of its own.
#[derive(Deserialize)]
struct LeftModel {
    model: String,
}

#[derive(Deserialize)]
struct LeftSweep {
    id: String,
}

/// Removes from the folder what an earlier run says in its `metrics.json` that it left; `fit` tells whether a fit is to come, for
/// a prediction leaves the files of a fit alone. Files that are `read` by this run stay in any case.
pub fn remove_leftovers(output: &Output, fit: bool, read: &[PathBuf]) -> Result<(), ReportError> {
    let text = std::fs::read_to_string(output.path(METRICS)).unwrap_or_default();
    let Ok(left) = serde_json::from_str::<Left>(&text) else { return Ok(()) };
    if !fit && left.strategy.is_some() {
        return Ok(());
    }
    let mut names: BTreeSet<String> = left.files.into_iter().collect();
    if names.is_empty() {
        // An earlier version did not list its files.
        let traces = left.sweeps.iter().map(|sweep| format!("traces-{}.csv", crate::recording::file_name(&sweep.id)));
        names.extend(traces);
        names.extend([METRICS, SPIKES].map(str::to_owned));
        names.extend(["svg", "png", "csv"].map(|ending| format!("{FIGURE}.{ending}")));
        names.extend(left.strategy.map(|_| CHECKPOINT.to_owned()));
    }
    let same = |a: &Path, b: &Path| a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    // A name with a folder in it is none that a run wrote.
    let plain = |name: &str| Path::new(name).file_name().is_some_and(|last| last == name);
    let models = output.path(FOLDER);
    for folder in left.comparison.iter().filter(|old| plain(&old.model)).map(|old| models.join(&old.model)) {
        if folder.is_dir() {
            remove_leftovers(&Output::create(&folder)?, true, read)?;
            // What a user put beside stays, and so does the folder then.
            let _ = std::fs::remove_dir(&folder).and_then(|()| std::fs::remove_dir(&models));
        }
    }
    for name in names.iter().filter(|name| plain(name)) {
        let file = output.path(name);
        if read.iter().any(|input| same(input, &file)) {
            continue;
        }
        match std::fs::remove_file(&file) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                return Err(ReportError::Leftover { file, cause });
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(metrics: &str, fit: bool) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let (output, outside) = (Output::create(dir.path().join("out")).unwrap(), dir.path().join("outside.csv"));
        std::fs::write(&outside, "").unwrap();
        for file in ["traces-1.csv", "traces-2.csv", "traces-mine.csv", "fit.png", "fit-2.png", "model.safetensors"] {
            output.write(file, "").unwrap();
        }
        output.write(METRICS, metrics).unwrap();
        remove_leftovers(&output, fit, &[output.path("traces-2.csv")]).unwrap();
        assert!(outside.exists(), "a list leads out of the folder");
        let mut left: Vec<String> = std::fs::read_dir(output.dir())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        left
    }

    #[test]
    fn what_a_run_lists_goes_and_what_it_does_not_know_stays() {
        let listed = r#"{"strategy": "x", "files": ["metrics.json", "traces-1.csv", "traces-2.csv", "fit.png", "fit-2.png",
            "model.safetensors", "../outside.csv"]}"#;
        assert_eq!(left(listed, true), ["traces-2.csv", "traces-mine.csv"]);
        assert_eq!(left(listed, false).len(), 7, "a prediction leaves a fit alone");
        let earlier = r#"{"strategy": "x", "sweeps": [{"id": "1"}, {"id": "2"}]}"#;
        assert_eq!(left(earlier, true), ["fit-2.png", "traces-2.csv", "traces-mine.csv"]);
        assert_eq!(left("{", true).len(), 7);
    }
}
