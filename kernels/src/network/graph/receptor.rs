//! Which input of a cell is which receptor.

use super::Sign;
use crate::Cell;

/// What the input of a receptor is called after it: `ampa_w`.
const WEIGHT: &str = "_w";

impl Cell {
    /// The names of the receptors.
    pub fn receptors(&self) -> impl Iterator<Item = String> {
        self.input.iter().filter_map(|f| f.name.strip_suffix(WEIGHT).map(str::to_owned))
    }

    /// The input of a receptor, and the factor that magnitudes of synapses of `sign` have there: a conductance has a
    /// reversal potential, which makes the sign.
    pub fn receptor(&self, name: &str, sign: Sign) -> Option<(usize, f64)> {
        let input = self.input(&format!("{name}{WEIGHT}"))?;
        let conductance = self.parameter(&format!("{name}_E")).is_some();
        Some((input, if conductance { 1.0 } else { f64::from(sign.factor()) }))
    }

    /// The fast receptor of synapses of a sign.
    pub fn fast_receptor(&self, sign: Sign) -> Option<&'static str> {
        let names = match sign {
            Sign::Excitatory => ["exc", "ampa"],
            Sign::Inhibitory => ["inh", "gaba_a"],
        };
        names.into_iter().find(|r| self.input(&format!("{r}{WEIGHT}")).is_some())
    }

    /// The input that synapses of a sign come to where nothing else is said, and the factor on their magnitudes there.
    pub fn fast_input(&self, sign: Sign) -> Option<(usize, f64)> {
        self.receptor(self.fast_receptor(sign)?, sign)
    }
}
