//! Derivatives of recorded expressions, as new expressions in the same graph.

use crate::real::*;
use std::collections::HashMap;

/// Reverse mode: the gradient of `sum_k seeds[k] outputs[k]` with respect to `wrt`.
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
        let Some(&g) = bar.get(&y) else { continue };
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

/// Forward mode: the derivative of `outputs` where the variables `along` move with the given speeds.
pub fn jvp(outputs: &[Real], along: &[(Real, Real)]) -> Vec<Real> {
    let zero: Real = 0.0.into();
    let last = outputs.iter().map(|r| r.0).max().unwrap_or(0);
    let mut dot: Vec<Real> = Vec::with_capacity(last as usize + 1);
    for y in (0..=last).map(Real) {
        let at = |dot: &[Real], x: Real| dot[x.0 as usize];
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
    outputs.iter().map(|y| dot[y.0 as usize]).collect()
}

/// The derivative of each of `outputs` (rows) with respect to each of `wrt` (columns).
///
/// By reverse mode: the rows of a neuron have few shared intermediates, its columns (a conductance and the gates it is
/// multiplied with, a potential and the shift it is compared with) many.
pub fn jacobian(outputs: &[Real], wrt: &[Real]) -> Vec<Vec<Real>> {
    outputs.iter().map(|&y| vjp(&[y], &[1.0.into()], wrt)).collect()
}

/// The arguments of a node other than `Select` with the node's derivative with respect to each.
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
        let (a, b) = (crate::eval::eval::<f64>(&graph, &rows, at), crate::eval::eval::<f64>(&graph, &columns, at));
        assert!(a.iter().any(|x| x.abs() > 0.1));
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() < 1e-14, "{a} {b}");
        }
    }
}
