//! This module defines an input of Poisson events.

use super::{InputDrive, InputFamily, InputTarget, NetworkInput};
use crate::error::BuildError;
use crate::keys::{Key, Keys};
use crate::network::Sign;
use crate::simulate::synapses;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// Poisson events arrive independently at each neuron, or the neurons of an `input` population fire as Poisson
/// processes.
#[derive(Clone, Debug, PartialEq)]
pub struct Poisson {
    /// Each source fires at this rate, Hz.
    pub rate_hz: f64,
    /// Each neuron has this many sources.
    pub sources: f64,
    /// An event has this weight, in the unit of the receptor.
    pub weight: f64,
    /// Events act on the receptor of this name; on the fast excitatory one where it is `None`.
    pub receptor: Option<String>,
}

impl NetworkInput for Poisson {
    fn drive(&self, target: &InputTarget, _seed: Seed) -> Result<InputDrive, BuildError> {
        let rate_hz = target.spread(self.rate_hz * self.sources, 0.0);
        let Some(cell) = target.cell else { return Ok(InputDrive::Rates { rate_hz }) };
        let fast = |sign| cell.fast_receptor(sign);
        let name = self.receptor.as_deref().or(fast(Sign::Excitatory)).unwrap_or_default();
        let sign = if fast(Sign::Inhibitory) == Some(name) { Sign::Inhibitory } else { Sign::Excitatory };
        let (input, sign) = synapses::place(target.origin, &format!("{}.receptor", target.at), cell, name, sign)?;
        Ok(InputDrive::Events { input, rate_hz, weight: sign * self.weight })
    }
}

impl InputFamily for Poisson {
    const NAME: &'static str = "poisson";
    const KEYS: &'static [Key] = &[
        Key::new("rate", "10 Hz", "Each source of `poisson` has this rate."),
        Key::new("sources", "1.0", "Each neuron has this many sources of `poisson`."),
        Key::new("weight", "1.0", "An event of `poisson` has this weight, in the unit of the receptor."),
        Key::new(
            "receptor",
            "null",
            "Events of `poisson` act on this receptor; on the fast excitatory one where it is null.",
        ),
    ];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        let number = |name: &str| -> Result<f64, ConfigError> {
            let x: f64 = keys.get(name)?;
            if x.is_finite() && x >= 0.0 { Ok(x) } else { Err(keys.error(name, format!("{x} must be 0 or more"))) }
        };
        Ok(Self {
            rate_hz: keys.magnitude("rate", "Hz")?,
            sources: number("sources")?,
            weight: number("weight")?,
            receptor: keys.get("receptor")?,
        })
    }
}
