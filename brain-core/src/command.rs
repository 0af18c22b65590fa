//! Options that the commands of all programs share.
//!
//! ```
//! use brain_core::command::Common;
//! use clap::Parser;
//! use std::path::{Path, PathBuf};
//!
//! #[derive(Parser)]
//! struct Build {
//!     config: PathBuf,
//!     #[command(flatten)]
//!     common: Common,
//! }
//!
//! let Build { config, common } = Build::parse_from(["build", "mouse.yaml", "--seed", "7", "--set", "dt=0.1 ms"]);
//! let (mut seed, mut out) = (1, PathBuf::new());
//! common.apply("mouse", &mut seed, &mut out);
//! assert_eq!((config.as_path(), seed, out.as_path()), (Path::new("mouse.yaml"), 7, Path::new("out/mouse")));
//! ```

use kernels::Level;
use std::path::{Path, PathBuf};

/// Options of a command that reads a config and fills an output folder.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Common {
    /// Output folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Seed of everything random.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Options of every command.
    #[command(flatten)]
    pub shared: Shared,
    /// No progress and no summary.
    #[arg(long)]
    pub quiet: bool,
    /// Print the whole resolved config and stop.
    #[arg(long)]
    pub print_config: bool,
}

/// Options of a command that computes and prints.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Shared {
    /// How much of the machine is used.
    #[command(flatten)]
    pub machine: Machine,
    /// Print the metrics as JSON.
    #[arg(long)]
    pub json: bool,
    /// Override a key of the config: `--set key.path=value`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
}

/// Options of every command that computes: how much of the machine it takes.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Machine {
    /// Threads; all processors by default. The result does not depend on it.
    #[arg(long)]
    pub threads: Option<usize>,
    /// Widest vectors: `baseline` (or `sse2`), `avx2`, `avx512`, or `neon`; the best of the processor by default.
    #[arg(long, value_name = "LEVEL")]
    pub simd: Option<Level>,
}

impl Machine {
    /// Starts the threads of this process, and caps its vectors.
    pub fn start(self) -> Result<(), ThreadsError> {
        self.cap();
        start_threads(self.threads)
    }

    /// Caps the vectors of this process.
    pub fn cap(self) {
        self.simd.into_iter().for_each(Level::cap);
    }
}

impl Common {
    /// Sets seed and output folder of the config `name`; the folder is `out/<name>` where nobody says another.
    pub fn apply(&self, name: &str, seed: &mut u64, out: &mut PathBuf) {
        *seed = self.seed.unwrap_or(*seed);
        match &self.out {
            Some(given) => out.clone_from(given),
            None if out.as_os_str().is_empty() => *out = Path::new("out").join(name),
            None => {}
        }
    }
}

/// Threads that cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ThreadsError {
    /// None at all.
    #[error("--threads 0: give at least 1")]
    Zero,
    /// Refused by the system, or started already.
    #[error("--threads {threads}: cannot start them: {error}")]
    Start {
        /// How many were asked for.
        threads: usize,
        /// Why not.
        error: rayon::ThreadPoolBuildError,
    },
}

/// Starts so many threads; all processors where it is `None`.
fn start_threads(threads: Option<usize>) -> Result<(), ThreadsError> {
    match threads {
        None => Ok(()),
        Some(0) => Err(ThreadsError::Zero),
        Some(threads) => {
            let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
            built.map_err(|error| ThreadsError::Start { threads, error })
        }
    }
}
