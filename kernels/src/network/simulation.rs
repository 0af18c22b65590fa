//! A network that runs.

use super::{
    Edges, Invalid, Network, Record, Stimulus, Trace, plasticity::Resources, population::Pop, stimulus, worker,
};
use crate::{Level, Precision, cpu::advance::BLOCK};
use std::ops::Range;

/// A projection ready to run.
pub(super) struct Proj<F> {
    pub(super) name: String,
    pub(super) pre: usize,
    pub(super) first: u32,
    pub(super) post: usize,
    pub(super) input: usize,
    pub(super) edges: Edges<F>,
    pub(super) splits: Vec<u32>,
    pub(super) resources: Option<Resources>,
}

/// A network with its state, which [`Simulation::run`] advances.
pub struct Simulation<F: Precision> {
    pub(super) dt: f64,
    pub(super) step: u64,
    pub(super) populations: Vec<Pop<F>>,
    pub(super) projections: Vec<Proj<F>>,
    stimuli: Vec<Stimulus<F>>,
    /// Most steps between two exchanges.
    epoch: usize,
    level: Level,
    /// Each thread's neurons of each population, whole blocks.
    columns: Vec<Vec<Range<usize>>>,
    recorded: Vec<bool>,
    traces: Vec<Trace>,
}

/// Most steps between two exchanges where no projection says less.
const LONGEST_EPOCH: usize = 64;

impl<F: Precision> Simulation<F> {
    /// Checks a network and makes it ready to run on so many threads, with the best vectors of the machine.
    pub fn new(network: Network<F>, threads: usize) -> Result<Self, Invalid> {
        Self::with_level(network, threads, Level::best())
    }

    /// As [`Simulation::new`], with the vectors of `level`.
    pub fn with_level(network: Network<F>, threads: usize, level: Level) -> Result<Self, Invalid> {
        let dt = network.dt;
        if !(dt.is_finite() && dt > 0.0) {
            return Err(Invalid::new("network", format!("a step of {dt} ms")));
        }
        let threads = threads.clamp(1, 1024);
        check_targets(&network)?;
        for s in &network.stimuli {
            stimulus::check(s, &network)?;
        }
        let sizes: Vec<usize> = network.populations.iter().map(|p| p.neurons).collect();
        let columns = shares(&sizes, threads);
        let (mut epoch, mut slots) = (LONGEST_EPOCH, vec![1; sizes.len()]);
        for p in &network.projections {
            let (shortest, longest) = p.edges.delay_range();
            epoch = epoch.min(shortest as usize);
            slots[p.post] = slots[p.post].max(longest as usize);
        }
        let mut populations = Vec::with_capacity(sizes.len());
        for (k, from) in network.populations.into_iter().enumerate() {
            let mut pop = Pop::new(from, dt, level)?;
            let events = network.projections.iter().filter(|p| p.post == k).map(|p| p.input);
            let signals = network.stimuli.iter().filter(|s| s.population == k).map(|s| s.input);
            let mut inputs: Vec<usize> = events.chain(signals).collect();
            inputs.sort_unstable();
            inputs.dedup();
            if let Some(cells) = pop.cells_mut() {
                cells.receive(&inputs, sizes[k], slots[k].max(epoch));
            }
            populations.push(pop);
        }
        let projections = network.projections.into_iter().map(|p| {
            let firsts: Vec<usize> = columns.iter().map(|c| c[p.post].start).collect();
            Proj {
                splits: p.edges.splits(&firsts),
                resources: p.plasticity.map(|rule| Resources::new(rule, sizes[p.pre])),
                name: p.name,
                pre: p.pre,
                first: p.first as u32,
                post: p.post,
                input: p.input,
                edges: p.edges,
            }
        });
        Ok(Simulation {
            dt,
            step: 0,
            projections: projections.collect(),
            stimuli: network.stimuli,
            epoch,
            level,
            recorded: vec![false; populations.len()],
            traces: vec![],
            populations,
            columns,
        })
    }

    /// Steps taken so far.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Bytes of synapses, and of everything else that stays in memory.
    pub fn bytes(&self) -> (usize, usize) {
        let edges = self.projections.iter().map(|p| p.edges.bytes() - 8 * p.edges.starts.len()).sum();
        let rows = self.projections.iter().map(|p| 8 * p.edges.starts.len() + 4 * p.splits.len()).sum::<usize>();
        let cells = self.populations.iter().filter_map(|p| p.cells().map(|c| c.bytes())).sum::<usize>();
        (edges, rows + cells)
    }

    /// Whether runs write down the spikes of a population. They do not unless told so; they always count them.
    pub fn record_spikes(&mut self, population: usize, record: bool) -> Result<(), Invalid> {
        let count = self.recorded.len();
        match self.recorded.get_mut(population) {
            Some(r) => {
                *r = record;
                Ok(())
            }
            None => Err(Invalid::new("record", format!("population {population} of {count}"))),
        }
    }

    /// Makes runs write down what `traces` say, after each step.
    pub fn record_traces(&mut self, traces: Vec<Trace>) -> Result<(), Invalid> {
        for t in &traces {
            let Some(pop) = self.populations.get(t.population) else {
                return Err(Invalid::new(
                    "record",
                    format!("population {} of {}", t.population, self.populations.len()),
                ));
            };
            let Some(cells) = pop.cells() else {
                return Err(Invalid::new(&pop.name, "sources have no state to record".into()));
            };
            if t.row > cells.cell.state.len() {
                return Err(Invalid::new(&pop.name, format!("output {} of {}", t.row, cells.cell.state.len() + 1)));
            }
            if let Some(n) = t.neurons.iter().find(|&&n| n as usize >= pop.neurons) {
                return Err(Invalid::new(&pop.name, format!("neuron {n} of {}", pop.neurons)));
            }
            if !t.neurons.is_sorted() {
                return Err(Invalid::new(&pop.name, "recorded neurons are not in ascending order".into()));
            }
        }
        self.traces = traces;
        Ok(())
    }

    /// Takes `steps` steps. A panic of one of its threads ends it with the same panic.
    pub fn run(&mut self, steps: usize) -> Record<F> {
        let record = worker::run(worker::Plan {
            dt: self.dt,
            start: self.step,
            steps,
            epoch: self.epoch,
            level: self.level,
            populations: &self.populations,
            projections: &self.projections,
            stimuli: &self.stimuli,
            columns: &self.columns,
            recorded: &self.recorded,
            traces: &self.traces,
        });
        self.step += steps as u64;
        record
    }
}

fn check_targets<F: Precision>(network: &Network<F>) -> Result<(), Invalid> {
    let place = |name: &str, population: usize, input: usize| {
        let pop = network.populations.get(population);
        let pop =
            pop.ok_or_else(|| Invalid::new(name, format!("population {population} of {}", network.populations.len())))?;
        let super::Kind::Cells { cell, .. } = &pop.kind else {
            return Err(Invalid::new(name, format!("`{}` has no inputs", pop.name)));
        };
        match input < cell.input.len() {
            true => Ok(pop.neurons),
            false => Err(Invalid::new(name, format!("input {input} of {} of `{}`", cell.input.len(), cell.name))),
        }
    };
    for s in &network.stimuli {
        place(&s.name, s.population, s.input)?;
    }
    for p in &network.projections {
        let post = place(&p.name, p.post, p.input)?;
        let Some(pre) = network.populations.get(p.pre) else {
            return Err(Invalid::new(&p.name, format!("population {} of {}", p.pre, network.populations.len())));
        };
        p.edges.check(&p.name, post, 1)?;
        if p.first + p.edges.rows() > pre.neurons {
            let what = format!("rows of neurons {}..{} of {}", p.first, p.first + p.edges.rows(), pre.neurons);
            return Err(Invalid::new(&p.name, what));
        }
        if let Some(rule) = &p.plasticity {
            rule.check(&p.name)?;
        }
    }
    Ok(())
}

/// Cuts the blocks of all populations, one after the other, into as many parts as there are threads.
fn shares(sizes: &[usize], threads: usize) -> Vec<Vec<Range<usize>>> {
    let blocks: Vec<usize> = sizes.iter().map(|n| n.div_ceil(BLOCK)).collect();
    let total: usize = blocks.iter().sum();
    let share = |k: usize| {
        let (from, to) = (total * k / threads, total * (k + 1) / threads);
        let mut before = 0;
        let one = |&count: &usize| {
            let clip = |at: usize| at.clamp(before, before + count) - before;
            let part = clip(from) * BLOCK..clip(to) * BLOCK;
            before += count;
            part
        };
        blocks.iter().map(one).collect()
    };
    (0..threads).map(share).collect()
}
