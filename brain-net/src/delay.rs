//! This module draws the delays of synapses.

use crate::network::{Delays, NetworkError, delay_steps, each_row};
use crate::rule::Ends;
use brain_core::Seed;

/// A rule gives delays in ms. Each delay is rounded to a number of steps of at least 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DelayRule {
    /// All delays are the same, ms.
    Constant(f64),
    /// Delays are uniform between two bounds.
    Uniform {
        /// No delay is shorter than this, ms.
        low_ms: f64,
        /// No delay is longer than this, ms.
        high_ms: f64,
    },
    /// Delays are normal and are drawn again where they are shorter than half a step.
    Normal {
        /// Delays have this mean before the truncation, ms.
        mean_ms: f64,
        /// Delays have this standard deviation before the truncation, ms.
        sd_ms: f64,
    },
    /// Delays are `base + distance / velocity`, with the distance between the positions of the two neurons.
    Distance {
        /// This part of the delay does not grow with distance, ms.
        base_ms: f64,
        /// Spikes travel at this conduction velocity, mm/ms (which is m/s).
        velocity: f64,
    },
}

impl DelayRule {
    /// Returns the number of bytes that a synapse takes, its delay included.
    pub fn per_synapse(&self) -> u64 {
        if matches!(self, Self::Constant(_)) { 8 } else { 10 }
    }

    /// Says that the delay of `synapses` synapses is shorter than half a step, where all have the same one that is.
    pub(crate) fn note(&self, projection: &str, synapses: usize, dt_ms: f64) -> Option<String> {
        match *self {
            Self::Constant(ms) if synapses > 0 && ms < 0.5 * dt_ms => Some(format!(
                "{projection}: the delay of {synapses} synapses, {ms} ms, is less than half a step and becomes one step, {dt_ms} ms"
            )),
            _ => None,
        }
    }

    /// Draws the delays of all synapses of a projection, in steps of `dt_ms`. Fails where a delay may be longer than 16
    /// bits of steps can hold.
    pub(crate) fn draw(
        &self,
        ends: Ends,
        (offsets, targets): (&[u64], &[u32]),
        dt_ms: f64,
        seed: Seed,
    ) -> Result<Delays, NetworkError> {
        let mut delays = match *self {
            Self::Constant(ms) => return Ok(Delays::Uniform(delay_steps(ms, dt_ms)?)),
            _ => vec![1u16; targets.len()],
        };
        match *self {
            Self::Constant(_) => {}
            Self::Uniform { low_ms, high_ms } => {
                let (low, high) = (delay_steps(low_ms, dt_ms)?, delay_steps(high_ms, dt_ms)?);
                let span = u64::from(high.saturating_sub(low)) + 1;
                each_row(offsets, &mut delays, |row, items| {
                    let mut stream = seed.at(row as u64);
                    items.iter_mut().for_each(|d| *d = low + stream.below(span) as u16);
                });
            }
            Self::Normal { mean_ms, sd_ms } => {
                // No stream of normal numbers reaches further than ten standard deviations.
                delay_steps(mean_ms + 10.0 * sd_ms, dt_ms)?;
                delay_steps(mean_ms, dt_ms).and(delay_steps(sd_ms, dt_ms))?;
                each_row(offsets, &mut delays, |row, items| {
                    let mut stream = seed.at(row as u64);
                    items.iter_mut().for_each(|d| {
                        // With a mean far below half a step almost all draws are rejected; the number of draws is
                        // limited.
                        let ms = (0..64).map(|_| mean_ms + sd_ms * stream.normal()).find(|ms| *ms >= dt_ms / 2.0);
                        *d = ms.map_or(1, |ms| delay_steps(ms, dt_ms).unwrap_or(u16::MAX));
                    });
                });
            }
            Self::Distance { base_ms, velocity } => {
                ends.check_positions()?;
                if !(velocity.is_finite() && velocity > 0.0) {
                    return Err(ends.error("velocity", velocity, "is not a velocity above 0"));
                }
                delay_steps(base_ms, dt_ms)?;
                // The longest delay that positions allow is checked, so that no delay has to be clipped.
                delay_steps(base_ms + extent(ends) / velocity, dt_ms)?;
                each_row(offsets, &mut delays, |row, items| {
                    let from = ends.pre.anatomy.positions[row];
                    let row = &targets[offsets[row] as usize..offsets[row + 1] as usize];
                    for (d, &t) in items.iter_mut().zip(row) {
                        let ms = base_ms + distance(from, ends.post.anatomy.positions[t as usize]) / velocity;
                        *d = delay_steps(ms, dt_ms).unwrap_or(u16::MAX);
                    }
                });
            }
        }
        Ok(Delays::Each(delays))
    }
}

/// Returns the Euclidean distance between two points, mm.
pub(crate) fn distance(a: [f32; 3], b: [f32; 3]) -> f64 {
    (0..3).map(|k| (f64::from(a[k]) - f64::from(b[k])).powi(2)).sum::<f64>().sqrt()
}

/// Returns the diagonal of the box around all neurons of both ends, mm.
fn extent(ends: Ends) -> f64 {
    let all = || ends.pre.anatomy.positions.iter().chain(&ends.post.anatomy.positions);
    let span = |a: usize| {
        let (low, high) =
            all().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p[a].into()), h.max(p[a].into())));
        (high - low).max(0.0)
    };
    (0..3).map(|a| span(a).powi(2)).sum::<f64>().sqrt()
}
