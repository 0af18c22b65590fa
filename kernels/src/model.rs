//! This module defines the traits of generated models, which the loops around them use.

use crate::{
    Simd,
    device::Entry,
    equations::{Cost, Field, ReferenceDrive},
};

/// A fixed number of values.
pub trait FixedArray<V>: Copy + AsRef<[V]> + AsMut<[V]> {
    /// Returns an array that holds the same value everywhere.
    fn filled(value: V) -> Self;
}

impl<V: Copy, const N: usize> FixedArray<V> for [V; N] {
    #[inline(always)]
    fn filled(value: V) -> Self {
        [value; N]
    }
}

/// A model's step forward and backward, generated from its equations by
/// [`rust_module`](crate::equations::rust_module).
///
/// All that depends on the parameters alone (the invariants of a run) is computed before the steps.
pub trait CompiledModel: 'static {
    /// Name in configs and checkpoints.
    const NAME: &'static str;
    /// What it is, in a few words.
    const SUMMARY: &'static str;
    /// Paper or book of the equations.
    const CITATION: &'static str;
    /// DOI of that paper or book.
    const SOURCE: &'static str;
    /// See [`Neuron::READOUT`](crate::equations::Neuron::READOUT).
    const READOUT: bool;
    /// See [`Neuron::REST_AND_THRESHOLD`](crate::equations::Neuron::REST_AND_THRESHOLD).
    const REST_AND_THRESHOLD: Option<(f64, f64)>;
    /// See [`Neuron::REFERENCE_DRIVE`](crate::equations::Neuron::REFERENCE_DRIVE).
    const REFERENCE_DRIVE: ReferenceDrive;
    /// State variables, of which the first is the membrane potential.
    const STATE: &'static [Field];
    /// Inputs.
    const INPUT: &'static [Field];
    /// Parameters.
    const PARAM: &'static [Field];
    /// State that each input may be added to before the step instead; see
    /// [`Step::jumps`](crate::equations::Step::jumps).
    const JUMPS: &'static [Option<usize>];
    /// Number of operations of a forward step.
    const FORWARD_COST: Cost;
    /// Number of operations of a backward step.
    const ADJOINT_COST: Cost;

    /// An array with a value for each state variable.
    type State<V: Copy>: FixedArray<V>;
    /// An array with a value for each input.
    type Input<V: Copy>: FixedArray<V>;
    /// An array with a value for each parameter.
    type Param<V: Copy>: FixedArray<V>;
    /// An array with the states after the step, then the spike.
    type Output<V: Copy>: FixedArray<V>;
    /// The invariants of [`CompiledModel::step`].
    type ForwardInvariants<V: Copy>: FixedArray<V>;
    /// The invariants of [`CompiledModel::step_adjoint`].
    type AdjointInvariants<V: Copy>: FixedArray<V>;

    /// Computes [`CompiledModel::ForwardInvariants`].
    fn forward_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::ForwardInvariants<V>;
    /// Computes [`CompiledModel::AdjointInvariants`].
    fn adjoint_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::AdjointInvariants<V>;

    /// Takes one step.
    fn step<V: Simd>(x: &Self::State<V>, i: &Self::Input<V>, c: &Self::ForwardInvariants<V>) -> Self::Output<V>;

    /// Takes one backward step: computes the gradients w.r.t. state, input and parameters from those w.r.t. the
    /// outputs.
    fn step_adjoint<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::AdjointInvariants<V>,
        bar: &Self::Output<V>,
    ) -> (Self::State<V>, Self::Input<V>, Self::Param<V>);
}

/// A model that is compiled for scans of a population: it also has the step with its Jacobians, and a module for
/// graphics processors.
pub trait Scanned: CompiledModel {
    /// Row and column of each entry of the state Jacobian that is not zero.
    const STATE_JACOBIAN: &'static [(usize, usize)];
    /// State and parameter of each derivative of the state w.r.t. a parameter that is not zero.
    const PARAM_JACOBIAN: &'static [(usize, usize)];
    /// Number of operations of a forward step with its Jacobians.
    const TANGENT_COST: Cost;
    /// Module for graphics processors.
    const PROGRAM: DeviceProgram;

    /// An array with the entries of [`Scanned::STATE_JACOBIAN`].
    type StateJacobian<V: Copy>: FixedArray<V>;
    /// An array with the derivative of the state w.r.t. each parameter.
    type ParamJacobian<V: Copy>: FixedArray<Self::State<V>>;
    /// The invariants of [`Scanned::step_tangent`].
    type TangentInvariants<V: Copy>: FixedArray<V>;

    /// Computes [`Scanned::TangentInvariants`].
    fn tangent_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::TangentInvariants<V>;

    /// Takes one step and computes its Jacobians; of `by_param` only entries of [`Scanned::PARAM_JACOBIAN`] are
    /// written.
    fn step_tangent<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::TangentInvariants<V>,
        by_param: &mut Self::ParamJacobian<V>,
    ) -> (Self::Output<V>, Self::StateJacobian<V>);

    /// Pushes a tangent forward: returns `y + J t`.
    fn push<V: Simd>(j: &Self::StateJacobian<V>, t: &Self::State<V>, y: Self::State<V>) -> Self::State<V>;
}

/// A model that is compiled for networks that are trained: its step also gives the surrogate derivative of its spike,
/// saves what the step backward needs, or is linearised for eligibility traces.
pub trait Trainable: CompiledModel {
    /// Output (states, then the spike) and state of each derivative that is not zero.
    const BY_STATE: &'static [(usize, usize)];
    /// Output and input of each derivative that is not zero.
    const BY_INPUT: &'static [(usize, usize)];

    /// The invariants of [`Trainable::step_with_surrogate`].
    type SurrogateInvariants<V: Copy>: FixedArray<V>;
    /// The invariants of [`Trainable::step_saving`] and [`Trainable::backward_from_saved`].
    type SavedInvariants<V: Copy>: FixedArray<V>;
    /// The invariants of [`Trainable::step_linearised`].
    type LinearisedInvariants<V: Copy>: FixedArray<V>;
    /// The residuals that a step saves for the backward step, beside the surrogate derivative of its spike.
    type Saved<V: Copy>: FixedArray<V>;
    /// An array with the derivatives of [`Trainable::BY_STATE`], then those of [`Trainable::BY_INPUT`].
    type Derivatives<V: Copy>: FixedArray<V>;

    /// Computes [`Trainable::SurrogateInvariants`].
    fn surrogate_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::SurrogateInvariants<V>;
    /// Computes [`Trainable::SavedInvariants`].
    fn saved_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::SavedInvariants<V>;
    /// Computes [`Trainable::LinearisedInvariants`].
    fn linearised_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::LinearisedInvariants<V>;

    /// Takes one step and returns the surrogate derivative of its spike too. Where it is zero, no gradient is
    /// propagated back from the spike.
    fn step_with_surrogate<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::SurrogateInvariants<V>,
    ) -> (Self::Output<V>, V);

    /// Takes one step and returns the surrogate derivative of its spike and the residuals for the backward step too.
    fn step_saving<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::SavedInvariants<V>,
    ) -> (Self::Output<V>, V, Self::Saved<V>);

    /// Takes one backward step: computes the gradients w.r.t. state and input from those w.r.t. the outputs.
    fn backward_from_saved<V: Simd>(
        surrogate: V,
        saved: &Self::Saved<V>,
        c: &Self::SavedInvariants<V>,
        bar: &Self::Output<V>,
    ) -> (Self::State<V>, Self::Input<V>);

    /// Takes one step and returns its derivatives w.r.t. states and inputs too, including those of the spike.
    fn step_linearised<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::LinearisedInvariants<V>,
    ) -> (Self::Output<V>, Self::Derivatives<V>);
}

/// The code for graphics processors that [`codegen`] built for the crate's features.
#[derive(Clone, Copy, Debug)]
pub struct DeviceProgram {
    /// Base name of its files.
    pub name: &'static str,
    /// Entries that can be launched.
    pub entries: &'static [Entry],
    /// PTX in single and in double precision, where the feature `cuda` is on.
    pub ptx: Option<[&'static str; 2]>,
    /// Metal source, where the feature `metal` is on.
    pub metal: Option<&'static str>,
}
