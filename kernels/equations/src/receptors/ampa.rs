//! AMPA: fast excitation, the conductance `w exp(-t / tau)` with an instantaneous rise and a decay of 2 ms.
//!
//! The values are those of Brunel and Wang (2001), <https://doi.org/10.1023/A:1011204814320>, section 2.1.2.

use super::{current::Conductance, exponential::Exponential, kinetics::Named};

/// The name and the defaults of the receptor.
pub struct Defaults;

impl Named for Defaults {
    const NAME: &'static str = "ampa";
    const DEFAULTS: &'static [(&'static str, f64)] = &[("E", 0.0), ("tau", 2.0)];
}

/// The AMPA receptor; see the page of this module.
pub type Ampa = Conductance<Exponential, Defaults>;
