//! This module estimates the memory that a network needs before any of it is allocated.

use super::NetworkError;
use brain_core::memory::{MemoryNeed, TooLarge};

/// A neuron takes this many bytes beside its synapses while a network is built, described and drawn, for its position,
/// the sums of its inputs and its degrees.
const PER_NEURON: f64 = 64.0;

/// Fails where this many neurons alone need more memory than there is.
pub(crate) fn check_neurons(neurons: u64) -> Result<(), TooLarge> {
    MemoryNeed::default().with(format!("{neurons} neurons"), PER_NEURON * neurons as f64).check()
}

/// A projection is expected to need this much memory.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// There are this many presynaptic neurons.
    pub rows: u64,
    /// This many synapses are expected.
    pub synapses: f64,
    /// A synapse takes this many bytes: 8, or 10 where each synapse has its own delay.
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
pub(crate) fn check_all(parts: &[(impl AsRef<str>, Estimate)], available: u64) -> Result<(), NetworkError> {
    parts.iter().try_for_each(|(name, e)| e.check(name.as_ref(), available))?;
    let bytes = parts.iter().fold(0u64, |sum, (_, e)| sum.saturating_add(e.bytes()));
    if bytes <= available {
        return Ok(());
    }
    let synapses: f64 = parts.iter().map(|(_, e)| e.synapses).sum();
    let what = format!("the {} projections together", parts.len());
    let per_synapse = parts.iter().map(|(_, e)| e.per_synapse).max().unwrap_or(0);
    Err(NetworkError::Memory { what, synapses: synapses.round() as u64, per_synapse, bytes, available })
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
        let alone = check(9_000_000_000).unwrap_err();
        assert!(matches!(&alone, NetworkError::Memory { what, synapses: 1_000_000_000, .. } if what == "b"), "{alone}");
    }
}
