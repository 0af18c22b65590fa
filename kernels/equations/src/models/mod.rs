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
    adex::AdEx,
    eprop_iaf::EpropIaf,
    glif1::Glif1,
    glif2::Glif2,
    glif3::Glif3,
    glif4::Glif4,
    glif5::Glif5,
    gif::Gif,
    gif_network::GifNetwork,
    gif_paper::GifPaper,
    hh_1952::Hh1952,
    hh_cortical::HhCortical,
    hh_paper::HhPaper,
    hh_pospischil::HhPospischil,
    hh_pospischil_ca::HhPospischilCa,
    hh_traub::HhTraub,
    izhikevich_2003::Izhikevich2003,
    izhikevich_2007::Izhikevich2007,
    leaky_readout::LeakyReadout,
    lif::Lif,
}

mod channels;
mod refractory;
mod threshold;
