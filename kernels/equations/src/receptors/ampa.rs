//! AMPA: fast excitation, here with an instantaneous rise and a decay of 2 ms.
//!
//! Brunel and Wang (2001), <https://doi.org/10.1023/A:1011204814320>, section 2.1.2.

use super::{Conductance, Exponential, Named};

/// Its name and defaults.
pub struct Defaults;

impl Named for Defaults {
    const NAME: &'static str = "ampa";
    const DEFAULTS: &'static [(&'static str, f64)] = &[("E", 0.0), ("tau", 2.0)];
}

/// The receptor.
pub type Ampa = Conductance<Exponential, Defaults>;
