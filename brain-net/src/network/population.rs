//! This module holds what a connectome tells of the neurons of a population, beside what runs.

use kernels::network::{Population, PopulationKind, Sign};
use std::ops::Range;

/// Neurons that only replay spikes have the model of this name, in configs and files.
pub const INPUT: &str = "input";

/// A segment is the neurons `start..end` of a population, such as an area or a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Segment {
    /// The area or layer has this name.
    pub name: String,
    /// The first neuron has this index.
    pub start: u32,
    /// The last neuron has the index before this one.
    pub end: u32,
}

impl Segment {
    /// Returns the range of the neurons.
    pub fn range(&self) -> Range<u32> {
        self.start..self.end
    }

    /// Returns the number of neurons.
    pub fn size(&self) -> u32 {
        self.end.saturating_sub(self.start)
    }
}

/// The neurons of a population have this sign and these areas, positions and identifiers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Anatomy {
    /// All synapses that the neurons make have this sign.
    pub sign: Sign,
    /// The areas are in the order of their neurons, without overlap; there may be none.
    pub segments: Vec<Segment>,
    /// The neurons are at these positions, mm, `[neuron]`; it is empty where they are unknown.
    pub positions: Vec<[f32; 3]>,
    /// The neurons have these identifiers in the connectome, `[neuron]`; it is empty where they are 0, 1, 2, ...
    pub labels: Vec<String>,
}

impl Anatomy {
    /// Makes the anatomy of neurons of which only the sign is known.
    pub fn of(sign: Sign) -> Self {
        Self { sign, ..Self::default() }
    }

    /// Returns the name of the area of a neuron.
    pub fn area(&self, neuron: u32) -> Option<&str> {
        self.segment_of(neuron).map(|k| self.segments[k].name.as_str())
    }

    /// Returns the index of the area of a neuron.
    pub fn segment_of(&self, neuron: u32) -> Option<usize> {
        let k = self.segments.partition_point(|s| s.end <= neuron);
        self.segments.get(k).filter(|s| s.range().contains(&neuron)).map(|_| k)
    }

    /// Returns the name of a neuron for messages: its identifier, or its index.
    pub fn label(&self, neuron: u32) -> String {
        self.labels.get(neuron as usize).cloned().unwrap_or_else(|| neuron.to_string())
    }
}

/// A population of a network is seen here together with its anatomy.
#[derive(Clone, Copy, Debug)]
pub struct AnatomicalPopulation<'a> {
    /// The network describes the neurons like this.
    pub neurons: &'a Population,
    /// The neurons have this anatomy.
    pub anatomy: &'a Anatomy,
}

impl<'a> AnatomicalPopulation<'a> {
    /// Returns the name of the population.
    pub fn name(&self) -> &'a str {
        &self.neurons.name
    }

    /// Returns the number of neurons.
    pub fn size(&self) -> u32 {
        self.neurons.neurons as u32
    }

    /// Returns the sign of all synapses that the neurons make.
    pub fn sign(&self) -> Sign {
        self.anatomy.sign
    }

    /// Returns whether the neurons only replay spikes.
    pub fn is_input(&self) -> bool {
        self.neurons.is_source()
    }

    /// Returns the name of the neurons' model; it is empty where it is not decided, and [`INPUT`] where the neurons
    /// only replay spikes.
    pub fn model(&self) -> &'a str {
        match &self.neurons.kind {
            PopulationKind::Named { model, .. } => model,
            PopulationKind::Cells { cell, .. } => cell.name,
            PopulationKind::Poisson { .. } | PopulationKind::Spikes { .. } => INPUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_of_neurons() {
        let segment = |name: &str, start, end| Segment { name: name.into(), start, end };
        let mut anatomy = Anatomy::of(Sign::Excitatory);
        assert_eq!((anatomy.area(0), anatomy.label(7)), (None, "7".into()));
        anatomy.segments = vec![segment("V1", 0, 4), segment("V2", 4, 4), segment("V4", 5, 9)];
        let areas: Vec<_> = (0..10).map(|i| anatomy.area(i).unwrap_or("")).collect();
        assert_eq!(areas, ["V1", "V1", "V1", "V1", "", "V4", "V4", "V4", "V4", ""]);
    }
}
