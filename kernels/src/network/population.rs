//! A population ready to run.

use super::{Invalid, Kind, Population, Values, rows::Rows};
use crate::{
    Cell, Level, Precision, Use, cells,
    cpu::advance::{Hoist, Inflow, Probe, Stretch},
};

/// A population with its state.
pub(super) struct Pop<F: Precision> {
    pub(super) name: String,
    pub(super) neurons: usize,
    pub(super) unit: Unit<F>,
}

pub(super) enum Unit<F: Precision> {
    Cells(Box<Cells<F>>),
    Poisson { rate: Values<f64>, key: u64 },
    Spikes { times: Vec<(u64, u32)> },
}

/// Neurons with receptors.
pub(super) struct Cells<F: Precision> {
    pub(super) cell: &'static Cell,
    pub(super) state: Rows<F>,
    shared: Vec<F>,
    varying: Vec<usize>,
    rows: Rows<F>,
    base: Vec<F>,
    each: Vec<Option<Rows<F>>>,
    /// Events under way, by input: `[slot, neuron]`.
    pub(super) rings: Vec<Option<Rows<F>>>,
    /// The state that events are added to at once, by input: where all are due in the next step, and that is all they do.
    direct: Vec<Option<usize>>,
    pub(super) slots: usize,
}

impl<F: Precision> Pop<F> {
    pub(super) fn new(from: Population<F>, dt: f64, level: Level) -> Result<Self, Invalid> {
        let (name, neurons) = (from.name, from.neurons);
        if neurons > u32::MAX as usize {
            return Err(Invalid::new(&name, format!("{neurons} neurons; there may be {}", u32::MAX)));
        }
        let unit = match from.kind {
            Kind::Cells { cell, params, start, drive } => {
                Unit::Cells(Box::new(Cells::new(&name, neurons, cell, [params, start, drive], dt, level)?))
            }
            Kind::Poisson { rate, key } => {
                check_rate(&name, &rate, neurons, dt)?;
                if let Some(r) = numbers(&rate).iter().find(|&&r| r * dt > 1e3) {
                    return Err(Invalid::new(&name, format!("{r} Hz is more than a spike in each step of {dt} ms")));
                }
                Unit::Poisson { rate, key }
            }
            Kind::Spikes { times } => {
                if let Some(p) = times.windows(2).find(|p| p[0] > p[1]) {
                    return Err(Invalid::new(&name, format!("spike {:?} after {:?}", p[1], p[0])));
                }
                if let Some(s) = times.iter().find(|s| s.1 as usize >= neurons) {
                    return Err(Invalid::new(&name, format!("a spike of source {} of {neurons}", s.1)));
                }
                Unit::Spikes { times }
            }
        };
        Ok(Pop { name, neurons, unit })
    }

    /// The cells, where there are.
    pub(super) fn cells(&self) -> Option<&Cells<F>> {
        if let Unit::Cells(cells) = &self.unit { Some(cells) } else { None }
    }

    pub(super) fn cells_mut(&mut self) -> Option<&mut Cells<F>> {
        if let Unit::Cells(cells) = &mut self.unit { Some(cells) } else { None }
    }
}

impl<F: Precision> Cells<F> {
    fn new(
        name: &str,
        neurons: usize,
        cell: &'static Cell,
        [params, start, drive]: [Values<F>; 3],
        dt: f64,
        level: Level,
    ) -> Result<Self, Invalid> {
        if !cell.serves(Use::Network) {
            let known: Vec<_> = cells(Use::Network).map(|c| c.name).collect();
            let what = format!("`{}` is not compiled for networks; {} are", cell.name, known.join(", "));
            return Err(Invalid::new(name, what));
        }
        check_values(name, "parameters", &params, cell.param.len(), neurons)?;
        check_values(name, "states", &start, cell.state.len(), neurons)?;
        check_values(name, "inputs", &drive, cell.input.len(), neurons)?;
        let mut state = Rows::new(cell.state.len(), neurons, F::default());
        for s in 0..cell.state.len() {
            match &start {
                Values::Shared(x) => state.row_mut(s).fill(x[s]),
                Values::Each(x) => state.row_mut(s).copy_from_slice(&x[s * neurons..][..neurons]),
            }
            state.pad(s);
        }
        let (count, columns) =
            ((cell.invariants)(), if let Values::Each(_) = params { neurons } else { 1.min(neurons) });
        let mut all = Rows::new(count, columns, F::default());
        if columns > 0 {
            let stride = all.stride();
            let mut hoist = Hoist { dt, params: numbers(&params), neurons: columns, stride, to: all.all_mut() };
            (F::compiled(cell).steps().hoist)(&mut hoist, level);
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
        let each = |i: usize| match &drive {
            Values::Shared(_) => None,
            Values::Each(x) => {
                let mut row = Rows::new(1, neurons, F::default());
                row.row_mut(0).copy_from_slice(&x[i * neurons..][..neurons]);
                row.pad(0);
                Some(row)
            }
        };
        Ok(Cells {
            cell,
            state,
            shared,
            varying,
            rows,
            base: if let Values::Shared(x) = &drive { x.clone() } else { vec![F::default(); inputs] },
            each: (0..inputs).map(each).collect(),
            rings: (0..inputs).map(|_| None).collect(),
            direct: vec![None; inputs],
            slots: 1,
        })
    }

    /// Makes rings of `slots` for the inputs that events come to.
    pub(super) fn receive(&mut self, inputs: &[usize], neurons: usize, slots: usize) {
        self.slots = slots.max(1);
        for &i in inputs {
            match self.cell.jumps[i] {
                Some(state) if self.slots == 1 => self.direct[i] = Some(state),
                _ => self.rings[i] = Some(Rows::new(self.slots, neurons, F::default())),
            }
        }
    }

    /// Where the events of an input are added: the first row, one for each slot, and their distance.
    pub(super) fn arrivals(&self, input: usize) -> Option<(*mut F, usize)> {
        let stride = self.state.stride();
        match (self.direct[input], &self.rings[input]) {
            // SAFETY: a row of the state.
            (Some(state), _) => Some((unsafe { self.state.as_ptr().add(state * stride) }, stride)),
            (None, ring) => ring.as_ref().map(|r| (r.as_ptr(), r.stride())),
        }
    }

    /// Bytes in memory.
    pub(super) fn bytes(&self) -> usize {
        let rings: usize = self.rings.iter().flatten().map(|r| r.bytes()).sum();
        let each: usize = self.each.iter().flatten().map(|r| r.bytes()).sum();
        self.state.bytes() + self.rows.bytes() + rings + each
    }

    pub(super) fn inflow(&self) -> Vec<Inflow<F>> {
        let one = |(i, ring): (usize, &Option<Rows<F>>)| Inflow {
            base: self.base[i],
            each: self.each[i].as_ref().map_or(std::ptr::null(), |r| r.as_ptr().cast_const()),
            ring: ring.as_ref().map_or(std::ptr::null_mut(), |r| r.as_ptr()),
        };
        self.rings.iter().enumerate().map(one).collect()
    }

    /// A stretch from step `step` on.
    pub(super) fn stretch<'a>(
        &'a self,
        columns: std::ops::Range<usize>,
        neurons: usize,
        step: u64,
        inflow: &'a [Inflow<F>],
        spikes: &'a mut [Vec<u32>],
        probes: &'a [Probe<F>],
    ) -> Stretch<'a, F> {
        Stretch {
            columns,
            neurons,
            stride: self.state.stride(),
            state: self.state.as_ptr(),
            shared: &self.shared,
            varying: &self.varying,
            rows: self.rows.as_ptr().cast_const(),
            inflow,
            slots: self.slots,
            slot: (step % self.slots as u64) as usize,
            spikes,
            probes,
        }
    }
}

/// All numbers of some values.
pub(super) fn numbers<T>(values: &Values<T>) -> &[T] {
    match values {
        Values::Shared(x) | Values::Each(x) => x,
    }
}

fn check_values<T>(name: &str, what: &str, values: &Values<T>, fields: usize, neurons: usize) -> Result<(), Invalid> {
    let (got, want) = match values {
        Values::Shared(x) => (x.len(), fields),
        Values::Each(x) => (x.len(), fields * neurons),
    };
    match got == want {
        true => Ok(()),
        false => Err(Invalid::new(name, format!("{what}: {got} numbers where {want} are needed"))),
    }
}

pub(super) fn check_rate(name: &str, rate: &Values<f64>, neurons: usize, dt: f64) -> Result<(), Invalid> {
    check_values(name, "rates", rate, 1, neurons)?;
    match numbers(rate).iter().find(|r| !(r.is_finite() && **r >= 0.0 && **r * dt < 1e5)) {
        Some(r) => Err(Invalid::new(name, format!("a rate of {r} Hz in steps of {dt} ms"))),
        None => Ok(()),
    }
}
