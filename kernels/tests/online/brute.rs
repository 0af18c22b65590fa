//! This module computes the rules by their definitions, in plain loops over synapses and steps, with the equations of
//! `gif-network` and their derivatives written out.

use crate::setup::{Setup, Sines};
use kernels::network::{Delays, ReceptorTarget};

/// A deliberate fault, which the comparison must detect.
#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    None,
    /// Traces lack the memory of the states.
    NoD,
    /// Spikes lack the memory of the readout.
    NoKappa,
    /// Traces lack the effect of the neuron's own spike.
    NoReset,
}

/// The rule that is computed.
pub enum By {
    DRtrl,
    /// ES-D-RTRL with its decay and the divisor of each step.
    EsDRtrl(f64, fn(f64, usize) -> f64),
}

struct Synapse {
    pre: [usize; 2],
    post: usize,
    /// Index of the state that it acts on, 2 or 3; unused for the readout.
    state: usize,
    delay: usize,
}

/// The derivatives of a step: those of the next states (v, a, exc_g, inh_g, filtered spike) w.r.t. the states and
/// w.r.t. the two inputs.
struct Slopes {
    d: [[f64; 5]; 5],
    by: [[f64; 2]; 5],
}

fn slope(v: f64) -> f64 {
    0.3 * (1.0 - (v - 1.0).abs()).max(0.0)
}

/// Takes one step of one neuron. The parameters are tau, tau_a, beta, and E and tau of excitation and of inhibition.
fn step(x: &mut [f64; 4], w: [f64; 2], p: &[f64], kappa: f64, fault: Fault) -> (f64, Slopes) {
    let [tau, tau_a, beta, e_exc, tau_exc, e_inh, tau_inh] = p.try_into().unwrap();
    let spiked = if x[0] >= 1.0 { 1.0 } else { 0.0 };
    let s = if fault == Fault::NoReset { 0.0 } else { slope(x[0]) };
    let decay = [f64::exp(-1.0 / tau_exc), f64::exp(-1.0 / tau_inh)];
    let keep = f64::exp(-1.0 / tau_a);
    let g = [(x[2] + w[0]) * decay[0], (x[3] + w[1]) * decay[1]];
    let (v, a) = (x[0] - spiked, (x[1] - beta * spiked) * keep);
    let total = 1.0 + g[0] + g[1];
    let target = (a + e_exc * g[0] + e_inh * g[1]) / total;
    let left = f64::exp(-total / tau);
    let next = target + (v - target) * left;
    let by_a = (1.0 - left) / total;
    let by_g = [e_exc, e_inh].map(|e: f64| (e - target) / total * (1.0 - left) - (v - target) * left / tau);
    let mut d = [[0.0; 5]; 5];
    d[0] = [left * (1.0 - s) - by_a * keep * beta * s, by_a * keep, by_g[0] * decay[0], by_g[1] * decay[1], 0.0];
    d[1] = [-beta * s * keep, keep, 0.0, 0.0, 0.0];
    d[2][2] = decay[0];
    d[3][3] = decay[1];
    let mut by = [[0.0; 2]; 5];
    by[0] = [by_g[0] * decay[0], by_g[1] * decay[1]];
    (by[2][0], by[3][1]) = (decay[0], decay[1]);
    let out = slope(next);
    d[4] = d[0].map(|x| out * x);
    by[4] = by[0].map(|x| out * x);
    if fault == Fault::NoD {
        d = [[0.0; 5]; 5];
    }
    d[4][4] = if fault == Fault::NoKappa { 0.0 } else { kappa };
    *x = [next, a, g[0], g[1]];
    (if next >= 1.0 { 1.0 } else { 0.0 }, Slopes { d, by })
}

/// Computes the gradients w.r.t. all weights and the loss of [`Setup::gif`]. `feedback[k][i]` replaces the readout's
/// weights.
pub fn gradients(setup: &Setup, by: &By, feedback: Option<&[Vec<f64>]>, fault: Fault) -> (Vec<f64>, f64) {
    let cells = setup.populations[1].neurons;
    let outputs = setup.populations[2].neurons;
    let kappa = (-1.0f64 / 10.0).exp();
    let mut synapses = vec![];
    for p in &setup.projections {
        for row in 0..p.edges.rows() {
            for e in p.edges.starts[row] as usize..p.edges.starts[row + 1] as usize {
                let delay = match &p.edges.delays {
                    Delays::Uniform(d) => *d,
                    Delays::Each(d) => d[e],
                };
                let ReceptorTarget::Input { input, .. } = p.receptor else { unimplemented!() };
                let state = if p.post == 2 { 9 } else { input + 1 };
                let post = p.edges.targets[e] as usize;
                synapses.push(Synapse { pre: [p.pre, p.first + row], post, state, delay: delay as usize });
            }
        }
    }
    let mut out = vec![vec![0.0; cells]; outputs];
    for (s, w) in synapses.iter().zip(&setup.weights).filter(|(s, _)| s.state == 9) {
        out[s.post][s.pre[1]] += w;
    }
    let back = feedback.unwrap_or(&out);
    let (mut gradient, mut loss) = (vec![0.0; synapses.len()], 0.0);
    for b in 0..setup.batch {
        let mut x = vec![[0.0; 4]; cells];
        let mut readout = vec![0.0; outputs];
        // The spikes are [step][group][neuron].
        let mut z: Vec<[Vec<f64>; 2]> = vec![];
        let mut traces = vec![[0.0; 5]; synapses.len()];
        let mut own = vec![[[0.0; 5]; 2]; cells];
        for t in 0..setup.steps {
            let raster = &setup.spikes[0];
            let at = t * setup.batch + b;
            let mut given = vec![0.0; setup.populations[0].neurons];
            raster.neurons[raster.starts[at]..raster.starts[at + 1]].iter().for_each(|&n| given[n as usize] = 1.0);
            z.push([given, vec![0.0; cells]]);
            let arrives = |z: &[[Vec<f64>; 2]], s: &Synapse| match t.checked_sub(s.delay) {
                Some(t) => z[t][s.pre[0]][s.pre[1]],
                None => 0.0,
            };
            let mut w = vec![[0.0; 2]; cells];
            for (s, weight) in synapses.iter().zip(&setup.weights).filter(|(s, _)| s.state < 9) {
                w[s.post][s.state - 2] += weight * arrives(&z, s);
            }
            let mut slopes = vec![];
            for n in 0..cells {
                let p: Vec<f64> = setup.params[..7 * cells].chunks(cells).map(|row| row[n]).collect();
                let (spike, slope) = step(&mut x[n], w[n], &p, kappa, fault);
                z[t][1][n] = spike;
                slopes.push(slope);
            }
            readout.iter_mut().for_each(|r| *r *= kappa);
            for (s, weight) in synapses.iter().zip(&setup.weights).filter(|(s, _)| s.state == 9) {
                readout[s.post] += weight * arrives(&z, s);
            }
            let seen = t >= setup.from;
            let bars: Vec<f64> =
                (0..outputs).map(|k| if seen { readout[k] - Sines::target(b, t, k) } else { 0.0 }).collect();
            loss += bars.iter().map(|x| 0.5 * x * x).sum::<f64>();
            let blame = |n: usize| -> f64 { bars.iter().zip(back).map(|(bar, back)| bar * back[n]).sum() };
            let times = |slope: &Slopes, e: &[f64; 5]| -> [f64; 5] {
                std::array::from_fn(|r| slope.d[r].iter().zip(e).map(|(d, e)| d * e).sum())
            };
            if let By::EsDRtrl(alpha, correction) = by {
                for n in 0..cells {
                    for (input, own) in own[n].iter_mut().enumerate() {
                        let moved = times(&slopes[n], own);
                        *own = std::array::from_fn(|r| alpha * moved[r] + (1.0 - alpha) * slopes[n].by[r][input]);
                    }
                }
                for (k, s) in synapses.iter().enumerate().filter(|(_, s)| s.state < 9) {
                    traces[k][0] = alpha * traces[k][0] + arrives(&z, s);
                    gradient[k] += blame(s.post) * own[s.post][s.state - 2][4] / correction(*alpha, t) * traces[k][0];
                }
            }
            for (k, s) in synapses.iter().enumerate() {
                let arrived = arrives(&z, s);
                if s.state == 9 {
                    traces[k][0] = kappa * traces[k][0] + arrived;
                    gradient[k] += bars[s.post] * traces[k][0];
                } else if let By::DRtrl = by {
                    let moved = times(&slopes[s.post], &traces[k]);
                    traces[k] = std::array::from_fn(|r| moved[r] + slopes[s.post].by[r][s.state - 2] * arrived);
                    gradient[k] += blame(s.post) * traces[k][4];
                }
            }
        }
    }
    (gradient, loss)
}
