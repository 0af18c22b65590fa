//! Named quantities: state variables, inputs and parameters, with all that other crates know about them.

use crate::expr::Real;
use std::borrow::Cow;

/// Name, unit, default and bounds of one state variable, input or parameter.
///
/// From these come the YAML keys, units, bounds, checkpoint names and axis labels of every crate.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// The key in files and configs.
    pub name: Cow<'static, str>,
    /// One sentence of documentation.
    pub doc: &'static str,
    /// The unit, as text.
    pub unit: &'static str,
    /// The value where a config says nothing else.
    pub default: f64,
    /// The smallest and the largest sensible value.
    pub bounds: (f64, f64),
}

impl Field {
    /// Returns the field under the name `prefix_name`, as fields of receptors have it.
    pub fn prefixed(&self, prefix: &str) -> Field {
        Field { name: format!("{prefix}_{}", self.name).into(), ..self.clone() }
    }
}

/// A struct of [`Real`]s with their [`Field`]s, as made by [`fields!`](macro@crate::fields).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of fields",
    note = "declare it with `equations::fields! {{ pub struct State {{ /// Doc. \n name: \"unit\" = default in low..high, }} }}`"
)]
pub trait Fields: Copy {
    /// Returns the declarations, in order.
    fn fields() -> Vec<Field>;
    /// Makes the struct from its values, in order.
    fn from_slice(x: &[Real]) -> Self;
    /// Returns the values, in order.
    fn to_vec(self) -> Vec<Real>;
}

/// Declares a struct of [`Real`]s from lines of the form `/// Doc.  name: "unit" = default in low..high,`.
///
/// ```
/// equations::fields! {
///     /// State of a leaky integrator.
///     pub struct State {
///         /// Membrane potential.
///         v: "mV" = -70.0 in -120.0..60.0,
///     }
/// }
/// assert_eq!(<State as equations::Fields>::fields()[0].unit, "mV");
/// ```
#[macro_export]
macro_rules! fields {
    ($(#[$m:meta])* $vis:vis struct $name:ident {
        $( #[doc = $doc:literal] $f:ident: $unit:literal = $default:literal in $lo:literal..$hi:literal, )*
    }) => {
        $(#[$m])* #[derive(Clone, Copy, Debug)] #[allow(non_snake_case)]
        $vis struct $name { $(
            #[doc = $doc]
            #[doc = concat!("\n\nUnit ", $unit, ", default ", $default, ", from ", $lo, " to ", $hi, ".")]
            pub $f: $crate::Real,
        )* }
        impl $crate::Fields for $name {
            fn fields() -> Vec<$crate::Field> {
                vec![$( $crate::Field {
                    name: stringify!($f).into(), doc: $doc.trim_ascii(), unit: $unit, default: $default, bounds: ($lo, $hi),
                }, )*]
            }
            #[allow(non_snake_case)]
            fn from_slice(x: &[$crate::Real]) -> Self {
                let [$($f,)*] = *x else { unreachable!("{} values for the fields of {}", x.len(), stringify!($name)) };
                Self { $($f,)* }
            }
            fn to_vec(self) -> Vec<$crate::Real> { vec![$(self.$f,)*] }
        }
    };
}

impl<A: Fields, B: Fields> Fields for (A, B) {
    fn fields() -> Vec<Field> {
        [A::fields(), B::fields()].concat()
    }

    fn from_slice(x: &[Real]) -> Self {
        let (a, b) = x.split_at(A::fields().len());
        (A::from_slice(a), B::from_slice(b))
    }

    fn to_vec(self) -> Vec<Real> {
        [self.0.to_vec(), self.1.to_vec()].concat()
    }
}
