//! This module holds a population while it is simulated.

use super::rows::Rows;
use crate::{
    Cell, Level, Precision,
    network::{PerNeuron, Population, PopulationKind},
    step::simulated::{ForwardInvariants, InputSource, Probe, Segment},
};

/// A population and its state between two steps.
pub(super) struct PopulationState<F: Precision> {
    pub(super) name: String,
    pub(super) neurons: usize,
    pub(super) unit: Unit<F>,
}

/// The kind of neurons of a population.
pub(super) enum Unit<F: Precision> {
    Cells(Box<Cells<F>>),
    Poisson { rate: PerNeuron, key: u64 },
    Spikes { times: Vec<(u64, u32)> },
}

/// The cells of a population, with their state and the events in transit to them.
pub(super) struct Cells<F: Precision> {
    pub(super) cell: &'static Cell,
    /// State variables, `[state, neuron]`.
    pub(super) state: Rows<F>,
    /// Loop invariants of the step, computed from the parameters of the first neuron.
    shared: Vec<F>,
    /// Indices of the invariants that differ between neurons.
    varying: Vec<usize>,
    /// Values of these invariants, `[varying, neuron]`.
    rows: Rows<F>,
    /// Constant input where all neurons have the same, `[input]`.
    base: Vec<F>,
    /// Constant input where each neuron has its own, `[input]` with `[neuron]` each.
    each: Vec<Option<Rows<F>>>,
    /// Ring buffers of the events in transit, `[input]` with `[slot, neuron]` each; a slot is a step.
    pub(super) rings: Vec<Option<Rows<F>>>,
    /// State variables that events are added to directly, `[input]`. An input has one where all events are due in the
    /// next step and the receptor only adds them.
    direct: Vec<Option<usize>>,
    pub(super) slots: usize,
}

impl<F: Precision> PopulationState<F> {
    pub(super) fn new(from: Population, dt: f64, level: Level) -> Self {
        let (name, neurons) = (from.name, from.neurons);
        let unit = match from.kind {
            PopulationKind::Cells { cell, params, start, drive } => {
                Unit::Cells(Box::new(Cells::new(neurons, cell, [params, start, drive], dt, level)))
            }
            PopulationKind::Named { .. } => unreachable!("the network was checked"),
            PopulationKind::Poisson { rate, key } => Unit::Poisson { rate, key },
            PopulationKind::Spikes { times } => Unit::Spikes { times },
        };
        PopulationState { name, neurons, unit }
    }

    /// Returns the cells; `None` for sources.
    pub(super) fn cells(&self) -> Option<&Cells<F>> {
        if let Unit::Cells(cells) = &self.unit { Some(cells) } else { None }
    }

    pub(super) fn cells_mut(&mut self) -> Option<&mut Cells<F>> {
        if let Unit::Cells(cells) = &mut self.unit { Some(cells) } else { None }
    }
}

impl<F: Precision> Cells<F> {
    fn new(
        neurons: usize,
        cell: &'static Cell,
        [params, start, drive]: [Vec<PerNeuron>; 3],
        dt: f64,
        level: Level,
    ) -> Self {
        let mut state = Rows::new(cell.state.len(), neurons, F::default());
        for (s, values) in start.iter().enumerate() {
            fill(state.row_mut(s), values);
            state.pad(s);
        }
        let alike = params.iter().all(|p| matches!(p, PerNeuron::Same(_)));
        let (count, columns) = ((cell.invariants)(), if alike { 1.min(neurons) } else { neurons });
        let mut all = Rows::new(count, columns, F::default());
        if columns > 0 {
            let one = |p: &PerNeuron| (0..columns).map(|n| F::of(p.of(n))).collect::<Vec<_>>();
            let params: Vec<F> = params.iter().flat_map(one).collect();
            let stride = all.stride();
            let mut work = ForwardInvariants { dt, params: &params, neurons: columns, stride, to: all.all_mut() };
            (F::compiled(cell).steps().invariants)(&mut work, level);
        }
        let shared: Vec<F> = (0..count).map(|h| all.row(h).first().copied().unwrap_or_default()).collect();
        let differs = |h: &usize| all.row(*h).iter().any(|x| x.to().to_bits() != shared[*h].to().to_bits());
        let varying: Vec<usize> = (0..count).filter(differs).collect();
        let mut rows = Rows::new(varying.len(), neurons, F::default());
        for (to, &h) in varying.iter().enumerate() {
            rows.row_mut(to).copy_from_slice(all.row(h));
            rows.pad(to);
        }
        let inputs = cell.input.len();
        let base = |x: &PerNeuron| if let PerNeuron::Same(x) = x { F::of(*x) } else { F::default() };
        let each = |x: &PerNeuron| match x {
            PerNeuron::Same(_) => None,
            PerNeuron::Each(_) => {
                let mut row = Rows::new(1, neurons, F::default());
                fill(row.row_mut(0), x);
                row.pad(0);
                Some(row)
            }
        };
        Cells {
            cell,
            state,
            shared,
            varying,
            rows,
            base: drive.iter().map(base).collect(),
            each: drive.iter().map(each).collect(),
            rings: (0..inputs).map(|_| None).collect(),
            direct: vec![None; inputs],
            slots: 1,
        }
    }

    /// Allocates the ring buffers of `inputs` for events that are up to `slots` steps in transit.
    pub(super) fn receive(&mut self, inputs: &[usize], neurons: usize, slots: usize) {
        self.slots = slots.max(1);
        for &i in inputs {
            match self.cell.jumps[i] {
                Some(state) if self.slots == 1 => self.direct[i] = Some(state),
                _ => self.rings[i] = Some(Rows::new(self.slots, neurons, F::default())),
            }
        }
    }

    /// Returns the address that events of an input are added to, which is the first row of the ring with a row for each
    /// slot, and the distance between rows.
    pub(super) fn arrivals(&self, input: usize) -> Option<(*mut F, usize)> {
        let stride = self.state.stride();
        match (self.direct[input], &self.rings[input]) {
            // SAFETY: `state` is a row of `self.state`, so that the address is in its allocation.
            (Some(state), _) => Some((unsafe { self.state.as_ptr().add(state * stride) }, stride)),
            (None, ring) => ring.as_ref().map(|r| (r.as_ptr(), r.stride())),
        }
    }

    /// Returns the number of bytes in memory.
    pub(super) fn bytes(&self) -> usize {
        let rings: usize = self.rings.iter().flatten().map(|r| r.bytes()).sum();
        let each: usize = self.each.iter().flatten().map(|r| r.bytes()).sum();
        self.state.bytes() + self.rows.bytes() + rings + each
    }

    pub(super) fn sources(&self) -> Vec<InputSource<F>> {
        let one = |(i, ring): (usize, &Option<Rows<F>>)| InputSource {
            base: self.base[i],
            each: self.each[i].as_ref().map_or(std::ptr::null(), |r| r.as_ptr().cast_const()),
            ring: ring.as_ref().map_or(std::ptr::null_mut(), |r| r.as_ptr()),
        };
        self.rings.iter().enumerate().map(one).collect()
    }

    /// Returns the arguments of the steps from `step` on.
    pub(super) fn segment<'a>(
        &'a self,
        columns: std::ops::Range<usize>,
        neurons: usize,
        step: u64,
        sources: &'a [InputSource<F>],
        spikes: &'a mut [Vec<u32>],
        probes: &'a [Probe<F>],
    ) -> Segment<'a, F> {
        Segment {
            columns,
            neurons,
            stride: self.state.stride(),
            state: self.state.as_ptr(),
            shared: &self.shared,
            varying: &self.varying,
            rows: self.rows.as_ptr().cast_const(),
            sources,
            slots: self.slots,
            slot: (step % self.slots as u64) as usize,
            spikes,
            probes,
        }
    }
}

/// Writes the value of each neuron to `to`.
fn fill<F: Precision>(to: &mut [F], values: &PerNeuron) {
    match values {
        PerNeuron::Same(x) => to.fill(F::of(*x)),
        PerNeuron::Each(x) => to.iter_mut().zip(x).for_each(|(to, &x)| *to = F::of(x)),
    }
}
