//! This module selects instruction sets, up to a limit that a command line sets.

use std::{
    fmt,
    str::FromStr,
    sync::{
        LazyLock,
        atomic::{AtomicU8, Ordering},
    },
};

/// An instruction set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Level {
    /// The instruction set of every processor of the build's target: SSE2 on x86-64, NEON on AArch64.
    Baseline,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 F and DQ.
    Avx512,
}

/// Best level of this machine, which is detected once.
static MACHINE: LazyLock<Level> = LazyLock::new(Level::detect);

/// Highest level that [`Level::best`] returns.
static CAP: AtomicU8 = AtomicU8::new(Level::Avx512 as u8);

impl Level {
    /// Levels that this build has code for, the lowest first.
    pub const ALL: &[Level] = match cfg!(target_arch = "x86_64") {
        true => &[Level::Baseline, Level::Avx2, Level::Avx512],
        false => &[Level::Baseline],
    };

    /// Returns the best level of this machine that is not above the limit of this process.
    pub fn best() -> Level {
        let cap = CAP.load(Ordering::Relaxed);
        Level::of_machine().min(match cap {
            0 => Level::Baseline,
            1 => Level::Avx2,
            _ => Level::Avx512,
        })
    }

    /// Limits [`Level::best`] of this process to `cap`.
    pub fn cap(cap: Level) {
        CAP.store(cap as u8, Ordering::Relaxed);
    }

    /// Returns the best level of this machine.
    pub(crate) fn of_machine() -> Level {
        #[cfg(test)]
        if let Some(level) = tests::PRETENDED.get() {
            return level;
        }
        *MACHINE
    }

    fn detect() -> Level {
        #[cfg(target_arch = "x86_64")]
        return Level::with(
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq"),
        );
        #[cfg(not(target_arch = "x86_64"))]
        Level::Baseline
    }

    /// Returns the best level of a machine that has AVX2 with FMA, AVX-512 F with DQ, or both. AVX-512 without AVX2 is
    /// not used.
    #[cfg(target_arch = "x86_64")]
    fn with(avx2: bool, avx512: bool) -> Level {
        match (avx2, avx512) {
            (true, true) => Level::Avx512,
            (true, false) => Level::Avx2,
            (false, _) => Level::Baseline,
        }
    }

    /// Returns the name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Level::Baseline if cfg!(target_arch = "aarch64") => "neon",
            Level::Baseline => "baseline",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error of a name that is no level of this build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLevel;

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let names: Vec<&str> = Level::ALL.iter().map(|l| l.name()).collect();
        write!(f, "this build has vectors of {}", names.join(", "))
    }
}

impl std::error::Error for UnknownLevel {}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(name: &str) -> Result<Level, UnknownLevel> {
        if name == "baseline" || (cfg!(target_arch = "x86_64") && name == "sse2") {
            return Ok(Level::Baseline);
        }
        Level::ALL.iter().copied().find(|l| l.name() == name).ok_or(UnknownLevel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Precision, Simd,
        simd::{Work, run},
    };
    use std::cell::Cell;

    thread_local! {
        /// Best level of a machine that a test pretends to run on.
        pub(super) static PRETENDED: Cell<Option<Level>> = const { Cell::new(None) };
    }

    /// Work that reports the width of its vectors, bytes.
    struct Width(usize);

    impl<F: Precision> Work<F> for Width {
        type Cell = ();

        #[inline(always)]
        fn run<V: Simd<Elem = F>>(&mut self) {
            self.0 = V::LANES * size_of::<F>();
        }
    }

    fn widths(level: Level) -> [usize; 2] {
        let (mut single, mut double) = (Width(0), Width(0));
        run::<f32, _>(&mut single, level);
        run::<f64, _>(&mut double, level);
        [single.0, double.0]
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn a_machine_without_an_instruction_set_runs_with_the_best_that_it_has() {
        let machine = Level::of_machine();
        for pretended in Level::ALL.iter().copied().filter(|&level| level <= machine) {
            PRETENDED.set(Some(pretended));
            let found = Level::ALL.iter().map(|&asked| widths(asked)).collect::<Vec<_>>();
            assert_eq!(Level::best(), pretended);
            PRETENDED.set(None);
            let all = [[16, 16], [32, 32], [64, 32]];
            let want: Vec<_> = Level::ALL.iter().map(|&asked| all[asked.min(pretended) as usize]).collect();
            assert_eq!(found, want, "a machine with {pretended}");
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn avx512_without_avx2_is_not_used() {
        assert_eq!(Level::with(false, true), Level::Baseline);
        assert_eq!(Level::with(true, false), Level::Avx2);
        assert_eq!(Level::with(true, true), Level::Avx512);
    }

    #[test]
    fn a_level_is_read_by_its_name() {
        for &level in Level::ALL {
            assert_eq!(level.name().parse(), Ok(level));
        }
        assert_eq!("baseline".parse(), Ok(Level::Baseline));
        let error = "avx3".parse::<Level>().unwrap_err();
        assert!(error.to_string().contains(Level::Baseline.name()), "{error}");
    }
}
