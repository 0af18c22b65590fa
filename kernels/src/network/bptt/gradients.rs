//! This module holds the arrays that gradients are written to.

use crate::{
    Precision, Spread,
    memory::DisjointMut,
    network::{
        InvalidNetwork,
        circuit::Circuit,
        trial::{Failure, NotFinite, RunInputs, Trial, inputs::size},
    },
};

/// The arrays that gradients are written to. An array is empty where its gradient is not wanted.
pub struct Gradients<'a, F> {
    /// Gradient w.r.t. [`RunInputs::start`], in its order.
    pub start: &'a mut [F],
    /// Gradient w.r.t. [`RunInputs::params`], in its order, summed over the batch.
    pub params: &'a mut [F],
    /// Gradient w.r.t. [`RunInputs::weights`], in its order, summed over the batch.
    pub weights: &'a mut [F],
    /// Gradient w.r.t. [`RunInputs::drive`], in its order. A drive that the batch [shares](Spread::Shared) has a
    /// gradient for each batch element, `[T, driven input, B]`, over which the caller sums.
    pub drive: &'a mut [F],
}

impl<F: Precision> Gradients<'_, F> {
    /// Fails, with both sizes, unless the arrays that are not empty fit the circuit and the run.
    pub(crate) fn check(&self, circuit: &Circuit, run: &RunInputs<F>) -> Result<(), InvalidNetwork> {
        let optional = |what, got, want| if got == 0 { Ok(()) } else { size("network", what, got, want) };
        let drives = circuit.layouts.iter().zip(run.drives);
        let drive = drives.map(|(p, d)| d.gradient_count(run.steps, run.batch, p.neurons)).sum();
        optional("gradients by initial states", self.start.len(), run.start.len())?;
        optional("gradients by parameters", self.params.len(), run.params.len())?;
        optional("gradients by weights", self.weights.len(), run.weights.len())?;
        optional("gradients by the drive", self.drive.len(), drive)
    }

    /// Fails with the first number that is not finite among the gradients that are summed over the batch.
    pub(super) fn check_finite(&self, circuit: &Circuit) -> Result<(), Failure> {
        let first = |x: &[F]| x.iter().position(|x| !x.to().is_finite());
        let fail = |part: &str, what, index| {
            Err(Failure::NotFinite(NotFinite { part: part.into(), what, index, element: None, steps: None }))
        };
        if !self.weights.is_empty() {
            for p in &circuit.connectivity.projections {
                if let Some(k) = first(&self.weights[p.weights..][..p.synapses]) {
                    return fail(&p.name, "gradient by weight".into(), k);
                }
            }
        }
        let mut rest = &*self.params;
        for (g, p) in circuit.populations.iter().zip(&circuit.layouts).filter(|_| !self.params.is_empty()) {
            let (own, others) = rest.split_at(p.fields.params * p.neurons);
            rest = others;
            if let (Some(k), Some(cell)) = (first(own), g.cell()) {
                let what = format!("gradient by parameter {}", cell.param[k / p.neurons].name);
                return fail(&g.name, what, k % p.neurons);
            }
        }
        Ok(())
    }
}

/// Writes the gradient w.r.t. the drive of step `t` of one batch element to `drive`; `inputs` is the gradient w.r.t.
/// the row of inputs of that step.
pub(super) fn write_drive<F: Precision>(trial: &Trial<F>, t: usize, inputs: &[F], drive: &DisjointMut<F>) {
    let Trial { circuit, run, b, .. } = *trial;
    let mut base = 0;
    for (p, d) in circuit.layouts.iter().zip(run.drives) {
        for (k, &i) in d.inputs.iter().enumerate() {
            let from = &inputs[p.inputs + i * p.stride..][..p.neurons];
            let at = (t * d.inputs.len() + k) * run.batch + b;
            // SAFETY: these numbers are of batch element `b`, which this thread alone takes back.
            unsafe {
                match d.spread() {
                    Spread::Neuron => drive.part(base + at * p.neurons, p.neurons).copy_from_slice(from),
                    _ => drive.part(base + at, 1)[0] = F::of(from.iter().map(|x| x.to()).sum()),
                }
            }
        }
        base += d.gradient_count(run.steps, run.batch, p.neurons);
    }
}

/// Writes the gradient w.r.t. the initial states of one batch element to `start`; `states` is that gradient as a padded
/// row.
pub(super) fn write_start<F: Precision>(trial: &Trial<F>, states: &[F], start: &DisjointMut<F>) {
    if start.is_empty() {
        return;
    }
    let Trial { circuit, run, b, .. } = *trial;
    let mut base = 0;
    for p in &circuit.layouts {
        for row in 0..p.fields.states {
            // SAFETY: these numbers are of batch element `b`, which this thread alone takes back.
            let to = unsafe { start.part(base + (row * run.batch + b) * p.neurons, p.neurons) };
            to.copy_from_slice(&states[p.states + row * p.stride..][..p.neurons]);
        }
        base += p.fields.states * run.batch * p.neurons;
    }
}
