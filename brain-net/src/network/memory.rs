//! This module estimates the memory that a network needs before any of it is allocated.

use super::NetworkError;

/// The memory that a projection is expected to need.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Number of presynaptic neurons.
    pub rows: u64,
    /// Expected number of synapses.
    pub synapses: f64,
    /// Number of bytes per synapse: 8, or 10 where each synapse has its own delay.
    pub per_synapse: u64,
}

impl Estimate {
    /// Returns the number of bytes: `8 (rows + 1) + per_synapse synapses`.
    pub fn bytes(&self) -> u64 {
        let synapses = (self.synapses * self.per_synapse as f64).ceil();
        8u64.saturating_mul(self.rows.saturating_add(1)).saturating_add(synapses as u64)
    }

    /// Fails where the projection needs more than `available` bytes; `what` names it in the error.
    pub fn check(&self, what: &str, available: u64) -> Result<(), NetworkError> {
        let bytes = self.bytes();
        if bytes > available {
            return Err(NetworkError::Memory {
                what: what.into(),
                synapses: self.synapses.round() as u64,
                per_synapse: self.per_synapse,
                bytes,
                available,
            });
        }
        Ok(())
    }
}

/// Fails where the projections together need more than `available` bytes. The error names a projection that needs more
/// on its own, where there is one.
pub(crate) fn check_all(parts: &[(&str, Estimate)], available: u64) -> Result<(), NetworkError> {
    parts.iter().try_for_each(|(name, e)| e.check(name, available))?;
    let bytes = parts.iter().fold(0u64, |sum, (_, e)| sum.saturating_add(e.bytes()));
    if bytes <= available {
        return Ok(());
    }
    let synapses: f64 = parts.iter().map(|(_, e)| e.synapses).sum();
    let what = format!("the {} projections together", parts.len());
    let per_synapse = parts.iter().map(|(_, e)| e.per_synapse).max().unwrap_or(0);
    Err(NetworkError::Memory { what, synapses: synapses.round() as u64, per_synapse, bytes, available })
}

/// Returns the number of bytes that can still be allocated: what Linux calls available, within the limit of the control
/// group, or `u64::MAX` where the system does not say.
pub fn available() -> u64 {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let info = read("/proc/meminfo");
    let line = info.lines().find_map(|l| l.strip_prefix("MemAvailable:"));
    let free = line.and_then(|l| number(l.trim_end_matches("kB"))).map_or(u64::MAX, |kib| kib.saturating_mul(1024));
    let limit = number(&read("/sys/fs/cgroup/memory.max"));
    let used = number(&read("/sys/fs/cgroup/memory.current"));
    match (limit, used) {
        (Some(limit), Some(used)) => free.min(limit.saturating_sub(used)),
        _ => free,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_errors_name_the_bytes() {
        let e = Estimate { rows: 1 << 20, synapses: 1e12, per_synapse: 10 };
        assert_eq!(e.bytes(), 8 * ((1 << 20) + 1) + 10_000_000_000_000);
        let message = e.check("E-E", 1 << 34).unwrap_err().to_string();
        assert!(message.contains("E-E: 1000000000000 synapses need 9313.23 GiB"), "{message}");
        assert!(message.contains("16.00 GiB are free"), "{message}");
        assert!(e.check("E-E", u64::MAX).is_ok());
        assert_eq!(Estimate { synapses: f64::INFINITY, ..e }.bytes(), u64::MAX);
    }

    #[test]
    fn projections_add_up() {
        let e = Estimate { rows: 1, synapses: 1e9, per_synapse: 8 };
        let check = |free| check_all(&[("a", e), ("b", Estimate { per_synapse: 10, ..e })], free);
        assert!(check(19_000_000_000).is_ok());
        let message = check(17_000_000_000).unwrap_err().to_string();
        assert!(message.contains("the 2 projections together: 2000000000 synapses need 16.76 GiB"), "{message}");
        assert!(check(9_000_000_000).unwrap_err().to_string().starts_with("b: 1000000000 synapses"));
    }

    #[test]
    fn some_memory_is_available() {
        assert!(available() > 1 << 20);
    }
}
