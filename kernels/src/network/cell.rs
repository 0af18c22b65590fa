//! Neurons with their receptors as plain data: fields and functions.

use crate::{
    Glif3, Level, Lif, Model, Precision,
    cpu::advance::{Hoist, Stretch, advance, hoist, hoisted},
    equations::Field,
};

/// The steps of one cell in one precision.
#[derive(Clone, Copy)]
pub struct Steps<F: Precision> {
    pub(super) hoist: fn(&Hoist<F>, Level),
    pub(super) advance: fn(&mut Stretch<F>, Level),
}

impl<F: Precision> Steps<F> {
    const fn of<M: Model>() -> Self {
        Steps { hoist: hoist::<M, F>, advance: advance::<M, F> }
    }
}

/// A neuron, with its receptors, that is compiled for networks.
#[derive(Clone, Copy)]
pub struct Cell {
    /// Name in configs and checkpoints.
    pub name: &'static str,
    /// DOI of its equations.
    pub source: &'static str,
    /// State variables; the first is the membrane potential.
    pub state: &'static [Field],
    /// Inputs: the current `i`, and a `_w` for the events of each receptor.
    pub input: &'static [Field],
    /// Parameters.
    pub param: &'static [Field],
    /// As of [`Model::JUMPS`].
    pub(super) jumps: &'static [Option<usize>],
    pub(super) hoisted: fn() -> usize,
    pub(crate) single: Steps<f32>,
    pub(crate) double: Steps<f64>,
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Cell").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Cell {
    /// The cell of a generated model.
    pub const fn of<M: Model>() -> Cell {
        Cell {
            name: M::NAME,
            source: M::SOURCE,
            state: M::STATE,
            input: M::INPUT,
            param: M::PARAM,
            jumps: M::JUMPS,
            hoisted: hoisted::<M>,
            single: Steps::of::<M>(),
            double: Steps::of::<M>(),
        }
    }

    /// Position of the state variable `name`.
    pub fn state(&self, name: &str) -> Option<usize> {
        self.state.iter().position(|f| f.name == name)
    }

    /// Position of the input `name`.
    pub fn input(&self, name: &str) -> Option<usize> {
        self.input.iter().position(|f| f.name == name)
    }

    /// Position of the parameter `name`.
    pub fn parameter(&self, name: &str) -> Option<usize> {
        self.param.iter().position(|f| f.name == name)
    }
}

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty,)*) => {
        $(
            #[doc = concat!("`", $name, "`: the equations of `", stringify!($neuron), "`.")]
            pub struct $marker;
        )*

        /// Every cell that networks can be made of.
        pub static CELLS: &[Cell] = &[
            Cell::of::<Lif>(),
            Cell::of::<Glif3>(),
            $(Cell::of::<$marker>(),)*
        ];
    };
}
include!("../../cells.rs");
include!(concat!(env!("OUT_DIR"), "/cells.rs"));

/// The cell of a name.
pub fn cell(name: &str) -> Option<&'static Cell> {
    CELLS.iter().find(|c| c.name == name)
}
