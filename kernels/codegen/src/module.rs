//! The device module of a model: its text in one precision, and the functions in it.

use crate::{
    header,
    limits::{KEPT, LANES, MOST_OUTPUTS, MOST_THREADS, PER_THREAD, TILE},
};
use equations::{
    Step,
    print::{cpp_functions, cpp_model},
};

/// A language of graphics processors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// CUDA C++.
    Cuda,
    /// Metal Shading Language, single precision only.
    Metal,
}

/// The first buffers that a function of a device module writes; it writes all that follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FirstWritten {
    /// The position among the buffers of numbers.
    pub number: usize,
    /// The position among the buffers of words.
    pub word: usize,
}

/// A function of a device module that the host launches.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Entry {
    /// The forward scan.
    Forward,
    /// The reverse scan.
    Adjoint,
    /// The tangent scan with one derivative for each thread, for few columns.
    TangentOne,
    /// The tangent scan with [`PER_THREAD`] derivatives for each thread.
    TangentMany,
    /// The sums of parts.
    Sum,
    /// The invariants of the steps of a network.
    NetworkPrepare,
    /// The forward scan of a network.
    NetworkForward,
    /// The reverse scan of a network.
    NetworkBackward,
    /// The sums over the batch of a network.
    NetworkSum,
}

impl Entry {
    /// The functions of the module of a model.
    pub const SCANS: &[Entry] = &[Entry::Forward, Entry::Adjoint, Entry::TangentOne, Entry::TangentMany, Entry::Sum];
    /// The functions of the module of networks.
    pub const NETWORKS: &[Entry] =
        &[Entry::NetworkPrepare, Entry::NetworkForward, Entry::NetworkBackward, Entry::NetworkSum];

    /// Returns its name in the text.
    pub fn name(self) -> &'static str {
        match self {
            Entry::Forward => "forward",
            Entry::Adjoint => "adjoint",
            Entry::TangentOne => "tangent_one",
            Entry::TangentMany => "tangent_many",
            Entry::Sum => "sum",
            Entry::NetworkPrepare => "network_prepare",
            Entry::NetworkForward => "network_forward",
            Entry::NetworkBackward => "network_backward",
            Entry::NetworkSum => "network_sum",
        }
    }

    /// Returns the first of its buffers that it writes.
    pub fn first_written(self) -> FirstWritten {
        let (number, word) = match self {
            Entry::Forward => (3, 0),
            Entry::Adjoint => (7, 0),
            Entry::TangentOne | Entry::TangentMany => (6, 0),
            Entry::Sum | Entry::NetworkSum => (1, 0),
            Entry::NetworkPrepare => (1, 1),
            Entry::NetworkForward => (4, 2),
            Entry::NetworkBackward => (6, 3),
        };
        FirstWritten { number, word }
    }

    /// Returns whether its threads may share memory.
    pub fn shares(self) -> bool {
        matches!(self, Entry::TangentOne | Entry::TangentMany | Entry::NetworkForward | Entry::NetworkBackward)
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

/// Returns the text of the module of `step`.
///
/// # Panics
/// It panics if the model has too many outputs, or if double precision is asked of Metal: a build script has no other
/// way out.
pub fn module(step: &Step, language: Language, single: bool) -> String {
    let outputs = step.outputs.len();
    assert!(outputs <= MOST_OUTPUTS, "{} has {outputs} outputs; device kernels take {MOST_OUTPUTS}", step.name);
    let mut text = preamble(language, single);
    for (name, value) in
        [("LANES", LANES), ("MOST_THREADS", MOST_THREADS), ("KEPT", KEPT), ("TILE", TILE), ("PER_THREAD", PER_THREAD)]
    {
        text += &format!("#define {name} {value}\n");
    }
    let parts = [header::flags(), header::STRIDES.into(), header::header(), cpp_functions(single)];
    parts.iter().for_each(|part| text += part);
    text += include_str!("../../device/functions.h");
    text += &cpp_model(step);
    LOOPS.iter().for_each(|part| text += part);
    text
}

/// Returns the opening of a module: the precision and the words of the language.
pub(crate) fn preamble(language: Language, single: bool) -> String {
    assert!(single || language == Language::Cuda, "Metal has no double precision");
    let words = match language {
        Language::Cuda => include_str!("../../cuda/words.cuh"),
        Language::Metal => include_str!("../../metal/words.metal"),
    };
    let number = if single { "float" } else { "double" };
    format!("#define SINGLE {}\ntypedef {number} Number;\n\n{words}\n", u8::from(single))
}
