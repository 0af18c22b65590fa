//! This module saves and restores the state of a running simulation as named parts.

use super::Simulation;
use crate::{Precision, network::InvalidNetwork};

/// The numbers of one part of a state.
#[derive(Clone, Debug, PartialEq)]
pub enum SavedData<F> {
    /// They have the precision of the simulation.
    Number(Vec<F>),
    /// They have double precision.
    Double(Vec<f64>),
    /// They count steps.
    Step(Vec<u64>),
}

/// One part of the state of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved<F> {
    /// The name is `step`, `state/<population>/<field>`, `events/<population>/<input>`, or
    /// `plasticity/<projection>/{left,last}`.
    pub name: String,
    /// The shape is `[]`, `[neuron]`, `[slot, neuron]`, or `[2, neuron]`.
    pub shape: Vec<usize>,
    /// The numbers.
    pub data: SavedData<F>,
}

impl<F: Precision> Simulation<F> {
    /// Returns the whole state between two calls of [`Simulation::run`]. A simulation of the same network, on any
    /// number of threads, that [`restore`](Simulation::restore)s it continues as this one does, bit for bit.
    ///
    /// Where all delays are one step and the receptor only adds events to a state variable, events that are due in the
    /// next step are part of that state; all others are under `events`.
    pub fn state(&self) -> Vec<Saved<F>> {
        let mut all = vec![Saved { name: "step".into(), shape: vec![], data: SavedData::Step(vec![self.step]) }];
        for pop in &self.prepared.populations {
            let Some(cells) = pop.cells() else { continue };
            for (s, f) in cells.cell.state.iter().enumerate() {
                let data = SavedData::Number(cells.state.row(s).to_vec());
                all.push(Saved { name: format!("state/{}/{}", pop.name, f.name), shape: vec![pop.neurons], data });
            }
            for (f, ring) in cells.cell.input.iter().zip(&cells.rings) {
                if let Some(ring) = ring {
                    let shape = vec![ring.rows(), pop.neurons];
                    let data = SavedData::Number(ring.to_vec());
                    all.push(Saved { name: format!("events/{}/{}", pop.name, f.name), shape, data });
                }
            }
        }
        for p in &self.prepared.projections {
            if let Some(r) = &p.resources {
                let (left, last) = (r.left.to_vec(), r.last.to_vec());
                let name = |what: &str| format!("plasticity/{}/{what}", p.name);
                let shape = vec![2, last.len()];
                all.push(Saved { name: name("left"), shape, data: SavedData::Double(left) });
                all.push(Saved { name: name("last"), shape: vec![last.len()], data: SavedData::Step(last) });
            }
        }
        all
    }

    /// Restores a state that [`Simulation::state`] returned. Fails with the part that is missing, unknown or of another
    /// size, and then changes nothing.
    pub fn restore(&mut self, saved: &[Saved<F>]) -> Result<(), InvalidNetwork> {
        let own = self.state();
        if let Some(s) = saved.iter().find(|s| own.iter().all(|o| o.name != s.name)) {
            return Err(InvalidNetwork::new(&s.name, "this network has no such state".into()));
        }
        let mut found = vec![];
        for o in &own {
            let Some(s) = saved.iter().find(|s| s.name == o.name) else {
                return Err(InvalidNetwork::new(&o.name, "missing from the saved state".into()));
            };
            let alike = std::mem::discriminant(&s.data) == std::mem::discriminant(&o.data);
            if s.shape != o.shape || !alike || length(&s.data) != length(&o.data) {
                let what = format!("{} numbers of shape {:?} where {:?} is needed", length(&s.data), s.shape, o.shape);
                return Err(InvalidNetwork::new(&o.name, what));
            }
            found.push(&s.data);
        }
        let mut found = found.into_iter();
        let mut next = || found.next().expect("one for each of its own");
        if let SavedData::Step(step) = next() {
            self.step = step[0];
        }
        for pop in &mut self.prepared.populations {
            let Some(cells) = pop.cells_mut() else { continue };
            for s in 0..cells.cell.state.len() {
                if let SavedData::Number(x) = next() {
                    cells.state.row_mut(s).copy_from_slice(x);
                    cells.state.pad(s);
                }
            }
            for ring in cells.rings.iter_mut().flatten() {
                if let SavedData::Number(x) = next() {
                    ring.copy_from(x);
                }
            }
        }
        for r in self.prepared.projections.iter_mut().filter_map(|p| p.resources.as_mut()) {
            if let SavedData::Double(x) = next() {
                r.left.copy_from(x);
            }
            if let SavedData::Step(x) = next() {
                r.last.copy_from(x);
            }
        }
        Ok(())
    }
}

fn length<F>(data: &SavedData<F>) -> usize {
    match data {
        SavedData::Number(x) => x.len(),
        SavedData::Double(x) => x.len(),
        SavedData::Step(x) => x.len(),
    }
}
