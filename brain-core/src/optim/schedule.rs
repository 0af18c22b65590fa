//! A [`Schedule`] changes a learning rate over a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A factor on the learning rate rises over `warmup` steps, then falls to `floor` over `steps`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// Number of steps over which the factor rises linearly to 1; it is above 0 at the first.
    pub warmup: u64,
    /// Shape of the fall.
    pub decay: Decay,
    /// Number of steps of the fall, after the rise; later steps stay at `floor`.
    pub steps: u64,
    /// Factor at the end of the fall; it must be above 0 for an exponential one.
    pub floor: f64,
}

/// Shape of the fall of a learning rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// The factor stays at 1.
    #[default]
    Constant,
    /// The factor falls as half a cosine.
    Cosine,
    /// The factor falls by a constant ratio per step.
    Exponential,
    /// The factor falls linearly.
    Linear,
    /// The factor is `1 / (1 + n / steps)` after n steps, not below `floor`; it goes on falling after `steps`.
    Inverse,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { warmup: 0, decay: Decay::Constant, steps: 1000, floor: 0.01 }
    }
}

impl Schedule {
    /// Returns the factor of a step, counted from 1.
    pub fn factor(&self, step: u64) -> f64 {
        if step <= self.warmup {
            return step as f64 / self.warmup as f64;
        }
        let steps = self.steps.max(1) as f64;
        let x = ((step - self.warmup) as f64 / steps).min(1.0);
        match self.decay {
            Decay::Constant => 1.0,
            Decay::Cosine => self.floor + (1.0 - self.floor) * 0.5 * (1.0 + (std::f64::consts::PI * x).cos()),
            Decay::Exponential => self.floor.powf(x),
            Decay::Linear => 1.0 + (self.floor - 1.0) * x,
            Decay::Inverse => (steps / (steps + (step - self.warmup - 1) as f64)).max(self.floor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rise_and_fall() {
        let schedule = |decay| Schedule { warmup: 10, decay, steps: 100, floor: 0.04 };
        for (decay, half) in
            [(Decay::Constant, 1.0), (Decay::Cosine, 0.52), (Decay::Exponential, 0.2), (Decay::Linear, 0.52)]
        {
            let s = schedule(decay);
            assert_eq!((s.factor(1), s.factor(10)), (0.1, 1.0));
            assert!((s.factor(60) - half).abs() < 1e-12, "{decay:?} {}", s.factor(60));
            assert_eq!(s.factor(110), s.factor(1000));
            assert!((s.factor(110) - if decay == Decay::Constant { 1.0 } else { 0.04 }).abs() < 1e-12);
        }
    }
    #[test]
    fn inverse() {
        let s = Schedule { warmup: 0, decay: Decay::Inverse, steps: 50, floor: 0.3 };
        assert_eq!((s.factor(1), s.factor(51), s.factor(1001)), (1.0, 0.5, 0.3));
    }
}
