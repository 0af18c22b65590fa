//! The Hodgkin-Huxley neuron of Wang et al. (2024), "A Differentiable Approach to Multi-scale Brain Modeling", as its
//! reference code has it: [`HhTraub`](super::HhTraub) with two differences.
//!
//! The Na inactivation's opening rate has `(e^z - 1) / z` where Traub and Miles (1991),
//! <https://doi.org/10.1017/CBO9780511895401>, have `e^z`; and the spike is one in every step that starts and ends
//! above `V_T`.

use super::{
    channels::{Gate, Gates},
    hh_traub::rates,
    threshold::SURROGATE,
};
use crate::{Field, Fields, Neuron, Real, ReferenceDrive, exprelr, spike};

pub use super::hh_traub::{Input, State};

/// Parameters of [`HhPaper`].
///
/// The defaults are the values behind the reference code's target traces.
#[derive(Clone, Copy, Debug)]
pub struct Param(pub super::hh_traub::Param);

impl Fields for Param {
    fn fields() -> Vec<Field> {
        let mut fields = super::hh_traub::Param::fields();
        for f in &mut fields {
            if let Some(&(_, truth)) = TRUTH.iter().find(|(name, _)| *name == f.name) {
                f.default = truth;
            }
        }
        fields
    }
    fn from_slice(x: &[Real]) -> Self {
        Param(Fields::from_slice(x))
    }
    fn to_vec(self) -> Vec<Real> {
        self.0.to_vec()
    }
}

/// The parameters of the reference code's target traces.
pub const TRUTH: &[(&str, f64)] = &[
    ("g_L", 0.008363657201143428),
    ("g_Na", 24.697737655778038),
    ("g_K", 5.814895041093182),
    ("V_T", -55.31094455202257),
];

/// The Hodgkin-Huxley neuron of Wang et al. (2024); see the page of this module.
pub struct HhPaper;

impl Neuron for HhPaper {
    const NAME: &'static str = "hh-paper";
    const SUMMARY: &'static str =
        "Hodgkin-Huxley neuron with leak, Na and K currents, as the code of Wang et al. (2024) has it";
    const CITATION: &'static str =
        "Traub and Miles (1991), Neuronal Networks of the Hippocampus, Cambridge University Press";
    const SOURCE: &'static str = "10.1017/CBO9780511895401";
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.025, current: Some(5.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, Param(p): Param) -> State {
        let u = x.v - p.V_T;
        let gates = Gates::at(u);
        let h = Gate { alpha: 0.128 / exprelr((17.0 - u) / 18.0), ..gates.h };
        rates(x, i, p, Gates { h, ..gates })
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(before: State, x: State, _: Input, Param(p): Param) -> Real {
        spike(before.v - p.V_T, SURROGATE) * spike(x.v - p.V_T, SURROGATE)
    }

    fn reset(_: State, x: State, _: Real, _: Param) -> State {
        x
    }
}
