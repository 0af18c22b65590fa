//! How a step of length `dt` is taken.

use crate::{
    fields::Fields,
    grad::vjp,
    neuron::Neuron,
    real::{Op, Real, exprel},
};

/// A one-step scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Integrator {
    /// `x + dt f(x)`.
    Euler,
    /// `x + dt phi(J dt) f(x)` with `J = df/dx` of each state alone and `phi(z) = (e^z - 1) / z`: exact where `f` is
    /// linear in its own variable and the others stand still (Hochbruck and Ostermann 2010,
    /// <https://doi.org/10.1017/S0962492910000048>).
    ExpEuler,
    /// Classical Runge-Kutta, the reference of the order tests.
    Rk4,
}

impl Integrator {
    /// Every scheme.
    pub const ALL: [Integrator; 3] = [Integrator::Euler, Integrator::ExpEuler, Integrator::Rk4];

    /// Order of convergence between spikes.
    pub fn order(self) -> u32 {
        match self {
            Integrator::Euler | Integrator::ExpEuler => 1,
            Integrator::Rk4 => 4,
        }
    }

    /// The state after `dt`.
    pub fn advance<N: Neuron>(self, x: N::State, i: N::Input, p: N::Param, dt: Real) -> N::State {
        let rates = |x: &[Real]| N::rates(N::State::from_slice(x), i, p).to_vec();
        let x: Vec<Real> = x.to_vec().into_iter().map(kept).collect();
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
                        next[s] = x[s] + dt * f[s] * self.gain(x[s], f[s], dt);
                    }
                    next
                })
            }
        };
        N::State::from_slice(&next)
    }

    fn gain(self, x: Real, f: Real, dt: Real) -> Real {
        match self {
            Integrator::ExpEuler => exprel(vjp(&[f], &[1.0.into()], &[x])[0] * dt),
            _ => 1.0.into(),
        }
    }
}

/// The same value as a node that arithmetic does not take apart: `-(a - b)` is recorded as `b - a`, which no longer
/// depends on the node `a - b` that rates are differentiated by.
fn kept(x: Real) -> Real {
    match x.op() {
        Op::Sub(a, b) => Real::new(Op::Add(a, -b)),
        Op::Neg(a) => Real::new(Op::Mul((-1.0).into(), a)),
        _ => x,
    }
}
