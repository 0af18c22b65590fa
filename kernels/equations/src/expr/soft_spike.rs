//! Soft spikes: the antiderivatives of surrogates, whose exact gradients surrogate gradients are.
//!
//! Gradient checks compare a surrogate gradient with differences of the same step evaluated with soft spikes. The
//! antiderivative is computed by composite Gauss-Legendre quadrature.

use super::{
    eval::{Evaluator, Scalar, Spikes, eval},
    graph::Graph,
    node::{Op, Real, Var},
    record::record,
    surrogate::Surrogate,
};

/// Spikes as the antiderivative of their surrogate.
const SOFT: Spikes = Spikes { value: Surrogate::soft, detached: None };

impl<F: Scalar> Evaluator<'_, F> {
    /// Returns the values of the expressions as [`eval_soft`] does.
    pub fn eval_soft(&mut self, var: impl Fn(Var) -> f64, frozen: impl Fn(Var) -> f64) -> impl Iterator<Item = F> {
        let _ = self.run(&frozen, SOFT);
        let held: Vec<f64> = self.values.iter().map(|v| v.to()).collect();
        self.run(&var, Spikes { detached: Some(&held), ..SOFT })
    }
}

/// Returns the values of `wanted` where spikes are the antiderivatives of their surrogates and detached values are held
/// at those of the variables `frozen`: the function whose exact gradient the surrogate gradient is. For gradient
/// checks.
pub fn eval_soft(graph: &Graph, wanted: &[Real], var: impl Fn(Var) -> f64, frozen: impl Fn(Var) -> f64) -> Vec<f64> {
    Evaluator::new(graph, wanted).eval_soft(var, frozen).collect()
}

impl Surrogate {
    /// Returns the soft spike: `1/2` plus the integral of `g'` from zero to `x`, whose exact derivative `g'` is.
    pub fn soft(self, x: f64) -> f64 {
        let (graph, y) = record(Graph::default(), || self.derivative(Real::new(Op::Var(Var::State(0)))));
        let slope = |x: f64| eval::<f64>(&graph, &[y], |_| x)[0];
        let area = |lo: f64, hi: f64| -> f64 {
            let (mid, half) = ((lo + hi) / 2.0, (hi - lo) / 2.0);
            GAUSS
                .iter()
                .map(|(node, weight)| half * weight * (slope(mid - half * node) + slope(mid + half * node)))
                .sum()
        };
        let (width, far) = (self.panel(), x.abs().min(self.support()));
        let borders = |k: usize| (k as f64 * width).min(far).copysign(x);
        let panels = (far / width).ceil() as usize;
        0.5 + (0..panels).map(|k| area(borders(k), borders(k + 1))).sum::<f64>()
    }

    /// Returns the distance from zero beyond which `g'` vanishes.
    fn support(self) -> f64 {
        match self {
            Surrogate::PiecewiseQuadratic { a } => 1.0 / a,
            Surrogate::ReluGrad { width, .. } => width,
            _ => f64::INFINITY,
        }
    }

    /// Returns the length of the quadrature's panels, on whose borders the kinks of `g'` lie.
    fn panel(self) -> f64 {
        match self {
            Surrogate::PiecewiseQuadratic { a } => 0.25 / a,
            Surrogate::PiecewiseLeakyRelu { w, .. } => w,
            Surrogate::ReluGrad { width, .. } => width,
            Surrogate::InvSquareGrad { a } => 2.0 / a,
            _ => 0.25,
        }
    }
}

/// The positive nodes and the weights of the 8-point Gauss-Legendre rule (Abramowitz and Stegun, table 25.4).
const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_eighteen_and_the_soft_spike_is_their_antiderivative() {
        assert_eq!(Surrogate::ALL.len(), 18);
        for &s in Surrogate::ALL {
            let (graph, y) = record(Graph::default(), || s.derivative(Real::new(Op::Var(Var::State(0)))));
            let slope = |x: f64| eval::<f64>(&graph, &[y], |_| x)[0];
            for x in [-2.3, -0.7, -0.06, 0.013, 0.4, 0.83, 1.9] {
                let h = 1e-5;
                let difference = (s.soft(x + h) - s.soft(x - h)) / (2.0 * h);
                assert!(
                    (difference - slope(x)).abs() < 1e-6 * (1.0 + difference.abs()),
                    "{s:?} {x} {difference} {}",
                    slope(x)
                );
            }
        }
    }
}
