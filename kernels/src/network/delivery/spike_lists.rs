//! This module holds lists of the neurons that spiked.

use std::ops::Range;

/// The neurons that spiked in each step of one batch element, by group, `[step, group]`; each list ascends.
///
/// All lists share one vector, in the order in which a run appends them: step by step, and within a step group by
/// group.
#[derive(Clone, Debug)]
pub(crate) struct SpikeLists {
    groups: usize,
    /// End of each list in `neurons`.
    ends: Vec<usize>,
    neurons: Vec<u32>,
}

/// The lists of some steps and groups, with the row of inputs that their steps correspond to.
#[derive(Clone, Debug)]
pub(crate) struct SpikeSpan<'a> {
    pub(crate) lists: &'a SpikeLists,
    pub(crate) steps: Range<usize>,
    pub(crate) groups: Range<usize>,
    /// Row of inputs of the first step; it is negative where the steps begin before the rows.
    pub(crate) first_row: isize,
}

impl SpikeLists {
    /// Makes an empty collection with room for the lists of `steps` steps.
    pub(crate) fn with_capacity(steps: usize, groups: usize) -> Self {
        SpikeLists { groups, ends: Vec::with_capacity(steps * groups), neurons: vec![] }
    }

    /// Appends the next list.
    pub(crate) fn push(&mut self, neurons: &[u32]) {
        self.neurons.extend_from_slice(neurons);
        self.ends.push(self.neurons.len());
    }

    /// Returns the neurons of `group` that spiked in `step`.
    #[inline(always)]
    pub(crate) fn of(&self, step: usize, group: usize) -> &[u32] {
        let at = step * self.groups + group;
        &self.neurons[if at == 0 { 0 } else { self.ends[at - 1] }..self.ends[at]]
    }

    /// Returns the number of spikes of `group` in all steps.
    pub(crate) fn count(&self, group: usize) -> usize {
        let steps = self.ends.len() / self.groups.max(1);
        (0..steps).map(|step| self.of(step, group).len()).sum()
    }

    /// Returns the number of bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.ends[..]) + size_of_val(&self.neurons[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_found_by_step_and_group() {
        let mut lists = SpikeLists::with_capacity(2, 2);
        for neurons in [&[3, 5][..], &[], &[1], &[0, 2, 4]] {
            lists.push(neurons);
        }
        let all = [[lists.of(0, 0), lists.of(0, 1)], [lists.of(1, 0), lists.of(1, 1)]];
        assert_eq!(all, [[&[3, 5][..], &[]], [&[1], &[0, 2, 4]]]);
        assert_eq!([lists.count(0), lists.count(1)], [3, 3]);
        assert_eq!(SpikeLists::with_capacity(0, 0).count(0), 0);
    }
}
