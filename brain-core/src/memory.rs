//! This module measures memory, and says before anything is allocated whether it fits.
//!
//! A request that is too large must end in a message and not in an aborted process, so programs sum up a [`MemoryNeed`]
//! from what they are asked for and check it first.
//!
//! ```
//! use brain_core::memory::MemoryNeed;
//!
//! let need = MemoryNeed::default().with("states", 8e12).with("weights", 1e6);
//! let message = need.within(4 << 30).unwrap_err().to_string();
//! assert_eq!(message, "8.0 TB of memory are needed, 8.0 TB of them for states, and 4.3 GB are free");
//! ```

use std::fmt;

/// Memory that is assumed where the system does not say how much is free: more than machines of this kind have.
const UNKNOWN: u64 = 1 << 40;

/// Returns the largest memory that the process has had, in MB of 2^20 bytes; `None` where the system does not say.
pub fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some((kilobytes / 102.4).round() / 10.0)
}

/// Returns the number of bytes that can still be allocated: what Linux calls available, within the limit of the control
/// group. Where the system does not say it is 2^40.
pub fn available() -> u64 {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let info = read("/proc/meminfo");
    let line = info.lines().find_map(|l| l.strip_prefix("MemAvailable:"));
    let free = line.and_then(|l| number(l.trim_end_matches("kB"))).map_or(UNKNOWN, |kib| kib.saturating_mul(1024));
    let [max, current, stat] = ["max", "current", "stat"].map(|name| read(&format!("/sys/fs/cgroup/memory.{name}")));
    left_in_group(&max, &current, &stat).map_or(free, |left| free.min(left))
}

/// Returns the bytes that a control group leaves, from the texts of its `memory.max`, `memory.current` and `memory.stat`;
/// `None` where it has no limit. Files that are cached count as used and are given up where memory is needed.
fn left_in_group(max: &str, current: &str, stat: &str) -> Option<u64> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (limit, used) = (number(max)?, number(current)?);
    let cached = |key: &str| stat.lines().find_map(|l| l.strip_prefix(key).and_then(number)).unwrap_or(0);
    let cached = cached("inactive_file ").saturating_add(cached("active_file "));
    Some(limit.saturating_sub(used.saturating_sub(cached)))
}

/// A size of memory, bytes; it is shown with a unit that suits it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bytes(pub usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        const UNITS: [&str; 6] = ["bytes", "KB", "MB", "GB", "TB", "PB"];
        let mut size = (self.0 as f64, 0);
        while size.0 >= 1000.0 && size.1 + 1 < UNITS.len() {
            size = (size.0 / 1000.0, size.1 + 1);
        }
        match size.1 {
            0 => write!(f, "{} bytes", self.0),
            k => write!(f, "{:.1} {}", size.0, UNITS[k]),
        }
    }
}

/// The memory that something is expected to need, part by part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryNeed {
    parts: Vec<(String, f64)>,
}

impl MemoryNeed {
    /// Returns the need with one more part, in bytes.
    pub fn with(mut self, part: impl Into<String>, bytes: f64) -> Self {
        self.parts.push((part.into(), bytes));
        self
    }

    /// Returns the number of bytes of all parts.
    pub fn bytes(&self) -> f64 {
        self.parts.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Fails where the need exceeds what this machine has free; see [`available`].
    pub fn check(&self) -> Result<(), TooLarge> {
        self.within(available())
    }

    /// Fails where the need exceeds `free` bytes.
    pub fn within(&self, free: u64) -> Result<(), TooLarge> {
        let needed = self.bytes();
        // A need that is no number is too large to be counted.
        if needed <= free as f64 {
            return Ok(());
        }
        let largest = self.parts.iter().max_by(|a, b| a.1.total_cmp(&b.1)).cloned().unwrap_or_default();
        Err(TooLarge { needed, largest, free })
    }
}

/// A need of memory that exceeds what there is.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{} of memory are needed, {} of them for {}, and {} are free", bytes(*needed), bytes(largest.1), largest.0, Bytes(*free as usize))]
pub struct TooLarge {
    /// Bytes that are needed.
    pub needed: f64,
    /// The largest part, with its bytes.
    pub largest: (String, f64),
    /// Bytes that are free.
    pub free: u64,
}

/// Rounds bytes to a number that can be shown.
fn bytes(x: f64) -> Bytes {
    Bytes(x as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_memory_is_available() {
        assert!(available() > 1 << 20);
    }

    #[test]
    fn files_in_the_cache_of_a_group_are_free() {
        let stat = "anon 100\nfile 700\ninactive_file 500\nactive_file 200\nslab 3\n";
        assert_eq!(left_in_group("1000\n", "850\n", stat), Some(850));
        assert_eq!(left_in_group("1000", "850", ""), Some(150));
        assert_eq!(left_in_group("1000", "600", stat), Some(1000), "the two are not read at one time");
        assert_eq!((left_in_group("max\n", "850", stat), left_in_group("", "", "")), (None, None));
    }

    #[test]
    fn a_need_is_compared_with_what_is_free() {
        let need = MemoryNeed::default().with("a", 300.0).with("b", 700.0);
        assert_eq!(need.within(1000), Ok(()));
        let error = need.within(999).unwrap_err();
        assert_eq!((error.needed, error.largest.0.as_str(), error.free), (1000.0, "b", 999));
        for none in [f64::NAN, f64::INFINITY] {
            assert!(MemoryNeed::default().with("none", none).within(u64::MAX).is_err(), "{none}");
        }
    }

    #[test]
    fn sizes_have_a_unit_that_suits_them() {
        for (size, text) in
            [(999, "999 bytes"), (1500, "1.5 KB"), (12_000_000_000, "12.0 GB"), (usize::MAX, "18446.7 PB")]
        {
            assert_eq!(Bytes(size).to_string(), text);
        }
    }
}
