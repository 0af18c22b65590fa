//! This module describes a compiled cell as plain data: fields, facts and functions. Code above this crate needs no
//! type parameter for a model.

use crate::{
    CompiledModel, DeviceProgram, Level, Precision, Scanned, Trainable, Use,
    equations::{Cost, Field, ReferenceDrive},
    population::{self, Adjoint, Forward, Sensitivities, Tangent},
    run::Run,
    step::{
        backward::{BackwardStep, backward},
        forward::{ForwardStep, forward},
        invariants::{self, Invariants},
        linearised::{LinearisedStep, linearised},
        recompute::{Recompute, recompute},
        saved::{BackwardFromSaved, SavingSteps, backward_from_saved, forward_saving, saved_rows},
        simulated::{ForwardInvariants, Segment, advance, forward_invariants, invariant_rows},
    },
};
use std::{fmt, marker::PhantomData};

/// A neuron model, with receptors or without, and its compiled functions.
#[derive(Clone, Copy)]
pub struct Cell {
    /// Name in configs and checkpoints.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// Paper or book of its equations.
    pub citation: &'static str,
    /// DOI of that paper or book.
    pub source: &'static str,
    /// Whether it is a readout of a network, on which losses depend and which never spikes.
    pub readout: bool,
    /// Resting potential and threshold where they are constants of the equations. Where they are parameters, these are
    /// named `E_L` and `V_th`.
    pub rest_and_threshold: Option<(f64, f64)>,
    /// Drive that makes it spike with its default parameters.
    pub reference_drive: ReferenceDrive,
    /// State variables, of which the first is the membrane potential.
    pub state: &'static [Field],
    /// Inputs: the current first, then the events of each receptor.
    pub input: &'static [Field],
    /// Parameters.
    pub param: &'static [Field],
    /// Facts about its scans, if it is compiled for them.
    pub scan: Option<ScanFacts>,
    /// Facts about its derivatives, if it is compiled for training.
    pub train: Option<TrainFacts>,
    /// See [`CompiledModel::JUMPS`].
    pub(crate) jumps: &'static [Option<usize>],
    /// Function that returns the number of invariants per neuron of a step in a simulated network.
    pub(crate) invariants: fn() -> usize,
    pub(crate) single: Compiled<f32>,
    pub(crate) double: Compiled<f64>,
}

/// The facts about the scans of a cell.
#[derive(Clone, Copy, Debug)]
pub struct ScanFacts {
    /// Number of operations of each kind of step.
    pub cost: ScanCost,
    /// Row and column of each entry of the state Jacobian that is not zero.
    pub state_jacobian: &'static [(usize, usize)],
    /// Module for graphics processors.
    pub program: DeviceProgram,
}

/// The number of operations of a step of each scan.
#[derive(Clone, Copy, Debug)]
pub struct ScanCost {
    /// Cost of a forward step.
    pub forward: Cost,
    /// Cost of a backward step.
    pub adjoint: Cost,
    /// Cost of a forward step with its Jacobians.
    pub tangent: Cost,
}

/// The facts about the training of a cell.
#[derive(Clone, Copy, Debug)]
pub struct TrainFacts {
    /// Output (states, then the spike) and state of each derivative that is not zero.
    pub by_state: &'static [(usize, usize)],
    /// Output and input of each derivative that is not zero.
    pub by_input: &'static [(usize, usize)],
    /// Function that returns the number of residuals per neuron that a step saves for the backward step.
    pub(crate) saved: fn() -> usize,
}

/// The functions of a cell in one precision, for the uses that it is compiled for.
#[derive(Clone, Copy)]
pub struct Compiled<F: Precision> {
    pub(crate) scans: Option<Scans<F>>,
    pub(crate) steps: Option<Steps<F>>,
    pub(crate) passes: Option<Passes<F>>,
}

impl<F: Precision> Compiled<F> {
    const NONE: Self = Compiled { scans: None, steps: None, passes: None };

    /// Returns the steps in a simulated network. The cell must [serve](Cell::serves) this use.
    pub(crate) fn steps(&self) -> &Steps<F> {
        self.steps.as_ref().expect("networks are made of cells that are compiled for them")
    }

    /// Returns the passes of training. The cell must [serve](Cell::serves) this use.
    pub(crate) fn passes(&self) -> &Passes<F> {
        self.passes.as_ref().expect("circuits are made of cells that are compiled for training")
    }
}

/// The scans of a population.
#[derive(Clone, Copy)]
pub(crate) struct Scans<F: Precision> {
    pub(crate) forward: fn(&Run<F>, Forward<F>),
    pub(crate) adjoint: fn(&Run<F>, Adjoint<F>),
    pub(crate) tangent: fn(&Run<F>, Tangent<F>),
    pub(crate) sensitivities: fn(&Run<F>, Sensitivities<F>),
}

/// The steps in a simulated network.
#[derive(Clone, Copy)]
pub(crate) struct Steps<F: Precision> {
    pub(crate) invariants: fn(&mut ForwardInvariants<F>, Level),
    pub(crate) advance: unsafe fn(&mut Segment<F>, Level),
}

/// The passes of a network in training.
#[derive(Clone, Copy)]
pub(crate) struct Passes<F: Precision> {
    /// Invariants of `forward` and `recompute`.
    pub(crate) surrogate_invariants: Invariants<F>,
    pub(crate) forward: fn(&mut ForwardStep<F>, Level),
    pub(crate) recompute: fn(&mut Recompute<F>, Level),
    /// Invariants of `backward`.
    pub(crate) adjoint_invariants: Invariants<F>,
    pub(crate) backward: fn(&mut BackwardStep<F>, Level),
    /// Invariants of `forward_saving` and `backward_from_saved`.
    pub(crate) saved_invariants: Invariants<F>,
    pub(crate) forward_saving: fn(&mut SavingSteps<F>, Level),
    pub(crate) backward_from_saved: fn(&mut BackwardFromSaved<F>, Level),
    /// Invariants of `linearised`.
    pub(crate) linearised_invariants: Invariants<F>,
    pub(crate) linearised: fn(&mut LinearisedStep<F>, Level),
}

impl<F: Precision> Scans<F> {
    const fn of<M: Scanned>() -> Self {
        Scans {
            forward: population::forward::<M, F>,
            adjoint: population::adjoint::<M, F>,
            tangent: population::tangent::<M, F>,
            sensitivities: population::sensitivities::<M, F>,
        }
    }
}

impl<F: Precision> Steps<F> {
    const fn of<M: CompiledModel>() -> Self {
        Steps { invariants: forward_invariants::<M, F>, advance: advance::<M, F> }
    }
}

impl<F: Precision> Passes<F> {
    const fn of<M: Trainable>() -> Self {
        Passes {
            surrogate_invariants: Invariants::new::<M, invariants::Surrogate>(),
            forward: forward::<M, F>,
            recompute: recompute::<M, F>,
            adjoint_invariants: Invariants::new::<M, invariants::Adjoint>(),
            backward: backward::<M, F>,
            saved_invariants: Invariants::new::<M, invariants::Saved>(),
            forward_saving: forward_saving::<M, F>,
            backward_from_saved: backward_from_saved::<M, F>,
            linearised_invariants: Invariants::new::<M, invariants::Linearised>(),
            linearised: linearised::<M, F>,
        }
    }
}

/// A builder of a cell; see [`Cell::of`].
pub struct CellBuilder<M> {
    cell: Cell,
    model: PhantomData<fn() -> M>,
}

impl<M: CompiledModel> CellBuilder<M> {
    /// Adds the scans of a population.
    pub const fn scan(mut self) -> Self
    where
        M: Scanned,
    {
        self.cell.scan = Some(ScanFacts {
            cost: ScanCost { forward: M::FORWARD_COST, adjoint: M::ADJOINT_COST, tangent: M::TANGENT_COST },
            state_jacobian: M::STATE_JACOBIAN,
            program: M::PROGRAM,
        });
        self.cell.single.scans = Some(Scans::of::<M>());
        self.cell.double.scans = Some(Scans::of::<M>());
        self
    }

    /// Adds the steps in a simulated network.
    pub const fn network(mut self) -> Self {
        self.cell.single.steps = Some(Steps::of::<M>());
        self.cell.double.steps = Some(Steps::of::<M>());
        self
    }

    /// Adds the passes of a network in training.
    pub const fn train(mut self) -> Self
    where
        M: Trainable,
    {
        self.cell.train = Some(TrainFacts { by_state: M::BY_STATE, by_input: M::BY_INPUT, saved: saved_rows::<M> });
        self.cell.single.passes = Some(Passes::of::<M>());
        self.cell.double.passes = Some(Passes::of::<M>());
        self
    }

    /// Returns the cell.
    pub const fn build(self) -> Cell {
        self.cell
    }
}

impl Cell {
    /// Starts a cell with the facts of a generated model. The next calls name the uses that it is compiled for, as in
    /// `Cell::of::<MyNeuron>().scan().network().build()`.
    pub const fn of<M: CompiledModel>() -> CellBuilder<M> {
        let cell = Cell {
            name: M::NAME,
            summary: M::SUMMARY,
            citation: M::CITATION,
            source: M::SOURCE,
            readout: M::READOUT,
            rest_and_threshold: M::REST_AND_THRESHOLD,
            reference_drive: M::REFERENCE_DRIVE,
            state: M::STATE,
            input: M::INPUT,
            param: M::PARAM,
            scan: None,
            train: None,
            jumps: M::JUMPS,
            invariants: invariant_rows::<M>,
            single: Compiled::NONE,
            double: Compiled::NONE,
        };
        CellBuilder { cell, model: PhantomData }
    }

    /// Returns whether the cell is compiled for a use.
    pub fn serves(&self, by: Use) -> bool {
        match by {
            Use::Scan => self.single.scans.is_some(),
            Use::Network => self.single.steps.is_some(),
            Use::Train => self.single.passes.is_some(),
        }
    }

    /// Returns the facts about its training. The cell must [serve](Cell::serves) this use.
    pub(crate) fn trained(&self) -> &TrainFacts {
        self.train.as_ref().expect("circuits are made of cells that are compiled for training")
    }

    /// Returns the index of the recorded output `name`: a state variable, or `spike`.
    pub fn output(&self, name: &str) -> Option<usize> {
        match name {
            "spike" => Some(self.state.len()),
            name => self.state(name),
        }
    }

    /// Returns the index of the state variable `name`.
    pub fn state(&self, name: &str) -> Option<usize> {
        self.state.iter().position(|f| f.name == name)
    }

    /// Returns the index of the input `name`.
    pub fn input(&self, name: &str) -> Option<usize> {
        self.input.iter().position(|f| f.name == name)
    }

    /// Returns the index of the parameter `name`.
    pub fn parameter(&self, name: &str) -> Option<usize> {
        self.param.iter().position(|f| f.name == name)
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Cell").field("name", &self.name).finish_non_exhaustive()
    }
}
