//! This module encodes the arguments of a run as 32-bit words for graphics processors; `kernels/device/network` reads
//! them.

use super::{
    Path,
    layout::{Layout, counted},
};
use crate::{
    Precision, Spread,
    network::{
        InvalidNetwork,
        bptt::Gradients,
        circuit::Circuit,
        trial::{Reduce, RunInputs, inputs::size},
    },
};
use codegen::{FeedbackWords, PopulationRun, RecorderWords, SharedDrive, WORD};

/// The arguments of a run in words.
pub(super) struct RunWords {
    /// Words of each population's arguments, then recorders and indices of driven inputs, then shared drives and
    /// feedback.
    pub(super) words: Vec<u32>,
    pub(super) offsets: RunOffsets,
    /// Spikes of sources as bits, `[batch, step, word]`; a run adds those of cells.
    pub(super) spikes: Vec<u32>,
}

/// The offsets of some of a run's words.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunOffsets {
    /// Number of inputs whose drive the neurons share, so that gradients w.r.t. the drive are summed over neurons.
    pub(super) shared_drives: usize,
    /// Offset of the shared drives in the words.
    pub(super) shared_drives_at: usize,
    /// Offset of the feedback in the words.
    pub(super) feedback_at: usize,
}

impl RunWords {
    /// Encodes the arguments of a run without its arrays, which may be on a device already. Fails where they do not
    /// fit.
    pub(super) fn new(
        circuit: &Circuit,
        layout: &Layout,
        run: &RunInputs<f32>,
        paths: &[Path],
    ) -> Result<Self, InvalidNetwork> {
        run.check_lists(circuit)?;
        if !paths.is_empty() {
            size("network", "paths of projections", paths.len(), circuit.connectivity.projections.len())?;
        }
        counted("recorded numbers", run.rows(circuit))?;
        counted("words of spikes", run.steps * run.batch * layout.spikes)?;
        let mut one = vec![];
        PopulationRun::default().append(&mut one);
        let mut all = PopulationRuns { names_at: one.len() * circuit.populations.len(), ..PopulationRuns::default() };
        (0..circuit.populations.len()).try_for_each(|g| all.append(circuit, run, g))?;
        counted("initial states", all.start)?;
        counted("numbers of drives", all.by_drive.max(all.drive))?;
        let mut words = vec![];
        all.given.iter().for_each(|g| g.append(&mut words));
        words.append(&mut all.names);
        let shared_drives_at = words.len();
        all.shared_drives.iter().for_each(|p| p.append(&mut words));
        let offsets = RunOffsets { shared_drives: all.shared_drives.len(), shared_drives_at, feedback_at: words.len() };
        write_feedback(circuit, layout, paths, &mut words);
        Ok(RunWords { words, offsets, spikes: source_spikes(layout, run) })
    }
}

/// The encoded arguments of the populations so far.
#[derive(Default)]
struct PopulationRuns {
    given: Vec<PopulationRun>,
    /// Offset of `names` in the words.
    names_at: usize,
    /// Recorders, and indices of driven inputs.
    names: Vec<u32>,
    shared_drives: Vec<SharedDrive>,
    /// Number of initial states.
    start: usize,
    /// Number of recorded values.
    rows: usize,
    /// Number of values of drives.
    drive: usize,
    /// Number of values of gradients w.r.t. drives.
    by_drive: usize,
}

impl PopulationRuns {
    /// Appends the arguments of population `g`.
    fn append(&mut self, circuit: &Circuit, run: &RunInputs<f32>, g: usize) -> Result<(), InvalidNetwork> {
        let (p, d, steps, batch) = (&circuit.layouts[g], &run.drives[g], run.steps, run.batch);
        let spread = d.spread();
        let (width, by_batch, by_neuron) = match spread {
            Spread::Shared => (1, 0, 0),
            Spread::Batch => (batch, 1, 0),
            Spread::Neuron => (batch * p.neurons, p.neurons, 1),
        };
        let records_at = (self.names_at + self.names.len()) as u32;
        for r in &run.record[g] {
            let observed = RecorderWords {
                output: r.output as u32,
                first: r.steps.start as u32,
                last: r.steps.end as u32,
                sum: u32::from(r.reduce == Reduce::Sum),
                squares: u32::from(r.reduce == Reduce::Squares),
                at: self.rows as u32,
            };
            observed.append(&mut self.names);
            self.rows += r.rows() * batch * p.neurons;
        }
        let driven_at = (self.names_at + self.names.len()) as u32;
        self.names.extend(d.inputs.iter().map(|&k| k as u32));
        self.given.push(PopulationRun {
            start: counted("initial states", self.start)?,
            records: run.record[g].len() as u32,
            records_at,
            driven: d.inputs.len() as u32,
            driven_at,
            drive: counted("numbers of drives", self.drive)?,
            width: counted("numbers of a drive", width)?,
            by_batch: by_batch as u32,
            by_neuron,
            by_drive: counted("numbers of drives", self.by_drive)?,
        });
        if spread != Spread::Neuron {
            for (k, &input) in d.inputs.iter().enumerate() {
                let (at, time) = (self.by_drive + k * batch, d.inputs.len() * batch);
                self.shared_drives.push(SharedDrive {
                    population: g as u32,
                    input: input as u32,
                    at: at as u32,
                    time: time as u32,
                });
            }
        }
        self.start += p.fields.states * batch * p.neurons;
        self.drive += d.count(steps, batch, p.neurons, spread);
        self.by_drive += d.gradient_count(steps, batch, p.neurons);
        Ok(())
    }
}

/// Appends the feedback of the projections, in the order of [`Layout::order`].
fn write_feedback(circuit: &Circuit, layout: &Layout, paths: &[Path], words: &mut Vec<u32>) {
    let path = |k: usize| paths.get(k).copied().unwrap_or(Path::Weights);
    for &k in &layout.order {
        let fixed = (0..k).filter(|&j| path(j) == Path::Fixed).map(|j| circuit.connectivity.projections[j].synapses);
        let at = fixed.sum::<usize>() as u32;
        FeedbackWords { cut: u32::from(path(k) == Path::Cut), fixed: u32::from(path(k) == Path::Fixed), at }
            .append(words);
    }
}

/// Returns the spikes of sources as bits, `[batch, step, word]`.
fn source_spikes(layout: &Layout, run: &RunInputs<f32>) -> Vec<u32> {
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

/// Fails, with both sizes, unless the arrays of a forward and a backward run fit the circuit. There are as many
/// `cotangents` as recorded `rows`; there is no backward run where they are empty.
pub(super) fn check<F: Precision>(
    circuit: &Circuit,
    run: &RunInputs<F>,
    rows: usize,
    cotangents: usize,
    out: &Gradients<F>,
) -> Result<(), InvalidNetwork> {
    run.check(circuit)?;
    size("network", "recorded numbers", rows, run.rows(circuit))?;
    if cotangents > 0 {
        size("network", "gradients by recorded numbers", cotangents, rows)?;
    }
    out.check(circuit, run)
}
