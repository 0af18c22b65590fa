//! One-step schemes, which take a step of length `dt`.

use super::{fields::Fields, neuron::Neuron};
use crate::expr::{Op, Real, Var, exprel, vjp};
use std::collections::HashMap;

/// A one-step scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Integrator {
    /// Forward Euler: `x + dt f(x)`.
    Euler,
    /// Exponential Euler: `x + dt phi(J dt) f(x)` with `J = df/dx` of each state alone and `phi(z) = (e^z - 1) / z`:
    /// exact where `f` is linear in its own variable and the others stand still (Hochbruck and Ostermann 2010,
    /// <https://doi.org/10.1017/S0962492910000048>).
    ExpEuler,
    /// The classical Runge-Kutta scheme, which is the reference of the order tests.
    Rk4,
}

impl Integrator {
    /// Every scheme.
    pub const ALL: [Integrator; 3] = [Integrator::Euler, Integrator::ExpEuler, Integrator::Rk4];

    /// Returns the order of convergence between spikes.
    pub fn order(self) -> u32 {
        match self {
            Integrator::Euler | Integrator::ExpEuler => 1,
            Integrator::Rk4 => 4,
        }
    }

    /// Records the state of neuron `N` after `dt`, ms, and returns it.
    pub fn advance<N: Neuron>(self, x: N::State, i: N::Input, p: N::Param, dt: Real) -> N::State {
        let rates = |x: &[Real]| N::rates(N::State::from_slice(x), i, p).to_vec();
        let x: Vec<Real> = x.to_vec().into_iter().map(opaque).collect();
        let all: Vec<usize> = (0..x.len()).collect();
        let along =
            |x: &[Real], by: Real, k: &[Real]| -> Vec<Real> { x.iter().zip(k).map(|(&x, &k)| x + by * k).collect() };
        let next = match self {
            Integrator::Rk4 => {
                let k1 = rates(&x);
                let k2 = rates(&along(&x, 0.5 * dt, &k1));
                let k3 = rates(&along(&x, 0.5 * dt, &k2));
                let k4 = rates(&along(&x, dt, &k3));
                all.iter().map(|&s| x[s] + dt / 6.0 * (k1[s] + 2.0 * k2[s] + 2.0 * k3[s] + k4[s])).collect()
            }
            Integrator::Euler | Integrator::ExpEuler => {
                let stages = N::stages();
                let last: Vec<usize> = all.into_iter().filter(|s| !stages.concat().contains(s)).collect();
                stages.into_iter().chain([last]).fold(x, |x, stage| {
                    let f = rates(&x);
                    let mut next = x.clone();
                    for s in stage {
                        next[s] = match self {
                            Integrator::ExpEuler => opaque(x[s] + exponential(&x, s, f[s], dt, &rates)),
                            _ => opaque(x[s] + dt * f[s]),
                        };
                    }
                    next
                })
            }
        };
        N::State::from_slice(&next)
    }
}

/// Records the increment `dt phi(J dt) f` of the state `s`, while the others stand still, new values of earlier stages
/// among them. Where `f` is linear in that state and `J` changes from step to step, `f` is `r + J x`, with `r` its value
/// at zero, and `J dt` serves twice.
fn exponential(x: &[Real], s: usize, f: Real, dt: Real, rates: &impl Fn(&[Real]) -> Vec<Real>) -> Real {
    let z = vjp(&[f], &[1.0.into()], x)[s] * dt;
    let others = x.iter().filter(|&&other| other != x[s]).map(|&other| (other, false));
    let mut linear = Linear { depends: others.collect(), ..Linear::default() };
    if !varies(z) || !linear.has(f, x[s]) {
        return dt * f * exprel(z);
    }
    let mut zero = x.to_vec();
    zero[s] = 0.0.into();
    (rates(&zero)[s] * dt + z * x[s]) * exprel(z)
}

/// Returns whether a number depends on more than parameters and `dt`.
fn varies(x: Real) -> bool {
    matches!(x.op(), Op::Var(Var::State(_) | Var::Input(_))) || x.op().args().any(varies)
}

/// The nodes that are linear in one node: the sum of a number that does not depend on it and of a multiple of it.
#[derive(Default)]
struct Linear {
    depends: HashMap<Real, bool>,
    linear: HashMap<Real, bool>,
}

impl Linear {
    /// Returns whether `f` depends on `x`.
    fn depends(&mut self, f: Real, x: Real) -> bool {
        if let Some(&known) = self.depends.get(&f) {
            return known;
        }
        let depends = f == x || f.op().args().any(|a| self.depends(a, x));
        self.depends.insert(f, depends);
        depends
    }

    /// Returns whether `f` is linear in `x`.
    fn has(&mut self, f: Real, x: Real) -> bool {
        if f == x || !self.depends(f, x) {
            return true;
        }
        if let Some(&known) = self.linear.get(&f) {
            return known;
        }
        let linear = match f.op() {
            Op::Add(a, b) | Op::Sub(a, b) => self.has(a, x) && self.has(b, x),
            Op::Neg(a) => self.has(a, x),
            Op::Mul(a, b) if !self.depends(a, x) => self.has(b, x),
            Op::Mul(a, b) | Op::Div(a, b) if !self.depends(b, x) => self.has(a, x),
            _ => false,
        };
        self.linear.insert(f, linear);
        linear
    }
}

/// Records the same value as a node that arithmetic does not take apart: `-(a - b)` is recorded as `b - a`, which no
/// longer depends on the node `a - b` that rates are differentiated w.r.t.
fn opaque(x: Real) -> Real {
    match x.op() {
        Op::Sub(a, b) => Real::new(Op::Add(a, -b)),
        Op::Neg(a) => Real::new(Op::Mul((-1.0).into(), a)),
        _ => x,
    }
}
