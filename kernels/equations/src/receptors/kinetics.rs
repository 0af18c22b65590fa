//! The parts that receptors are made of: a time course, a name with defaults, and the input.

use crate::{Fields, Real, fields};

/// The time course of the response to an event; a weight is the peak of the response.
pub trait Kinetics {
    /// The state variables.
    type State: Fields;
    /// The parameters.
    type Param: Fields;
    /// Returns the state after events of total weight `w`.
    fn events(x: Self::State, w: Real, p: Self::Param) -> Self::State;
    /// Returns the time derivative of every state variable, per ms.
    fn rates(x: Self::State, p: Self::Param) -> Self::State;
    /// Returns the response, in the unit of the weights.
    fn response(x: Self::State) -> Real;
}

/// The name of a receptor and its defaults.
pub trait Named {
    /// The prefix of the receptor's fields.
    const NAME: &'static str;
    /// Default values, by the names of fields, in place of the fields' own.
    const DEFAULTS: &'static [(&'static str, f64)] = &[];
}

/// Excitation, which reverses at 0 mV.
pub struct Excitatory;

impl Named for Excitatory {
    const NAME: &'static str = "exc";
}

/// Inhibition, which reverses at -80 mV and decays in 10 ms (Vogels and Abbott 2005,
/// <https://doi.org/10.1523/JNEUROSCI.3508-05.2005>).
pub struct Inhibitory;

impl Named for Inhibitory {
    const NAME: &'static str = "inh";
    const DEFAULTS: &'static [(&'static str, f64)] = &[("E", -80.0), ("tau", 10.0)];
}

fields! {
    /// Input of every receptor with [`Kinetics`].
    pub struct Events {
        /// Sum of the weights of this step's events.
        w: "nS" = 0.0 in 0.0..10.0,
    }
}
