//! This module prepares a network for simulation: it checks it, converts it to one precision and divides it among
//! threads.

use super::{Trace, population::PopulationState, short_term::Resources, stimulus::StimulusState};
use crate::{
    Level, Precision, Use,
    network::{Edges, InvalidNetwork, Network},
    step::simulated::BLOCK,
};
use std::ops::Range;

/// A projection in the form that the delivery of spikes needs.
pub(super) struct ProjectionState<F> {
    pub(super) name: String,
    pub(super) pre: usize,
    pub(super) first: u32,
    pub(super) post: usize,
    pub(super) input: usize,
    pub(super) edges: Edges<F>,
    /// Positions in each row at which the targets of the next thread begin; see [`Edges::splits`].
    pub(super) splits: Vec<u32>,
    pub(super) resources: Option<Resources>,
}

/// The prepared network, which the threads of a run share.
pub(super) struct Prepared<F: Precision> {
    /// Time step, ms.
    pub(super) dt: f64,
    pub(super) level: Level,
    /// Largest number of steps between two exchanges of spikes.
    pub(super) epoch: usize,
    pub(super) populations: Vec<PopulationState<F>>,
    pub(super) projections: Vec<ProjectionState<F>>,
    pub(super) stimuli: Vec<StimulusState<F>>,
    /// Range of the neurons of each thread and population in whole blocks, `[thread, population]`.
    pub(super) columns: Vec<Vec<Range<usize>>>,
    /// Whether spikes are recorded, `[population]`.
    pub(super) recorded: Vec<bool>,
    pub(super) traces: Vec<Trace>,
}

/// Largest number of steps between two exchanges where no delay is shorter.
const LONGEST_EPOCH: usize = 64;

impl<F: Precision> Prepared<F> {
    pub(super) fn new(network: Network, threads: usize, level: Level) -> Result<Self, InvalidNetwork> {
        network.check(Use::Network, |_, _| 1)?;
        let Network { dt, populations, projections, stimuli } = network;
        let sizes: Vec<usize> = populations.iter().map(|p| p.neurons).collect();
        let columns = shares(&sizes, threads.clamp(1, 1024));
        let (mut epoch, mut slots) = (LONGEST_EPOCH, vec![1; sizes.len()]);
        // These are the inputs that events arrive at, by population.
        let mut inputs: Vec<Vec<usize>> = vec![vec![]; sizes.len()];
        let mut states = Vec::with_capacity(projections.len());
        for p in projections {
            let (shortest, longest) = p.edges.delays.range();
            epoch = epoch.min(shortest as usize);
            slots[p.post] = slots[p.post].max(longest as usize);
            let cell = populations[p.post].cell();
            let (input, factor) = cell.map_or(Ok((0, 1.0)), |cell| p.input(cell))?;
            inputs[p.post].push(input);
            let edges = p.edges.scaled(factor);
            let firsts: Vec<usize> = columns.iter().map(|c| c[p.post].start).collect();
            states.push(ProjectionState {
                name: p.name,
                pre: p.pre,
                first: p.first as u32,
                post: p.post,
                input,
                splits: edges.splits(&firsts),
                resources: p.short_term.map(|rule| Resources::new(rule, sizes[p.pre])),
                edges,
            });
        }
        stimuli.iter().for_each(|s| inputs[s.population].push(s.input));
        let state = |(k, from): (usize, _)| {
            let mut population = PopulationState::new(from, dt, level);
            if let Some(cells) = population.cells_mut() {
                inputs[k].sort_unstable();
                inputs[k].dedup();
                cells.receive(&inputs[k], sizes[k], slots[k].max(epoch));
            }
            population
        };
        Ok(Prepared {
            dt,
            level,
            epoch,
            recorded: vec![false; sizes.len()],
            traces: vec![],
            stimuli: stimuli.into_iter().map(StimulusState::new).collect(),
            projections: states,
            populations: populations.into_iter().enumerate().map(state).collect(),
            columns,
        })
    }
}

/// Divides the blocks of all populations, one after the other, into as many parts as there are threads.
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
