//! This module draws the figures of a network: its architecture, its matrix and its distributions.

mod architecture;
mod areas;
mod distributions;
mod matrix;
mod place;

pub use architecture::Readout;

use crate::network::Sign;
use brain_plot::{Colour, MODEL, SECOND_MODEL};

/// Returns the colour of a sign.
pub(crate) fn colour(sign: Sign) -> Colour {
    match sign {
        Sign::Excitatory => SECOND_MODEL,
        Sign::Inhibitory => MODEL,
    }
}
