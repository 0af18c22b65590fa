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
    /// Step length, ms.
    dt: F,
    /// Steps T.
    steps: u32,
    /// Batch elements B.
    batch: u32,
    /// Steps between two kept states.
    segment: u32,
    /// Steps whose inputs are held: one more than the longest delay.
    window: u32,
    /// Length of a row of all states.
    states: u32,
    /// Length of a row of all inputs.
    inputs: u32,
    /// Numbers of parameters.
    params: u32,
    /// Synapses.
    synapses: u32,
    /// Neurons that are cells, with padding.
    slots: u32,
    /// Words of the spikes of a step: of cells, then of sources.
    words: u32,
    /// Populations, at the start of the circuit's words.
    populations: u32,
    /// Phases.
    phases: u32,
    /// Place of the phases.
    phases_at: u32,
    /// Place of the projections.
    projections_at: u32,
    /// Place of the population of each word of cells.
    owners_at: u32,
    /// Inputs from outside that the neurons of a population share, whose gradients are sums.
    shared_drives: u32,
    /// Place of them in the run's words.
    shared_drives_at: u32,
    /// Place of the projections' feedback in the run's words.
    feedback_at: u32,
    /// Numbers of a block's own memory outside of the chip.
    work: u32,
    /// See `NetworkFlags`.
    flags: u32,
    /// Parts that a sum adds.
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
        /// Its cell, by place in the module; sources have none.
        cell,
        /// Neurons.
        neurons,
        /// Neurons with padding.
        stride,
        /// States of a neuron.
        rows,
        /// Place of its states in a row.
        states,
        /// Place of its inputs in a row.
        inputs,
        /// Place of its parameters.
        params,
        /// Place of the invariants of the step.
        sloped,
        /// Place of the invariants of the step backward.
        adjoint,
        /// First slot, of cells.
        slot,
        /// First word of its spikes.
        word,
        /// Words of its spikes.
        words,
        /// First of the projections from it.
        projections,
        /// Beyond the last.
        projections_end,
    }
    /// Populations that receive nothing within a step but the spikes of earlier phases.
    Phase {
        /// First population.
        populations,
        /// Beyond the last.
        populations_end,
        /// First slot.
        slots,
        /// Beyond the last.
        slots_end,
    }
    /// A projection.
    ProjectionWords {
        /// First presynaptic neuron.
        first,
        /// Presynaptic neurons.
        rows,
        /// Place of the starts of rows.
        starts,
        /// Place of the first target.
        targets,
        /// Whether each synapse has a delay of its own.
        own_delays,
        /// Place of the first delay, or the delay of all, steps.
        delay,
        /// Whether the targets of every row follow each other, and have one delay.
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
        /// Records.
        records,
        /// Place of them in the run's words.
        records_at,
        /// Inputs from outside.
        driven,
        /// Place of their names in the run's words.
        driven_at,
        /// Place of the drive.
        drive,
        /// Numbers of a row of the drive.
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
        /// State, or spike.
        output,
        /// First step.
        first,
        /// Beyond the last.
        last,
        /// Whether the values are summed.
        sum,
        /// Whether the squares are summed.
        squares,
        /// Place of what is recorded.
        at,
    }
    /// The numbers by which gradients go back along a projection.
    FeedbackWords {
        /// Whether no gradient goes back.
        cut,
        /// Whether feedback weights of its own stand in for the weights.
        fixed,
        /// Place of the first number.
        at,
    }
    /// An input from outside that the neurons of a population share: its gradient is the sum of theirs.
    SharedDrive {
        /// Population.
        population,
        /// Input.
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
