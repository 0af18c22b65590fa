//! This module plans a run: it checks the run and computes what all elements of a batch share.

use super::{
    super::{
        circuit::{Circuit, PopulationLayout},
        delivery::placed_projection::PlacedProjection,
        trial::{Precomputed, RunInputs, inputs::size, precomputed::pad},
    },
    Eligibility, Horizon, Learned, Learning,
    correction::Correction,
    jacobian_pattern::JacobianPattern,
};
use crate::{
    Precision,
    memory::AlignedVec,
    network::{Delays, InvalidNetwork, Population},
};

/// Returns whether a population is a readout, on which the loss depends and through which spikes influence it.
pub fn is_readout(population: &Population) -> bool {
    population.cell().is_some_and(|cell| cell.readout)
}

/// A checked run: its circuit, its inputs and its rule, with all that is derived from them.
pub(super) struct Plan<'a, F> {
    pub(super) circuit: &'a Circuit,
    pub(super) run: &'a RunInputs<'a, F>,
    pub(super) learning: Learning<'a>,
    /// Whether gradients of numbers of spikes are wanted.
    pub(super) counts: bool,
    pub(super) precomputed: Precomputed<F>,
    /// The weights of the run, packed for the delivery of spikes.
    pub(super) weights: AlignedVec<F>,
    pub(super) groups: Vec<GroupPlan<F>>,
    pub(super) projections: Vec<ProjectionPlan>,
    /// The traces of neurons, where these carry eligibility.
    pub(super) neuron_traces: Option<NeuronTraces>,
    /// The decay of the filtered spike in each step.
    pub(super) kappa: F,
    /// The number of readouts of all groups.
    pub(super) outputs: usize,
    /// The number of trace values of all synapses.
    pub(super) traces: usize,
    /// The number of rows of all projections.
    pub(super) rows: usize,
}

/// The smoothing of traces of neurons; see [`Eligibility::Neuron`].
#[derive(Clone, Copy)]
pub(super) struct NeuronTraces {
    pub(super) alpha: f64,
    pub(super) correction: Correction,
}

/// The plan of a group.
pub(super) struct GroupPlan<F> {
    /// The derivatives of its cells' steps; none for sources.
    pub(super) pattern: Option<JacobianPattern>,
    /// The loop invariants of steps with derivatives, computed from the parameters before the run.
    pub(super) invariants: AlignedVec<F>,
    /// The offset of a readout's values among those of all readouts; `None` for other groups.
    pub(super) output: Option<usize>,
    /// The weights by which the loss's derivative w.r.t. a readout reaches the spikes, `[output, stride]`.
    pub(super) signal: Vec<F>,
    /// Whether its neurons carry eligibility, so that its synapses' traces are products.
    pub(super) factored: bool,
    /// Whether smoothed traces of its own spikes are needed, for synapses onto such groups.
    pub(super) traced_spikes: bool,
}

/// The plan of a projection.
#[derive(Clone, Copy)]
pub(super) struct ProjectionPlan {
    pub(super) post: usize,
    /// The input it arrives at, among the columns of the group's pattern.
    pub(super) column: usize,
    /// The offset of its traces, `[state, synapse]`.
    pub(super) traces: usize,
    /// The offset of its rows among those of all projections.
    pub(super) rows: usize,
}

impl<'a, F: Precision> Plan<'a, F> {
    pub(super) fn new(
        circuit: &'a Circuit,
        run: &'a RunInputs<'a, F>,
        learning: &Learning<'a>,
        out: &Learned<F>,
    ) -> Result<Self, InvalidNetwork> {
        run.check(circuit)?;
        size("network", "gradients by weights", out.weights.len(), circuit.synapses())?;
        if !out.counts.is_empty() {
            size("network", "gradients of numbers of spikes", out.counts.len(), circuit.synapses())?;
        }
        let wrong = |what: String| Err(InvalidNetwork::new("learning", what));
        if learning.block == 0 {
            return wrong("a block of 0 steps".into());
        }
        learning.rule.check()?;
        let neuron_traces = match learning.rule.eligibility() {
            Eligibility::Synapse => None,
            Eligibility::Neuron { alpha, correction } => Some(NeuronTraces { alpha, correction }),
        };
        if neuron_traces.is_some() && !out.counts.is_empty() {
            let name = learning.rule.name();
            return wrong(format!("gradients of numbers of spikes by {name}; take D-RTRL or e-prop"));
        }
        let (mut outputs, mut kappa) = (0, None);
        let mut groups = vec![];
        let mut params = run.params;
        for (k, (g, p)) in circuit.populations.iter().zip(&circuit.layouts).enumerate() {
            let (own, rest) = params.split_at(p.fields.params * p.neurons);
            params = rest;
            let output = is_readout(g).then_some(outputs);
            if let Some(cell) = g.cell().filter(|_| output.is_some()) {
                outputs += p.neurons;
                let tau = cell.parameter("tau").unwrap_or(0);
                for x in &own[tau * p.neurons..(tau + 1) * p.neurons] {
                    let decay = (-circuit.dt / x.to()).exp();
                    if *kappa.get_or_insert(decay) != decay {
                        return Err(InvalidNetwork::new(
                            &g.name,
                            "readouts with different time constants; give all of them one".into(),
                        ));
                    }
                }
            }
            let inputs = |l: &&PlacedProjection| post(circuit, l).filter(|&(post, _)| post == k);
            let mut columns: Vec<usize> =
                circuit.connectivity.projections.iter().filter_map(|l| Some(inputs(&l)?.1)).collect();
            columns.sort();
            columns.dedup();
            let invariants = g.cell().map_or(AlignedVec::new(0), |cell| {
                let mut padded = vec![F::default(); p.fields.params * p.stride];
                pad(p, own, 1, 0, &mut padded);
                F::compiled(cell).passes().linearised_invariants.of(circuit.dt, p.stride, &padded, run.level)
            });
            groups.push(GroupPlan {
                pattern: g
                    .cell()
                    .map(|c| JacobianPattern::of(c, &columns, |output, state| learning.rule.follows(c, output, state))),
                invariants,
                output,
                signal: vec![],
                factored: neuron_traces.is_some() && g.cell().is_some() && output.is_none(),
                traced_spikes: false,
            });
        }
        if outputs == 0 {
            return Err(InvalidNetwork::new(
                "network",
                "no readout: a group whose cells are readouts, such as `leaky-readout`, which the loss sees".into(),
            ));
        }
        let mut plan = Plan {
            circuit,
            run,
            learning: *learning,
            counts: !out.counts.is_empty(),
            precomputed: Precomputed::new(circuit, run),
            weights: circuit.connectivity.pack(run.weights),
            groups,
            projections: vec![],
            neuron_traces,
            kappa: match learning.horizon {
                Horizon::Readout => F::of(kappa.unwrap_or(0.0)),
                Horizon::Step => F::default(),
            },
            outputs,
            traces: 0,
            rows: 0,
        };
        plan.projections()?;
        plan.signals()?;
        Ok(plan)
    }

    fn projections(&mut self) -> Result<(), InvalidNetwork> {
        for link in &self.circuit.connectivity.projections {
            let projection = match post(self.circuit, link) {
                Some((g, input)) => {
                    let columns = self.groups[g].pattern.as_ref().map_or(&[][..], |c| &c.columns);
                    let column = columns.iter().position(|c| c.input == input).unwrap_or(0);
                    let states = if self.groups[g].factored { 0 } else { columns[column].states.len() };
                    let factored = self.groups[g].factored;
                    self.groups[link.pre].traced_spikes |= factored;
                    let projection = ProjectionPlan { post: g, column, traces: self.traces, rows: self.rows };
                    self.traces += states * link.edges.targets.len();
                    projection
                }
                None => ProjectionPlan { post: 0, column: 0, traces: self.traces, rows: self.rows },
            };
            self.rows += link.edges.rows();
            self.projections.push(projection);
        }
        Ok(())
    }

    fn signals(&mut self) -> Result<(), InvalidNetwork> {
        for (m, p) in self.groups.iter_mut().zip(&self.circuit.layouts) {
            if m.pattern.as_ref().is_some_and(|c| c.spikes) {
                m.signal = vec![F::default(); self.outputs * p.stride];
            }
        }
        for (link, projection) in self.circuit.connectivity.projections.iter().zip(&self.projections) {
            let Some(output) = self.groups[projection.post].output.filter(|_| !link.edges.targets.is_empty()) else {
                continue;
            };
            let name = |g: usize| &self.circuit.populations[g].name;
            let late = match &link.edges.delays {
                Delays::Uniform(d) => *d > 0,
                Delays::Each(d) => d.iter().any(|&d| d > 0),
            };
            if late && self.circuit.populations[link.pre].cell().is_some() {
                let to = name(projection.post);
                let what = format!("spikes reach the readout `{to}` late; a delay of 0 is needed");
                return Err(InvalidNetwork::new(name(link.pre), what));
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
        if let Some(feedback) = self.learning.rule.feedback() {
            let cells = |m: &GroupPlan<F>| m.pattern.is_some() && m.output.is_none();
            let count: usize =
                self.groups.iter().zip(&self.circuit.layouts).filter(|(m, _)| cells(m)).map(|(_, p)| p.neurons).sum();
            size("learning", "numbers of feedback", feedback.len(), self.outputs * count)?;
            let mut from = 0;
            for (m, p) in self.groups.iter_mut().zip(&self.circuit.layouts).filter(|(m, _)| cells(m)) {
                for (row, to) in m.signal.chunks_mut(p.stride.max(1)).enumerate() {
                    let own = &feedback[row * count + from..][..p.neurons];
                    to.iter_mut().zip(own).for_each(|(to, &x)| *to = F::of(x));
                }
                from += p.neurons;
            }
        }
        Ok(())
    }
}

/// Returns the group and the input that a projection acts on; `None` where there are no neurons.
fn post(circuit: &Circuit, link: &PlacedProjection) -> Option<(usize, usize)> {
    let within = |p: &&PopulationLayout| (p.inputs..p.inputs + p.fields.inputs * p.stride).contains(&link.column);
    let g = circuit.layouts.iter().position(|p| within(&p))?;
    Some((g, (link.column - circuit.layouts[g].inputs) / circuit.layouts[g].stride))
}
