//! Derivatives against finite differences of the step with soft spikes.

use crate::simulator::Values;
use equations::{Coupled, Evaluator, Integrator, Step, models, receptors, trace};

const POINTS: usize = 16;
const RELATIVE: f64 = 1e-6;
/// In units of the fields' widths.
const ABSOLUTE: f64 = 1e-8;

/// xorshift64*, uniform between zero and one.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545F4914F6CDD1D) >> 11) as f64 / (1u64 << 53) as f64
    }
    fn within(&mut self, (lo, hi): (f64, f64)) -> f64 {
        lo + (hi - lo) * self.next()
    }
}

/// A point in the bounds. In every other one the potential lies just beside a quantity it is compared with, or where
/// a rate has a removable singularity.
fn point(step: &Step, random: &mut Random, k: usize) -> Values {
    let mut x = Values::defaults(step, random.within((0.01, 0.1)));
    let mut fill = |values: &mut [f64], fields: &[equations::Field]| {
        for (value, f) in values.iter_mut().zip(fields) {
            *value = random.within(f.bounds);
        }
    };
    fill(&mut x.state, &step.state);
    fill(&mut x.input, &step.input);
    fill(&mut x.param, &step.param);
    x.adjoint.fill_with(|| random.within((-1.0, 1.0)));

    if !k.is_multiple_of(4)
        && let Some(clock) = step.state.iter().position(|f| f.name == "refractory")
    {
        x.state[clock] = 0.0;
    }
    if k % 2 == 1 {
        let levels = step.param.iter().zip(&x.param).chain(step.state.iter().zip(&x.state));
        let level = levels.filter(|(f, _)| ["V_T", "V_th", "theta"].contains(&&*f.name)).map(|(_, v)| *v).next();
        x.state[0] = level.unwrap_or(0.0) + [0.07, 13.0, -0.4, 15.0, 0.9, 17.0, -3.0, 40.0][k / 2 % 8];
    }
    let mut outputs = Evaluator::<f64>::new(&step.graph, &step.outputs);
    // Differences are of no use where a stiff step throws the potential out of the range of the rates.
    let shorter = [1.0, 0.25, 0.0625, 0.015625, 0.00390625, 0.0009765625].map(|s| Values { dt: s * x.dt, ..x.clone() });
    let calm = |x: &&Values| outputs.eval(|v| x.at(v)).next().is_some_and(|v| (v - x.state[0]).abs() < 30.0);
    shorter.iter().find(calm).cloned().unwrap_or(x)
}

/// What disagrees at `x`; `tamper` sees each adjoint, for the check of the check.
fn disagreements(step: &Step, x: &Values, tamper: impl Fn(usize, f64, f64) -> f64) -> Vec<String> {
    let frozen = x.clone();
    let width = |f: &equations::Field| f.bounds.1 - f.bounds.0;
    let widths_out: Vec<f64> = step.state.iter().map(width).chain([1.0]).collect();
    let fields: Vec<_> = [&step.state, &step.input, &step.param].into_iter().flatten().collect();
    let nudged = |k: usize, by: f64| {
        let mut y = x.clone();
        let (states, inputs) = (y.state.len(), y.input.len());
        match k {
            k if k < states => y.state[k] += by,
            k if k < states + inputs => y.input[k - states] += by,
            k => y.param[k - states - inputs] += by,
        }
        y
    };

    let blocks = [&step.by_state, &step.by_input, &step.by_param];
    let rows: Vec<_> = (0..step.outputs.len()).flat_map(|o| blocks.iter().flat_map(move |b| b[o].clone())).collect();
    let wanted: Vec<_> = step.adjoints.iter().copied().chain(rows).collect();
    let slopes: Vec<f64> = Evaluator::new(&step.graph, &wanted).eval_soft(|v| x.at(v), |v| x.at(v)).collect();
    let (adjoints, rows) = slopes.split_at(fields.len());

    let mut outputs = Evaluator::<f64>::new(&step.graph, &step.outputs);
    let mut at = |y: &Values| outputs.eval_soft(|v| y.at(v), |v| frozen.at(v)).collect::<Vec<f64>>();
    let mut wrong = vec![];
    for (k, f) in fields.iter().enumerate() {
        let mut difference = |h: f64| -> Vec<f64> {
            let [a, b, c, d] = [-2.0, -1.0, 1.0, 2.0].map(|s| at(&nudged(k, s * h)));
            (0..a.len()).map(|o| (8.0 * (c[o] - b[o]) - (d[o] - a[o])) / (12.0 * h)).collect()
        };
        // The surrogate has kinks; the finer of two steps misses those that the coarser one straddles.
        let tries = [1e-5, 1e-6].map(|h| difference(h * width(f)));
        let mut check = |what: String, slope: f64, unit: f64, of: &dyn Fn(&[f64]) -> f64| {
            let close = |d: &Vec<f64>| (of(d) - slope).abs() <= RELATIVE * slope.abs() + ABSOLUTE * unit / width(f);
            if !tries.iter().any(close) {
                wrong.push(format!("{what} by {}: {slope} for {} at {:?}", f.name, of(&tries[0]), x.state));
            }
        };
        let seeded = |d: &[f64]| d.iter().zip(&x.adjoint).map(|(d, a)| d * a).sum::<f64>();
        let unit = widths_out.iter().zip(&x.adjoint).map(|(w, a)| w * a.abs()).fold(0.0, f64::max);
        check("adjoint".into(), tamper(k, adjoints[k], unit / width(f)), unit, &seeded);
        for (o, unit) in widths_out.iter().enumerate() {
            check(format!("output {o}"), rows[o * fields.len() + k], *unit, &|d| d[o]);
        }
    }
    wrong
}

#[test]
fn derivatives_are_those_of_the_soft_spike_step() {
    for integrator in Integrator::ALL {
        let coupled = vec![trace::<Coupled<models::HhPospischil>>(integrator)];
        for step in [models::all(integrator), receptors::all::<models::Lif>(integrator), coupled].concat() {
            let mut random = Random(7);
            for k in 0..POINTS {
                let x = point(&step, &mut random, k);
                let wrong = disagreements(&step, &x, |_, slope, _| slope);
                assert!(wrong.is_empty(), "{} {integrator:?} point {k}:\n{}", step.name, wrong.join("\n"));
            }
        }
    }
}

#[test]
fn one_wrong_derivative_is_found() {
    for step in [models::all(Integrator::ExpEuler), receptors::all::<models::Lif>(Integrator::ExpEuler)].concat() {
        let mut random = Random(11);
        let x = point(&step, &mut random, 1);
        for bad in 0..step.adjoints.len() {
            let wrong =
                disagreements(
                    &step,
                    &x,
                    |k, slope, unit| {
                        if k == bad { slope + 1e-5 * slope.abs() + 1e-6 * unit } else { slope }
                    },
                );
            assert_eq!(wrong.len(), 1, "{}: adjoint {bad} {wrong:?}", step.name);
        }
    }
}
