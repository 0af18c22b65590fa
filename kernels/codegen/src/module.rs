//! The text of a device module: one model in one precision.

use crate::{KEPT, LANES, MOST_OUTPUTS, MOST_THREADS, TILE, header, per_thread};
use equations::{
    Step,
    emit::{device_functions, device_model},
};

/// A language of graphics processors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// CUDA C++.
    Cuda,
    /// Metal Shading Language, single precision only.
    Metal,
}

/// A function of a device module that the host launches.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Entry {
    /// Forward scan.
    Forward,
    /// Reverse scan.
    Adjoint,
    /// Tangent scan, a derivative for each thread: for few columns.
    TangentOne,
    /// Tangent scan, [`per_thread`] derivatives for each thread.
    TangentMany,
    /// Sums of parts.
    Sum,
}

impl Entry {
    /// Every function.
    pub const ALL: [Entry; 5] = [Entry::Forward, Entry::Adjoint, Entry::TangentOne, Entry::TangentMany, Entry::Sum];

    /// Its name in the text.
    pub fn name(self) -> &'static str {
        match self {
            Entry::Forward => "forward",
            Entry::Adjoint => "adjoint",
            Entry::TangentOne => "tangent_one",
            Entry::TangentMany => "tangent_many",
            Entry::Sum => "sum",
        }
    }
}

const LOOPS: [&str; 6] = [
    include_str!("../../device/column.h"),
    include_str!("../../device/forward.h"),
    include_str!("../../device/adjoint.h"),
    include_str!("../../device/tangent.h"),
    include_str!("../../device/sum.h"),
    include_str!("../../device/entries.h"),
];

/// The text of the module of `step`.
///
/// # Panics
/// If the model has too many outputs, or double precision is asked of Metal: a build script has no other way out.
pub fn module(step: &Step, language: Language, single: bool) -> String {
    let outputs = step.outputs.len();
    assert!(outputs <= MOST_OUTPUTS, "{} has {outputs} outputs; device kernels take {MOST_OUTPUTS}", step.name);
    assert!(single || language == Language::Cuda, "Metal has no double precision");
    let words = match language {
        Language::Cuda => include_str!("../../cuda/words.cuh"),
        Language::Metal => include_str!("../../metal/words.metal"),
    };
    let number = if single { "float" } else { "double" };
    let mut text = format!("#define SINGLE {}\ntypedef {number} Number;\n\n{words}\n", u8::from(single));
    for (name, value) in [
        ("LANES", LANES),
        ("MOST_THREADS", MOST_THREADS),
        ("KEPT", KEPT),
        ("TILE", TILE),
        ("PER_THREAD", per_thread(single)),
    ] {
        text += &format!("#define {name} {value}\n");
    }
    let parts = [header::flags(), header::header(), device_functions(single)];
    parts.iter().for_each(|part| text += part);
    text += include_str!("../../device/functions.h");
    text += &device_model(step);
    LOOPS.iter().for_each(|part| text += part);
    text
}
