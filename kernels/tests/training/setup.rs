//! A small network of everything: sources, excitation and inhibition by Dale's law, conductances and currents, delays of
//! all kinds, rows that are dense, sparse and empty.

use super::reference::{Plain, Synapse, step, synapses};
use kernels::{
    Level, Spread,
    equations::Step,
    network::{Delays, Edges, Projection, Weights, differentiable::*},
};

/// Numbers without a pattern between -1 and 1.
pub fn noise(seed: usize, count: usize) -> Vec<f64> {
    (0..count).map(|k| ((1 + seed) as f64 * 7.31 + 12.9898 * k as f64).sin()).collect()
}

pub struct Setup {
    pub steps: usize,
    pub batch: usize,
    pub neurons: Vec<usize>,
    pub equations: Vec<Option<Step>>,
    pub circuit: Circuit,
    pub synapses: Vec<Synapse>,
    pub start: Vec<f64>,
    pub params: Vec<f64>,
    pub weights: Vec<f64>,
    pub drive: Vec<f64>,
    pub drives: Vec<Drive>,
    pub spikes: Vec<Raster>,
    pub record: Vec<Vec<usize>>,
}

fn sparse(pre: usize, post: usize, p: f64, key: u64, delays: Delays) -> Edges<f32> {
    let mut edges = Edges::bernoulli(pre, post, p, key, Weights::Uniform(0.0), Delays::Uniform(1)).unwrap();
    edges.delays = match delays {
        Delays::Each(d) => Delays::Each((0..edges.targets.len()).map(|k| d[k % d.len()]).collect()),
        uniform => uniform,
    };
    edges
}

impl Setup {
    pub fn new(steps: usize, batch: usize) -> Self {
        let cells = [None, trained("gif-network"), trained("lif-cond-exp"), trained("lif-psc-exp")];
        let neurons = vec![5, 19, 9, 6];
        let names = ["in", "a", "b", "c"];
        let groups = (0..4).map(|g| Group { name: names[g].into(), neurons: neurons[g], cell: cells[g] });
        let input = |g: usize, name: &str| cells[g].unwrap().cell.input(name).unwrap();
        let each = |d: &[u16]| Delays::Each(d.to_vec());
        // Group, first and number of presynaptic neurons; target; edges; size and sign of weights.
        let plan = [
            (0, 0, 5, 1, "exc_w", Edges::dense(5, 19, Delays::Uniform(1)), 1.5),
            (1, 0, 14, 1, "exc_w", Edges::dense(14, 19, Delays::Uniform(1)), 0.2),
            (1, 14, 5, 1, "inh_w", Edges::dense(5, 19, Delays::Uniform(3)), 0.4),
            (1, 0, 14, 2, "exc_w", sparse(14, 9, 0.4, 1, each(&[2, 7, 1, 4])), 30.0),
            (1, 14, 5, 2, "inh_w", sparse(5, 9, 0.5, 2, Delays::Uniform(2)), 20.0),
            (2, 0, 9, 3, "exc_w", sparse(9, 6, 0.6, 3, each(&[11, 1])), 900.0),
            (3, 0, 6, 1, "exc_w", sparse(6, 19, 0.3, 4, Delays::Uniform(5)), 0.4),
            (3, 2, 3, 3, "inh_w", sparse(3, 6, 0.7, 5, each(&[1, 2, 3])), -400.0),
            (2, 0, 9, 1, "exc_w", sparse(9, 19, 0.0, 6, Delays::Uniform(40)), 1.0),
        ];
        let mut weights = vec![];
        let mut projections = vec![];
        for (k, (pre, first, _, post, name, edges, size)) in plan.into_iter().enumerate() {
            weights.extend(noise(20 + k, edges.targets.len()).iter().map(|x| size * x.abs()));
            let (name, input) = (format!("{k}"), input(post, name));
            projections.push(Projection { name, pre, first, post, input, edges, plasticity: None });
        }
        let synapses = synapses(&projections);
        let circuit = Circuit::new(1.0, groups.collect(), projections).unwrap();
        let (mut start, mut params) = (vec![], vec![]);
        for (g, cell) in cells.iter().enumerate().filter_map(|(g, c)| c.map(|c| (g, c.cell))) {
            for (k, f) in cell.state.iter().enumerate() {
                let size = if k == 0 { 0.1 * (1.0 + f.default.abs()) } else { 0.0 };
                start.extend(noise(40 + 7 * g + k, batch * neurons[g]).iter().map(|x| f.default + size * x));
            }
            for (k, f) in cell.param.iter().enumerate() {
                let size = if f.name == "t_ref" { 0.0 } else { 0.05 * f.default.abs() };
                let value = if f.name == "tau" { 15.0 } else { f.default };
                params.extend(noise(60 + 9 * g + k, neurons[g]).iter().map(|x| value + size * x));
            }
        }
        let drive = |g: usize, inputs: &[&str], spread| Drive {
            inputs: inputs.iter().map(|i| input(g, i)).collect(),
            spread: Some(spread),
        };
        let drives = vec![
            Drive::default(),
            drive(1, &["exc_w", "i"], Spread::Neuron),
            drive(2, &["i"], Spread::Batch),
            drive(3, &["i"], Spread::Shared),
        ];
        let mut numbers: Vec<f64> = vec![];
        for t in 0..steps {
            numbers.extend(noise(80 + t, batch * 19).iter().map(|x| 0.1 * x.abs()));
            numbers.extend(noise(81 + t, batch * 19).iter().map(|x| 0.9 + 0.6 * x));
        }
        numbers.extend(noise(82, steps * batch).iter().map(|x| 300.0 + 250.0 * x));
        numbers.extend(noise(83, steps).iter().map(|x| 300.0 + 250.0 * x));
        let mut raster = Raster { starts: vec![0], neurons: vec![] };
        for k in 0..steps * batch {
            raster.neurons.extend((0..5u32).filter(|n| (k * 5 + *n as usize) * 7919 % 11 < 2));
            raster.starts.push(raster.neurons.len());
        }
        let none = Raster::default;
        Setup {
            steps,
            batch,
            equations: cells.iter().map(|c| c.map(|c| step(c.cell.name))).collect(),
            neurons,
            circuit,
            synapses,
            start,
            params,
            weights,
            drive: numbers,
            drives,
            spikes: vec![raster, none(), none(), none()],
            record: vec![vec![], vec![4, 0], vec![0, 4], vec![1, 0, 4, 2]],
        }
    }

    /// Losses are sums of the recorded numbers times these.
    pub fn seeds(&self) -> Vec<f64> {
        let mut all = vec![];
        for (g, record) in self.record.iter().enumerate() {
            for t in 0..self.steps {
                for &output in record {
                    // Of the order of what the output is.
                    let scale = if output == 4 {
                        1.0
                    } else if g == 1 {
                        0.3
                    } else {
                        0.02
                    };
                    let noise = noise(100 + t * 5 + output + g, self.batch * self.neurons[g]);
                    all.extend(noise.iter().map(|x| scale * x));
                }
            }
        }
        all
    }

    /// The gradients by start, parameters, weights and drive, the recorded rows, and the history, on so many threads.
    pub fn gradients<F: Passing>(&self, threads: usize) -> ([Vec<F>; 4], Vec<F>, History<F>) {
        let to = |x: &[f64]| x.iter().map(|&x| F::of(x)).collect::<Vec<F>>();
        let numbers = [&self.start, &self.params, &self.weights, &self.drive].map(|x| to(x));
        let episode = Episode {
            steps: self.steps,
            batch: self.batch,
            start: &numbers[0],
            params: &numbers[1],
            weights: &numbers[2],
            drive: &numbers[3],
            drives: &self.drives,
            spikes: &self.spikes,
            record: &self.record,
            level: Level::best(),
        };
        let mut rows = vec![F::default(); episode.rows(&self.circuit)];
        // A shared drive gets a gradient for each batch element.
        let drive = self.drive.len() + self.steps * (self.batch - 1);
        let mut by = [numbers[0].len(), numbers[1].len(), numbers[2].len(), drive].map(|n| vec![F::default(); n]);
        let [start, params, weights, drive] = &mut by;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let history = pool.install(|| {
            let history = forward(&self.circuit, &episode, &mut rows).unwrap();
            let out = Gradients { start, params, weights, drive };
            backward(&self.circuit, &episode, &history, &to(&self.seeds()), out).unwrap();
            history
        });
        (by, rows, history)
    }

    /// The plain network of one batch element.
    pub fn plain(&self, b: usize) -> Plain<'_> {
        let groups = self.neurons.len();
        let (mut start, mut params, mut at) = (vec![], vec![], [0, 0]);
        for g in 0..groups {
            let n = self.neurons[g];
            let (states, parameters) = self.equations[g].as_ref().map_or((0, 0), |s| (s.state.len(), s.param.len()));
            let row = |from: &[f64], at: usize| from[at..at + n].to_vec();
            start.push((0..states).map(|s| row(&self.start, at[0] + (s * self.batch + b) * n)).collect());
            params.push((0..parameters).map(|p| row(&self.params, at[1] + p * n)).collect());
            at = [at[0] + states * self.batch * n, at[1] + parameters * n];
        }
        let inputs = |g: usize| self.equations[g].as_ref().map_or(0, |s| s.input.len());
        let mut drive: Vec<Vec<Vec<Vec<f64>>>> = (0..self.steps)
            .map(|_| (0..groups).map(|g| vec![vec![0.0; self.neurons[g]]; inputs(g)]).collect())
            .collect();
        self.driven(b, |k, t, g, i, n| drive[t][g][i][n] = self.drive[k]);
        let mut given: Vec<Vec<Vec<f64>>> =
            (0..self.steps).map(|_| self.neurons.iter().map(|&n| vec![0.0; n]).collect()).collect();
        for (t, given) in given.iter_mut().enumerate() {
            let (raster, at) = (&self.spikes[0], t * self.batch + b);
            raster.neurons[raster.starts[at]..raster.starts[at + 1]].iter().for_each(|&n| given[0][n as usize] = 1.0);
        }
        let (equations, neurons, synapses) = (&self.equations[..], &self.neurons[..], &self.synapses[..]);
        let weights = self.weights.clone();
        Plain { dt: 1.0, steps: self.steps, equations, neurons, synapses, weights, start, params, drive, given }
    }

    /// Where the drive of each step, group, input and neuron is.
    pub fn driven(&self, b: usize, mut each: impl FnMut(usize, usize, usize, usize, usize)) {
        let mut base = 0;
        for (g, d) in self.drives.iter().enumerate() {
            let (n, count) = (self.neurons[g], d.inputs.len());
            let width = match d.spread {
                Some(Spread::Neuron) => self.batch * n,
                Some(Spread::Batch) => self.batch,
                _ => 1,
            };
            for t in 0..self.steps {
                for (k, &i) in d.inputs.iter().enumerate() {
                    for m in 0..n {
                        let column = match d.spread {
                            Some(Spread::Neuron) => b * n + m,
                            Some(Spread::Batch) => b,
                            _ => 0,
                        };
                        each(base + (t * count + k) * width + column, t, g, i, m);
                    }
                }
            }
            base += self.steps * count * width;
        }
    }

    /// The seed of an output.
    pub fn seed(&self, seeds: &[f64], b: usize, [t, g, output, n]: [usize; 4]) -> f64 {
        let before: usize = (0..g).map(|g| self.record[g].len() * self.neurons[g]).sum();
        let Some(k) = self.record[g].iter().position(|&r| r == output) else { return 0.0 };
        let at = before * self.steps * self.batch;
        seeds[at + ((t * self.record[g].len() + k) * self.batch + b) * self.neurons[g] + n]
    }
}
