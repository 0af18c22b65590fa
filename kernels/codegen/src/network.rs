//! The device module of networks: the text of the cells that are compiled for training, and the words of its launches.

use crate::{
    header::{Cpp, launch_flags, launch_header},
    module::{Language, preamble},
};
use equations::{
    Step,
    print::{cpp_cell, cpp_functions},
};
use std::fmt::Write;

/// The bits of a word of spikes; the neurons of a population are padded to a multiple of them.
pub const WORD: usize = 32;
/// Returns the most threads of a block that runs a network.
pub const fn network_threads(single: bool) -> usize {
    if single { 512 } else { 256 }
}
/// The sums over rows of synapses that a block forms at a time.
pub const ROWS: usize = 32;

launch_header! {
    /// The header of every launch of a network. Places are counted in numbers or words.
    NetworkHeader, network:
    /// Time step, ms.
    dt: F,
    /// Number of steps T.
    steps: u32,
    /// Number of batch elements B.
    batch: u32,
    /// Number of steps between two saved states.
    segment: u32,
    /// Number of steps whose inputs are held: one more than the longest delay.
    window: u32,
    /// Length of a row of all states.
    states: u32,
    /// Length of a row of all inputs.
    inputs: u32,
    /// Number of parameters.
    params: u32,
    /// Number of synapses.
    synapses: u32,
    /// Number of cells with padding.
    slots: u32,
    /// Number of words of the spikes of a step: those of cells, then those of sources.
    words: u32,
    /// Number of populations, which are at the start of the circuit's words.
    populations: u32,
    /// Number of phases.
    phases: u32,
    /// Place of the phases in the circuit's words.
    phases_at: u32,
    /// Place of the projections in the circuit's words.
    projections_at: u32,
    /// Place of the population of each word of cells in the circuit's words.
    owners_at: u32,
    /// Number of external inputs that the neurons of a population share, whose gradients are sums.
    shared_drives: u32,
    /// Place of the shared drives in the run's words.
    shared_drives_at: u32,
    /// Place of the projections' feedback in the run's words.
    feedback_at: u32,
    /// Length of a block's scratch array in device memory.
    work: u32,
    /// See `NetworkFlags`.
    flags: u32,
    /// Number of parts that a sum adds.
    parts: u32,
    /// Number of sums.
    count: u32,
}

launch_flags! {
    /// The optional buffers that a launch of a network has, and the arrays that are on chip.
    NetworkFlags:
    /// The gradient w.r.t. the initial state is written.
    START = 0,
    /// The gradient w.r.t. the drive is written.
    DRIVE = 1,
    /// The gradient w.r.t. the parameters is written.
    PARAMS = 2,
    /// The gradient w.r.t. the weights is written.
    WEIGHTS = 3,
    /// States are on chip.
    STATES_ON_CHIP = 4,
    /// Inputs are on chip too.
    INPUTS_ON_CHIP = 5,
}

/// Declares structs of words in Rust, and the function `$cpp` that returns the same structs in C++.
macro_rules! word_structs {
    ($cpp:ident: $( #[doc = $what:literal] $name:ident { $( #[doc = $doc:literal] $field:ident, )* } )*) => {
        $(
            #[doc = $what]
            #[repr(C)]
            #[derive(Clone, Copy, Debug, Default, PartialEq)]
            pub struct $name { $( #[doc = $doc] pub $field: u32, )* }

            impl $name {
                /// Appends the words of the struct to `words`.
                pub fn append(&self, words: &mut Vec<u32>) {
                    words.extend([$( self.$field ),*]);
                }
            }
        )*

        /// Returns the same structs in C++.
        fn $cpp() -> String {
            let mut out = String::new();
            $(
                out += concat!("struct ", stringify!($name), " {\n");
                $( writeln!(out, "    {}; //{}", u32::declare(stringify!($field)), $doc).expect("writing to a string"); )*
                out += "};\n";
            )*
            out
        }
    };
}

word_structs! {
    word_structs:
    /// A population of a circuit.
    PopulationWords {
        /// Index of its cell in the module; sources have none.
        cell,
        /// Number of neurons.
        neurons,
        /// Number of neurons with padding.
        stride,
        /// Number of states of a neuron.
        rows,
        /// Place of its states in a row.
        states,
        /// Place of its inputs in a row.
        inputs,
        /// Place of its parameters.
        params,
        /// Place of the invariants of the step.
        surrogate,
        /// Place of the invariants of the backward step.
        adjoint,
        /// First slot, for cells.
        slot,
        /// First word of its spikes.
        word,
        /// Number of words of its spikes.
        words,
        /// Index of the first projection from it.
        projections,
        /// Index after the last projection from it.
        projections_end,
    }
    /// Populations that receive nothing within a step but the spikes of earlier phases.
    Phase {
        /// Index of the first population.
        populations,
        /// Index after the last population.
        populations_end,
        /// Index of the first slot.
        slots,
        /// Index after the last slot.
        slots_end,
    }
    /// A projection.
    ProjectionWords {
        /// First presynaptic neuron.
        first,
        /// Number of presynaptic neurons.
        rows,
        /// Place of the starts of rows.
        starts,
        /// Place of the first target.
        targets,
        /// Whether each synapse has a delay of its own.
        own_delays,
        /// Place of the first delay, or the delay of all synapses, steps.
        delay,
        /// Whether all synapses have one delay and the targets of every row are consecutive.
        dense,
        /// Place of the first weight.
        weights,
        /// Place of its input in a row of inputs.
        column,
    }
    /// The inputs and the outputs of a population in a run.
    PopulationRun {
        /// Place of its initial states.
        start,
        /// Number of recorders.
        records,
        /// Place of the recorders in the run's words.
        records_at,
        /// Number of external inputs.
        driven,
        /// Place of the indices of driven inputs in the run's words.
        driven_at,
        /// Place of the drive.
        drive,
        /// Length of a row of the drive.
        width,
        /// Distance between batch elements.
        by_batch,
        /// Distance between neurons.
        by_neuron,
        /// Place of the gradient w.r.t. the drive.
        by_drive,
    }
    /// One output of a population's cells that is recorded in some steps.
    RecorderWords {
        /// Index of the state, or of the spike after the states.
        output,
        /// First step.
        first,
        /// Step after the last one.
        last,
        /// Whether the values are summed.
        sum,
        /// Whether the squares are summed.
        squares,
        /// Place of the recorded values.
        at,
    }
    /// The feedback weights by which gradients are propagated back along a projection.
    FeedbackWords {
        /// Whether no gradient is propagated back.
        cut,
        /// Whether fixed feedback weights replace the weights.
        fixed,
        /// Place of the first fixed feedback weight.
        at,
    }
    /// An external input that the neurons of a population share; its gradient is the sum of theirs.
    SharedDrive {
        /// Index of the population.
        population,
        /// Index of the input.
        input,
        /// Place of the gradient of the first step.
        at,
        /// Distance between steps.
        time,
    }
}

const LOOPS: [&str; 6] = [
    include_str!("../../device/network/spikes.h"),
    include_str!("../../device/network/along.h"),
    include_str!("../../device/network/neuron.h"),
    include_str!("../../device/network/forward.h"),
    include_str!("../../device/network/backward.h"),
    include_str!("../../device/network/entries.h"),
];

/// Returns the text of the module of networks of `cells`, which populations name by their places.
///
/// # Panics
/// It panics if a cell has no inputs or no parameters, or if double precision is asked of Metal: a build script has no
/// other way out.
pub fn network_module(cells: &[Step], language: Language, single: bool) -> String {
    let mut text = preamble(language, single);
    for (name, value) in [("WORD", WORD), ("ROWS", ROWS), ("NETWORK_THREADS", network_threads(single))] {
        text += &format!("#define {name} {value}\n");
    }
    let parts = [flags(), network(), word_structs(), cpp_functions(single)];
    parts.iter().for_each(|part| text += part);
    text += include_str!("../../device/functions.h");
    let mut each = String::from("#define EACH_CELL(CALL)");
    for (k, step) in cells.iter().enumerate() {
        assert!(!step.input.is_empty() && !step.param.is_empty(), "{} has no inputs or no parameters", step.name);
        text += &cpp_cell(step, &format!("Cell{k}"));
        write!(each, " case {k}: CALL(Cell{k}); break;").expect("writing to a string");
    }
    text += &each;
    text += "\n";
    LOOPS.iter().for_each(|part| text += part);
    text
}
