//! A long loop asks whether Ctrl-C was pressed, so that it stops after writing a checkpoint.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use thiserror::Error;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static INSTALLED: OnceLock<Option<String>> = OnceLock::new();

/// Exit status of a program that Ctrl-C ended: 128 plus the number of the signal.
pub(crate) const EXIT: u8 = 130;

/// A run that stopped at Ctrl-C, after it had saved its state.
#[derive(Debug, Error)]
#[error("stopped after {after}; the state is kept in {}: go on with the same command and --resume", dir.display())]
pub struct Interrupted {
    /// The last thing that was done, such as `step 12`.
    pub after: String,
    /// Output folder, where the state is.
    pub dir: PathBuf,
}

/// The handler could not be installed.
#[derive(Debug, Error)]
#[error("cannot listen for Ctrl-C: {cause}; another part of the program already does")]
pub struct InterruptError {
    cause: String,
}

/// Listens for Ctrl-C (and termination) from now on; a second one ends the program at once.
///
/// It is safe to call this more than once.
pub fn listen() -> Result<(), InterruptError> {
    let handler = || {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT.into());
        }
        eprintln!("stopping after this step (Ctrl-C again to end at once)");
    };
    match INSTALLED.get_or_init(|| ctrlc::set_handler(handler).err().map(|e| e.to_string())) {
        None => Ok(()),
        Some(cause) => Err(InterruptError { cause: cause.clone() }),
    }
}

/// Returns whether the loop should stop.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Command;
    use std::time::{Duration, Instant};

    #[test]
    fn a_signal_is_seen() {
        listen().unwrap();
        listen().unwrap();
        assert!(!requested());
        let own = std::process::id().to_string();
        assert!(Command::new("kill").args(["-INT", &own]).status().unwrap().success());
        let start = Instant::now();
        while !requested() && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(requested());
    }
}
