//! The neuron models, one a file.

use crate::{Integrator, Real, Step, Surrogate, select, spike, trace};

macro_rules! models {
    ($( $file:ident :: $model:ident, )*) => {
        $( pub mod $file; pub use $file::$model; )*

        /// One step of every model.
        pub fn all(integrator: Integrator) -> Vec<Step> {
            vec![$( trace::<$model>(integrator), )*]
        }
    };
}

models! {
    glif3::Glif3,
    gif::Gif,
    gif_network::GifNetwork,
    gif_paper::GifPaper,
    hh_paper::HhPaper,
    hh_pospischil::HhPospischil,
    hh_traub::HhTraub,
    leaky_readout::LeakyReadout,
    lif::Lif,
}

mod refractory;

/// What stands in for the derivative of a spike.
const SURROGATE: Surrogate = Surrogate::ReluGrad { alpha: 0.3, width: 1.0 };

/// Width of the spikes' surrogate derivative, mV.
const WIDTH: f64 = 20.0;

/// Whether the potential rises through 0 mV in this step.
#[track_caller]
fn crossing(before: Real, after: Real) -> Real {
    select(before, 0.0, spike(after / WIDTH, SURROGATE), 0.0)
}
