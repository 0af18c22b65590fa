//! A [`Tape`] evaluates a step of a neuron operation by operation, with hard spikes or with spikes smoothed around
//! those of a hard run.

use kernels::equations::{
    Op, Real, Step, expr,
    expr::functions::{bernoulli, exprel, exprelr},
};
use std::collections::HashMap;

/// The operations of a step in order, with the places of what each is computed from.
pub struct Tape {
    nodes: Vec<(Op, [usize; 4])>,
    /// Places of the outputs: states after the step, then the spike.
    pub outputs: Vec<usize>,
}

impl Tape {
    pub fn of(step: &Step) -> Tape {
        let live = step.graph.live(&step.outputs);
        let places: HashMap<Real, usize> = live.iter().enumerate().map(|(k, r)| (*r, k)).collect();
        let node = |r: &Real| {
            let op = step.graph.op(*r);
            let mut args = [0; 4];
            args.iter_mut().zip(op.args()).for_each(|(place, a)| *place = places[&a]);
            (op, args)
        };
        let outputs = step.outputs.iter().map(|r| places[r]).collect();
        Tape { nodes: live.iter().map(node).collect(), outputs }
    }

    /// Returns every value. Spikes are smoothed around those of the values `held`, if any, and detached values and
    /// branches are taken from there.
    pub fn run(&self, var: &dyn Fn(expr::Var) -> f64, held: Option<&[f64]>) -> Vec<f64> {
        let mut v: Vec<f64> = Vec::with_capacity(self.nodes.len());
        for (k, (op, args)) in self.nodes.iter().enumerate() {
            let [a, b, c, d] = args.map(|k| v.get(k).copied().unwrap_or(0.0));
            let was = |k: usize| held.map_or_else(|| v[k], |h| h[k]);
            v.push(match *op {
                Op::Const(bits) => f64::from_bits(bits),
                Op::Var(x) => var(x),
                Op::Add(..) => a + b,
                Op::Sub(..) => a - b,
                Op::Mul(..) => a * b,
                Op::Div(..) => a / b,
                Op::Fma(..) => a.mul_add(b, c),
                Op::Neg(_) => -a,
                Op::Exp(_) => a.exp(),
                Op::Ln(_) => a.ln(),
                Op::Cos(_) => a.cos(),
                Op::Abs(_) => a.abs(),
                Op::Select(..) if was(args[0]) < was(args[1]) => c,
                Op::Select(..) => d,
                Op::Exprel(_, n) => exprel(a, n),
                Op::Exprelr(_) => exprelr(a),
                Op::Bernoulli(_, n) => bernoulli(a, n),
                Op::Spike(_, s) => {
                    let before = was(args[0]);
                    let moved = if a == before { 0.0 } else { s.soft(a) - s.soft(before) };
                    f64::from(u8::from(before >= 0.0)) + moved
                }
                Op::Detach(_) => held.map_or(a, |h| h[k]),
            });
        }
        v
    }
}
