//! The headers of launches: structs and flags that have the same bytes in Rust and in C++.

use crate::limits::{MOST_OUTPUTS, MOST_TANGENTS};
use std::fmt::Write;

/// The distances between the entries of a series, in numbers; a distance is zero where the entries are shared.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strides {
    /// The distance between time steps.
    pub time: u32,
    /// The distance between rows.
    pub row: u32,
    /// The distance between elements of the batch.
    pub batch: u32,
    /// The distance between neurons.
    pub neuron: u32,
}

/// A type that C++ has too.
pub(crate) trait Cpp {
    /// Returns the declaration of a field of this type.
    fn declare(name: &str) -> String;
}

/// Implements [`Cpp`] for types with the names that C++ has for them.
macro_rules! cpp {
    ($($rust:ty: $cpp:literal),*) => {
        $( impl Cpp for $rust {
            fn declare(name: &str) -> String {
                format!("{} {name}", $cpp)
            }
        } )*
    };
}
cpp!(f32: "Number", u32: "uint", i32: "int", Strides: "Strides");

impl<T: Cpp, const N: usize> Cpp for [T; N] {
    fn declare(name: &str) -> String {
        T::declare(&format!("{name}[{N}]"))
    }
}

/// Declares a struct of numbers and words in Rust, and the function `$cpp` that returns the same struct in C++.
macro_rules! launch_header {
    (#[doc = $what:literal] $name:ident, $cpp:ident: $( #[doc = $doc:literal] $field:ident: $kind:ty, )*) => {
        #[doc = $what]
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name<F> { $( #[doc = $doc] pub $field: $kind, )* }

        /// Returns the same struct in C++.
        pub(crate) fn $cpp() -> String {
            type F = f32;
            let mut out = String::from(concat!("struct ", stringify!($name), " {\n"));
            $( writeln!(out, "    {}; //{}", <$kind>::declare(stringify!($field)), $doc).expect("writing to a string"); )*
            out + "};\n"
        }
    };
}
pub(crate) use launch_header;

/// [`Strides`] in C++.
pub(crate) const STRIDES: &str = "struct Strides { uint time, row, batch, neuron; };\n";

launch_header! {
    /// The header of every launch of a scan.
    Header, header:
    /// Step length, ms.
    dt: F,
    /// Number of steps.
    steps: u32,
    /// Number of drives.
    batch: u32,
    /// Number of neurons.
    neurons: u32,
    /// Steps between two checkpoints of the reverse scan.
    segment: u32,
    /// Recorded outputs.
    recorded: u32,
    /// Parameters of the tangent scan.
    tangents: u32,
    /// State that the objective compares.
    row: u32,
    /// Which optional buffers there are: see `Flags`.
    flags: u32,
    /// Rows that a sum keeps.
    outer: u32,
    /// Parts that a sum adds.
    parts: u32,
    /// Columns that a sum keeps.
    inner: u32,
    /// Where the drive's numbers are.
    drive: Strides,
    /// Where the target's numbers are.
    target: Strides,
    /// Where the weights are.
    weight: Strides,
    /// Recorded row of each output; below zero where it is not recorded.
    slot: [i32; MOST_OUTPUTS],
    /// The parameters of the tangent scan.
    which: [u32; MOST_TANGENTS],
}

/// Declares flags in Rust, and the function `flags` that returns the same names in C++.
macro_rules! launch_flags {
    (#[doc = $what:literal] $kind:ident: $( #[doc = $doc:literal] $name:ident = $bit:literal, )*) => {
        #[doc = $what]
        #[derive(Clone, Copy, Debug)]
        pub struct $kind;

        impl $kind { $( #[doc = $doc] pub const $name: u32 = 1 << $bit; )* }

        /// Returns the same names in C++.
        pub(crate) fn flags() -> String {
            let names = [$( concat!(stringify!($name), " = 1 << ", $bit) ),*];
            format!("enum {} {{ {} }};\n", stringify!($kind), names.join(", "))
        }
    };
}
pub(crate) use launch_flags;

launch_flags! {
    /// The optional buffers and inputs that a launch of a scan has.
    Flags:
    /// A final state is taken or written.
    END = 0,
    /// The gradient w.r.t. the initial state is written.
    START = 1,
    /// The gradient w.r.t. the drive is written.
    DRIVE = 2,
    /// The gradient w.r.t. the parameters is written.
    PARAMS = 3,
    /// The loss is written.
    LOSS = 4,
    /// Gradients w.r.t. the outputs come from an objective rather than from rows.
    OBJECTIVE = 5,
    /// The Gauss-Newton matrix is written.
    CURVATURE = 6,
    /// The initial state has derivatives.
    MOVING = 7,
    /// Each neuron has a drive of its own.
    OWN_DRIVE = 8,
}
