//! Surrogate derivatives as expressions, which gradients are recorded with.
//!
//! Where the reference code of the paper's Fig. S4 and its documentation differ, the documented function is taken.

use super::{node::Real, record::select, surrogate::Surrogate};
use std::f64::consts::PI;

impl Surrogate {
    /// Records `g'(x)` and returns it.
    #[track_caller]
    pub fn derivative(self, x: Real) -> Real {
        use Surrogate::*;
        let zero: Real = 0.0.into();
        match self {
            Sigmoid { a } => bell(x, a),
            PiecewiseQuadratic { a } => (a - a * a * x.abs()).max(0.0),
            PiecewiseExp { a } => a / 2.0 * (-(a * x.abs())).exp(),
            SoftSign { a } => a / (2.0 * (1.0 + a * x.abs()).powi(2)),
            Arctan { a } => a / (2.0 * (1.0 + (PI / 2.0 * a * x).powi(2))),
            NonzeroSignLog { a } => 1.0 / (1.0 / a + x.abs()),
            Erf { a } => a / PI.sqrt() * (-(a * a * x * x)).exp(),
            PiecewiseLeakyRelu { c, w } => select(w, x.abs(), c, 1.0 / w),
            SquarewaveFourierSeries { n, period } => (1..=n as u32)
                .map(|i| (f64::from(2 * i - 1) * 2.0 * PI / period * x).cos())
                .fold(zero, |sum, c| sum + 4.0 / period * c),
            S2nn { a, b } => select(x, 0.0, bell(x, a), b / (x.max(0.0) + 1.0)),
            QPseudoSpike { a } => (-a * (1.0 + 2.0 / (a - 1.0) * x.abs()).ln()).exp(),
            LeakyRelu { a, b } => select(x, 0.0, a, b),
            LogTailedRelu { a } => select(zero, x, select(1.0, x, 1.0 / x.max(1.0), 1.0), a),
            ReluGrad { alpha, width } => (alpha * (width - x.abs())).max(0.0),
            GaussianGrad { sigma, a } => a * normal(x, 0.0, sigma),
            MultiGaussianGrad { h, s, sigma, scale } => {
                let side = normal(x, sigma, s * sigma) + normal(x, -sigma, s * sigma);
                scale * ((1.0 + h) * normal(x, 0.0, sigma) - h * side)
            }
            InvSquareGrad { a } => 1.0 / (a * x.abs() + 1.0).powi(2),
            SlayerGrad { a } => (-(a * x.abs())).exp(),
        }
    }
}

/// Returns the derivative of the logistic function of slope `a`: `a s(ax) (1 - s(ax))`.
#[track_caller]
fn bell(x: Real, a: f64) -> Real {
    let e = (-(a * x.abs())).exp();
    a * e / (1.0 + e).powi(2)
}

/// Returns the normal density of mean `mean` and standard deviation `sd`.
#[track_caller]
fn normal(x: Real, mean: f64, sd: f64) -> Real {
    let z = (x - mean) / sd;
    1.0 / (sd * (2.0 * PI).sqrt()) * (-0.5 * z * z).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Graph, Op, Var, eval, record};

    fn slope(s: Surrogate, x: f64) -> f64 {
        let (graph, y) = record(Graph::default(), || s.derivative(Real::new(Op::Var(Var::State(0)))));
        eval::<f64>(&graph, &[y], |_| x)[0]
    }

    #[test]
    fn values_by_hand() {
        let by_hand = |name: &str, x: f64| slope(*Surrogate::ALL.iter().find(|s| s.name() == name).unwrap(), x);
        for (name, x, want) in [
            ("Sigmoid", 0.0, 1.0),
            ("PiecewiseQuadratic", 0.25, 0.75),
            ("PiecewiseExp", 0.0, 0.5),
            ("SoftSign", 1.0, 0.125),
            ("Arctan", 0.0, 0.5),
            ("NonzeroSignLog", 1.0, 0.5),
            ("Erf", 0.0, 0.5641895835477563),
            ("PiecewiseLeakyRelu", 1.5, 0.01),
            ("PiecewiseLeakyRelu", 0.5, 1.0),
            ("SquarewaveFourierSeries", 0.0, 1.0),
            ("S2nn", 1.0, 0.5),
            ("QPseudoSpike", 0.5, 0.25),
            ("LeakyRelu", -1.0, 0.1),
            ("LogTailedRelu", 2.0, 0.5),
            ("LogTailedRelu", 0.5, 1.0),
            ("ReluGrad", 0.5, 0.15),
            ("GaussianGrad", 0.0, 0.3989422804014327),
            ("MultiGaussianGrad", 0.0, 0.43911163665655056),
            ("InvSquareGrad", 0.01, 0.25),
            ("SlayerGrad", 0.0, 1.0),
        ] {
            assert!((by_hand(name, x) - want).abs() < 1e-9, "{name} {} {want}", by_hand(name, x));
        }
    }
}
