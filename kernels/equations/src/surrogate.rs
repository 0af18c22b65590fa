//! Surrogate derivatives: what stands in for the derivative of a spike.
//!
//! A spike is the Heaviside step `H(x)` of its argument; its derivative is zero almost everywhere. Training replaces it
//! by one of the functions `g'(x)` below (Neftci et al. 2019, <https://doi.org/10.1109/MSP.2019.2931595>). The family is
//! that of the paper's Fig. S4. Where the reference code and its documentation differ, the documented function is taken.

use crate::{
    eval::eval,
    real::{Graph, Op, Real, Var, record, select},
};
use std::f64::consts::PI;

macro_rules! family {
    ($( $(#[doc = $doc:literal])* $name:ident { $($field:ident = $default:literal),* }, )*) => {
        /// A surrogate derivative `g'(x)`. `s` is the logistic function, `N(x; m, v)` the normal density.
        #[derive(Clone, Copy, Debug)]
        pub enum Surrogate { $(
            $(#[doc = $doc])*
            $name { $(#[allow(missing_docs)] $field: f64),* },
        )* }

        impl Surrogate {
            /// The whole family with its default parameters.
            pub const ALL: &'static [Surrogate] = &[$( Surrogate::$name { $($field: $default),* }, )*];

            /// Name of the function.
            pub fn name(self) -> &'static str {
                match self { $( Surrogate::$name { .. } => stringify!($name), )* }
            }

            /// The formula of `g'(x)`, as text.
            pub fn formula(self) -> &'static str {
                match self { $( Surrogate::$name { .. } => concat!($($doc),*).trim_ascii(), )* }
            }

            /// Names and values of the parameters.
            pub fn parameters(self) -> Vec<(&'static str, f64)> {
                match self { $( Surrogate::$name { $($field),* } => vec![$((stringify!($field), $field)),*], )* }
            }
        }
    };
}

family! {
    /// a s(ax) (1 - s(ax))
    Sigmoid { a = 4.0 },
    /// a - a^2 |x| for |x| <= 1/a, else 0
    PiecewiseQuadratic { a = 1.0 },
    /// a/2 exp(-a |x|)
    PiecewiseExp { a = 1.0 },
    /// a / (2 (1 + |a x|)^2)
    SoftSign { a = 1.0 },
    /// a / (2 (1 + (pi a x / 2)^2))
    Arctan { a = 1.0 },
    /// 1 / (1/a + |x|)
    NonzeroSignLog { a = 1.0 },
    /// a / sqrt(pi) exp(-a^2 x^2)
    Erf { a = 1.0 },
    /// 1/w for |x| <= w, else c
    PiecewiseLeakyRelu { c = 0.01, w = 1.0 },
    /// 4/T sum_{i=1..n} cos(2 pi (2i - 1) x / T)
    SquarewaveFourierSeries { n = 2.0, period = 8.0 },
    /// a s(ax) (1 - s(ax)) for x < 0, b / (x + 1) for x >= 0
    S2nn { a = 4.0, b = 1.0 },
    /// (1 + 2 |x| / (a - 1))^-a
    QPseudoSpike { a = 2.0 },
    /// a for x < 0, else b
    LeakyRelu { a = 0.1, b = 1.0 },
    /// a for x <= 0, 1 for 0 < x <= 1, 1/x for x > 1
    LogTailedRelu { a = 0.0 },
    /// max(0, alpha (width - |x|))
    ReluGrad { alpha = 0.3, width = 1.0 },
    /// a N(x; 0, sigma^2)
    GaussianGrad { sigma = 0.5, a = 0.5 },
    /// scale [(1+h) N(x; 0, sigma^2) - h N(x; sigma, (s sigma)^2) - h N(x; -sigma, (s sigma)^2)]
    MultiGaussianGrad { h = 0.15, s = 6.0, sigma = 0.5, scale = 0.5 },
    /// 1 / (a |x| + 1)^2
    InvSquareGrad { a = 100.0 },
    /// exp(-a |x|)
    SlayerGrad { a = 1.0 },
}

impl Surrogate {
    /// `g'(x)` as an expression.
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

    /// The soft spike: `1/2` plus the integral of `g'` from zero to `x`, whose exact derivative `g'` is.
    pub fn soft(self, x: f64) -> f64 {
        let (graph, y) = record(Graph::default(), || self.derivative(Real::new(Op::Var(Var::State(0)))));
        let slope = |x: f64| eval::<f64>(&graph, &[y], |_| x)[0];
        // Composite Gauss-Legendre; every kink of the family lies on a panel border.
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

    /// Beyond this distance from zero `g'` vanishes.
    fn support(self) -> f64 {
        match self {
            Surrogate::PiecewiseQuadratic { a } => 1.0 / a,
            Surrogate::ReluGrad { width, .. } => width,
            _ => f64::INFINITY,
        }
    }

    fn panel(self) -> f64 {
        match self {
            Surrogate::PiecewiseQuadratic { a } => 0.25 / a,
            Surrogate::PiecewiseLeakyRelu { w, .. } => w,
            Surrogate::ReluGrad { width, .. } => width,
            Surrogate::InvSquareGrad { a } => 2.0 / a,
            _ => 0.25,
        }
    }

    fn key(self) -> (&'static str, Vec<u64>) {
        (self.name(), self.parameters().iter().map(|(_, v)| v.to_bits()).collect())
    }
}

/// Two surrogates are equal where name and parameters are, bit for bit.
impl PartialEq for Surrogate {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Surrogate {}

impl std::hash::Hash for Surrogate {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state)
    }
}

/// Derivative of the logistic function of slope `a`.
#[track_caller]
fn bell(x: Real, a: f64) -> Real {
    let e = (-(a * x.abs())).exp();
    a * e / (1.0 + e).powi(2)
}

#[track_caller]
fn normal(x: Real, mean: f64, sd: f64) -> Real {
    let z = (x - mean) / sd;
    1.0 / (sd * (2.0 * PI).sqrt()) * (-0.5 * z * z).exp()
}

/// Positive nodes and weights of the 8-point Gauss-Legendre rule (Abramowitz and Stegun, table 25.4).
const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn slope(s: Surrogate, x: f64) -> f64 {
        let (graph, y) = record(Graph::default(), || s.derivative(Real::new(Op::Var(Var::State(0)))));
        eval::<f64>(&graph, &[y], |_| x)[0]
    }

    #[test]
    fn there_are_eighteen_and_the_soft_spike_is_their_antiderivative() {
        assert_eq!(Surrogate::ALL.len(), 18);
        for &s in Surrogate::ALL {
            for x in [-2.3, -0.7, -0.06, 0.013, 0.4, 0.83, 1.9] {
                let h = 1e-5;
                let difference = (s.soft(x + h) - s.soft(x - h)) / (2.0 * h);
                assert!(
                    (difference - slope(s, x)).abs() < 1e-6 * (1.0 + difference.abs()),
                    "{s:?} {x} {difference} {}",
                    slope(s, x)
                );
            }
        }
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
