//! The neuron models, one a file.
//!
//! A line of the list below adds one: it declares the module, exports the model, and puts its step into [`all`], on
//! which every test of derivatives, orders of convergence and rewrites runs.

use crate::{Integrator, Step, trace};

/// Declares a module per model, exports the models, and lists their steps.
macro_rules! models {
    ($( $file:ident :: $model:ident, )*) => {
        $( pub mod $file; pub use $file::$model; )*

        /// Returns one step of every model.
        pub fn all(integrator: Integrator) -> Vec<Step> {
            vec![$( trace::<$model>(integrator), )*]
        }
    };
}

models! {
    eprop_iaf::EpropIaf,
    glif3::Glif3,
    gif::Gif,
    gif_network::GifNetwork,
    gif_paper::GifPaper,
    hh_cortical::HhCortical,
    hh_paper::HhPaper,
    hh_pospischil::HhPospischil,
    hh_traub::HhTraub,
    leaky_readout::LeakyReadout,
    lif::Lif,
}

mod channels;
mod refractory;
mod threshold;
