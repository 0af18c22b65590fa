//! This module is the frame of every program: options that all share, one way to fail, and the exit statuses.
//!
//! A program is a command line that can be [executed](Program::execute). [`main`] parses it, executes it, prints what went
//! wrong and says by the exit status who is at [fault](Fault):
//!
//! | status | meaning |
//! |---|---|
//! | 0 | the program did what it was asked |
//! | 1 | it failed |
//! | 2 | the usage or the input is bad |
//! | 130 | Ctrl-C stopped it; the message says where the state is and how to go on |
//!
//! ```no_run
//! use brain_core::cli::{self, Common, Program, Usage};
//! use brain_core::config::Origin;
//! use clap::Parser;
//! use std::path::PathBuf;
//! use std::process::ExitCode;
//!
//! /// Builds a network.
//! #[derive(Parser)]
//! struct Build {
//!     config: PathBuf,
//!     #[command(flatten)]
//!     common: Common,
//! }
//!
//! impl Program for Build {
//!     fn execute(self) -> anyhow::Result<()> {
//!         self.common.shared.machine.start()?;
//!         let (mut seed, mut out) = (1, PathBuf::new());
//!         let origin = Origin::load(&self.config, &self.common.shared.sets)?;
//!         self.common.apply(&origin, "mouse", &mut seed, &mut out)?;
//!         anyhow::ensure!(seed > 0, Usage("--seed 0: give at least 1".into()));
//!         println!("{} with seed {seed} goes to {}", self.config.display(), out.display());
//!         Ok(())
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     cli::main::<Build>()
//! }
//! ```

mod fault;
mod options;

pub use fault::{Fault, Faulty, Usage, fault_of};
pub use options::{Common, MOST_THREADS, Machine, Shared, ThreadsError, Where};

use std::process::ExitCode;

/// Writes an error with its causes, from the outermost on. A cause that the text before says already is left out, for many
/// errors say their cause themselves.
pub fn said_once(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// A program is its command line, and what that does.
pub trait Program: clap::Parser {
    /// Does what the command line says.
    fn execute(self) -> anyhow::Result<()>;

    /// Returns who is at fault for an error of the program's own types, and `None` for all others: a chain of
    /// [`fault_of`]. The error types of this crate are known already.
    fn fault(error: &anyhow::Error) -> Option<Fault> {
        let _ = error;
        None
    }
}

/// Parses the command line of this process and executes it. It is the whole `main` of a program.
pub fn main<P: Program>() -> ExitCode {
    exit::<P>(P::parse().execute())
}

/// Prints what went wrong, if anything did, and returns the exit status of the process.
pub fn exit<P: Program>(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", said_once(&error));
            ExitCode::from(P::fault(&error).or_else(|| fault::of_core(&error)).unwrap_or(Fault::Program).status())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::said_once;
    use anyhow::Context;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot train: {0}")]
    struct Outer(#[from] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("a weight is missing")]
    struct Inner;

    #[test]
    fn a_cause_is_said_once() {
        let failed: Result<(), Outer> = Err(Inner.into());
        let error = failed.context("seed 3").unwrap_err();
        assert_eq!(format!("{error:#}"), "seed 3: cannot train: a weight is missing: a weight is missing");
        assert_eq!(said_once(&error), "seed 3: cannot train: a weight is missing");
    }
}
