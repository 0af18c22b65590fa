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
//!         self.common.apply("mouse", &mut seed, &mut out);
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
pub use options::{Common, Machine, Shared, ThreadsError, Where};

use std::process::ExitCode;

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
            eprintln!("error: {error:#}");
            ExitCode::from(P::fault(&error).or_else(|| fault::of_core(&error)).unwrap_or(Fault::Program).status())
        }
    }
}
