//! GABA-A: fast inhibition by chloride, the conductance `w exp(-t / tau)` with an instantaneous rise and a decay of 10
//! ms.
//!
//! The values are those of Brunel and Wang (2001), <https://doi.org/10.1023/A:1011204814320>, section 2.1.2, with a
//! reversal at -70 mV.

use super::{current::Conductance, exponential::Exponential, kinetics::Named};

/// The name and the defaults of the receptor.
pub struct Defaults;

impl Named for Defaults {
    const NAME: &'static str = "gaba_a";
    const DEFAULTS: &'static [(&'static str, f64)] = &[("E", -70.0), ("tau", 10.0)];
}

/// The GABA-A receptor; see the page of this module.
pub type GabaA = Conductance<Exponential, Defaults>;
