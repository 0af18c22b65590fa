//! This module holds the options that commands share.

use super::Usage;
use crate::config::{ConfigError, Origin};
use crate::device::{Backend, DeviceError, is_device, open};
use crate::dtype::Dtype;
use anyhow::Context;
use candle_core::Device;
use clap::builder::RangedU64ValueParser;
use kernels::Level;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::path::{Path, PathBuf};

/// The largest number of threads; more than this are a mistake.
pub const MOST_THREADS: u64 = 1024;

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
    /// Show no progress and no summary.
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
    /// Number of threads; all processors by default. The result does not depend on it.
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_THREADS))]
    pub threads: Option<usize>,
    /// Widest vectors: `baseline` (or `sse2`), `avx2`, `avx512`, or `neon`; the best of the processor by default.
    #[arg(long, value_name = "LEVEL")]
    pub simd: Option<Level>,
}

impl Machine {
    /// Caps the vectors of this process, and starts the threads that all of it shares, which is possible once.
    pub fn start(self) -> Result<(), ThreadsError> {
        self.cap();
        match self.threads {
            None => Ok(()),
            Some(threads) => builder(threads)?.build_global().map_err(|error| ThreadsError::Start { threads, error }),
        }
    }

    /// Caps the vectors of this process, and starts threads for a part of it: `pool.install(...)` runs on them.
    pub fn pool(self) -> Result<ThreadPool, ThreadsError> {
        self.cap();
        let threads = self.threads.unwrap_or_else(rayon::current_num_threads);
        builder(threads)?.build().map_err(|error| ThreadsError::Start { threads, error })
    }

    /// Caps the vectors of this process.
    pub fn cap(self) {
        self.simd.into_iter().for_each(Level::cap);
    }
}

impl Common {
    /// Sets seed and output folder of the config `name`; the folder is `out/<name>` where nobody says another.
    ///
    /// # Errors
    /// It fails if the name is not that of one folder, for what it is the name of would be written elsewhere.
    pub fn apply(&self, origin: &Origin, name: &str, seed: &mut u64, out: &mut PathBuf) -> Result<(), ConfigError> {
        if matches!(name, "" | "." | "..") || name.contains(|c: char| matches!(c, '/' | '\\') || c.is_control()) {
            let problem = "the output folder has this name, so it has no `/`, no `\\` and no control characters, and is not \
                           empty, `.` or `..`; give another, and choose the place of the folder with --out DIR";
            return Err(origin.error("name", format!("{name:?}: {problem}")));
        }
        *seed = self.seed.unwrap_or(*seed);
        match &self.out {
            Some(given) => out.clone_from(given),
            None if out.as_os_str().is_empty() => *out = Path::new("out").join(name),
            None => {}
        }
        Ok(())
    }
}

/// Threads that cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ThreadsError {
    /// No threads at all were asked for.
    #[error("--threads 0: give at least 1")]
    Zero,
    /// The system refuses them, or they were started already.
    #[error("--threads {threads}: cannot start them: {error}")]
    Start {
        /// How many were asked for.
        threads: usize,
        /// Why they cannot be started.
        error: rayon::ThreadPoolBuildError,
    },
}

fn builder(threads: usize) -> Result<ThreadPoolBuilder, ThreadsError> {
    match threads {
        0 => Err(ThreadsError::Zero),
        _ => Ok(ThreadPoolBuilder::new().num_threads(threads)),
    }
}

/// Options of every command that computes: where, and in which precision.
#[derive(Clone, Debug, clap::Args)]
pub struct Where {
    /// Device: `cpu`, `cuda`, `cuda:1` (the second card) or `metal`.
    #[arg(long, default_value = "cpu")]
    pub device: String,
    /// Precision; Metal has `f32` only.
    #[arg(long, value_enum)]
    pub dtype: Option<Dtype>,
}

impl Where {
    /// Returns the precision that is asked for; `usual` where none is, but single on Metal, which has no other.
    pub fn dtype(&self, usual: Dtype) -> Dtype {
        self.dtype.unwrap_or(if self.device == "metal" { Dtype::F32 } else { usual })
    }

    /// Returns the precision of a run that goes on from the state in `file`, which was saved in the precision `saved`.
    ///
    /// # Errors
    /// It fails if another precision is asked for.
    pub fn dtype_of_state(&self, saved: Dtype, file: &Path) -> Result<Dtype, Usage> {
        match self.dtype {
            Some(asked) if asked != saved => Err(Usage(format!(
                "--dtype {asked}: the state in {} is of a run in {saved}; leave --dtype out, or run without --resume",
                file.display()
            ))),
            _ => Ok(saved),
        }
    }

    /// Opens candle's device.
    pub fn open(&self) -> anyhow::Result<Device> {
        open(&self.device).with_context(|| self.option())
    }

    /// Opens the device with a precision; `usual` is the precision where none is asked for.
    pub fn backend(&self, usual: Dtype) -> anyhow::Result<Backend> {
        Backend::open(&self.device, self.dtype(usual).into()).with_context(|| self.option())
    }

    /// Fails unless the device is the processor, for `what` has no other form yet.
    pub fn processor_only(&self, what: &str) -> Result<(), Usage> {
        match self.device.as_str() {
            "cpu" => Ok(()),
            name if !is_device(name) => {
                Err(Usage(format!("{}: {}", self.option(), DeviceError::Unknown { found: name.into() })))
            }
            _ => Err(Usage(format!("{}: {what} runs on the processor only; give `--device cpu`", self.option()))),
        }
    }

    /// Fails unless the device is the processor and the precision is double, for `what` has no other form yet.
    pub fn processor_in_double_only(&self, what: &str) -> Result<(), Usage> {
        self.processor_only(what)?;
        match self.dtype {
            Some(Dtype::F32) => Err(Usage(format!("--dtype f32: {what} runs in double precision only; leave it out"))),
            _ => Ok(()),
        }
    }

    /// Returns the options as another command's line has them.
    pub fn arguments(&self) -> Vec<String> {
        let dtype = self.dtype.map(|dtype| ["--dtype".to_owned(), dtype.to_string()]);
        ["--device".to_owned(), self.device.clone()].into_iter().chain(dtype.into_iter().flatten()).collect()
    }

    fn option(&self) -> String {
        format!("--device {}", self.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_precision_is_the_one_asked_for_or_the_usual_one_of_the_device() {
        let dtype = |device: &str, dtype| Where { device: device.into(), dtype }.dtype(Dtype::F64);
        assert_eq!(dtype("cpu", None), Dtype::F64);
        assert_eq!(dtype("cpu", Some(Dtype::F32)), Dtype::F32);
        assert_eq!(dtype("metal", None), Dtype::F32);
        assert_eq!(dtype("metal", Some(Dtype::F64)), Dtype::F64, "which opening it refuses in words");
    }

    #[test]
    fn options_override_the_config_and_a_run_without_a_folder_gets_one_of_its_name() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            common: Common,
        }
        let origin = Origin::parse("c.yaml", "seed: 1\nname: mouse\n", &[""; 0]).unwrap();
        let apply = |line: &[&str], out: &str| {
            let (mut seed, mut out) = (1, PathBuf::from(out));
            let common = <Line as clap::Parser>::parse_from(line).common;
            common.apply(&origin, "mouse", &mut seed, &mut out).unwrap();
            (seed, out)
        };
        assert_eq!(apply(&["run"], ""), (1, "out/mouse".into()));
        assert_eq!(apply(&["run", "--seed", "7"], "there"), (7, "there".into()));
        assert_eq!(apply(&["run", "--out", "here"], "there"), (1, "here".into()));
        for name in ["../../x", "a/b", "a\\b", "..", ".", "", "a\nb", "a\u{7f}"] {
            let (mut seed, mut out) = (1, PathBuf::new());
            let error = Common::default().apply(&origin, name, &mut seed, &mut out).unwrap_err().to_string();
            assert!(
                error.starts_with("c.yaml:2: name: ") && error.contains("--out") && out == PathBuf::new(),
                "{error}"
            );
        }
    }

    #[test]
    fn a_state_goes_on_in_the_precision_in_which_it_was_saved() {
        let of_state = |dtype, saved| {
            Where { device: "cpu".into(), dtype }
                .dtype_of_state(saved, Path::new("out/state"))
                .map_err(|e| e.to_string())
        };
        assert_eq!(of_state(None, Dtype::F64), Ok(Dtype::F64));
        assert_eq!(of_state(Some(Dtype::F32), Dtype::F32), Ok(Dtype::F32));
        let error = of_state(Some(Dtype::F64), Dtype::F32).unwrap_err();
        assert!(["--dtype f64", "out/state", "f32"].iter().all(|part| error.contains(part)), "{error}");
    }

    #[test]
    fn a_device_that_does_not_exist_is_told_from_one_that_an_operation_lacks() {
        let only = |device: &str| Where { device: device.into(), dtype: None }.processor_only("a network");
        assert!(only("cpu").is_ok());
        for (device, wanted) in
            [("bogus", "--device bogus: there is no device `bogus`; give `cpu`, `cuda`"), ("cuda:1", "only")]
        {
            let error = only(device).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[test]
    fn options_are_handed_on_to_another_command() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            place: Where,
        }
        for dtype in [None, Some(Dtype::F32), Some(Dtype::F64)] {
            let place = Where { device: "cuda:1".into(), dtype };
            let line = std::iter::once("fit".to_owned()).chain(place.arguments());
            let read = <Line as clap::Parser>::parse_from(line).place;
            assert_eq!((read.device, read.dtype), (place.device, dtype));
        }
        let double = |dtype| Where { device: "cpu".into(), dtype }.processor_in_double_only("a contest").is_ok();
        assert_eq!([None, Some(Dtype::F64), Some(Dtype::F32)].map(double), [true, true, false]);
    }

    #[test]
    fn no_thread_at_all_is_an_error() {
        let none = Machine { threads: Some(0), ..Machine::default() };
        assert!(matches!(none.start(), Err(ThreadsError::Zero)) && matches!(none.pool(), Err(ThreadsError::Zero)));
        let three = Machine { threads: Some(3), ..Machine::default() };
        assert_eq!(three.pool().unwrap().install(rayon::current_num_threads), 3);
    }
}
