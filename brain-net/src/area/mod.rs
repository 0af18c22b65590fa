//! This module describes the areas of a cortex and the fractions of neurons by which they project to each other.

mod draw;
mod generator;
mod neurons;
mod statistics;
#[cfg(test)]
mod tests;

pub use generator::Generator;
pub use neurons::{AreaNetwork, AreaProjection, Local, LongRange};
pub use statistics::Statistics;

/// The matrix says how strongly each area projects to each other one.
///
/// `fln[target * n + source]` is the fraction of labelled neurons (FLN): of the neurons that project to the target area
/// from elsewhere, the fraction that lies in the source area (Markov et al. 2014,
/// <https://doi.org/10.1093/cercor/bhs270>). Fractions of a target add up to at most 1, less where sources are missing;
/// the diagonal is 0, because connections within an area are not part of the matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AreaMatrix {
    /// The areas have these names.
    pub names: Vec<String>,
    /// These are the fractions of labelled neurons, `[target, source]`.
    pub fln: Vec<f64>,
    /// The areas are this far from each other, mm, `[target, source]`; it is empty where distances are unknown.
    pub distance_mm: Vec<f64>,
    /// The areas have these centres, mm; it is empty where they are unknown.
    pub centres_mm: Vec<[f64; 3]>,
}

impl AreaMatrix {
    /// Returns the number of areas.
    pub fn areas(&self) -> usize {
        self.names.len()
    }

    /// Returns the fraction of the input of `target` that comes from `source`.
    pub fn fraction(&self, target: usize, source: usize) -> f64 {
        self.fln[target * self.areas() + source]
    }

    /// Returns the distance between two areas, mm; `None` where it is unknown.
    pub fn distance(&self, target: usize, source: usize) -> Option<f64> {
        self.distance_mm.get(target * self.areas() + source).copied()
    }
}

/// Returns the distances between points, `[point, point]`, in the unit of the coordinates.
pub(crate) fn distances(points: &[[f64; 3]]) -> Vec<f64> {
    let between = |a: &[f64; 3], b: &[f64; 3]| (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
    points.iter().flat_map(|a| points.iter().map(move |b| between(a, b))).collect()
}
