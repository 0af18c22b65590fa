//! This module finds the receptors of a cell among its inputs.

use super::Sign;
use crate::Cell;

/// Suffix of the input of a receptor, as in `ampa_w`.
const WEIGHT: &str = "_w";

impl Cell {
    /// The names of the receptors.
    pub fn receptors(&self) -> impl Iterator<Item = String> {
        self.input.iter().filter_map(|f| f.name.strip_suffix(WEIGHT).map(str::to_owned))
    }

    /// Returns the input of a receptor and the factor on magnitudes of synapses of `sign` there. The factor is 1 for a
    /// conductance, whose reversal potential gives the sign.
    pub fn receptor(&self, name: &str, sign: Sign) -> Option<(usize, f64)> {
        let input = self.input(&format!("{name}{WEIGHT}"))?;
        let conductance = self.parameter(&format!("{name}_E")).is_some();
        Some((input, if conductance { 1.0 } else { f64::from(sign.factor()) }))
    }

    /// Returns the fast receptor of synapses of a sign.
    pub fn fast_receptor(&self, sign: Sign) -> Option<&'static str> {
        let names = match sign {
            Sign::Excitatory => ["exc", "ampa"],
            Sign::Inhibitory => ["inh", "gaba_a"],
        };
        names.into_iter().find(|r| self.input(&format!("{r}{WEIGHT}")).is_some())
    }

    /// Returns the input that synapses of a sign act on by default, and the factor on their magnitudes there.
    pub fn fast_input(&self, sign: Sign) -> Option<(usize, f64)> {
        self.receptor(self.fast_receptor(sign)?, sign)
    }
}
