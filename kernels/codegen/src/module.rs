//! The text of a device module: one model in one precision.

use crate::{KEPT, LANES, MOST_OUTPUTS, MOST_THREADS, TILE, header, per_thread};
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
    /// What a network's steps need of the parameters.
    NetworkPrepare,
    /// Forward scan of a network.
    NetworkForward,
    /// Reverse scan of a network.
    NetworkBackward,
    /// Sums over a network's batch.
    NetworkSum,
}

impl Entry {
    /// The functions of the module of a model.
    pub const SCANS: &[Entry] = &[Entry::Forward, Entry::Adjoint, Entry::TangentOne, Entry::TangentMany, Entry::Sum];
    /// The functions of the module of networks.
    pub const NETWORKS: &[Entry] =
        &[Entry::NetworkPrepare, Entry::NetworkForward, Entry::NetworkBackward, Entry::NetworkSum];

    /// Its name in the text.
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

    /// Which of its buffers it writes: numbers from the first on, words from the second on.
    pub fn written(self) -> [usize; 2] {
        match self {
            Entry::Forward => [3, 0],
            Entry::Adjoint => [7, 0],
            Entry::TangentOne | Entry::TangentMany => [6, 0],
            Entry::Sum | Entry::NetworkSum => [1, 0],
            Entry::NetworkPrepare => [1, 1],
            Entry::NetworkForward => [4, 2],
            Entry::NetworkBackward => [6, 3],
        }
    }

    /// Whether its threads may share memory.
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

/// The text of the module of `step`.
///
/// # Panics
/// If the model has too many outputs, or double precision is asked of Metal: a build script has no other way out.
pub fn module(step: &Step, language: Language, single: bool) -> String {
    let outputs = step.outputs.len();
    assert!(outputs <= MOST_OUTPUTS, "{} has {outputs} outputs; device kernels take {MOST_OUTPUTS}", step.name);
    let mut text = preamble(language, single);
    for (name, value) in [
        ("LANES", LANES),
        ("MOST_THREADS", MOST_THREADS),
        ("KEPT", KEPT),
        ("TILE", TILE),
        ("PER_THREAD", per_thread(single)),
    ] {
        text += &format!("#define {name} {value}\n");
    }
    let parts = [header::flags(), header::STRIDES.into(), header::header(), cpp_functions(single)];
    parts.iter().for_each(|part| text += part);
    text += include_str!("../../device/functions.h");
    text += &cpp_model(step);
    LOOPS.iter().for_each(|part| text += part);
    text
}

/// The words of a language.
pub(crate) fn preamble(language: Language, single: bool) -> String {
    assert!(single || language == Language::Cuda, "Metal has no double precision");
    let words = match language {
        Language::Cuda => include_str!("../../cuda/words.cuh"),
        Language::Metal => include_str!("../../metal/words.metal"),
    };
    let number = if single { "float" } else { "double" };
    format!("#define SINGLE {}\ntypedef {number} Number;\n\n{words}\n", u8::from(single))
}
