//! This module sets up a small network with sources, excitation and inhibition by Dale's law, conductances and
//! currents, delays of all kinds, and dense, sparse and empty rows.

use super::reference::{Course, Plain, Synapse, step, synapses};
use kernels::{
    Level, Precision, Spread,
    equations::Step,
    network::{Delays, Edges, Network, Population, Projection, Weights, bptt::*},
};

/// Returns irregular numbers between -1 and 1.
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
    pub record: Vec<Vec<Record>>,
    /// Indices of the projections along which no gradient is propagated back.
    pub cut: Vec<usize>,
    /// Whether gradients w.r.t. parameters are wanted.
    pub by_params: bool,
}

/// The gradients, the recorded values and the history of a run.
pub type Found<F> = ([Vec<F>; 4], Vec<F>, History<F>);

fn sparse(pre: usize, post: usize, p: f64, key: u64, delays: Delays) -> Edges {
    let mut edges = Edges::bernoulli(pre, post, p, key, Weights::Uniform(0.0), Delays::Uniform(1)).unwrap();
    edges.delays = match delays {
        Delays::Each(d) => Delays::Each((0..edges.targets.len()).map(|k| d[k % d.len()]).collect()),
        uniform => uniform,
    };
    edges
}

impl Setup {
    pub fn new(steps: usize, batch: usize) -> Self {
        let (each, sum, squares) = (Record::each, Record::sum, Record::squares);
        let cells = [
            None,
            kernels::find("gif-network"),
            kernels::find("lif-cond-exp"),
            kernels::find("lif-psc-exp"),
            kernels::find("glif3-cond-exp"),
        ];
        let cells = [&cells[..], &[kernels::find("leaky-readout")]].concat();
        let neurons = vec![5, 19, 9, 6, 4, 2];
        let names = ["in", "a", "b", "c", "d", "out"];
        let populations = (0..6).map(|g| Population::new(names[g], neurons[g], cells[g]));
        let input = |g: usize, name: &str| cells[g].unwrap().input(name).unwrap();
        let delays = |d: &[u16]| Delays::Each(d.to_vec());
        // Each line has the group, the first and the number of presynaptic neurons, the target, the edges, and the size
        // and sign of the weights.
        let plan = [
            (0, 0, 5, 1, "exc_w", Edges::dense(5, 19, Delays::Uniform(1)), 1.5),
            (1, 0, 14, 1, "exc_w", Edges::dense(14, 19, Delays::Uniform(1)), 0.2),
            (1, 14, 5, 1, "inh_w", Edges::dense(5, 19, Delays::Uniform(3)), 0.4),
            (1, 0, 14, 2, "exc_w", sparse(14, 9, 0.4, 1, delays(&[2, 7, 1, 4])), 30.0),
            (1, 14, 5, 2, "inh_w", sparse(5, 9, 0.5, 2, Delays::Uniform(2)), 20.0),
            (2, 0, 9, 3, "exc_w", sparse(9, 6, 0.6, 3, delays(&[11, 1])), 900.0),
            (3, 0, 6, 1, "exc_w", sparse(6, 19, 0.3, 4, Delays::Uniform(5)), 0.4),
            (3, 2, 3, 3, "inh_w", sparse(3, 6, 0.7, 5, delays(&[1, 2, 3])), -400.0),
            (2, 0, 9, 1, "exc_w", sparse(9, 19, 0.0, 6, Delays::Uniform(40)), 1.0),
            (1, 0, 14, 4, "exc_w", sparse(14, 4, 0.8, 7, delays(&[0, 3])), 30.0),
            (4, 0, 4, 1, "exc_w", Edges::dense(4, 19, Delays::Uniform(1)), 0.3),
            // The weights are signed, and the delay is zero.
            (1, 0, 19, 5, "w", Edges::dense(19, 2, Delays::Uniform(0)), -0.5),
            (2, 0, 9, 5, "w", sparse(9, 2, 0.7, 8, Delays::Uniform(0)), 0.5),
        ];
        let mut weights = vec![];
        let mut projections = vec![];
        for (k, (pre, first, _, post, name, edges, size)) in plan.into_iter().enumerate() {
            weights.extend(noise(20 + k, edges.targets.len()).iter().map(|x| size * x.abs()));
            let (name, input) = (format!("{k}"), input(post, name));
            projections.push(Projection { first, ..Projection::new(name, pre, post, input, edges) });
        }
        let synapses = synapses(&projections);
        let circuit = Circuit::new(Network::new(1.0, populations.collect(), projections)).unwrap();
        let (mut start, mut params) = (vec![], vec![]);
        for (g, cell) in cells.iter().enumerate().filter_map(|(g, c)| c.map(|c| (g, c))) {
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
            drive(3, &["i"], Spread::Batch),
            drive(4, &["i"], Spread::Shared),
            Drive::default(),
        ];
        let mut numbers: Vec<f64> = vec![];
        for t in 0..steps {
            numbers.extend(noise(80 + t, batch * 19).iter().map(|x| 0.1 * x.abs()));
            numbers.extend(noise(81 + t, batch * 19).iter().map(|x| 0.9 + 0.6 * x));
        }
        numbers.extend(noise(82, steps * batch).iter().map(|x| 300.0 + 250.0 * x));
        numbers.extend(noise(84, steps * batch).iter().map(|x| 300.0 + 250.0 * x));
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
            equations: cells.iter().map(|c| c.map(|c| step(c.name))).collect(),
            neurons,
            circuit,
            synapses,
            start,
            params,
            weights,
            drive: numbers,
            drives,
            spikes: vec![raster, none(), none(), none(), none(), none()],
            record: vec![
                vec![],
                vec![each(4, 0..steps), each(0, steps / 3..steps), squares(0, 0..steps), sum(4, steps / 2..steps)],
                vec![each(0, 0..steps), sum(4, 0..steps)],
                vec![each(1, 0..steps), each(0, 0..steps), each(4, 0..steps), sum(2, 0..steps)],
                vec![squares(4, 0..steps), each(0, 0..steps), each(6, 0..steps)],
                vec![each(0, steps - steps / 4..steps), sum(0, 0..steps)],
            ],
            cut: vec![],
            by_params: true,
        }
    }

    /// Returns the factors of the recorded values in the loss.
    pub fn seeds(&self) -> Vec<f64> {
        let mut all = vec![];
        for (g, records) in self.record.iter().enumerate() {
            for (k, r) in records.iter().enumerate() {
                // The factor is scaled to the order of magnitude of the output.
                let spike = self.equations[g].as_ref().is_some_and(|s| s.state.len() == r.output);
                let scale = if spike || g == 5 { 1.0 } else { [0.0, 0.3, 0.02, 0.02, 0.02][g] };
                let scale = scale * [1.0, 0.1, if g == 1 { 0.1 } else { 0.001 }][r.reduce as usize];
                let noise = noise(100 + 7 * k + g, r.rows() * self.batch * self.neurons[g]);
                all.extend(noise.iter().map(|x| scale * x));
            }
        }
        all
    }

    /// Returns the feedback of the projections. Where any is cut, every third of the others has fixed feedback weights.
    pub fn feedback<'a, F>(&self, numbers: &'a [F]) -> Vec<Feedback<'a, F>> {
        let mut at = 0;
        let each = self.circuit.projections().enumerate().map(|(k, count)| {
            at += count;
            match (self.cut.contains(&k), k % 3) {
                (true, _) => Feedback::Cut,
                (_, 0) if !self.cut.is_empty() => Feedback::Fixed(&numbers[numbers.len() - count..]),
                _ => Feedback::Weights,
            }
        });
        each.collect()
    }

    /// Computes the gradients w.r.t. start, parameters, weights and drive, the recorded rows, and the history on
    /// `threads` threads.
    pub fn gradients<F: Precision>(&self, threads: usize) -> Found<F> {
        self.try_gradients(threads, &self.seeds()).unwrap()
    }

    /// Does the same for a loss with the factors `seeds`.
    pub fn try_gradients<F: Precision>(&self, threads: usize, seeds: &[f64]) -> Result<Found<F>, Failure> {
        let to = |x: &[f64]| x.iter().map(|&x| F::of(x)).collect::<Vec<F>>();
        let numbers = [&self.start, &self.params, &self.weights, &self.drive].map(|x| to(x));
        let run = RunInputs {
            steps: self.steps,
            batch: self.batch,
            start: &numbers[0],
            params: &numbers[1],
            weights: &numbers[2],
            drive: &numbers[3],
            drives: &self.drives,
            spikes: &self.spikes,
            record: &self.record,
            feedback: &self.feedback(&numbers[2]),
            level: Level::best(),
        };
        let mut rows = vec![F::default(); run.rows(&self.circuit)];
        // The gradient w.r.t. a shared drive has a value for each batch element.
        let drive = self.drive.len() + self.steps * (self.batch - 1);
        let params = if self.by_params { numbers[1].len() } else { 0 };
        let mut by = [numbers[0].len(), params, numbers[2].len(), drive].map(|n| vec![F::default(); n]);
        let [start, params, weights, drive] = &mut by;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let history = pool.install(|| {
            let history = forward(&self.circuit, &run, &mut rows)?;
            let out = Gradients { start, params, weights, drive };
            backward(&self.circuit, &run, &history, &to(seeds), out)?;
            Ok::<_, Failure>(history)
        })?;
        Ok((by, rows, history))
    }

    /// Returns the plain network of one batch element.
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
        let mut feedback = vec![];
        for own in self.feedback(&weights) {
            let count = self.circuit.projections().nth(feedback.len()).unwrap();
            let at = feedback.iter().map(Vec::len).sum::<usize>();
            feedback.push(match own {
                Feedback::Weights => weights[at..at + count].to_vec(),
                Feedback::Cut => vec![0.0; count],
                Feedback::Fixed(numbers) => numbers.to_vec(),
            });
        }
        let feedback = feedback.concat();
        Plain {
            dt: 1.0,
            steps: self.steps,
            equations,
            neurons,
            synapses,
            weights,
            feedback,
            start,
            params,
            drive,
            given,
        }
    }

    /// Calls `each` with the index of the drive of each step, group, input and neuron.
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

    /// Returns the factors of an output and of its square in the loss.
    pub fn factors(&self, seeds: &[f64], b: usize, [t, g, output, n]: [usize; 4]) -> [f64; 2] {
        let mut factors = [0.0; 2];
        for (r, at) in self.places(b, [t, g, n]) {
            if r.output == output {
                factors[(r.reduce == Reduce::Squares) as usize] += seeds[at];
            }
        }
        factors
    }

    /// Returns the recorders of neuron `n` in step `t`, each with the index of its value of batch element `b`.
    pub fn places(&self, b: usize, [t, g, n]: [usize; 3]) -> Vec<(&Record, usize)> {
        let (mut at, mut found) = (0, vec![]);
        for (h, records) in self.record.iter().enumerate() {
            for r in records {
                if h == g && r.steps.contains(&t) {
                    let row = if r.reduce == Reduce::Each { t - r.steps.start } else { 0 };
                    found.push((r, at + (row * self.batch + b) * self.neurons[g] + n));
                }
                at += r.rows() * self.batch * self.neurons[h];
            }
        }
        found
    }

    /// Returns the derivative of the loss w.r.t. an output.
    pub fn seed(&self, seeds: &[f64], b: usize, place: [usize; 4], course: &Course) -> f64 {
        let [t, g, output, n] = place;
        let [one, two] = self.factors(seeds, b, place);
        one + 2.0 * two * course[t][g][n][2][output]
    }
}
