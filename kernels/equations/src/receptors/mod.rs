//! The receptors, one a file: what a presynaptic event becomes at the membrane. See [`Driven`].
//!
//! A receptor is a [`Kinetics`], how the response to an event rises and falls, seen either as a [`Current`] or as a
//! [`Conductance`]; or it is written out, where the response also depends on the potential.
//!
//! A line of the list below adds kinetics or a receptor: it declares the module, exports the type, and puts the step of
//! a neuron through it into [`all`], on which every test of derivatives and orders of convergence runs. Kinetics are
//! tested as a current and as a conductance.

pub use crate::Driven;
use crate::{Integrator, Neuron, Receptor, Step, trace};

mod current;
mod decay_first;
mod kinetics;

pub use current::{Conductance, Current, Reversal};
pub use decay_first::DecayFirst;
pub use kinetics::{Events, Excitatory, Inhibitory, Kinetics, Named};

/// Declares a module per kinetics and per receptor, exports their types, and lists their steps.
macro_rules! receptors {
    (kinetics { $( $shape:ident :: $kinetics:ident, )* } receptors { $( $file:ident :: $receptor:ident, )* }) => {
        $( pub mod $shape; pub use $shape::$kinetics; )*
        $( pub mod $file; pub use $file::$receptor; )*

        /// Returns one step of neuron `N` through every receptor, each under the name of the receptor.
        pub fn all<N: Neuron>(integrator: Integrator) -> Vec<Step> {
            vec![
                $(
                    through::<N, Current<$kinetics, Excitatory>>(integrator, concat!(stringify!($shape), " current")),
                    through::<N, Conductance<$kinetics, Excitatory>>(
                        integrator,
                        concat!(stringify!($shape), " conductance"),
                    ),
                )*
                $( through::<N, $receptor>(integrator, stringify!($file)), )*
                through::<N, Conductance<Exponential, Inhibitory>>(integrator, "inhibition"),
                through::<N, DecayFirst<Conductance<Exponential, Inhibitory>>>(integrator, "decay first"),
            ]
        }
    };
}

receptors! {
    kinetics {
        exponential::Exponential,
        alpha::Alpha,
        biexponential::Biexponential,
    }
    receptors {
        ampa::Ampa,
        nmda::Nmda,
        gaba_a::GabaA,
        gaba_b::GabaB,
    }
}

/// Returns the step of neuron `N` through receptor `R`, under the name `name`.
fn through<N: Neuron, R: Receptor>(integrator: Integrator, name: &'static str) -> Step {
    Step { name, ..trace::<Driven<N, R>>(integrator) }
}

/// A neuron with excitatory and inhibitory conductances of kinetics `K`.
pub type Conductances<N, K> = Driven<Driven<N, Conductance<K, Excitatory>>, Conductance<K, Inhibitory>>;
/// A neuron with excitatory and inhibitory currents of kinetics `K`.
pub type Currents<N, K> = Driven<Driven<N, Current<K, Excitatory>>, Current<K, Inhibitory>>;
/// A neuron with AMPA, NMDA, GABA-A and GABA-B receptors.
pub type Transmitters<N> = Driven<Driven<Driven<Driven<N, Ampa>, Nmda>, GabaA>, GabaB>;
