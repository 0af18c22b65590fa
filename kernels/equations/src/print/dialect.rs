//! The syntax of a language.

use crate::expr::Var;

/// The syntax in which a language writes statements and expressions.
pub trait Dialect {
    /// Writes a number.
    fn constant(&self, c: f64) -> String;
    /// Writes a variable of the step, which is an argument of the functions that are printed.
    fn variable(&self, v: Var) -> String {
        match v {
            Var::Dt => "dt".into(),
            Var::State(k) => format!("x[{k}]"),
            Var::Input(k) => format!("i[{k}]"),
            Var::Param(k) => format!("p[{k}]"),
            Var::Adjoint(k) => format!("bar[{k}]"),
        }
    }
    /// Writes a statement that names a value.
    fn bind(&self, name: &str, value: &str) -> String;
    /// Writes a call of a function of one to four arguments: `exp`, `ln`, `cos`, `abs`, `exprel`, `bernoulli`, `fma`,
    /// `max`, `min` and `select` (`select(a, b, x, y)` is `x` where `a < b`); `order` is the order of the derivative.
    fn call(&self, function: &str, order: u8, args: &[&str]) -> String;
    /// Writes `a / b`.
    fn quotient(&self, a: &str, b: &str) -> String {
        format!("{a} / {b}")
    }
    /// Writes a statement that names both `exprel` of `z` and its first derivative, where one is cheaper than two.
    fn exprel_and_slope(&self, _value: &str, _slope: &str, _z: &str) -> Option<String> {
        None
    }
}
