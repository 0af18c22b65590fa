//! This module holds the spikes of sources.

use super::inputs::size;
use crate::network::InvalidNetwork;

/// The spikes of a group of sources. The neurons that spike in step `t` of batch element `b` are
/// `neurons[starts[t B + b]..starts[t B + b + 1]]`.
#[derive(Clone, Debug, Default)]
pub struct Raster {
    /// Offsets of the lists of neurons, `[T B + 1]`; they may be empty where there are no spikes.
    pub starts: Vec<usize>,
    /// Neurons that spike, ascending within a step and batch element.
    pub neurons: Vec<u32>,
}

impl Raster {
    /// Returns list number `at` of the lists `[step, batch]`.
    #[inline(always)]
    pub(super) fn list(&self, at: usize) -> &[u32] {
        if self.starts.is_empty() { &[] } else { &self.neurons[self.starts[at]..self.starts[at + 1]] }
    }

    /// Fails unless there are `count` ascending lists of neurons below `neurons` and the group is one of sources.
    pub(super) fn check(&self, name: &str, count: usize, neurons: usize, sources: bool) -> Result<(), InvalidNetwork> {
        if self.starts.is_empty() && self.neurons.is_empty() {
            return Ok(());
        }
        if !sources {
            return Err(InvalidNetwork::new(name, "spikes are given of cells, which make their own".into()));
        }
        size(name, "starts of lists of spikes", self.starts.len(), count + 1)?;
        if self.starts[0] != 0 || self.starts[count] != self.neurons.len() || !self.starts.is_sorted() {
            return Err(InvalidNetwork::new(
                name,
                format!("lists of {} spikes do not follow each other", self.neurons.len()),
            ));
        }
        if let Some(n) = self.neurons.iter().find(|&&n| n as usize >= neurons) {
            return Err(InvalidNetwork::new(name, format!("a spike of source {n} of {neurons}")));
        }
        match self.starts.windows(2).find(|w| !self.neurons[w[0]..w[1]].is_sorted_by(|a, b| a < b)) {
            Some(w) => Err(InvalidNetwork::new(name, format!("spikes {}..{} are not in ascending order", w[0], w[1]))),
            None => Ok(()),
        }
    }
}
