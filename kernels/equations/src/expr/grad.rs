//! Derivatives of recorded expressions, which are new expressions in the same graph.

use super::{
    node::{Op, Real},
    record::{exprel_derivative, exprelr_resolved, on_line, select},
};
use std::collections::HashMap;

/// Returns the gradient of `sum_k seeds[k] outputs[k]` w.r.t. `wrt`, by reverse mode: the product of the vector `seeds`
/// and the Jacobian. The nodes of `wrt` are independent variables, even where one of them is computed from another.
pub fn vjp(outputs: &[Real], seeds: &[Real], wrt: &[Real]) -> Vec<Real> {
    let mut bar: HashMap<Real, Real> = HashMap::new();
    let add = |bar: &mut HashMap<Real, Real>, x: Real, g: Real| {
        bar.entry(x).and_modify(|old| *old = *old + g).or_insert(g);
    };
    for (&y, &s) in outputs.iter().zip(seeds) {
        add(&mut bar, y, s)
    }
    let last = outputs.iter().map(|r| r.0).max().unwrap_or(0);
    for y in (0..=last).rev().map(Real) {
        let Some(&g) = bar.get(&y).filter(|_| !wrt.contains(&y)) else { continue };
        on_line(y.line(), || {
            if let Op::Select(a, b, x, z) = y.op() {
                add(&mut bar, x, select(a, b, g, 0.0));
                add(&mut bar, z, select(a, b, 0.0, g));
            } else {
                for (x, slope) in partials(y) {
                    add(&mut bar, x, g * slope)
                }
            }
        });
    }
    wrt.iter().map(|w| bar.get(w).copied().unwrap_or_else(|| 0.0.into())).collect()
}

/// Returns the derivatives of `outputs` where the variables of `along` move with the speeds beside them, by forward
/// mode: the product of the Jacobian and a vector.
pub fn jvp(outputs: &[Real], along: &[(Real, Real)]) -> Vec<Real> {
    let zero: Real = 0.0.into();
    let last = outputs.iter().map(|r| r.0).max().unwrap_or(0);
    let mut dot: Vec<Real> = Vec::with_capacity(last as usize + 1);
    for y in (0..=last).map(Real) {
        let at = |dot: &[Real], x: Real| dot[x.index()];
        let seed = along.iter().find(|(x, _)| *x == y).map(|&(_, speed)| speed);
        let d = seed.unwrap_or_else(|| {
            if y.op().args().all(|x| at(&dot, x) == zero) {
                return zero;
            }
            on_line(y.line(), || match y.op() {
                Op::Select(a, b, x, z) => select(a, b, at(&dot, x), at(&dot, z)),
                Op::Div(a, b) => (at(&dot, a) - y * at(&dot, b)) / b,
                _ => partials(y).into_iter().fold(zero, |sum, (x, slope)| sum + at(&dot, x) * slope),
            })
        });
        dot.push(d);
    }
    outputs.iter().map(|y| dot[y.index()]).collect()
}

/// Returns the derivative of each of `outputs` (rows) w.r.t. each of `wrt` (columns).
///
/// It works by reverse mode, for the rows of a neuron share few intermediates and its columns many (a conductance and
/// the gates that it is multiplied with, a potential and the shift that it is compared with).
pub fn jacobian(outputs: &[Real], wrt: &[Real]) -> Vec<Vec<Real>> {
    outputs.iter().map(|&y| vjp(&[y], &[1.0.into()], wrt)).collect()
}

/// Returns the arguments of a node other than `Select`, each with the derivative of the node w.r.t. it.
fn partials(y: Real) -> Vec<(Real, Real)> {
    match y.op() {
        Op::Const(_) | Op::Var(_) | Op::Detach(_) => vec![],
        Op::Add(a, b) => vec![(a, 1.0.into()), (b, 1.0.into())],
        Op::Sub(a, b) => vec![(a, 1.0.into()), (b, (-1.0).into())],
        Op::Mul(a, b) => vec![(a, b), (b, a)],
        Op::Div(a, b) => vec![(a, 1.0 / b), (b, -(y / b))],
        Op::Fma(a, b, c) => vec![(a, b), (b, a), (c, 1.0.into())],
        Op::Neg(a) => vec![(a, (-1.0).into())],
        Op::Exp(a) => vec![(a, y)],
        Op::Ln(a) => vec![(a, 1.0 / a)],
        Op::Cos(a) => vec![(a, -((a - std::f64::consts::FRAC_PI_2).cos()))],
        Op::Abs(a) => vec![(a, select(a, 0.0, -1.0, 1.0))],
        Op::Exprel(z, k) => vec![(z, exprel_derivative(z, k + 1))],
        Op::Exprelr(z) => vec![(z, exprelr_resolved(z).1)],
        Op::Bernoulli(z, k) => vec![(z, Real::new(Op::Bernoulli(z, k + 1)))],
        Op::Spike(x, surrogate) => vec![(x, surrogate.derivative(x))],
        Op::Select(..) => unreachable!("both callers treat the branches themselves"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Graph, Var, eval, exprel, exprelr, record};

    #[test]
    fn nodes_that_are_differentiated_by_are_independent() {
        let (graph, slopes) = record(Graph::default(), || {
            let x = Real::new(Op::Var(Var::State(0)));
            let y = x * x;
            let f = x * y;
            [vjp(&[f], &[1.0.into()], &[x, y]), vjp(&[f], &[1.0.into()], &[x])].concat()
        });
        assert_eq!(eval::<f64>(&graph, &slopes, |_| 3.0), [9.0, 3.0, 27.0]);
    }

    #[test]
    fn forward_and_reverse_mode_agree() {
        let (graph, (rows, columns)) = record(Graph::default(), || {
            let x: Vec<Real> = (0..3).map(|k| Real::new(Op::Var(Var::State(k)))).collect();
            let y = [
                (x[0] * x[1]).exp() / x[2] + exprel(x[0]),
                select(x[0], 1.0, x[1] * x[1], x[2].ln()) - exprelr(x[1]),
                x[2].cos() * x[0].abs(),
            ];
            let columns: Vec<Vec<Real>> = x.iter().map(|&x| jvp(&y, &[(x, 1.0.into())])).collect();
            let forward: Vec<Real> =
                (0..y.len()).flat_map(|row| columns.iter().map(move |c| c[row]).collect::<Vec<_>>()).collect();
            (jacobian(&y, &x).concat(), forward)
        });
        let at = |v: Var| match v {
            Var::State(k) => [0.3, -0.2, 1.7][k as usize],
            _ => 0.0,
        };
        let (a, b) = (eval::<f64>(&graph, &rows, at), eval::<f64>(&graph, &columns, at));
        assert!(a.iter().any(|x| x.abs() > 0.1));
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() < 1e-14, "{a} {b}");
        }
    }
}
