//! What a generated model offers to the loops around it.

use crate::{Simd, equations::Field, equations::emit::Cost};

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

/// A model's step and its derivatives, generated from its equations by
/// [`rust_module`](crate::equations::emit::rust_module).
///
/// What depends on the parameters alone is computed once a run by the `hoist` functions.
pub trait Model: 'static {
    /// Name in configs and checkpoints.
    const NAME: &'static str;
    /// DOI.
    const SOURCE: &'static str;
    /// State variables.
    const STATE: &'static [Field];
    /// Inputs.
    const INPUT: &'static [Field];
    /// Parameters.
    const PARAM: &'static [Field];
    /// Row and column of each entry of the state Jacobian that is not zero.
    const STATE_BLOCK: &'static [(usize, usize)];
    /// State and parameter of each derivative of the state by a parameter that is not zero.
    const PARAM_BLOCK: &'static [(usize, usize)];
    /// Operations of a step.
    const FORWARD_COST: Cost;
    /// Operations of an adjoint step.
    const ADJOINT_COST: Cost;
    /// Operations of a step with its Jacobians.
    const TANGENT_COST: Cost;

    /// A value per state variable.
    type State<V: Copy>: Array<V>;
    /// A value per input.
    type Input<V: Copy>: Array<V>;
    /// A value per parameter.
    type Param<V: Copy>: Array<V>;
    /// States after the step, then the spike.
    type Output<V: Copy>: Array<V>;
    /// The entries of [`Model::STATE_BLOCK`].
    type StateBlock<V: Copy>: Array<V>;
    /// Derivative of the state by each parameter.
    type Source<V: Copy>: Array<Self::State<V>>;
    /// What [`Model::step`] needs of the parameters.
    type Forward<V: Copy>: Array<V>;
    /// What [`Model::step_adjoint`] needs of the parameters.
    type Adjoint<V: Copy>: Array<V>;
    /// What [`Model::step_tangent`] needs of the parameters.
    type Tangent<V: Copy>: Array<V>;

    /// See [`Model::Forward`].
    fn hoist_forward<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::Forward<V>;
    /// See [`Model::Adjoint`].
    fn hoist_adjoint<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::Adjoint<V>;
    /// See [`Model::Tangent`].
    fn hoist_tangent<V: Simd>(dt: V, p: &Self::Param<V>) -> Self::Tangent<V>;

    /// One step.
    fn step<V: Simd>(x: &Self::State<V>, i: &Self::Input<V>, c: &Self::Forward<V>) -> Self::Output<V>;

    /// Gradients by state, input and parameter, given those by the outputs.
    fn step_adjoint<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::Adjoint<V>,
        bar: &Self::Output<V>,
    ) -> (Self::State<V>, Self::Input<V>, Self::Param<V>);

    /// One step with its Jacobians; of `source` only entries of [`Model::PARAM_BLOCK`] are written.
    fn step_tangent<V: Simd>(
        x: &Self::State<V>,
        i: &Self::Input<V>,
        c: &Self::Tangent<V>,
        source: &mut Self::Source<V>,
    ) -> (Self::Output<V>, Self::StateBlock<V>);

    /// `y + J t`.
    fn push<V: Simd>(j: &Self::StateBlock<V>, t: &Self::State<V>, y: Self::State<V>) -> Self::State<V>;
}

/// A model's code for graphics processors, as the crate's features had it built by [`codegen`].
pub trait DeviceCode {
    /// PTX of the module in single and in double precision.
    const PTX: Option<[&'static str; 2]>;
    /// Metal source of the module.
    const METAL: Option<&'static str>;
}
