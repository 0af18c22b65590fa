//! Surrogate derivatives, which stand in for the derivative of a spike: names, formulas and default parameters.
//!
//! A spike is the Heaviside step `H(x)` of its argument; its derivative is zero almost everywhere. Training replaces it
//! by a function `g'(x)` of the family [`Surrogate`] (Neftci et al. 2019, <https://doi.org/10.1109/MSP.2019.2931595>).
//! The members are those of Fig. S4 of Wang et al. (2024), "A Differentiable Approach to Multi-scale Brain Modeling".
//!
//! A new surrogate is a line here and its expression in `surrogate_derivative.rs`; the tests there and in
//! `soft_spike.rs` then run on it.

/// Declares the enum of surrogates from lines of a formula, a name and parameters with their defaults.
macro_rules! family {
    ($( $(#[doc = $doc:literal])* $name:ident { $($field:ident = $default:literal),* }, )*) => {
        /// A surrogate derivative `g'(x)`. In the formulas `s` is the logistic function and `N(x; m, v)` the normal
        /// density of mean `m` and variance `v`.
        #[derive(Clone, Copy, Debug)]
        pub enum Surrogate { $(
            $(#[doc = $doc])*
            $name { $(#[allow(missing_docs)] $field: f64),* },
        )* }

        impl Surrogate {
            /// The whole family, with default parameters.
            pub const ALL: &'static [Surrogate] = &[$( Surrogate::$name { $($field: $default),* }, )*];

            /// Returns the name of the function.
            pub fn name(self) -> &'static str {
                match self { $( Surrogate::$name { .. } => stringify!($name), )* }
            }

            /// Returns the formula of `g'(x)`, as text.
            pub fn formula(self) -> &'static str {
                match self { $( Surrogate::$name { .. } => concat!($($doc),*).trim_ascii(), )* }
            }

            /// Returns the names and values of the parameters.
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
    /// Returns what tells a surrogate from others: its name and the bits of its parameters.
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
