//! The receptors, one a file: what a presynaptic event becomes at the membrane. See [`Driven`].
//!
//! A receptor is a [`Kinetics`], how the response to an event rises and falls, seen either as a [`Current`] or as a
//! [`Conductance`]; or it is written out, where the response also depends on the potential.
//!
//! A line of the list below adds kinetics or a receptor: it declares the module, exports the type, and puts the step of a
//! [`Lif`] through it into [`all`], on which every test of derivatives and orders of convergence runs. Kinetics are
//! tested as a current and as a conductance.

pub use crate::Driven;
use crate::{Integrator, Receptor, Step, models::Lif, trace};

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

        /// Returns one step of a [`Lif`] through every receptor.
        pub fn all(integrator: Integrator) -> Vec<Step> {
            vec![
                $(
                    through::<Current<$kinetics, Excitatory>>(integrator, concat!(stringify!($shape), " current")),
                    through::<Conductance<$kinetics, Excitatory>>(integrator, concat!(stringify!($shape), " conductance")),
                )*
                $( through::<$receptor>(integrator, stringify!($file)), )*
                through::<Conductance<Exponential, Inhibitory>>(integrator, "inhibition"),
                through::<DecayFirst<Conductance<Exponential, Inhibitory>>>(integrator, "inhibition that decays first"),
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

/// Returns the step of a [`Lif`] through `R`, under the receptor's name `name`.
fn through<R: Receptor>(integrator: Integrator, name: &'static str) -> Step {
    Step { name, ..trace::<Driven<Lif, R>>(integrator) }
}

/// A neuron with excitatory and inhibitory conductances of kinetics `K`.
pub type Conductances<N, K> = Driven<Driven<N, Conductance<K, Excitatory>>, Conductance<K, Inhibitory>>;
/// A neuron with excitatory and inhibitory currents of kinetics `K`.
pub type Currents<N, K> = Driven<Driven<N, Current<K, Excitatory>>, Current<K, Inhibitory>>;
/// A neuron with AMPA, NMDA, GABA-A and GABA-B receptors.
pub type Transmitters<N> = Driven<Driven<Driven<Driven<N, Ampa>, Nmda>, GabaA>, GabaB>;
