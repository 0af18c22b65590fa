//! This test compares e-prop with random feedback with its definition, in plain loops over synapses and steps, where
//! fixed random numbers take the place of the readout's weights.

mod small;

use brain_core::Seed;
use brain_net::network::Delays;
use brain_task::rule::WiredRule;
use brain_task::settings::TrainSettings;
use brain_task::task::{Inputs, Target};
use brain_task::{Registry, setup};
use candle_core::{DType, Device};
use small::Small;

/// A state holds membrane, adaptation, excitation and inhibition of `gif-network`, and the filtered spike that the
/// readout sees.
type State = [f64; 5];

/// A neuron has these parameters: tau, tau_a, beta, and the reversal and decay of excitation and of inhibition.
struct Neuron([f64; 7]);

/// Returns the surrogate derivative of a spike w.r.t. the potential.
fn slope(v: f64) -> f64 {
    0.3 * (1.0 - (v - 1.0).abs()).max(0.0)
}

impl Neuron {
    /// Returns the state a step later, and its derivatives w.r.t. the state before and w.r.t. the two inputs.
    fn step(&self, x: State, input: [f64; 2], kappa: f64) -> (State, [State; 5], [[f64; 2]; 5]) {
        let [tau, tau_a, beta, e_exc, tau_exc, e_inh, tau_inh] = self.0;
        let (spike, s, reversal) = (f64::from(u8::from(x[0] >= 1.0)), slope(x[0]), [e_exc, e_inh]);
        let fade = [tau_exc, tau_inh].map(|tau| (-1.0 / tau).exp());
        let keep = (-1.0 / tau_a).exp();
        let g = [(x[2] + input[0]) * fade[0], (x[3] + input[1]) * fade[1]];
        let (v, a) = (x[0] - spike, (x[1] - beta * spike) * keep);
        let total = 1.0 + g[0] + g[1];
        let target = (a + e_exc * g[0] + e_inh * g[1]) / total;
        let left = (-total / tau).exp();
        let next = target + (v - target) * left;
        let by_a = (1.0 - left) / total * keep;
        let by_g =
            [0, 1].map(|k| ((reversal[k] - target) / total * (1.0 - left) - (v - target) * left / tau) * fade[k]);
        let out = slope(next);
        let potential = [left * (1.0 - s) - by_a * beta * s, by_a, by_g[0], by_g[1], 0.0];
        let mut filtered = potential.map(|x| out * x);
        filtered[4] = kappa;
        let adaptation = [-beta * s * keep, keep, 0.0, 0.0, 0.0];
        let by_state = [potential, adaptation, [0.0, 0.0, fade[0], 0.0, 0.0], [0.0, 0.0, 0.0, fade[1], 0.0], filtered];
        let by_input = [by_g, [0.0; 2], [fade[0], 0.0], [0.0, fade[1]], by_g.map(|x| out * x)];
        let fired = f64::from(u8::from(next >= 1.0));
        ([next, a, g[0], g[1], kappa * x[4] + fired], by_state, by_input)
    }
}

/// Returns the gradients w.r.t. the weights of each projection, by the loops and by the rule.
fn both(sets: &[&str], readout_instead: bool) -> Vec<(String, Vec<f64>, Vec<f64>)> {
    let dir = Small::new();
    let config = dir.config(sets);
    let registry = Registry::default();
    let (trainer, source) = setup(&config, &registry, &Device::Cpu, DType::F64).unwrap();
    let (batch, shape, outputs) = (trainer.batch(0), trainer.task.shape(), 2);
    let Inputs::Spikes(raster) = &batch.inputs else { panic!() };
    let (network, wiring) = (&source.network, &trainer.wiring);
    let own = trainer.weights.values().unwrap();
    let magnitudes = |name: &str| own.iter().find(|(n, _)| *n == format!("weight/{name}")).unwrap().1.clone();
    let factor = |name: &str| wiring.learnt.iter().find(|l| l.name == format!("weight/{name}")).unwrap().factor;
    let sizes: Vec<usize> = network.populations().map(|p| p.size() as usize).collect();
    // The cells of both populations are in a row, E before I.
    let first = |population: usize| if population == wiring.input { 0 } else { sizes[1..population].iter().sum() };
    let cells = sizes[1] + sizes[2];
    let parameters = |n: usize| {
        let (group, k) = if n < sizes[1] { (1, n) } else { (2, n - sizes[1]) };
        Neuron(
            wiring.circuit.populations()[group]
                .params()
                .chunks(sizes[group])
                .map(|row| row[k])
                .collect::<Vec<_>>()
                .try_into()
                .unwrap(),
        )
    };
    let neurons: Vec<Neuron> = (0..cells).map(parameters).collect();
    let readout: Vec<f64> =
        own.iter().filter(|(n, _)| n.starts_with("readout/")).flat_map(|(_, w)| w).map(|w| f64::from(*w)).collect();
    let rule = TrainSettings::resolve(&config, &registry, 1.0).unwrap().rule;
    let seed = Seed::new(config.value.seed);
    let rule = WiredRule::new(&*rule, wiring, outputs, seed, &Device::Cpu, DType::F64).unwrap();
    let random = rule.random().unwrap_or_default();
    let back = |n: usize, o: usize| if readout_instead { readout[n * outputs + o] } else { random[o * cells + n] };
    // A synapse is presynaptic population and neuron, postsynaptic cell, input and weight, projection by projection.
    let mut synapses = vec![];
    for (k, p) in network.graph.projections.iter().enumerate() {
        let weights = magnitudes(&p.name);
        assert!(matches!(p.edges.delays, Delays::Uniform(1)) && factor(&p.name) == Some(1.0), "as the loop has it");
        for pre in 0..p.rows() {
            let row = p.row(pre);
            for (target, weight) in p.edges.targets[row.clone()].iter().zip(&weights[row]) {
                let input = usize::from(network.at(p.pre).name() == "I");
                let post = first(p.post) + *target as usize;
                synapses.push((k, p.pre, first(p.pre) + pre, post, input, f64::from(*weight)));
            }
        }
    }
    let kappa = (-1.0f64 / 10.0).exp();
    let mut gradient = vec![0.0; synapses.len()];
    for (b, trial) in batch.trials.iter().enumerate() {
        let Target::Class(class) = trial.target else { panic!() };
        let (mut x, mut said) = (vec![[0.0; 5]; cells], vec![0.0; outputs]);
        let mut traces = vec![[0.0; 5]; synapses.len()];
        let mut before = vec![0.0; cells];
        for t in 0..shape.steps {
            // A spike of the step before arrives now, also one of the task.
            let mut given = vec![0.0; sizes[wiring.input]];
            if let Some(t) = t.checked_sub(1) {
                let at = t * batch.size() + b;
                raster.neurons[raster.starts[at]..raster.starts[at + 1]].iter().for_each(|n| given[*n as usize] = 1.0);
            }
            let arrived = |pre: usize, n: usize| if pre == wiring.input { given[n] } else { before[n] };
            let mut inputs = vec![[0.0; 2]; cells];
            for &(_, group, pre, post, input, w) in &synapses {
                inputs[post][input] += w * arrived(group, pre);
            }
            let steps: Vec<_> = (0..cells).map(|n| neurons[n].step(x[n], inputs[n], kappa)).collect();
            for (trace, &(_, group, pre, post, input, _)) in traces.iter_mut().zip(&synapses) {
                let (_, by_state, by_input) = &steps[post];
                *trace = std::array::from_fn(|r| {
                    let kept: f64 = by_state[r].iter().zip(trace.iter()).map(|(d, e)| d * e).sum();
                    kept + by_input[r][input] * arrived(group, pre)
                });
            }
            let fired = |n: usize| f64::from(u8::from(steps[n].0[0] >= 1.0));
            before = (0..cells).map(fired).collect();
            for (o, r) in said.iter_mut().enumerate() {
                *r = kappa * *r + (0..cells).map(|n| readout[n * outputs + o] * before[n]).sum::<f64>();
            }
            x = steps.iter().map(|s| s.0).collect();
            if !shape.window.contains(&t) {
                continue;
            }
            let sum: f64 = said.iter().map(|r| r.exp()).sum();
            let all = (shape.window.len() * batch.size()) as f64;
            let wrong = |o: usize| (said[o].exp() / sum - f64::from(u8::from(o == class))) / all;
            for ((g, trace), (_, _, _, post, ..)) in gradient.iter_mut().zip(&traces).zip(&synapses) {
                *g += trace[4] * (0..outputs).map(|o| wrong(o) * back(*post, o)).sum::<f64>();
            }
        }
    }
    let (grads, _) = trainer.gradient(&batch).unwrap();
    let found = |name: &str| {
        let named = trainer.weights.named();
        let (_, var) = named.iter().find(|(n, _)| *n == format!("weight/{name}")).unwrap();
        grads.get(var).unwrap().to_vec1::<f64>().unwrap()
    };
    let of = |k: usize| synapses.iter().zip(&gradient).filter(move |(s, _)| s.0 == k).map(|(_, g)| *g).collect();
    network.graph.projections.iter().enumerate().map(|(k, p)| (p.name.clone(), found(&p.name), of(k))).collect()
}

/// Returns the norm of the difference relative to the norm, for each projection.
fn apart(all: &[(String, Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    let one = |(_, a, b): &(String, Vec<f64>, Vec<f64>)| {
        norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
    };
    all.iter().map(one).collect()
}

#[test]
fn random_feedback_is_its_definition() {
    let random = ["rule.kind=e-prop", "rule.feedback=random"];
    for form in ["rule.form=batched", "rule.form=online"] {
        let sets = [random[0], random[1], form];
        let errors = apart(&both(&sets, false));
        assert!(errors.len() == 6 && errors.iter().all(|e| *e < 1e-9), "{form}: {errors:?}");
        // With the readout's weights it is another gradient, and the loops are those of symmetric feedback.
        let errors = apart(&both(&sets, true));
        assert!(errors.iter().all(|e| *e > 0.1), "a fault is not seen: {errors:?}");
    }
    let errors = apart(&both(&["rule.kind=e-prop", "rule.form=online"], true));
    assert!(errors.iter().all(|e| *e < 1e-9), "symmetric: {errors:?}");
}
