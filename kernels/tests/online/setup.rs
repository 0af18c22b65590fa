//! This module sets up small networks with a readout, and a loss.

use kernels::{
    Level, Precision,
    network::{Delays, Edges, Network, Population, Projection, Weights, bptt::*, online::*},
};

/// Returns irregular numbers between -1 and 1.
pub fn noise(seed: usize, count: usize) -> Vec<f64> {
    (0..count).map(|k| ((1 + seed) as f64 * 7.31 + 12.9898 * k as f64).sin()).collect()
}

/// A loss: the squared distance of the readouts from sines in the steps from `from` on.
pub struct Sines {
    pub from: usize,
}

impl Sines {
    pub fn target(b: usize, t: usize, k: usize) -> f64 {
        0.7 * (0.05 * t as f64 * (1.0 + k as f64) + b as f64).sin()
    }
}

impl<F: Precision> LossFunction<F> for Sines {
    fn loss(&self, b: usize, t: usize, readout: &[F], bar: &mut [F]) -> f64 {
        let mut sum = 0.0;
        for (k, (r, bar)) in readout.iter().zip(bar).enumerate().filter(|_| t >= self.from) {
            let away = r.to() - Sines::target(b, t, k);
            *bar = F::of(away);
            sum += 0.5 * away * away;
        }
        sum
    }
}

pub struct Setup {
    pub steps: usize,
    pub batch: usize,
    pub populations: Vec<Population>,
    pub projections: Vec<Projection>,
    pub circuit: Circuit,
    pub start: Vec<f64>,
    pub params: Vec<f64>,
    pub weights: Vec<f64>,
    pub spikes: Vec<Raster>,
    pub from: usize,
}

/// The plan of a projection: presynaptic group, first neuron and number of neurons; postsynaptic group, input, edges,
/// size and sign of weights.
pub type Plan = (usize, usize, usize, usize, &'static str, Edges, f64);

pub fn sparse(pre: usize, post: usize, p: f64, key: u64, delays: &[u16]) -> Edges {
    let mut edges = Edges::bernoulli(pre, post, p, key, Weights::Uniform(0.0), Delays::Uniform(1)).unwrap();
    edges.delays = match delays {
        [d] => Delays::Uniform(*d),
        _ => Delays::Each((0..edges.targets.len()).map(|k| delays[k % delays.len()]).collect()),
    };
    edges
}

pub fn dense(pre: usize, post: usize, delay: u16) -> Edges {
    Edges::dense(pre, post, Delays::Uniform(delay))
}

impl Setup {
    pub fn of(steps: usize, batch: usize, groups: &[(&'static str, usize)], plan: Vec<Plan>) -> Self {
        let population = |&(name, neurons): &(&'static str, usize)| Population::new(name, neurons, kernels::find(name));
        let populations: Vec<Population> = groups.iter().map(population).collect();
        let (mut weights, mut projections) = (vec![], vec![]);
        for (k, (pre, first, count, post, input, edges, size)) in plan.into_iter().enumerate() {
            assert_eq!(edges.rows(), count);
            let signed = populations[post].cell().unwrap().name == "leaky-readout";
            let sign = |x: f64| if signed { x } else { x.abs() };
            weights.extend(noise(20 + k, edges.targets.len()).iter().map(|&x| size * sign(x)));
            let input = populations[post].cell().unwrap().input(input).unwrap();
            projections.push(Projection { first, ..Projection::new(format!("{k}"), pre, post, input, edges) });
        }
        let (mut start, mut params) = (vec![], vec![]);
        for (g, group) in populations.iter().enumerate() {
            let Some(cell) = group.cell() else { continue };
            start.extend(cell.state.iter().flat_map(|f| vec![f.default; batch * group.neurons]));
            for (k, f) in cell.param.iter().enumerate() {
                let readout = cell.name == "leaky-readout";
                let still = readout || f.name == "t_ref";
                let value = match (&*f.name, cell.name) {
                    ("tau", "gif-network") => 15.0,
                    ("tau_a", _) => 60.0,
                    _ => f.default,
                };
                let size = if still { 0.0 } else { 0.1 * value.abs() };
                params.extend(noise(60 + 9 * g + k, group.neurons).iter().map(|x| value + size * x));
            }
        }
        let raster = |group: &Population| {
            let mut raster = Raster::default();
            if group.cell().is_none() {
                raster.starts.push(0);
                for k in 0..steps * batch {
                    raster.neurons.extend((0..group.neurons as u32).filter(|n| (k * 5 + *n as usize) * 7919 % 13 < 2));
                    raster.starts.push(raster.neurons.len());
                }
            }
            raster
        };
        Setup {
            steps,
            batch,
            circuit: Circuit::new(Network::new(1.0, populations.clone(), projections.clone())).unwrap(),
            spikes: populations.iter().map(raster).collect(),
            populations,
            projections,
            start,
            params,
            weights,
            from: 0,
        }
    }

    /// Makes a network of cells of `gif-network` with recurrence, delays of all kinds, and a readout.
    pub fn gif(steps: usize, batch: usize) -> Self {
        let groups = [("in", 7), ("gif-network", 13), ("leaky-readout", 2)];
        Setup::of(steps, batch, &groups, Setup::gif_plan())
    }

    pub fn gif_plan() -> Vec<Plan> {
        vec![
            (0, 0, 7, 1, "exc_w", dense(7, 13, 1), 1.0),
            (1, 0, 9, 1, "exc_w", sparse(9, 13, 0.4, 1, &[1, 3, 2]), 0.3),
            (1, 9, 4, 1, "inh_w", dense(4, 13, 2), 0.4),
            (1, 0, 13, 2, "w", dense(13, 2, 0), 0.3),
        ]
    }

    /// Makes a network with several kinds of cells, sources that project to the readout, an input without synapses, and
    /// a long delay.
    pub fn mixed(steps: usize, batch: usize) -> Self {
        let groups = [("in", 6), ("gif-network", 18), ("lif-cond-exp", 7), ("lif-psc-exp", 5), ("leaky-readout", 3)];
        let plan = vec![
            (0, 0, 6, 1, "exc_w", dense(6, 18, 1), 1.2),
            (0, 1, 4, 2, "exc_w", dense(4, 7, 0), 60.0),
            (1, 0, 14, 1, "exc_w", sparse(14, 18, 0.5, 1, &[1, 4, 2]), 0.2),
            (1, 14, 4, 1, "inh_w", dense(4, 18, 3), 0.4),
            (1, 0, 14, 2, "exc_w", sparse(14, 7, 0.6, 2, &[0, 7, 1]), 30.0),
            (2, 0, 7, 3, "exc_w", sparse(7, 5, 0.7, 3, &[11, 1]), 1500.0),
            (3, 0, 5, 1, "exc_w", sparse(5, 18, 0.3, 4, &[5]), 0.4),
            (3, 2, 3, 3, "i", sparse(3, 5, 0.7, 5, &[80, 2, 3]), 300.0),
            (0, 0, 6, 4, "w", sparse(6, 3, 0.7, 6, &[1, 2]), 0.2),
            (1, 2, 16, 4, "w", sparse(16, 3, 0.6, 7, &[0]), 0.3),
            (2, 0, 7, 4, "w", dense(7, 3, 0), 0.3),
            (3, 0, 5, 4, "w", dense(5, 3, 0), 0.3),
        ];
        Setup::of(steps, batch, &groups, plan)
    }

    /// Calls `f` with the arguments of the run in the precision `F`.
    pub fn with<F: Precision, T>(
        &self,
        feedback: &[Feedback<F>],
        record: &[Vec<Record>],
        f: impl FnOnce(&RunInputs<F>) -> T,
    ) -> T {
        let to = |x: &[f64]| x.iter().map(|&x| F::of(x)).collect::<Vec<F>>();
        let [start, params, weights] = [&self.start, &self.params, &self.weights].map(|x| to(x));
        f(&RunInputs {
            steps: self.steps,
            batch: self.batch,
            start: &start,
            params: &params,
            weights: &weights,
            drive: &[],
            drives: &vec![Drive::default(); self.populations.len()],
            spikes: &self.spikes,
            record,
            feedback,
            level: Level::best(),
        })
    }

    /// Computes the gradients w.r.t. weights, those of numbers of spikes where the rule has them, and the summary.
    pub fn learn<F: Precision>(&self, learning: &Learning, threads: usize) -> (Vec<F>, Vec<F>, OnlineSummary) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let count = self.circuit.synapses();
        let of_neurons = learning.rule.eligibility() != Eligibility::Synapse;
        let (mut weights, mut counts) =
            (vec![F::default(); count], vec![F::default(); if of_neurons { 0 } else { count }]);
        let none = vec![vec![]; self.populations.len()];
        let loss = Sines { from: self.from };
        let summary = self.with(&[], &none, |run| {
            let out = Learned { weights: &mut weights, counts: &mut counts };
            pool.install(|| online(&self.circuit, run, learning, &loss, out)).unwrap()
        });
        (weights, counts, summary)
    }

    /// Returns the largest difference of each projection relative to the largest number of `b`.
    pub fn apart(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let mut at = 0;
        assert_eq!(a.len(), b.len());
        self.circuit
            .projections()
            .map(|n| {
                let (a, b) = (&a[at..at + n], &b[at..at + n]);
                at += n;
                let size = b.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
                assert!(size > 0.0 && size.is_finite(), "{size}");
                a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / size
            })
            .collect()
    }
}

pub fn most(x: &[f64]) -> f64 {
    x.iter().copied().fold(0.0, f64::max)
}

pub fn least(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::INFINITY, f64::min)
}
