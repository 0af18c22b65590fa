//! Exponent sharing: exponentials of whole multiples of one argument become powers of one exponential.

use super::{rebuild::rebuild, varying::Varying};
use crate::expr::{
    graph::Graph,
    node::{Op, Real},
    record::select,
};
use std::collections::{BTreeMap, HashMap};

/// The sum `sum_k slope_k atom_k + sum_j weight_j invariant_j`, whose slopes and weights are numbers and whose atoms
/// are varying nodes.
#[derive(Default)]
struct Affine {
    slopes: BTreeMap<Real, f64>,
    offset: Vec<(f64, Real)>,
}

/// The atoms of a sum with their slopes, in billionths of the first one's.
type Direction = Vec<(Real, i64)>;

impl Affine {
    /// Takes `x` apart.
    fn of(graph: &Graph, varying: &Varying, x: Real) -> Affine {
        let mut sum = Affine::default();
        sum.add(graph, varying, 1.0, x);
        sum.slopes.retain(|_, s| *s != 0.0);
        sum
    }

    /// Adds `c x`.
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

    /// Returns the slope of the first atom, and all slopes in proportion to it.
    fn direction(&self) -> Option<(f64, Direction)> {
        let (_, &lead) = self.slopes.first_key_value()?;
        Some((lead, self.slopes.iter().map(|(&a, s)| (a, (s / lead * 1e9).round() as i64)).collect()))
    }
}

/// The largest whole power that an exponential is raised to.
const HIGHEST_POWER: f64 = 12.0;
/// The largest product of an exponential's argument and its power: `e^85` is finite in single precision.
const SATURATION: f64 = 85.0;

/// Returns `slope` as a number of `unit`s where that is a small whole number.
fn power(slope: f64, unit: f64) -> Option<f64> {
    let n = (slope / unit).round();
    let whole = (slope / unit - n).abs() < 1e-9 * n.abs();
    (whole && n.abs() <= HIGHEST_POWER).then_some(n)
}

/// Returns the unit in which most of the slopes are small whole numbers, and the largest of these.
fn common_unit(slopes: &[f64]) -> Option<(f64, f64)> {
    let units = slopes.iter().flat_map(|s| [s.abs(), s.abs() / 2.0, s.abs() / 3.0]);
    let scored = units.map(|u| (slopes.iter().filter(|&&s| power(s, u).is_some()).count(), u));
    let (count, unit) = scored.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))?;
    let highest = slopes.iter().filter_map(|&s| power(s, unit)).fold(1.0, |h, n| n.abs().max(h));
    (count > 1).then_some((unit, highest))
}

/// Replaces exponentials whose arguments are whole multiples of a common one by powers of one exponential.
pub(super) fn share_exponents(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let varying = Varying::of(graph);
    // By direction: the slopes of the first atom in each exponential, and the ratios of the other slopes to it as the
    // first exponential has them: ratios that differ in their last bit would make two exponentials of one.
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

/// Records `exp(min(max(x, -limit), limit))`, where `min` and `max` pass on what is not a number.
fn saturating_exp(x: Real, limit: f64) -> Real {
    let low: Real = (-limit).into();
    let high: Real = limit.into();
    let x = select(x, low, low, x);
    select(high, x, high, x).exp()
}
