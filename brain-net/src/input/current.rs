//! This module defines a current that is switched on and off.

use super::{InputDrive, InputFamily, InputTarget, NetworkInput};
use crate::error::BuildError;
use crate::keys::{Key, Keys};
use brain_core::Seed;
use brain_core::config::{ConfigError, Quantity};
use brain_core::memory::MemoryNeed;
use kernels::network::Samples;

/// A current flows from `start` to `end`.
#[derive(Clone, Debug, PartialEq)]
pub struct StepCurrent {
    /// The current has this value; a number is in the unit of the model, which is known once the population is.
    pub amplitude: Quantity,
    /// The current is switched on at this time, ms.
    pub start_ms: f64,
    /// The current is switched off at this time, ms; it stays on where it is `None`.
    pub end_ms: Option<f64>,
}

impl NetworkInput for StepCurrent {
    fn drive(&self, target: &InputTarget, _seed: Seed) -> Result<InputDrive, BuildError> {
        let cell = target.membrane()?;
        let input = cell.input("i").unwrap_or(0);
        let at = format!("{}.amplitude", target.at);
        let current = target.origin.quantity(&at, &self.amplitude, cell.input[input].unit)?;
        if !current.is_finite() {
            return Err(target.origin.error(&at, format!("{current} is not a number")).into());
        }
        let steps = |ms: f64| (ms / target.dt_ms).round() as u64;
        let start = steps(self.start_ms);
        if start == 0 && self.end_ms.is_none() {
            return Ok(InputDrive::Constant { current });
        }
        // Without an end the current lasts until the end of the simulation.
        let end = self.end_ms.map_or(target.steps.max(start), steps);
        if end < start {
            return Err(target.origin.error(&format!("{}.end", target.at), "the current ends before it starts").into());
        }
        // Samples are as long as the start and the end allow.
        let every = gcd(start, end).max(1);
        let n = target.population.size() as usize;
        let values = end as f64 / every as f64 * if target.neurons.len() == n { 1.0 } else { n as f64 };
        let need = MemoryNeed::default().with("a current that changes in time", 2.0 * 8.0 * values);
        let longer = "let `start` and `end` be multiples of a longer time";
        need.check().map_err(|e| target.origin.error(&format!("{}.start", target.at), format!("{e}; {longer}")))?;
        let on_off = (0..end / every).map(|s| s * every >= start);
        let samples = match target.neurons.len() == n {
            true => Samples::Same(on_off.map(|on| if on { current } else { 0.0 }).collect()),
            false => {
                let at = |on: bool, k: usize| if on && target.neurons.contains(&k) { current } else { 0.0 };
                Samples::Each(on_off.flat_map(|on| (0..n).map(move |k| at(on, k))).collect())
            }
        };
        Ok(InputDrive::Series { input, samples, every })
    }
}

impl InputFamily for StepCurrent {
    const NAME: &'static str = "current";
    const KEYS: &'static [Key] = &[
        Key::new("amplitude", "0.0", "The input `current` is this current; a number is in the unit of the model."),
        Key::new("start", "0 ms", "The current is switched on at this time."),
        Key::new("end", "null", "The current is switched off at this time; it never is where it is null."),
    ];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self {
            amplitude: keys.get("amplitude")?,
            start_ms: keys.magnitude("start", "ms")?,
            end_ms: keys.optional_magnitude("end", "ms")?,
        })
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
