//! A circuit, and what a run of it is given, as the words that graphics processors read: see `kernels/device/network`.

use super::Path;
use crate::network::{
    Delays, Invalid,
    bptt::Gradients,
    circuit::{Circuit, FieldCounts, GroupLayout},
    delivery::connectivity::PlacedProjection,
    trial::{Reduce, RunInputs, inputs::size},
};
use crate::{Precision, Spread, Use, cell::Passes, cells};
use codegen::{Given, Group, Observed, Phase, Pool, WORD};

/// A circuit.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Groups, phases, links, the groups of words, then starts, targets and delays.
    pub(crate) words: Vec<u32>,
    pub(crate) groups: Vec<Group>,
    pub(crate) phases: usize,
    pub(crate) phases_at: usize,
    pub(crate) links_at: usize,
    pub(crate) owners_at: usize,
    /// Lengths of rows of all states and inputs.
    pub(crate) states: usize,
    pub(crate) inputs: usize,
    pub(crate) params: usize,
    pub(crate) slots: usize,
    /// Words of the spikes of a step.
    pub(crate) spikes: usize,
    pub(crate) hoisted: usize,
    /// Which projection each link is.
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
            groups: vec![],
            phases: 0,
            phases_at: 0,
            links_at: 0,
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
            at.groups.push(Group {
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
                links: 0,
                links_end: 0,
            });
            at.states += states * stride;
            at.inputs += inputs * stride;
            at.params += params * p.neurons;
            at.hoisted += (sloped + adjoint) * stride;
            at.slots += slots;
        }
        // The words of sources are behind those of cells.
        at.spikes = at.slots / WORD;
        for g in at.groups.iter_mut().filter(|g| g.cell == u32::MAX) {
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
        let links: Vec<&PlacedProjection> = self.order.iter().map(|&l| &circuit.connectivity.projections[l]).collect();
        for (g, group) in self.groups.iter_mut().enumerate() {
            group.links = links.partition_point(|l| l.pre < g) as u32;
            group.links_end = links.partition_point(|l| l.pre <= g) as u32;
        }
        let mut words = vec![];
        self.groups.iter().for_each(|g| g.append(&mut words));
        self.phases_at = words.len();
        for groups in phases(circuit) {
            let of = |g: usize| self.groups.get(g).map_or(self.slots as u32, |g| g.slot);
            let phase = Phase {
                groups: groups.start as u32,
                groups_end: groups.end as u32,
                slots: of(groups.start),
                slots_end: of(groups.end),
            };
            phase.append(&mut words);
            self.phases += 1;
        }
        self.links_at = words.len();
        let size = {
            let mut one = vec![];
            codegen::Link::default().append(&mut one);
            one.len()
        };
        words.resize(words.len() + size * links.len(), 0);
        self.owners_at = words.len();
        for (g, group) in self.groups.iter().enumerate().filter(|(_, g)| g.cell != u32::MAX) {
            words.extend(std::iter::repeat_n(g as u32, group.words as usize));
        }
        let mut records = vec![];
        for link in links {
            let edges = &link.edges;
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
            let (post, input) = target(circuit, link);
            let post = &self.groups[post];
            let link = codegen::Link {
                first: link.first,
                rows: edges.rows() as u32,
                starts,
                targets,
                own_delays: u32::from(matches!(edges.delays, Delays::Each(_))),
                delay,
                dense: u32::from(link.contiguous),
                weights: link.weights as u32,
                column: post.inputs + input as u32 * post.stride,
            };
            link.append(&mut records);
        }
        words[self.links_at..self.owners_at].copy_from_slice(&records);
        counted("words of synapses", words.len())?;
        self.words = words;
        Ok(())
    }
}

/// The postsynaptic group and its input.
fn target(circuit: &Circuit, link: &PlacedProjection) -> (usize, usize) {
    let own = |p: &GroupLayout| p.inputs..p.inputs + p.fields.inputs * p.stride;
    let empty = |p: &GroupLayout| p.fields.inputs > 0 && p.stride == 0 && p.inputs == link.column;
    let post = circuit.layouts.iter().position(|p| own(p).contains(&link.column) || empty(p)).unwrap_or(0);
    let place = &circuit.layouts[post];
    (post, (link.column - place.inputs).checked_div(place.stride).unwrap_or(0))
}

/// Groups that can take a step together: those that nothing reaches at once from another of them.
fn phases(circuit: &Circuit) -> Vec<std::ops::Range<usize>> {
    let (mut phases, mut first) = (vec![], 0);
    for g in 0..circuit.groups.len() {
        let at_once = |l: &&PlacedProjection| target(circuit, l).0 == g && l.edges.delays.range().0 == 0;
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
    /// What each group is given, then records and names of inputs, then pools and paths.
    pub(crate) words: Vec<u32>,
    pub(crate) places: Places,
    /// `[batch, step, word]`: spikes, of sources for now.
    pub(crate) spikes: Vec<u32>,
}

/// Where some of it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) pools: usize,
    pub(crate) pools_at: usize,
    pub(crate) paths_at: usize,
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
        let (mut names, mut pools) = (vec![], vec![]);
        let mut one = vec![];
        Given::default().append(&mut one);
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
                let observed = Observed {
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
            given.push(Given {
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
                    pools.push(Pool { group: g as u32, input: input as u32, at: at as u32, time: time as u32 });
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
        let pools_at = words.len();
        pools.iter().for_each(|p| p.append(&mut words));
        let places = Places { pools: pools.len(), pools_at, paths_at: words.len() };
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
        codegen::Path { cut: u32::from(path(l) == Path::Cut), fixed: u32::from(path(l) == Path::Fixed), at }
            .append(words);
    }
}

/// The spikes of sources as bits.
fn sources(layout: &Layout, run: &RunInputs<f32>) -> Vec<u32> {
    let mut bits = vec![0; run.steps * run.batch * layout.spikes];
    for (g, group) in layout.groups.iter().enumerate().filter(|(_, g)| g.cell == u32::MAX) {
        for t in 0..run.steps {
            for b in 0..run.batch {
                let at = (b * run.steps + t) * layout.spikes + group.word as usize;
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
