//! Neurons of one sign and one model.

use kernels::network::Sign;
use std::collections::BTreeMap;
use std::ops::Range;

/// Neurons `start..end` of a population: an area, a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Segment {
    /// Name.
    pub name: String,
    /// First neuron.
    pub start: u32,
    /// One past the last neuron.
    pub end: u32,
}

impl Segment {
    /// The neurons.
    pub fn range(&self) -> Range<u32> {
        self.start..self.end
    }

    /// How many.
    pub fn size(&self) -> u32 {
        self.end.saturating_sub(self.start)
    }
}

/// Neurons of one sign and one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Population {
    /// Name.
    pub name: String,
    /// Number of neurons.
    pub size: u32,
    /// Sign of all synapses they make.
    pub sign: Sign,
    /// Name of a model of [`kernels`](https://docs.rs/kernels); empty where it is not decided, [`Population::INPUT`]
    /// where the neurons only replay spikes.
    pub model: String,
    /// Values of the model's parameters in the units of its fields: one for all neurons, or one each.
    pub params: BTreeMap<String, Vec<f64>>,
    /// Areas, in order, without overlap; may be empty.
    pub segments: Vec<Segment>,
    /// Positions in mm, one a neuron; empty where they are unknown.
    pub positions: Vec<[f32; 3]>,
    /// Identifiers in the connectome, one a neuron; empty where they are 0, 1, 2, ...
    pub labels: Vec<String>,
}

impl Population {
    /// The model of neurons that only replay spikes.
    pub const INPUT: &'static str = "input";

    /// A population without anything but a name, a size and a sign.
    pub fn new(name: &str, size: u32, sign: Sign) -> Self {
        Self { name: name.into(), size, sign, ..Self::default() }
    }

    /// Whether the neurons only replay spikes.
    pub fn is_input(&self) -> bool {
        self.model == Self::INPUT
    }

    /// A parameter of a neuron, `default` where it is not given.
    pub fn parameter(&self, name: &str, neuron: usize, default: f64) -> f64 {
        match self.params.get(name).map(Vec::as_slice) {
            Some([all]) => *all,
            Some(each) => each.get(neuron).copied().unwrap_or(default),
            None => default,
        }
    }

    /// Name of the area of a neuron.
    pub fn area(&self, neuron: u32) -> Option<&str> {
        self.segment_of(neuron).map(|k| self.segments[k].name.as_str())
    }

    /// Index of the area of a neuron.
    pub fn segment_of(&self, neuron: u32) -> Option<usize> {
        let k = self.segments.partition_point(|s| s.end <= neuron);
        self.segments.get(k).filter(|s| s.range().contains(&neuron)).map(|_| k)
    }

    /// How a message calls a neuron.
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
        let mut p = Population::new("E", 10, Sign::Excitatory);
        assert_eq!(p.area(0), None);
        p.params = [("C".into(), vec![2.0]), ("tau".into(), vec![1.0, 3.0]), ("none".into(), vec![])].into();
        let values = ["C", "tau", "none", "V_th"].map(|name| [0, 1, 2].map(|n| p.parameter(name, n, 9.0)));
        assert_eq!(values, [[2.0; 3], [1.0, 3.0, 9.0], [9.0; 3], [9.0; 3]]);
        p.segments = vec![segment("V1", 0, 4), segment("V2", 4, 4), segment("V4", 5, 9)];
        let areas: Vec<_> = (0..10).map(|i| p.area(i).unwrap_or("")).collect();
        assert_eq!(areas, ["V1", "V1", "V1", "V1", "", "V4", "V4", "V4", "V4", ""]);
    }
}
