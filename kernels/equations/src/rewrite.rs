//! Makes recorded expressions cheap to run many times with the same parameters.
//!
//! 1. **Invariants**: what depends on parameters and `dt` alone is gathered into factors that are computed once a run.
//!    `x + dt (-x / tau) phi(-dt / tau)` becomes `c x`, and `dt (a x + b)` becomes `(dt a) x + dt b`.
//! 2. **Exponent sharing**: exponentials whose arguments are whole multiples of a common one become powers of a single
//!    exponential: of the eight in the rates of a Hodgkin-Huxley cell, `exp((V - V_half) / k)`, two remain.
//! 3. **Reciprocal sharing**: quotients with the same divisor share its reciprocal.
//! 4. **Multiply-add**: products used once, in a sum, are fused with it.
//!
//! Each is exact in real numbers; `tests/rewrites.rs` states what it costs in rounding. Exponentials saturate: their
//! arguments, times the power they are raised to, are kept within +-85, so that no quotient meets an infinity.

use crate::real::*;
use std::collections::{BTreeMap, HashMap};

/// Expressions ready for printing.
#[derive(Clone, Debug)]
pub struct Body {
    /// The expressions.
    pub graph: Graph,
    /// What is computed once a run and used by [`Body::outputs`].
    pub hoisted: Vec<Real>,
    /// What is computed every step.
    pub outputs: Vec<Real>,
}

/// Applies every rewrite to `outputs`.
pub fn simplify(graph: &Graph, outputs: &[Real]) -> Body {
    let (graph, outputs) = gather_invariants(graph, outputs);
    let (graph, outputs) = distribute_invariants(&graph, &outputs);
    let (graph, outputs) = choose_by_spikes(&graph, &outputs);
    let (graph, outputs) = share_exponents(&graph, &outputs);
    // Sharing leaves invariant factors `exp(offset)` behind: gather them too.
    let (graph, outputs) = gather_invariants(&graph, &outputs);
    let (graph, outputs) = share_reciprocals(&graph, &outputs);
    let (graph, outputs) = fuse_multiply_add(&graph, &outputs);
    let varying = Varying::of(&graph);
    let mut hoisted: Vec<Real> = graph
        .live(&outputs)
        .iter()
        .filter(|&&r| varying.has(r))
        .flat_map(|&r| graph.op(r).args())
        .chain(outputs.iter().copied())
        .filter(|&r| !varying.has(r) && graph.constant(r).is_none())
        .collect();
    hoisted.sort();
    hoisted.dedup();
    Body { graph, hoisted, outputs }
}

/// Rebuilds `outputs` node by node in a new graph.
fn rebuild(
    old: &Graph,
    outputs: &[Real],
    mut node: impl FnMut(Real, Op, &dyn Fn(Real) -> Real) -> Real,
) -> (Graph, Vec<Real>) {
    let mut new = vec![Real(u32::MAX); old.len()];
    record(Graph::default(), || {
        for r in old.live(outputs) {
            let at = |r: Real| new[r.0 as usize];
            let made = on_line(old.line(r), || node(r, old.op(r).map(at), &at));
            new[r.0 as usize] = made;
        }
        outputs.iter().map(|r| new[r.0 as usize]).collect()
    })
}

/// Which nodes change during a run.
#[derive(Default)]
pub(crate) struct Varying(Vec<bool>);

impl Varying {
    pub(crate) fn of(graph: &Graph) -> Varying {
        let mut v = Varying::default();
        (0..graph.len() as u32).for_each(|k| v.push(graph.op(Real(k))));
        v
    }

    fn push(&mut self, op: Op) {
        let own = matches!(op, Op::Var(Var::State(_) | Var::Input(_) | Var::Adjoint(_)));
        let varies = own || op.args().any(|a| self.has(a));
        self.0.push(varies);
    }

    pub(crate) fn has(&self, r: Real) -> bool {
        self.0[r.0 as usize]
    }

    /// As [`Varying::has`], of a node of the graph being recorded.
    fn ask(&mut self, r: Real) -> bool {
        for k in self.0.len() as u32..=r.0 {
            self.push(Real(k).op());
        }
        self.has(r)
    }
}

fn gather_invariants(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let mut v = Varying::default();
    rebuild(graph, outputs, |_, op, _| match op {
        Op::Add(a, b) => v.sum(a, b, false),
        Op::Sub(a, b) => v.sum(a, b, true),
        Op::Mul(a, b) => v.product(a, b),
        Op::Div(a, b) => v.quotient(a, b),
        Op::Exprelr(z) => exprelr_resolved(z).0,
        Op::Spike(x, _) => compared(x),
        op => Real::build(op),
    })
}

/// Whether `x >= 0`, by one comparison: neither a positive factor nor the zero of a difference is computed.
fn compared(x: Real) -> Real {
    let positive = |c: Real| c.constant().is_some_and(|c| c > 0.0);
    match x.op() {
        Op::Mul(c, y) | Op::Mul(y, c) if positive(c) => compared(y),
        Op::Sub(a, b) => select(a, b, 0.0, 1.0),
        _ => select(x, 0.0, 0.0, 1.0),
    }
}

/// Invariant factors of sums go to their terms, where each term has a factor of its own to take them.
fn distribute_invariants(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let sums = Sums { graph, varying: Varying::of(graph), uses: uses(graph, outputs) };
    rebuild(graph, outputs, |old, op, at| match graph.op(old) {
        Op::Mul(a, b) if !sums.varying.has(a) && sums.distributes(b) => sums.times(at(a), b, at),
        Op::Mul(a, b) if !sums.varying.has(b) && sums.distributes(a) => sums.times(at(b), a, at),
        _ => Real::build(op),
    })
}

struct Sums<'a> {
    graph: &'a Graph,
    varying: Varying,
    uses: HashMap<Real, u32>,
}

impl Sums<'_> {
    fn distributes(&self, x: Real) -> bool {
        matches!(self.graph.op(x), Op::Add(..) | Op::Sub(..)) && self.takes(x)
    }

    /// Whether an invariant factor of `x` costs nothing.
    fn takes(&self, x: Real) -> bool {
        let once = self.uses[&x] == 1;
        match self.graph.op(x) {
            _ if !self.varying.has(x) => true,
            Op::Add(a, b) | Op::Sub(a, b) => once && self.takes(a) && self.takes(b),
            Op::Neg(a) => once && self.takes(a),
            Op::Mul(a, b) => once && !(self.varying.has(a) && self.varying.has(b)),
            _ => false,
        }
    }

    /// `c x` of an `x` that [takes](Sums::takes) factors.
    fn times(&self, c: Real, x: Real, at: &dyn Fn(Real) -> Real) -> Real {
        match self.graph.op(x) {
            _ if !self.varying.has(x) => c * at(x),
            Op::Add(a, b) => self.times(c, a, at) + self.times(c, b, at),
            Op::Sub(a, b) => self.times(c, a, at) - self.times(c, b, at),
            Op::Neg(a) => -self.times(c, a, at),
            Op::Mul(a, b) => {
                let (k, y) = if self.varying.has(a) { (b, a) } else { (a, b) };
                let k = c * at(k);
                if self.distributes(y) { self.times(k, y, at) } else { k * at(y) }
            }
            _ => c * at(x),
        }
    }
}

/// How often each node is used.
fn uses(graph: &Graph, outputs: &[Real]) -> HashMap<Real, u32> {
    let mut uses = HashMap::new();
    let args = graph.live(outputs).into_iter().flat_map(|r| graph.op(r).args());
    args.chain(outputs.iter().copied()).for_each(|r| *uses.entry(r).or_default() += 1);
    uses
}

/// What a spike does is a choice: `b + z (a - b)` is `a` where `z` is one and `b` where it is zero, and so is a
/// selection by `z`. Written as a selection by the comparisons that make the spike, it does not wait for `z`.
fn choose_by_spikes(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    rebuild(graph, outputs, |_, op, _| match op {
        Op::Add(p, q) => match moved(p, q).or(moved(q, p)) {
            Some((z, a, b)) => choose(z, a, b),
            None => Real::build(op),
        },
        Op::Select(z, limit, x, y) if is_spike(z) && limit.constant().is_some_and(|c| 0.0 < c && c < 1.0) => {
            choose(z, y, x)
        }
        op => Real::build(op),
    })
}

/// `(z, a, b)` where the sum is of `b` and `z (a - b)`.
fn moved(b: Real, product: Real) -> Option<(Real, Real, Real)> {
    let Op::Mul(p, q) = product.op() else { return None };
    [(p, q), (q, p)].into_iter().find_map(|(z, difference)| match difference.op() {
        Op::Sub(a, subtracted) if subtracted == b && is_spike(z) => Some((z, a, b)),
        _ => None,
    })
}

/// Whether a number is zero or one by its making.
fn is_spike(z: Real) -> bool {
    match z.op() {
        Op::Select(_, _, x, y) => is_spike(x) && is_spike(y),
        _ => z.constant().is_some_and(|c| c == 0.0 || c == 1.0),
    }
}

/// `a` where `z` is one, `b` where it is zero.
fn choose(z: Real, a: Real, b: Real) -> Real {
    match z.op() {
        Op::Select(p, q, x, y) => {
            let on = |side: bool, r: Real| match r.op() {
                Op::Select(s, t, x, y) if (s, t) == (p, q) => {
                    if side {
                        x
                    } else {
                        y
                    }
                }
                _ => r,
            };
            select(p, q, choose(x, on(true, a), on(true, b)), choose(y, on(false, a), on(false, b)))
        }
        _ if z.constant() == Some(1.0) => a,
        _ => b,
    }
}

impl Varying {
    /// `x` as an invariant factor times a varying one, if it has one.
    fn split(&mut self, x: Real) -> (Real, Option<Real>) {
        if !self.ask(x) {
            return (x, None);
        }
        match x.op() {
            Op::Neg(a) => {
                let (c, rest) = self.split(a);
                (-c, rest)
            }
            Op::Mul(a, b) if !self.ask(a) => (a, Some(b)),
            Op::Mul(a, b) if !self.ask(b) => (b, Some(a)),
            _ => (1.0.into(), Some(x)),
        }
    }

    fn sum(&mut self, a: Real, b: Real, minus: bool) -> Real {
        let ((i, x), (j, y)) = (self.split(a), self.split(b));
        match (x, y) {
            (Some(x), Some(y)) if x == y => (if minus { i - j } else { i + j }) * x,
            _ if minus => a - b,
            _ => a + b,
        }
    }

    fn product(&mut self, a: Real, b: Real) -> Real {
        let one: Real = 1.0.into();
        match (self.split(a), self.split(b)) {
            ((i, None), (j, Some(y))) => (i * j) * y,
            ((i, Some(x)), (j, None)) => (i * j) * x,
            ((i, Some(x)), (j, Some(y))) if i != one && j != one => (i * j) * (x * y),
            _ => a * b,
        }
    }

    fn quotient(&mut self, a: Real, b: Real) -> Real {
        if !self.ask(b) {
            return if self.ask(a) { self.product(a, 1.0 / b) } else { a / b };
        }
        if let Op::Div(c, d) = b.op() {
            let top = self.product(a, d);
            return self.quotient(top, c);
        }
        match self.split(b) {
            (c, Some(y)) if c.constant() != Some(1.0) => {
                let top = self.quotient(a, c);
                top / y
            }
            _ => a / b,
        }
    }
}

/// `sum_k slope_k atom_k + sum_j weight_j invariant_j`, with numbers for slopes and weights.
#[derive(Default)]
struct Affine {
    slopes: BTreeMap<Real, f64>,
    offset: Vec<(f64, Real)>,
}

/// Atoms, and their slopes in billionths of the first's.
type Direction = Vec<(Real, i64)>;

impl Affine {
    fn of(graph: &Graph, varying: &Varying, x: Real) -> Affine {
        let mut sum = Affine::default();
        sum.add(graph, varying, 1.0, x);
        sum.slopes.retain(|_, s| *s != 0.0);
        sum
    }

    fn add(&mut self, graph: &Graph, varying: &Varying, c: f64, x: Real) {
        if !varying.has(x) {
            return self.offset.push((c, x));
        }
        match graph.op(x) {
            Op::Add(a, b) => {
                self.add(graph, varying, c, a);
                self.add(graph, varying, c, b)
            }
            Op::Sub(a, b) => {
                self.add(graph, varying, c, a);
                self.add(graph, varying, -c, b)
            }
            Op::Neg(a) => self.add(graph, varying, -c, a),
            Op::Mul(a, b) => match (graph.constant(a), graph.constant(b)) {
                (Some(k), _) => self.add(graph, varying, c * k, b),
                (_, Some(k)) => self.add(graph, varying, c * k, a),
                _ => *self.slopes.entry(x).or_default() += c,
            },
            _ => *self.slopes.entry(x).or_default() += c,
        }
    }

    /// Slope of the first atom, and the others in proportion to it.
    fn direction(&self) -> Option<(f64, Direction)> {
        let (_, &lead) = self.slopes.first_key_value()?;
        Some((lead, self.slopes.iter().map(|(&a, s)| (a, (s / lead * 1e9).round() as i64)).collect()))
    }
}

/// Largest whole power that an exponential is raised to.
const HIGHEST_POWER: f64 = 12.0;
/// Largest argument of an exponential, times its power.
const SATURATION: f64 = 85.0;

/// `slope` as a whole number of `unit`s.
fn power(slope: f64, unit: f64) -> Option<f64> {
    let n = (slope / unit).round();
    let whole = (slope / unit - n).abs() < 1e-9 * n.abs();
    (whole && n.abs() <= HIGHEST_POWER).then_some(n)
}

/// The unit in which most of the slopes are small whole numbers, and the largest of these.
fn common_unit(slopes: &[f64]) -> Option<(f64, f64)> {
    let units = slopes.iter().flat_map(|s| [s.abs(), s.abs() / 2.0, s.abs() / 3.0]);
    let scored = units.map(|u| (slopes.iter().filter(|&&s| power(s, u).is_some()).count(), u));
    let (count, unit) = scored.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))?;
    let highest = slopes.iter().filter_map(|&s| power(s, unit)).fold(1.0, |h, n| n.abs().max(h));
    (count > 1).then_some((unit, highest))
}

fn share_exponents(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let varying = Varying::of(graph);
    // By direction: the slopes of the first atom, and the others in units of it as the first exponential has them, for
    // quotients that differ in their last bit would make two exponentials of one.
    let mut slopes: HashMap<Direction, (Vec<f64>, Vec<f64>)> = HashMap::new();
    for r in graph.live(outputs) {
        if let Op::Exp(a) = graph.op(r) {
            let affine = Affine::of(graph, &varying, a);
            if let Some((lead, direction)) = affine.direction() {
                let new = || (vec![], affine.slopes.values().map(|s| s / lead).collect());
                slopes.entry(direction).or_insert_with(new).0.push(lead);
            }
        }
    }
    rebuild(graph, outputs, |old, op, at| {
        let (Op::Exp(old_a), Op::Exp(a)) = (graph.op(old), op) else { return Real::build(op) };
        let affine = Affine::of(graph, &varying, old_a);
        let shared = affine.direction().and_then(|(lead, direction)| {
            let (leads, ratios) = &slopes[&direction];
            let (unit, highest) = common_unit(leads)?;
            Some((unit, ratios, power(lead, unit)?, highest))
        });
        let Some((unit, ratios, n, highest)) = shared else {
            return if varying.has(old) { saturating_exp(a, SATURATION) } else { a.exp() };
        };
        let zero: Real = 0.0.into();
        let base = affine.slopes.keys().zip(ratios).fold(zero, |sum, (&x, ratio)| sum + ratio * unit * at(x));
        let base = saturating_exp(base, SATURATION / highest);
        let base = if n < 0.0 { 1.0 / base } else { base };
        let offset = affine.offset.iter().fold(zero, |sum, &(c, x)| sum + c * at(x));
        offset.exp() * base.powi(n.abs() as u32)
    })
}

fn saturating_exp(x: Real, limit: f64) -> Real {
    // min(max(x, -limit), limit), each passing on what is not a number.
    let low: Real = (-limit).into();
    let high: Real = limit.into();
    let x = select(x, low, low, x);
    select(high, x, high, x).exp()
}

fn share_reciprocals(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let mut shared: HashMap<Real, u32> = HashMap::new();
    for r in graph.live(outputs) {
        if let Op::Div(_, b) = graph.op(r) {
            *shared.entry(b).or_default() += 1;
        }
    }
    rebuild(graph, outputs, |old, op, _| match (graph.op(old), op) {
        (Op::Div(_, old_b), Op::Div(a, b)) if shared[&old_b] > 1 => a * (1.0 / b),
        (_, op) => Real::build(op),
    })
}

fn fuse_multiply_add(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let uses = uses(graph, outputs);
    let varying = Varying::of(graph);
    let factors = |r: Real| match graph.op(r) {
        Op::Mul(a, b) if uses[&r] == 1 && varying.has(r) => Some((a, b)),
        _ => None,
    };
    rebuild(graph, outputs, |old, op, at| match graph.op(old) {
        Op::Add(a, b) => match (factors(a), factors(b)) {
            (Some((p, q)), _) => Real::new(Op::Fma(at(p), at(q), at(b))),
            (_, Some((p, q))) => Real::new(Op::Fma(at(p), at(q), at(a))),
            _ => Real::build(op),
        },
        Op::Sub(a, b) => match (factors(a), factors(b)) {
            (_, Some((p, q))) => Real::new(Op::Fma(-at(p), at(q), at(a))),
            (Some((p, q)), _) => Real::new(Op::Fma(at(p), at(q), -at(b))),
            _ => Real::build(op),
        },
        _ => Real::build(op),
    })
}
