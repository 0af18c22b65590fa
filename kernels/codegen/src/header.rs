//! What a launch is told, with the same bytes in Rust and in C++.

use crate::{MOST_OUTPUTS, MOST_TANGENTS};
use std::fmt::Write;

/// How far apart the entries of a series are, in numbers; zero where it is shared.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strides {
    /// Between time steps.
    pub time: u32,
    /// Between rows.
    pub row: u32,
    /// Between elements of the batch.
    pub batch: u32,
    /// Between neurons.
    pub neuron: u32,
}

/// A field as C++ declares it.
pub(crate) trait Cpp {
    fn declare(name: &str) -> String;
}

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

/// A struct of numbers and words in Rust, and by the function `$cpp` in C++.
macro_rules! told {
    (#[doc = $what:literal] $name:ident, $cpp:ident: $( #[doc = $doc:literal] $field:ident: $kind:ty, )*) => {
        #[doc = $what]
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name<F> { $( #[doc = $doc] pub $field: $kind, )* }

        /// The same struct in C++.
        pub(crate) fn $cpp() -> String {
            type F = f32;
            let mut out = String::from(concat!("struct ", stringify!($name), " {\n"));
            $( writeln!(out, "    {}; //{}", <$kind>::declare(stringify!($field)), $doc).expect("writing to a string"); )*
            out + "};\n"
        }
    };
}
pub(crate) use told;

pub(crate) const STRIDES: &str = "struct Strides { uint time, row, batch, neuron; };\n";

told! {
    /// What every launch of a scan is told.
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
    /// Of the sums: rows that are kept.
    outer: u32,
    /// Of the sums: parts that are added.
    parts: u32,
    /// Of the sums: columns that are kept.
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

/// Bits by name in Rust, and by the function `flags` in C++.
macro_rules! bits {
    (#[doc = $what:literal] $kind:ident: $( #[doc = $doc:literal] $name:ident = $bit:literal, )*) => {
        #[doc = $what]
        #[derive(Clone, Copy, Debug)]
        pub struct $kind;

        impl $kind { $( #[doc = $doc] pub const $name: u32 = 1 << $bit; )* }

        /// The same names in C++.
        pub(crate) fn flags() -> String {
            let names = [$( concat!(stringify!($name), " = 1 << ", $bit) ),*];
            format!("enum {} {{ {} }};\n", stringify!($kind), names.join(", "))
        }
    };
}
pub(crate) use bits;

bits! {
    /// Which optional buffers a launch has.
    Flags:
    /// A final state is taken or written.
    END = 0,
    /// The gradient by the initial state.
    START = 1,
    /// The gradient by the drive.
    DRIVE = 2,
    /// The gradient by the parameters.
    PARAMS = 3,
    /// The loss.
    LOSS = 4,
    /// Gradients by the outputs come from an objective, not from rows.
    OBJECTIVE = 5,
    /// The matrix of Gauss and Newton.
    CURVATURE = 6,
    /// The initial state has derivatives.
    MOVING = 7,
    /// Each neuron has a drive of its own.
    OWN_DRIVE = 8,
}
