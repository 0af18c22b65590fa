//! This test compares the network scan's gradients through spikes, with Dale's law, delays and conductances together,
//! with differences.
//!
//! A hard spike has no derivative to compare with. So the same network is run neuron by neuron with `z = H(x0) + g(x) -
//! g(x0)`, where `g` is the integral of the surrogate derivative and `x0` is the spike's argument in the hard run,
//! whose detached values and branches are held, too. At the parameters themselves this is the hard run, number for
//! number, and its derivative there is the surrogate gradient.

use super::check::{flat, noise};
use super::tape::Tape;
use brain_core::{FeedbackPath, PopulationInput, Recorder, network_scan};
use candle_core::{Device, Tensor, Var};
use kernels::equations::{
    Integrator, Step, expr,
    models::{Gif, Lif},
    receptors::{Conductances, Currents, Exponential},
    trace,
};
use kernels::network::{Delays, Edges, Network, Population, Projection, bptt::*};
use std::sync::Arc;

const STEPS: usize = 120;
const BATCH: usize = 2;
const DT: f64 = 0.5;
const NEURONS: [usize; 4] = [4, 5, 3, 2];
const NAMES: [&str; 4] = ["in", "e", "i", "p"];
/// Largest error of an entry; see [`worst`]. Differences leave half of it at most.
const TOLERANCE: f64 = 1e-5;

/// Tensors w.r.t. which gradients are taken: states and parameters of `e` and `i`, their drives, the magnitudes.
type Tensors = [Tensor; 7];
const TENSORS: [&str; 7] = ["start e", "start i", "params e", "params i", "drive e", "drive i", "magnitudes"];

/// Presynaptic and postsynaptic population, input, first and last delay, size of weights, sign.
type Planned = (usize, usize, &'static str, [u16; 2], f64, f64);
const PLAN: [Planned; 7] = [
    (0, 1, "exc_w", [2, 2], 6.0, 1.0),
    (1, 1, "exc_w", [2, 9], 4.0, 1.0),
    (1, 2, "exc_w", [2, 7], 8.0, 1.0),
    (2, 1, "inh_w", [3, 6], 6.0, 1.0),
    (2, 2, "inh_w", [2, 5], 4.0, 1.0),
    (1, 3, "exc_w", [2, 12], 900.0, 1.0),
    (2, 3, "inh_w", [2, 4], 150.0, -1.0),
];

struct Setup {
    steps: [Option<Step>; 4],
    circuit: Arc<Circuit>,
    sign: Vec<f64>,
    raster: Raster,
    tensors: Tensors,
    /// State and parameters of `p`, w.r.t. which no gradient is taken.
    rest: [Tensor; 2],
}

/// Makes the delays of a dense projection, which run through the range again and again.
fn delays(k: usize, longer: Option<usize>) -> Vec<u16> {
    let (pre, post, _, [first, last], ..) = PLAN[k];
    let count = NEURONS[pre] * NEURONS[post];
    let cycle = |e: usize| first + (e * 5 % usize::from(last - first + 1)) as u16;
    (0..count).map(|e| cycle(e) + u16::from(longer == Some(e))).collect()
}

/// Makes the circuit; the synapse `longer` of the second projection, if any, is one step slower.
fn circuit(longer: Option<usize>) -> Arc<Circuit> {
    let cells = [None, kernels::find("gif-cond-exp"), kernels::find("lif-cond-exp"), kernels::find("lif-psc-exp")];
    let population = |g: usize| Population::new(NAMES[g], NEURONS[g], cells[g]);
    let projection = |k: usize| {
        let (pre, post, input, ..) = PLAN[k];
        let delays = Delays::Each(delays(k, longer.filter(|_| k == 1)));
        let (name, input) = (format!("{}-{}", NAMES[pre], NAMES[post]), cells[post].unwrap().input(input).unwrap());
        Projection::new(name, pre, post, input, Edges::dense(NEURONS[pre], NEURONS[post], delays))
    };
    let projections = (0..PLAN.len()).map(projection).collect();
    Arc::new(Circuit::new(Network::new(DT, (0..4).map(population).collect(), projections)).unwrap())
}

fn setup() -> Setup {
    let steps = [
        None,
        Some(trace::<Conductances<Gif, Exponential>>(Integrator::ExpEuler)),
        Some(trace::<Conductances<Lif, Exponential>>(Integrator::ExpEuler)),
        Some(trace::<Currents<Lif, Exponential>>(Integrator::ExpEuler)),
    ];
    // Every number differs from the others and is near its default.
    let near = |fields: &[kernels::equations::Field], shape: &[usize], away: f64| {
        let row = |(k, f): (usize, &kernels::equations::Field)| {
            let away = if f.name == "t_ref" || f.name == "refractory" { 0.0 } else { away };
            let noise = noise(&[k + 1, shape.iter().product()]).narrow(0, k, 1).unwrap().reshape(shape).unwrap();
            noise.affine(away * f.default.abs(), f.default).unwrap()
        };
        Tensor::stack(&fields.iter().enumerate().map(row).collect::<Vec<_>>(), 0).unwrap()
    };
    let start = |g: usize| near(&steps[g].as_ref().unwrap().state, &[BATCH, NEURONS[g]], 0.1);
    let params = |g: usize| near(&steps[g].as_ref().unwrap().param, &[NEURONS[g]], 0.03);
    let drive = |mean: f64, size: f64| noise(&[STEPS, 1, BATCH]).affine(size, mean).unwrap();
    let magnitudes = PLAN.iter().map(|&(pre, post, _, _, size, _)| {
        // The numbers have both signs, for only the magnitude counts.
        noise(&[NEURONS[pre] * NEURONS[post]]).affine(size, 0.1 * size).unwrap()
    });
    let magnitudes = Tensor::cat(&magnitudes.collect::<Vec<_>>(), 0).unwrap();
    let sign = PLAN.iter().flat_map(|p| vec![p.5; NEURONS[p.0] * NEURONS[p.1]]).collect();
    let mut raster = Raster { starts: vec![0], neurons: vec![] };
    for k in 0..STEPS * BATCH {
        raster.neurons.extend((0..4u32).filter(|n| (k * 4 + *n as usize) * 7919 % 23 < 2));
        raster.starts.push(raster.neurons.len());
    }
    let tensors = [start(1), start(2), params(1), params(2), drive(420.0, 300.0), drive(300.0, 300.0), magnitudes];
    let rest = [start(3), params(3)];
    Setup { circuit: circuit(None), sign, raster, tensors, rest, steps }
}

/// Makes the factors by which the loss weighs every potential and spike of `e`, `i` and `p`.
fn factors(g: usize, output: usize) -> Tensor {
    noise(&[STEPS, BATCH, NEURONS[g]]).affine([0.05, 1.0][output], 0.0).unwrap()
}

impl Setup {
    /// Returns candle's gradients in the order of the tensors, then the loss and how often each population spiked.
    fn gradients(&self, circuit: &Arc<Circuit>, paths: &[FeedbackPath]) -> ([Vec<f64>; 7], f64, [f64; 3]) {
        let vars = self.tensors.each_ref().map(|t| Var::from_tensor(t).unwrap());
        let sign = Tensor::from_vec(self.sign.clone(), self.sign.len(), &Device::Cpu).unwrap();
        let weights = (vars[6].abs().unwrap() * sign).unwrap();
        let observe = [Recorder::each("v", 0..STEPS), Recorder::each("spike", 0..STEPS)];
        let i: &[&str] = &["i"];
        let member = |start, params, drive| PopulationInput::Cells { start, params, drive, record: &observe };
        let members = [
            PopulationInput::Sources(self.raster.clone()),
            member(vars[0].as_tensor(), vars[2].as_tensor(), Some((i, vars[4].as_tensor()))),
            member(vars[1].as_tensor(), vars[3].as_tensor(), Some((i, vars[5].as_tensor()))),
            member(&self.rest[0], &self.rest[1], None),
        ];
        let rows = network_scan(circuit, STEPS, BATCH, &members, &weights, paths).unwrap();
        let term = |g: usize, k: usize| rows[g][k].mul(&factors(g, k)).unwrap().sum_all().unwrap();
        let terms: Vec<_> = (1..4).flat_map(|g| [term(g, 0), term(g, 1)]).collect();
        let loss = Tensor::stack(&terms, 0).unwrap().sum_all().unwrap();
        let spikes = [1, 2, 3].map(|g| flat(&rows[g][1]).iter().sum());
        let by = loss.backward().unwrap();
        (vars.map(|v| flat(by.get(&v).unwrap())), loss.to_scalar().unwrap(), spikes)
    }

    /// Returns the loss of the plain network. A `hard` run has hard spikes and writes every value of every step to
    /// `course`; another has spikes near those of the hard run whose `course` is given.
    fn plain(&self, x: &[Vec<f64>; 7], course: &mut Vec<Vec<f64>>, hard: bool) -> f64 {
        let (mut loss, mut at) = (0.0, 0);
        let factors = [1, 2, 3].map(|g| [flat(&factors(g, 0)), flat(&factors(g, 1))]);
        let rest = self.rest.each_ref().map(flat);
        let tapes = self.steps.each_ref().map(|s| s.as_ref().map(Tape::of));
        for b in 0..BATCH {
            let mut states: Vec<Vec<Vec<f64>>> = (0..4)
                .map(|g| {
                    let all = [&[][..], &x[0], &x[1], &rest[0]][g];
                    let of = |n: usize| all.chunks(BATCH * NEURONS[g]).map(|row| row[b * NEURONS[g] + n]).collect();
                    (0..NEURONS[g]).map(of).collect()
                })
                .collect();
            let inputs = |g: usize| self.steps[g].as_ref().map_or(0, |s| s.input.len());
            let empty: Vec<_> = (0..4).map(|g| vec![vec![0.0; inputs(g)]; NEURONS[g]]).collect();
            let mut arrivals = vec![empty; STEPS];
            for t in 0..STEPS {
                let mut spikes = NEURONS.map(|n| vec![0.0; n]);
                let given = t * BATCH + b;
                let own = &self.raster.neurons[self.raster.starts[given]..self.raster.starts[given + 1]];
                own.iter().for_each(|&n| spikes[0][n as usize] = 1.0);
                for g in 1..4 {
                    let (s, tape) = (self.steps[g].as_ref().unwrap(), tapes[g].as_ref().unwrap());
                    let current = s.input.iter().position(|f| f.name == "i").unwrap();
                    for n in 0..NEURONS[g] {
                        let mut u = arrivals[t][g][n].clone();
                        u[current] += if g < 3 { x[3 + g][t * BATCH + b] } else { 0.0 };
                        let params = [&x[2], &x[3], &rest[1]][g - 1];
                        let var = |v: expr::Var| match v {
                            expr::Var::Dt => DT,
                            expr::Var::State(k) => states[g][n][k as usize],
                            expr::Var::Input(k) => u[k as usize],
                            expr::Var::Param(k) => params[k as usize * NEURONS[g] + n],
                            expr::Var::Adjoint(_) => 0.0,
                        };
                        let values = tape.run(&var, if hard { None } else { Some(&course[at]) });
                        let outputs: Vec<f64> = tape.outputs.iter().map(|&k| values[k]).collect();
                        if hard {
                            course.push(values);
                        }
                        at += 1;
                        let (z, next) = outputs.split_last().unwrap();
                        (states[g][n], spikes[g][n]) = (next.to_vec(), *z);
                        let place = given * NEURONS[g] + n;
                        loss += factors[g - 1][0][place] * next[0] + factors[g - 1][1][place] * z;
                    }
                }
                let mut first = 0;
                for (k, &(pre, post, input, ..)) in PLAN.iter().enumerate() {
                    let input = self.steps[post].as_ref().unwrap().input.iter().position(|f| f.name == input).unwrap();
                    for (e, d) in delays(k, None).into_iter().enumerate() {
                        let (from, to, t) = (e / NEURONS[post], e % NEURONS[post], t + usize::from(d));
                        if t < STEPS {
                            let w = self.sign[first + e] * x[6][first + e].abs();
                            arrivals[t][post][to][input] += w * spikes[pre][from];
                        }
                    }
                    first += NEURONS[pre] * NEURONS[post];
                }
            }
        }
        loss
    }
}

/// An entry of a tensor, its difference quotient, and the step of the quotient.
type Difference = (usize, f64, f64);

/// Takes differences of entries all over a tensor, and of those with the largest gradients.
fn differences(s: &Setup, which: usize, gradient: &[f64]) -> Vec<Difference> {
    let x = s.tensors.each_ref().map(flat);
    let mut course = vec![];
    s.plain(&x, &mut course, true);
    let step = |k: usize| 1e-5 * x[which][k].abs().max(0.1);
    let mut order: Vec<usize> = (0..gradient.len()).collect();
    order.sort_by(|&a, &b| (gradient[b] * step(b)).abs().total_cmp(&(gradient[a] * step(a)).abs()));
    order.truncate(4);
    order.extend((0..10).map(|k| (2 * k + 1) * gradient.len() / 20));
    let one = |k: usize| {
        let mut moved = |by: f64| {
            let mut x = x.clone();
            x[which][k] += by;
            s.plain(&x, &mut course, false)
        };
        (k, (moved(step(k)) - moved(-step(k))) / (2.0 * step(k)), step(k))
    };
    order.into_iter().map(one).collect()
}

/// Returns the largest error of a gradient, relative to the difference, or to a thousandth of the largest.
fn worst(gradient: &[f64], differences: &[Difference]) -> f64 {
    let largest = differences.iter().map(|(_, d, h)| (d * h).abs()).fold(0.0, f64::max);
    assert!(largest > 0.0, "nothing depends on it: no test");
    let error = |&(k, d, h): &Difference| (gradient[k] - d).abs() / d.abs().max(1e-3 * largest / h);
    differences.iter().map(error).fold(0.0, f64::max)
}

#[test]
fn through_spikes_delays_conductances_and_dales_law() {
    let s = setup();
    let (gradients, loss, spikes) = s.gradients(&s.circuit, &[]);
    assert!(spikes.iter().all(|&n| n > 20.0), "{spikes:?}");
    let x = s.tensors.each_ref().map(flat);
    let mut course = vec![];
    let plain = s.plain(&x, &mut course, true);
    assert!((loss - plain).abs() < 1e-9 * plain.abs(), "{loss} {plain}");
    assert_eq!(plain, s.plain(&x, &mut course, false));
    let differences: [Vec<_>; 7] = std::array::from_fn(|k| differences(&s, k, &gradients[k]));
    let errors: [f64; 7] = std::array::from_fn(|k| worst(&gradients[k], &differences[k]));
    println!("{spikes:?} {loss} {errors:?}");
    for (name, error) in TENSORS.iter().zip(errors) {
        assert!(error < TOLERANCE, "{name}: {error}");
    }
    // The comparison finds planted faults: a gradient without Dale's sign, or w.r.t. the weight and not its magnitude;
    // one synapse that is a step slower; a projection along which no gradient goes back.
    let other = |k: usize, gradient: &[f64]| worst(gradient, &differences[k]);
    let by = |f: &dyn Fn(usize) -> f64| gradients[6].iter().enumerate().map(|(k, g)| g * f(k)).collect::<Vec<_>>();
    assert!(other(6, &by(&|k| s.sign[k])) > 1.0 && other(6, &by(&|k| x[6][k].signum())) > 1.0);
    let slower = s.gradients(&circuit(Some(8)), &[]).0;
    let mut paths = vec![FeedbackPath::Weights; PLAN.len()];
    paths[3] = FeedbackPath::Cut;
    let cut = s.gradients(&s.circuit, &paths).0;
    for (name, wrong) in [("slower", slower), ("cut", cut)] {
        let errors: [f64; 7] = std::array::from_fn(|k| other(k, &wrong[k]));
        println!("{name} {errors:?}");
        assert!(errors.iter().all(|&e| e > 10.0 * TOLERANCE), "{name}: {errors:?}");
    }
}
