//! What is connected to what.

use super::{
    Delays, Edges, Invalid, Projection,
    delivery::weight_layout::{self, PackedRows},
};
use crate::{Cell, Use, cells, cpu::recurrent::LINE};
use std::ops::Range;

/// Like neurons, or sources whose spikes are given.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name in errors.
    pub name: String,
    /// How many.
    pub neurons: usize,
    /// Their equations; none for sources.
    pub cell: Option<&'static Cell>,
}

/// Where a group's numbers lie in rows of all groups.
#[derive(Clone, Debug)]
pub(crate) struct GroupLayout {
    pub(crate) neurons: usize,
    pub(crate) stride: usize,
    /// In rows of a number a neuron.
    pub(crate) row: usize,
    pub(crate) states: usize,
    pub(crate) inputs: usize,
    pub(crate) params: usize,
    /// Sizes of the three.
    pub(crate) fields: [usize; 3],
}

/// A projection, with its place.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) pre: usize,
    pub(crate) synapses: usize,
    /// Neurons of the postsynaptic group.
    pub(crate) targets: usize,
    pub(crate) name: String,
    pub(crate) first: u32,
    pub(crate) edges: Edges<f32>,
    /// Whether the targets of every row follow each other.
    pub(crate) contiguous: bool,
    /// First target of each row, where `contiguous`; zero of one without any.
    pub(crate) first_targets: Vec<u32>,
    /// Synapses of every row, where all neurons of the group have those to all targets.
    pub(crate) full_row: Option<usize>,
    /// Of its first weight.
    pub(crate) weights: usize,
    /// Where weights lie that are laid out.
    pub(crate) packed: PackedRows,
    /// Of its input in a row of all inputs.
    pub(crate) column: usize,
}

impl Link {
    /// Of neurons in ascending order those that have rows.
    #[inline(always)]
    pub(crate) fn own<'n>(&self, neurons: &'n [u32]) -> &'n [u32] {
        let end = self.first + self.edges.rows() as u32;
        match neurons {
            [first, ..] if *first < self.first || neurons[neurons.len() - 1] >= end => {
                let place = |bound: u32| neurons.partition_point(|&n| n < bound);
                &neurons[place(self.first)..place(end)]
            }
            _ => neurons,
        }
    }

    /// The synapses of a neuron that has a row, and which row that is.
    #[inline(always)]
    pub(crate) fn synapses_of(&self, neuron: u32) -> (Range<usize>, usize) {
        let row = (neuron - self.first) as usize;
        let own = match self.full_row {
            Some(count) => row * count..(row + 1) * count,
            None => self.edges.starts[row] as usize..self.edges.starts[row + 1] as usize,
        };
        (own, row)
    }
}

/// Groups and the projections between them, checked.
#[derive(Clone, Debug)]
pub struct Circuit {
    pub(crate) dt: f64,
    pub(crate) groups: Vec<Group>,
    pub(crate) places: Vec<GroupLayout>,
    pub(crate) links: Vec<Link>,
    /// Which links start at each group.
    pub(crate) from: Vec<Vec<usize>>,
    /// Of which groups all of them are from all neurons to all.
    pub(crate) all_to_all: Vec<bool>,
    /// Numbers of weights that are laid out.
    pub(crate) packed_weights: usize,
    /// Lengths of rows of all states, inputs and parameters.
    pub(crate) lengths: [usize; 3],
    /// First number of what each group keeps of a step for its way back, and how many there are.
    pub(crate) residuals: (Vec<usize>, usize),
    /// Length of a row of a number a neuron.
    pub(crate) row: usize,
    pub(crate) longest: usize,
    synapses: usize,
}

impl Circuit {
    /// Checks a circuit of step `dt`, ms. Of the projections' edges the weights are not looked at: they are given to
    /// each run. Delays may be zero steps where the postsynaptic group comes later than the presynaptic one.
    pub fn new(dt: f64, groups: Vec<Group>, projections: Vec<Projection<f32>>) -> Result<Self, Invalid> {
        if !(dt.is_finite() && dt > 0.0) {
            return Err(Invalid::new("network", format!("a step of {dt} ms")));
        }
        let (mut places, mut lengths, mut row, mut residuals) = (vec![], [0; 3], 0, (vec![], 0));
        for g in &groups {
            if g.neurons > u32::MAX as usize {
                return Err(Invalid::new(&g.name, format!("{} neurons; there may be {}", g.neurons, u32::MAX)));
            }
            if let Some(cell) = g.cell.filter(|c| !c.serves(Use::Train)) {
                let known: Vec<_> = cells(Use::Train).map(|c| c.name).collect();
                let what = format!("`{}` is not compiled for training; {} are", cell.name, known.join(", "));
                return Err(Invalid::new(&g.name, what));
            }
            let fields = g.cell.map_or([0; 3], |c| [c.state.len(), c.input.len(), c.param.len()]);
            let stride = g.neurons.div_ceil(LINE) * LINE;
            let [states, inputs, params] = lengths;
            places.push(GroupLayout { neurons: g.neurons, stride, row, states, inputs, params, fields });
            row += stride;
            residuals.0.push(residuals.1);
            residuals.1 += g.cell.map_or(0, |c| (c.trained().saved)()) * stride;
            lengths.iter_mut().zip(fields).for_each(|(l, n)| *l += n * stride);
        }
        let (mut links, mut synapses, mut longest) = (vec![], 0, 0);
        for p in projections {
            let wrong = |what: String| Err(Invalid::new(&p.name, what));
            if let Some(k) = [p.pre, p.post].into_iter().find(|&k| k >= groups.len()) {
                return wrong(format!("population {k} of {}", groups.len()));
            }
            let inputs = places[p.post].fields[1];
            if p.input >= inputs {
                return wrong(format!("input {} of {inputs} of `{}`", p.input, groups[p.post].name));
            }
            if p.plasticity.is_some() {
                return wrong("short-term plasticity has no gradient".into());
            }
            // Groups take a step in their order, so that later ones can see the spikes that earlier ones have in it.
            p.edges.check(&p.name, groups[p.post].neurons, if p.post > p.pre { 0 } else { 1 })?;
            let (rows, pre) = (p.edges.rows(), groups[p.pre].neurons);
            if p.first + rows > pre {
                return wrong(format!("rows of neurons {}..{} of {pre}", p.first, p.first + rows));
            }
            longest = longest.max(p.edges.delay_range().1 as usize);
            let to = &places[p.post];
            let row = |r: usize| &p.edges.targets[p.edges.starts[r] as usize..p.edges.starts[r + 1] as usize];
            let contiguous = matches!(p.edges.delays, Delays::Uniform(_))
                && (0..rows).all(|r| row(r).windows(2).all(|w| w[1] == w[0] + 1));
            let first_target = |r: usize| row(r).first().copied().unwrap_or(0);
            let first_targets = if contiguous { (0..rows).map(first_target).collect() } else { vec![] };
            let full_row = (contiguous && p.edges.targets.len() == pre * to.neurons).then_some(to.neurons);
            let link = Link {
                pre: p.pre,
                synapses: p.edges.targets.len(),
                targets: to.neurons,
                name: p.name,
                first: p.first as u32,
                contiguous,
                first_targets,
                full_row,
                weights: synapses,
                packed: PackedRows::default(),
                column: to.inputs + p.input * to.stride,
                edges: p.edges,
            };
            synapses += link.edges.targets.len();
            links.push(link);
        }
        let own = |g| (0..links.len()).filter(|&l| links[l].pre == g).collect();
        let from: Vec<Vec<usize>> = (0..groups.len()).map(own).collect();
        let (all_to_all, packed_weights) = weight_layout::place(&mut links, &from);
        Ok(Circuit {
            dt,
            groups,
            places,
            links,
            from,
            all_to_all,
            packed_weights,
            lengths,
            residuals,
            row,
            longest,
            synapses,
        })
    }

    /// The groups.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Synapses of each projection.
    pub fn projections(&self) -> impl ExactSizeIterator<Item = usize> {
        self.links.iter().map(|l| l.synapses)
    }

    /// Synapses of all projections: weights are given in the projections' order, those of each in the order of its rows.
    pub fn synapses(&self) -> usize {
        self.synapses
    }
}

impl Edges<f32> {
    /// All of `pre` neurons to all of `post`: weights are `[pre, post]`, as [`Circuit`] takes them.
    pub fn dense(pre: usize, post: usize, delays: Delays) -> Self {
        let targets = (0..pre).flat_map(|_| 0..post as u32).collect();
        let starts = (0..=pre).map(|r| (r * post) as u64).collect();
        Edges { starts, targets, weights: super::Weights::Uniform(0.0), delays }
    }
}
