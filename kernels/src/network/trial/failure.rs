//! Why a run has no result.

use crate::Precision;
use crate::network::{Invalid, bptt::Gradients, circuit::Circuit};
use std::fmt;

/// Why a run, or a run backwards, has no result.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Something does not fit.
    Invalid(Invalid),
    /// A number is not finite.
    NotFinite(NotFinite),
}

/// The first number that is not finite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFinite {
    /// The group, or the projection.
    pub part: String,
    /// What it is, such as `state v` or `gradient by state v`.
    pub what: String,
    /// Its neuron, or synapse.
    pub index: usize,
    /// Batch element, where it is not summed over them.
    pub element: Option<usize>,
    /// Steps after which it is not, or, of a gradient, back to which; where it is not summed over them.
    pub steps: Option<usize>,
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {} of {} is not finite", self.part, self.what, self.index)?;
        if let Some(steps) = self.steps {
            write!(f, " {} {steps} steps", if self.what.starts_with("gradient") { "back to" } else { "after" })?;
        }
        self.element.map_or(Ok(()), |b| write!(f, ", batch element {b}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::Invalid(e) => e.fmt(f),
            Failure::NotFinite(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Invalid> for Failure {
    fn from(e: Invalid) -> Self {
        Failure::Invalid(e)
    }
}

impl<F: Precision> Gradients<'_, F> {
    /// Fails with what is not finite of the gradients that are summed.
    pub(crate) fn finite(&self, circuit: &Circuit) -> Result<(), Failure> {
        let first = |x: &[F]| x.iter().position(|x| !x.to().is_finite());
        let fail = |part: &str, what, index| {
            Err(Failure::NotFinite(NotFinite { part: part.into(), what, index, element: None, steps: None }))
        };
        for l in circuit.links.iter().take(if self.weights.is_empty() { 0 } else { circuit.links.len() }) {
            if let Some(k) = first(&self.weights[l.weights..][..l.synapses]) {
                return fail(&l.name, "gradient by weight".into(), k);
            }
        }
        let mut at = 0;
        for (g, p) in circuit.groups.iter().zip(&circuit.places).take(if self.params.is_empty() {
            0
        } else {
            circuit.places.len()
        }) {
            let count = p.fields[2] * p.neurons;
            if let (Some(k), Some(cell)) = (first(&self.params[at..at + count]), g.cell) {
                return fail(
                    &g.name,
                    format!("gradient by parameter {}", cell.param[k / p.neurons].name),
                    k % p.neurons,
                );
            }
            at += count;
        }
        Ok(())
    }
}
