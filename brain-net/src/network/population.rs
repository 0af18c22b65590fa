//! This module holds populations: neurons of one sign and one model.

use kernels::network::Sign;
use std::collections::BTreeMap;
use std::ops::Range;

/// The neurons `start..end` of a population, such as an area or a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Segment {
    /// Name of the area or layer.
    pub name: String,
    /// Index of the first neuron.
    pub start: u32,
    /// Index one past the last neuron.
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

/// A population of neurons of one sign and one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnatomicalPopulation {
    /// Name.
    pub name: String,
    /// Number of neurons.
    pub size: u32,
    /// Sign of all synapses that the neurons make.
    pub sign: Sign,
    /// Name of the neurons' model in [`kernels`]; it is empty where it is not decided, and
    /// [`AnatomicalPopulation::INPUT`] where the neurons only replay spikes.
    pub model: String,
    /// Values of the model's parameters in the units of its fields, `[1]` for all neurons or `[neuron]`.
    pub params: BTreeMap<String, Vec<f64>>,
    /// Areas in the order of their neurons, without overlap; there may be none.
    pub segments: Vec<Segment>,
    /// Positions of the neurons, mm, `[neuron]`; empty where they are unknown.
    pub positions: Vec<[f32; 3]>,
    /// Identifiers of the neurons in the connectome, `[neuron]`; empty where they are 0, 1, 2, ...
    pub labels: Vec<String>,
}

impl AnatomicalPopulation {
    /// Name of the model of neurons that only replay spikes.
    pub const INPUT: &'static str = "input";

    /// Makes a population that has only a name, a size and a sign.
    pub fn new(name: &str, size: u32, sign: Sign) -> Self {
        Self { name: name.into(), size, sign, ..Self::default() }
    }

    /// Returns whether the neurons only replay spikes.
    pub fn is_input(&self) -> bool {
        self.model == Self::INPUT
    }

    /// Returns a parameter of a neuron, or `default` where it is not given.
    pub fn parameter(&self, name: &str, neuron: usize, default: f64) -> f64 {
        match self.params.get(name).map(Vec::as_slice) {
            Some([all]) => *all,
            Some(each) => each.get(neuron).copied().unwrap_or(default),
            None => default,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_and_parameters_of_neurons() {
        let segment = |name: &str, start, end| Segment { name: name.into(), start, end };
        let mut p = AnatomicalPopulation::new("E", 10, Sign::Excitatory);
        assert_eq!(p.area(0), None);
        p.params = [("C".into(), vec![2.0]), ("tau".into(), vec![1.0, 3.0]), ("none".into(), vec![])].into();
        let values = ["C", "tau", "none", "V_th"].map(|name| [0, 1, 2].map(|n| p.parameter(name, n, 9.0)));
        assert_eq!(values, [[2.0; 3], [1.0, 3.0, 9.0], [9.0; 3], [9.0; 3]]);
        p.segments = vec![segment("V1", 0, 4), segment("V2", 4, 4), segment("V4", 5, 9)];
        let areas: Vec<_> = (0..10).map(|i| p.area(i).unwrap_or("")).collect();
        assert_eq!(areas, ["V1", "V1", "V1", "V1", "", "V4", "V4", "V4", "V4", ""]);
    }
}
