//! What a generated model offers to the loops around it.

use crate::{
    Simd,
    device::Entry,
    equations::{Cost, Field, ReferenceDrive},
};

/// A fixed number of values.
pub trait Array<V>: Copy + AsRef<[V]> + AsMut<[V]> {
    /// The same value everywhere.
    fn filled(value: V) -> Self;
}

impl<V: Copy, const N: usize> Array<V> for [V; N] {
    #[inline(always)]
    fn filled(value: V) -> Self {
        [value; N]
    }
}

/// A model's step forward and backward, generated from its equations by
/// [`rust_module`](crate::equations::rust_module).
///
/// What depends on the parameters alone, the invariants of a run, is computed before its steps.
pub trait Model: 'static {
    /// Name in configs and checkpoints.
    const NAME: &'static str;
    /// DOI.
    const SOURCE: &'static str;
    /// See [`Neuron::READOUT`](crate::equations::Neuron::READOUT).
    const READOUT: bool;
    /// See [`Neuron::REST_AND_THRESHOLD`](crate::equations::Neuron::REST_AND_THRESHOLD).
    const REST_AND_THRESHOLD: Option<(f64, f64)>;
    /// See [`Neuron::REFERENCE_DRIVE`](crate::equations::Neuron::REFERENCE_DRIVE).
    const REFERENCE_DRIVE: ReferenceDrive;
    /// State variables.
    const STATE: &'static [Field];
    /// Inputs.
    const INPUT: &'static [Field];
    /// Parameters.
    const PARAM: &'static [Field];
    /// For each input, the state that it may as well be added to before the step; see
    /// [`Step::jumps`](crate::equations::Step::jumps).
    const JUMPS: &'static [Option<usize>];
    /// Operations of a step.
    const FORWARD_COST: Cost;
    /// Operations of a step backward.
    const ADJOINT_COST: Cost;

    /// A value per state variable.
    type State<V: Copy>: Array<V>;
    /// A value per input.
    type Input<V: Copy>: Array<V>;
    /// A value per parameter.
    type Param<V: Copy>: Array<V>;
    /// States after the step, then the spike.
    type Output<V: Copy>: Array<V>;
    /// What [`Model::step`] needs of the parameters.
    type ForwardInvariants<V: Copy>: Array<V>;
    /// What [`Model::step_adjoint`] needs of the parameters.
    type AdjointInvariants<V: Copy>: Array<V>;

    /// Computes [`Model::ForwardInvariants`].
    fn forward_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::ForwardInvariants<V>;
    /// Computes [`Model::AdjointInvariants`].
    fn adjoint_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::AdjointInvariants<V>;

    /// Takes one step.
    fn step<V: Simd>(x: &Self::State<V>, i: &Self::Input<V>, c: &Self::ForwardInvariants<V>) -> Self::Output<V>;

    /// Takes one step backward: the gradients w.r.t. state, input and parameters, given those w.r.t. the outputs.
    fn step_adjoint<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::AdjointInvariants<V>,
        bar: &Self::Output<V>,
    ) -> (Self::State<V>, Self::Input<V>, Self::Param<V>);
}

/// A model that is compiled for scans of a population: it also has the step with its Jacobians, and a module for
/// graphics processors.
pub trait Scanned: Model {
    /// Row and column of each entry of the state Jacobian that is not zero.
    const STATE_JACOBIAN: &'static [(usize, usize)];
    /// State and parameter of each derivative of the state w.r.t. a parameter that is not zero.
    const PARAM_JACOBIAN: &'static [(usize, usize)];
    /// Operations of a step with its Jacobians.
    const TANGENT_COST: Cost;
    /// Its module for graphics processors.
    const PROGRAM: Program;

    /// The entries of [`Scanned::STATE_JACOBIAN`].
    type StateJacobian<V: Copy>: Array<V>;
    /// The derivative of the state w.r.t. each parameter.
    type ParamJacobian<V: Copy>: Array<Self::State<V>>;
    /// What [`Scanned::step_tangent`] needs of the parameters.
    type TangentInvariants<V: Copy>: Array<V>;

    /// Computes [`Scanned::TangentInvariants`].
    fn tangent_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::TangentInvariants<V>;

    /// Takes one step and computes its Jacobians; of `by_param` only entries of [`Scanned::PARAM_JACOBIAN`] are written.
    fn step_tangent<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::TangentInvariants<V>,
        by_param: &mut Self::ParamJacobian<V>,
    ) -> (Self::Output<V>, Self::StateJacobian<V>);

    /// Pushes a tangent forward: `y + J t`.
    fn push<V: Simd>(j: &Self::StateJacobian<V>, t: &Self::State<V>, y: Self::State<V>) -> Self::State<V>;
}

/// A model that is compiled for networks that are trained: its step also gives the surrogate derivative of its spike,
/// saves what the step backward needs, or is linearised for eligibility traces.
pub trait Trainable: Model {
    /// Output (states, then the spike) and state of each derivative that is not zero.
    const BY_STATE: &'static [(usize, usize)];
    /// Output and input of each derivative that is not zero.
    const BY_INPUT: &'static [(usize, usize)];

    /// What [`Trainable::step_with_surrogate`] needs of the parameters.
    type SurrogateInvariants<V: Copy>: Array<V>;
    /// What [`Trainable::step_saving`] and [`Trainable::backward_from_saved`] need of the parameters.
    type SavedInvariants<V: Copy>: Array<V>;
    /// What [`Trainable::step_linearised`] needs of the parameters.
    type LinearisedInvariants<V: Copy>: Array<V>;
    /// What is saved of a step for the step backward, beside the surrogate derivative of its spike.
    type Saved<V: Copy>: Array<V>;
    /// The derivatives of [`Trainable::BY_STATE`], then those of [`Trainable::BY_INPUT`].
    type Derivatives<V: Copy>: Array<V>;

    /// Computes [`Trainable::SurrogateInvariants`].
    fn surrogate_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::SurrogateInvariants<V>;
    /// Computes [`Trainable::SavedInvariants`].
    fn saved_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::SavedInvariants<V>;
    /// Computes [`Trainable::LinearisedInvariants`].
    fn linearised_invariants<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::LinearisedInvariants<V>;

    /// Takes one step and gives the surrogate derivative of its spike: where that is zero, no gradient flows back from
    /// the spike.
    fn step_with_surrogate<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::SurrogateInvariants<V>,
    ) -> (Self::Output<V>, V);

    /// Takes one step and gives the surrogate derivative of its spike, and what else the step backward needs.
    fn step_saving<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::SavedInvariants<V>,
    ) -> (Self::Output<V>, V, Self::Saved<V>);

    /// Takes one step backward: the gradients w.r.t. state and input, given those w.r.t. the outputs.
    fn backward_from_saved<V: Simd>(
        surrogate: V,
        saved: &Self::Saved<V>,
        c: &Self::SavedInvariants<V>,
        bar: &Self::Output<V>,
    ) -> (Self::State<V>, Self::Input<V>);

    /// Takes one step and gives its derivatives w.r.t. states and inputs, the spike's among them.
    fn step_linearised<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::LinearisedInvariants<V>,
    ) -> (Self::Output<V>, Self::Derivatives<V>);
}

/// Code for graphics processors, as the crate's features had it built by [`codegen`].
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Name of its files.
    pub name: &'static str,
    /// What is launched of it.
    pub entries: &'static [Entry],
    /// PTX in single and in double precision, where the feature `cuda` is on.
    pub ptx: Option<[&'static str; 2]>,
    /// Metal source, where the feature `metal` is on.
    pub metal: Option<&'static str>,
}
