//! What is the same for all elements of a batch.

use super::{
    super::{
        circuit::{Circuit, GroupLayout},
        delivery::connectivity::PlacedProjection,
        trial::{Precomputed, RunInputs, inputs::size, precomputed::pad},
    },
    Learned, Learning, Memory, Rule,
    chain::Chain,
};
use crate::{
    Precision,
    memory::AlignedVec,
    network::{Delays, Invalid, Population},
};

/// Whether a population is a readout: what the loss sees, and how it is blamed on spikes.
pub fn is_readout(population: &Population) -> bool {
    population.cell().is_some_and(|cell| cell.readout)
}

/// A checked task.
pub(super) struct Plan<'a, F> {
    pub(super) circuit: &'a Circuit,
    pub(super) run: &'a RunInputs<'a, F>,
    pub(super) learning: Learning<'a, F>,
    pub(super) counts: bool,
    pub(super) precomputed: Precomputed<F>,
    pub(super) groups: Vec<Member<F>>,
    pub(super) strands: Vec<Strand>,
    /// Decay of the filtered spike.
    pub(super) kappa: F,
    /// Readouts of all groups.
    pub(super) outputs: usize,
    /// Numbers of all traces.
    pub(super) traces: usize,
    /// Rows of all projections.
    pub(super) rows: usize,
}

/// A group.
pub(super) struct Member<F> {
    /// Of cells.
    pub(super) chain: Option<Chain>,
    /// What its steps with derivatives need of the parameters.
    pub(super) hoisted: AlignedVec<F>,
    /// Where a readout's numbers lie among those of all.
    pub(super) output: Option<usize>,
    /// `[output, stride]`: by what a loss's derivative reaches spikes.
    pub(super) signal: Vec<F>,
    /// Whether its traces are products.
    pub(super) decayed: bool,
    /// Whether decaying traces of its spikes are needed.
    pub(super) remembered: bool,
}

/// A projection.
#[derive(Clone, Copy)]
pub(super) struct Strand {
    pub(super) post: usize,
    /// Among the columns of the group.
    pub(super) column: usize,
    /// First of its traces, `[state, synapse]`.
    pub(super) traces: usize,
    /// First of its rows among those of all.
    pub(super) rows: usize,
}

impl<'a, F: Precision> Plan<'a, F> {
    pub(super) fn new(
        circuit: &'a Circuit,
        run: &'a RunInputs<'a, F>,
        learning: &Learning<'a, F>,
        out: &Learned<F>,
    ) -> Result<Self, Invalid> {
        run.check(circuit)?;
        size("network", "gradients by weights", out.weights.len(), circuit.synapses())?;
        if !out.counts.is_empty() {
            size("network", "gradients of numbers of spikes", out.counts.len(), circuit.synapses())?;
        }
        let wrong = |what: String| Err(Invalid::new("learning", what));
        if learning.block == 0 {
            return wrong("a block of 0 steps".into());
        }
        if let Rule::EsDRtrl { alpha, .. } = learning.rule {
            if !(alpha > 0.0 && alpha < 1.0) {
                return wrong(format!("a decay of {alpha} a step; it lies between 0 and 1"));
            }
            if !out.counts.is_empty() {
                return wrong("gradients of numbers of spikes by ES-D-RTRL; take D-RTRL or e-prop".into());
            }
        }
        let (mut outputs, mut kappa) = (0, None);
        let mut groups = vec![];
        let mut params = run.params;
        for (k, (g, p)) in circuit.groups.iter().zip(&circuit.layouts).enumerate() {
            let (own, rest) = params.split_at(p.fields.params * p.neurons);
            params = rest;
            let output = is_readout(&circuit.populations()[k]).then_some(outputs);
            if let Some(cell) = g.cell.filter(|_| output.is_some()) {
                outputs += p.neurons;
                let tau = cell.parameter("tau").unwrap_or(0);
                for x in &own[tau * p.neurons..(tau + 1) * p.neurons] {
                    let decay = (-circuit.dt / x.to()).exp();
                    if *kappa.get_or_insert(decay) != decay {
                        return Err(Invalid::new(
                            &g.name,
                            "readouts with different time constants; give all one".into(),
                        ));
                    }
                }
            }
            let inputs = |l: &&PlacedProjection| post(circuit, l).filter(|&(post, _)| post == k);
            let mut columns: Vec<usize> =
                circuit.connectivity.projections.iter().filter_map(|l| Some(inputs(&l)?.1)).collect();
            columns.sort();
            columns.dedup();
            let hoisted = g.cell.map_or(AlignedVec::new(0), |cell| {
                let mut padded = vec![F::default(); p.fields.params * p.stride];
                pad(p, own, 1, 0, &mut padded);
                F::compiled(cell).passes().linearised_invariants.of(circuit.dt, p.stride, &padded, run.level)
            });
            groups.push(Member {
                chain: g.cell.map(|c| Chain::of(c, &columns)),
                hoisted,
                output,
                signal: vec![],
                decayed: matches!(learning.rule, Rule::EsDRtrl { .. }) && g.cell.is_some() && output.is_none(),
                remembered: false,
            });
        }
        if outputs == 0 {
            return Err(Invalid::new(
                "network",
                "no readout: a group of cells `leaky-readout` that the loss sees".into(),
            ));
        }
        let mut plan = Plan {
            circuit,
            run,
            learning: *learning,
            counts: !out.counts.is_empty(),
            precomputed: Precomputed::new(circuit, run),
            groups,
            strands: vec![],
            kappa: match learning.memory {
                Memory::Kept => F::of(kappa.unwrap_or(0.0)),
                Memory::Instant => F::default(),
            },
            outputs,
            traces: 0,
            rows: 0,
        };
        plan.strands()?;
        plan.signals()?;
        Ok(plan)
    }

    fn strands(&mut self) -> Result<(), Invalid> {
        for link in &self.circuit.connectivity.projections {
            let strand = match post(self.circuit, link) {
                Some((g, input)) => {
                    let columns = self.groups[g].chain.as_ref().map_or(&[][..], |c| &c.columns);
                    let column = columns.iter().position(|c| c.input == input).unwrap_or(0);
                    let states = if self.groups[g].decayed { 0 } else { columns[column].states.len() };
                    let decayed = self.groups[g].decayed;
                    self.groups[link.pre].remembered |= decayed;
                    let strand = Strand { post: g, column, traces: self.traces, rows: self.rows };
                    self.traces += states * link.edges.targets.len();
                    strand
                }
                None => Strand { post: 0, column: 0, traces: self.traces, rows: self.rows },
            };
            self.rows += link.edges.rows();
            self.strands.push(strand);
        }
        Ok(())
    }

    fn signals(&mut self) -> Result<(), Invalid> {
        for (m, p) in self.groups.iter_mut().zip(&self.circuit.layouts) {
            if m.chain.as_ref().is_some_and(|c| c.spikes) {
                m.signal = vec![F::default(); self.outputs * p.stride];
            }
        }
        for (link, strand) in self.circuit.connectivity.projections.iter().zip(&self.strands) {
            let Some(output) = self.groups[strand.post].output.filter(|_| !link.edges.targets.is_empty()) else {
                continue;
            };
            let name = |g: usize| &self.circuit.groups[g].name;
            let late = match &link.edges.delays {
                Delays::Uniform(d) => *d > 0,
                Delays::Each(d) => d.iter().any(|&d| d > 0),
            };
            if late && self.circuit.groups[link.pre].cell.is_some() {
                let to = name(strand.post);
                let what = format!("spikes reach the readout `{to}` late; a delay of 0 is needed");
                return Err(Invalid::new(name(link.pre), what));
            }
            let (signal, stride) = (&mut self.groups[link.pre].signal, self.circuit.layouts[link.pre].stride);
            if signal.is_empty() {
                continue;
            }
            for row in 0..link.edges.rows() {
                for e in link.edges.starts[row] as usize..link.edges.starts[row + 1] as usize {
                    let to = (output + link.edges.targets[e] as usize) * stride + link.first as usize + row;
                    signal[to] += self.run.weights[link.weights + e];
                }
            }
        }
        if let Rule::EProp { feedback } = self.learning.rule {
            let cells = |m: &Member<F>| m.chain.is_some() && m.output.is_none();
            let count: usize =
                self.groups.iter().zip(&self.circuit.layouts).filter(|(m, _)| cells(m)).map(|(_, p)| p.neurons).sum();
            size("learning", "numbers of feedback", feedback.len(), self.outputs * count)?;
            let mut from = 0;
            for (m, p) in self.groups.iter_mut().zip(&self.circuit.layouts).filter(|(m, _)| cells(m)) {
                for (row, to) in m.signal.chunks_mut(p.stride.max(1)).enumerate() {
                    to[..p.neurons].copy_from_slice(&feedback[row * count + from..][..p.neurons]);
                }
                from += p.neurons;
            }
        }
        Ok(())
    }
}

/// Group and input that a projection arrives at; none where there are no neurons.
fn post(circuit: &Circuit, link: &PlacedProjection) -> Option<(usize, usize)> {
    let within = |p: &&GroupLayout| (p.inputs..p.inputs + p.fields.inputs * p.stride).contains(&link.column);
    let g = circuit.layouts.iter().position(|p| within(&p))?;
    Some((g, (link.column - circuit.layouts[g].inputs) / circuit.layouts[g].stride))
}
