//! Instruction sets, and the cap that a command line puts on them.

use std::{
    fmt,
    str::FromStr,
    sync::atomic::{AtomicU8, Ordering},
};

/// An instruction set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Level {
    /// What every processor of the build's target has: SSE2 on x86-64, NEON on AArch64.
    Baseline,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 F and DQ.
    Avx512,
}

/// The highest level that [`Level::best`] answers.
static CAP: AtomicU8 = AtomicU8::new(Level::Avx512 as u8);

impl Level {
    /// The levels that this build has code for, the lowest first.
    pub const ALL: &[Level] = match cfg!(target_arch = "x86_64") {
        true => &[Level::Baseline, Level::Avx2, Level::Avx512],
        false => &[Level::Baseline],
    };

    /// The best level of this machine that is not above the cap of this process.
    pub fn best() -> Level {
        let cap = CAP.load(Ordering::Relaxed);
        Level::of_machine().min(match cap {
            0 => Level::Baseline,
            1 => Level::Avx2,
            _ => Level::Avx512,
        })
    }

    /// Keeps [`Level::best`] of this process from going above `cap`.
    pub fn cap(cap: Level) {
        CAP.store(cap as u8, Ordering::Relaxed);
    }

    /// The best level of this machine.
    fn of_machine() -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                return Level::Avx512;
            }
            if avx2 {
                return Level::Avx2;
            }
        }
        Level::Baseline
    }

    /// The name on a command line.
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

/// A name that is no level of this build.
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
