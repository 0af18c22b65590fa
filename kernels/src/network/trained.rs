//! Cells whose steps are also compiled backwards.

use super::*;
use crate::{
    Eligible, Level, Precision, Sloped, Taped,
    cpu::{
        eligible::{Slopes, slopes},
        hoist::{Backward, Hoist, Onward, Recorded, Traced},
        recurrent::{Again, Ahead, Back, again, ahead, back},
        taped::{Keep, Undo, keep, kept, undo},
    },
};

/// The steps of one cell in one precision.
#[derive(Clone, Copy)]
pub struct Passes<F: Precision> {
    pub(crate) onward: Hoist<F>,
    pub(crate) ahead: fn(&mut Ahead<F>, Level),
    pub(crate) again: fn(&mut Again<F>, Level),
    pub(crate) backward: Hoist<F>,
    pub(crate) back: fn(&mut Back<F>, Level),
    pub(crate) recorded: Hoist<F>,
    pub(crate) keep: fn(&mut Keep<F>, Level),
    pub(crate) undo: fn(&mut Undo<F>, Level),
    pub(crate) traced: Hoist<F>,
    pub(crate) slopes: fn(&mut Slopes<F>, Level),
}

impl<F: Precision> Passes<F> {
    const fn of<M: Sloped + Taped + Eligible>() -> Self {
        Passes {
            onward: Hoist::new::<M, Onward>(),
            ahead: ahead::<M, F>,
            again: again::<M, F>,
            backward: Hoist::new::<M, Backward>(),
            back: back::<M, F>,
            recorded: Hoist::new::<M, Recorded>(),
            keep: keep::<M, F>,
            undo: undo::<M, F>,
            traced: Hoist::new::<M, Traced>(),
            slopes: slopes::<M, F>,
        }
    }
}

/// A cell that networks can be trained of.
#[derive(Clone, Copy, Debug)]
pub struct Trained {
    /// Its names and fields.
    pub cell: Cell,
    /// Numbers that a step keeps of a neuron for its way back.
    pub(crate) kept: fn() -> usize,
    /// Output (states, then the spike) and state of each derivative that is not zero.
    pub by_state: &'static [(usize, usize)],
    /// Output and input of each derivative that is not zero.
    pub by_input: &'static [(usize, usize)],
    pub(crate) single: Passes<f32>,
    pub(crate) double: Passes<f64>,
}

impl<F: Precision> std::fmt::Debug for Passes<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("Passes")
    }
}

impl Trained {
    /// The cell of a generated model.
    pub const fn of<M: Sloped + Taped + Eligible>() -> Trained {
        Trained {
            cell: Cell::of::<M>(),
            kept: kept::<M>,
            by_state: M::BY_STATE,
            by_input: M::BY_INPUT,
            single: Passes::of::<M>(),
            double: Passes::of::<M>(),
        }
    }
}

macro_rules! trained {
    ($($marker:ident,)*) => {
        /// Every cell that networks can be trained of.
        pub static TRAINED: &[Trained] = &[$(Trained::of::<$marker>()),*];
    };
}
include!("../../trained.rs");

/// The trained cell of a name.
pub fn trained(name: &str) -> Option<&'static Trained> {
    TRAINED.iter().find(|c| c.cell.name == name)
}
