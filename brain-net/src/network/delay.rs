//! This module converts delays to steps.

use super::NetworkError;

/// Rounds a delay in ms to the nearest number of steps of at least 1. Fails where 16 bits cannot hold it.
pub fn delay_steps(delay_ms: f64, dt_ms: f64) -> Result<u16, NetworkError> {
    let steps = (delay_ms / dt_ms).round();
    if !(delay_ms >= 0.0 && steps <= f64::from(u16::MAX)) {
        return Err(NetworkError::Delay { delay_ms, dt_ms, longest_ms: f64::from(u16::MAX) * dt_ms });
    }
    Ok((steps as u16).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_in_steps() {
        assert_eq!(delay_steps(1.5, 0.1).unwrap(), 15);
        assert_eq!(delay_steps(0.0, 0.1).unwrap(), 1, "a spike arrives at the next step at the soonest");
        for bad in [-0.1, 7000.0, f64::NAN, f64::INFINITY] {
            let refused = delay_steps(bad, 0.1).unwrap_err();
            assert!(matches!(refused, NetworkError::Delay { longest_ms: 6553.5, .. }), "{bad}: {refused}");
        }
    }
}
