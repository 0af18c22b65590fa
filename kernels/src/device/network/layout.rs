//! A circuit, and what a run of it is given, as the words that graphics processors read: see `kernels/device/network`.

use super::Path;
use crate::network::{
    Delays, Invalid,
    bptt::Gradients,
    circuit::{Circuit, FieldCounts},
    delivery::connectivity::PlacedProjection,
    trial::{Reduce, RunInputs, inputs::size},
};
use crate::{Precision, Spread, Use, cell::Passes, cells};
use codegen::{
    FeedbackWords, Phase, PopulationRun, PopulationWords, ProjectionWords, RecorderWords, SharedDrive, WORD,
};

/// A circuit.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Populations, phases, projections, the population of each word of spikes, then starts of rows, targets and delays.
    pub(crate) words: Vec<u32>,
    pub(crate) populations: Vec<PopulationWords>,
    pub(crate) phases: usize,
    pub(crate) phases_at: usize,
    pub(crate) projections_at: usize,
    pub(crate) owners_at: usize,
    /// Lengths of rows of all states and inputs.
    pub(crate) states: usize,
    pub(crate) inputs: usize,
    pub(crate) params: usize,
    pub(crate) slots: usize,
    /// Words of the spikes of a step.
    pub(crate) spikes: usize,
    pub(crate) hoisted: usize,
    /// The projections in the order of their presynaptic populations, as the words have them.
    order: Vec<usize>,
}

/// A number that launches count with.
pub(crate) fn counted(what: &str, number: usize) -> Result<u32, Invalid> {
    match i32::try_from(number) {
        Ok(n) => Ok(n as u32),
        Err(_) => Err(Invalid::new("network", format!("{number} {what}; one launch takes {} at most", i32::MAX))),
    }
}

impl Layout {
    pub(crate) fn of(circuit: &Circuit) -> Result<Self, Invalid> {
        let mut at = Layout {
            words: vec![],
            populations: vec![],
            phases: 0,
            phases_at: 0,
            projections_at: 0,
            owners_at: 0,
            states: 0,
            inputs: 0,
            params: 0,
            slots: 0,
            spikes: 0,
            hoisted: 0,
            order: vec![],
        };
        for (g, p) in circuit.groups.iter().zip(&circuit.layouts) {
            let cell = match g.cell {
                Some(c) => Some(cells(Use::Train).position(|t| t.name == c.name).ok_or_else(|| {
                    let known: Vec<_> = cells(Use::Train).map(|t| t.name).collect();
                    let what = format!("devices have no cell `{}`; they have {}", c.name, known.join(", "));
                    Invalid::new(&g.name, what)
                })?),
                None => None,
            };
            let (FieldCounts { states, inputs, params }, stride) = (p.fields, p.neurons.next_multiple_of(WORD));
            let rows = |c| {
                let Passes { onward, backward, .. } = f32::compiled(c).passes();
                [onward, backward].map(|hoist| (hoist.rows)().max(1))
            };
            let [sloped, adjoint] = g.cell.map_or([0; 2], rows);
            let slots = if cell.is_some() { stride } else { 0 };
            at.populations.push(PopulationWords {
                cell: cell.map_or(u32::MAX, |c| c as u32),
                neurons: counted("neurons", p.neurons)?,
                stride: stride as u32,
                rows: states as u32,
                states: counted("states", at.states)?,
                inputs: counted("inputs", at.inputs)?,
                params: counted("parameters", at.params)?,
                sloped: counted("numbers of parameters", at.hoisted)?,
                adjoint: counted("numbers of parameters", at.hoisted + sloped * stride)?,
                slot: counted("neurons", at.slots)?,
                word: (at.slots / WORD) as u32,
                words: (stride / WORD) as u32,
                projections: 0,
                projections_end: 0,
            });
            at.states += states * stride;
            at.inputs += inputs * stride;
            at.params += params * p.neurons;
            at.hoisted += (sloped + adjoint) * stride;
            at.slots += slots;
        }
        // The words of sources are behind those of cells.
        at.spikes = at.slots / WORD;
        for g in at.populations.iter_mut().filter(|g| g.cell == u32::MAX) {
            g.word = at.spikes as u32;
            at.spikes += g.words as usize;
        }
        for (what, n) in [("states", at.states), ("inputs", at.inputs), ("synapses", circuit.synapses())] {
            counted(what, n)?;
        }
        at.write(circuit)?;
        Ok(at)
    }

    fn write(&mut self, circuit: &Circuit) -> Result<(), Invalid> {
        self.order = (0..circuit.connectivity.projections.len()).collect();
        self.order.sort_by_key(|&l| circuit.connectivity.projections[l].pre);
        let projections: Vec<&PlacedProjection> =
            self.order.iter().map(|&l| &circuit.connectivity.projections[l]).collect();
        for (g, population) in self.populations.iter_mut().enumerate() {
            population.projections = projections.partition_point(|l| l.pre < g) as u32;
            population.projections_end = projections.partition_point(|l| l.pre <= g) as u32;
        }
        let mut words = vec![];
        self.populations.iter().for_each(|g| g.append(&mut words));
        self.phases_at = words.len();
        for populations in phases(circuit) {
            let of = |g: usize| self.populations.get(g).map_or(self.slots as u32, |g| g.slot);
            let phase = Phase {
                populations: populations.start as u32,
                populations_end: populations.end as u32,
                slots: of(populations.start),
                slots_end: of(populations.end),
            };
            phase.append(&mut words);
            self.phases += 1;
        }
        self.projections_at = words.len();
        let size = {
            let mut one = vec![];
            ProjectionWords::default().append(&mut one);
            one.len()
        };
        words.resize(words.len() + size * projections.len(), 0);
        self.owners_at = words.len();
        for (g, population) in self.populations.iter().enumerate().filter(|(_, g)| g.cell != u32::MAX) {
            words.extend(std::iter::repeat_n(g as u32, population.words as usize));
        }
        let mut records = vec![];
        for p in projections {
            let edges = &p.edges;
            let starts = counted("words of synapses", words.len())?;
            words.extend(edges.starts.iter().map(|&s| s as u32));
            let targets = counted("words of synapses", words.len())?;
            words.extend(&edges.targets);
            let delay = match &edges.delays {
                Delays::Uniform(d) => u32::from(*d),
                Delays::Each(d) => {
                    let at = counted("words of synapses", words.len())?;
                    words.extend(d.iter().map(|&d| u32::from(d)));
                    at
                }
            };
            let post = &self.populations[p.post];
            let words_of = ProjectionWords {
                first: p.first,
                rows: edges.rows() as u32,
                starts,
                targets,
                own_delays: u32::from(matches!(edges.delays, Delays::Each(_))),
                delay,
                dense: u32::from(p.contiguous),
                weights: p.weights as u32,
                column: post.inputs + p.input as u32 * post.stride,
            };
            words_of.append(&mut records);
        }
        words[self.projections_at..self.owners_at].copy_from_slice(&records);
        counted("words of synapses", words.len())?;
        self.words = words;
        Ok(())
    }
}

/// Groups that can take a step together: those that nothing reaches at once from another of them.
fn phases(circuit: &Circuit) -> Vec<std::ops::Range<usize>> {
    let (mut phases, mut first) = (vec![], 0);
    for g in 0..circuit.groups.len() {
        let at_once = |l: &&PlacedProjection| l.post == g && l.edges.delays.range().0 == 0;
        if circuit.connectivity.projections.iter().filter(at_once).any(|l| l.pre >= first && l.pre < g) {
            phases.push(first..g);
            first = g;
        }
    }
    phases.push(first..circuit.groups.len());
    phases
}

/// What a run is given.
pub(crate) struct Placed {
    /// What each group is given, then records and names of inputs, then shared_drives and paths.
    pub(crate) words: Vec<u32>,
    pub(crate) places: Places,
    /// `[batch, step, word]`: spikes, of sources for now.
    pub(crate) spikes: Vec<u32>,
}

/// Where some of it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) shared_drives: usize,
    pub(crate) shared_drives_at: usize,
    pub(crate) feedback_at: usize,
}

impl Placed {
    /// Of a run, whose numbers are not looked at.
    pub(crate) fn of(
        circuit: &Circuit,
        layout: &Layout,
        run: &RunInputs<f32>,
        paths: &[Path],
    ) -> Result<Self, Invalid> {
        run.check_lists(circuit)?;
        if !paths.is_empty() {
            size("network", "paths of projections", paths.len(), circuit.connectivity.projections.len())?;
        }
        let (steps, batch) = (run.steps, run.batch);
        counted("recorded numbers", run.rows(circuit))?;
        counted("words of spikes", steps * batch * layout.spikes)?;
        let mut given = vec![];
        let (mut start, mut rows, mut drive, mut by_drive) = (0, 0, 0, 0);
        let (mut names, mut shared_drives) = (vec![], vec![]);
        let mut one = vec![];
        PopulationRun::default().append(&mut one);
        let names_at = one.len() * circuit.groups.len();
        for (g, (p, d)) in circuit.layouts.iter().zip(run.drives).enumerate() {
            let spread = d.spread();
            let by = if spread == Spread::Neuron { spread } else { Spread::Batch };
            let (width, by_batch, by_neuron) = match spread {
                Spread::Shared => (1, 0, 0),
                Spread::Batch => (batch, 1, 0),
                Spread::Neuron => (batch * p.neurons, p.neurons, 1),
            };
            let records_at = (names_at + names.len()) as u32;
            for r in &run.record[g] {
                let observed = RecorderWords {
                    output: r.output as u32,
                    first: r.steps.start as u32,
                    last: r.steps.end as u32,
                    sum: u32::from(r.reduce == Reduce::Sum),
                    squares: u32::from(r.reduce == Reduce::Squares),
                    at: rows as u32,
                };
                observed.append(&mut names);
                rows += r.rows() * batch * p.neurons;
            }
            let driven_at = (names_at + names.len()) as u32;
            names.extend(d.inputs.iter().map(|&k| k as u32));
            given.push(PopulationRun {
                start: counted("initial states", start)?,
                records: run.record[g].len() as u32,
                records_at,
                driven: d.inputs.len() as u32,
                driven_at,
                drive: counted("numbers of drives", drive)?,
                width: counted("numbers of a drive", width)?,
                by_batch: by_batch as u32,
                by_neuron,
                by_drive: counted("numbers of drives", by_drive)?,
            });
            if spread != Spread::Neuron {
                for (k, &input) in d.inputs.iter().enumerate() {
                    let (at, time) = (by_drive + k * batch, d.inputs.len() * batch);
                    shared_drives.push(SharedDrive {
                        population: g as u32,
                        input: input as u32,
                        at: at as u32,
                        time: time as u32,
                    });
                }
            }
            start += p.fields.states * batch * p.neurons;
            drive += d.count(steps, batch, p.neurons, spread);
            by_drive += d.count(steps, batch, p.neurons, by);
        }
        counted("initial states", start)?;
        counted("numbers of drives", by_drive.max(drive))?;
        let mut words = vec![];
        given.iter().for_each(|g| g.append(&mut words));
        words.append(&mut names);
        let shared_drives_at = words.len();
        shared_drives.iter().for_each(|p| p.append(&mut words));
        let places = Places { shared_drives: shared_drives.len(), shared_drives_at, feedback_at: words.len() };
        write_paths(circuit, layout, paths, &mut words);
        Ok(Placed { words, places, spikes: sources(layout, run) })
    }
}

/// The paths of links, in their order.
fn write_paths(circuit: &Circuit, layout: &Layout, paths: &[Path], words: &mut Vec<u32>) {
    let path = |l: usize| paths.get(l).copied().unwrap_or(Path::Weights);
    for &l in &layout.order {
        let fixed = (0..l).filter(|&k| path(k) == Path::Fixed).map(|k| circuit.connectivity.projections[k].synapses);
        let at = fixed.sum::<usize>() as u32;
        FeedbackWords { cut: u32::from(path(l) == Path::Cut), fixed: u32::from(path(l) == Path::Fixed), at }
            .append(words);
    }
}

/// The spikes of sources as bits.
fn sources(layout: &Layout, run: &RunInputs<f32>) -> Vec<u32> {
    let mut bits = vec![0; run.steps * run.batch * layout.spikes];
    for (g, population) in layout.populations.iter().enumerate().filter(|(_, g)| g.cell == u32::MAX) {
        for t in 0..run.steps {
            for b in 0..run.batch {
                let at = (b * run.steps + t) * layout.spikes + population.word as usize;
                for &n in run.given(g, t, b) {
                    bits[at + n as usize / WORD] |= 1 << (n as usize % WORD);
                }
            }
        }
    }
    bits
}

/// Checks a run both ways; without gradients by recorded numbers there is no way back.
pub(crate) fn fits<F: Precision>(
    circuit: &Circuit,
    run: &RunInputs<F>,
    rows: usize,
    bars: usize,
    out: &Gradients<F>,
) -> Result<(), Invalid> {
    run.check(circuit)?;
    size("network", "recorded numbers", rows, run.rows(circuit))?;
    if bars > 0 {
        size("network", "gradients by recorded numbers", bars, rows)?;
    }
    out.check(circuit, run)
}

impl Circuit {
    /// Step, ms.
    pub(crate) fn step(&self) -> f64 {
        self.dt
    }

    /// Steps whose inputs are held.
    pub(crate) fn window(&self) -> usize {
        self.longest_delay() + 1
    }
}
