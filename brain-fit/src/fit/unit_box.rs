//! The unit box is what the fit of a conductance-based model moves in: every parameter from its lower bound at 0 to its
//! upper bound at 1, on its own scale. Steps, distances and priors of all parameters are then comparable.

use super::coordinates::{Coordinate, Scale};
use brain_core::Model;

/// Some parameters of a model in the unit box.
#[derive(Clone, Debug)]
pub struct UnitBox {
    list: Vec<Coordinate>,
    rows: Vec<usize>,
}

impl UnitBox {
    /// Makes the box of the parameters in `rows`; `bounds` are those of all the model's parameters, in its order.
    pub fn new(model: Model, rows: Vec<usize>, bounds: &[(f64, f64)]) -> Self {
        let coordinate = |&row: &usize| Coordinate {
            name: model.param[row].name.to_string(),
            scale: Scale::of(bounds[row]),
            bounds: bounds[row],
        };
        Self { list: rows.iter().map(coordinate).collect(), rows }
    }

    /// Gives the number of coordinates.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Tells whether nothing is fitted.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Gives the positions of the parameters in the model.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Gives the bounds of the coordinates.
    pub fn limits(&self) -> Vec<(f64, f64)> {
        vec![(0.0, 1.0); self.len()]
    }

    /// Gives the ends of a coordinate's range on its scale.
    fn ends(&self, k: usize) -> (f64, f64) {
        let Coordinate { scale, bounds, .. } = &self.list[k];
        (scale.coordinate(bounds.0), scale.coordinate(bounds.1))
    }

    /// Gives the place of a value of parameter `k` in the box; values beyond the bounds are moved to them.
    pub fn place(&self, k: usize, value: f64) -> f64 {
        let (low, high) = self.ends(k);
        let Coordinate { scale, bounds, .. } = &self.list[k];
        ((scale.coordinate(value.clamp(bounds.0, bounds.1)) - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// Gives the value of parameter `k` at a place.
    pub fn value(&self, k: usize, z: f64) -> f64 {
        let (low, high) = self.ends(k);
        self.list[k].scale.value(low + z * (high - low))
    }

    /// Gives the derivative of the value w.r.t. the place.
    pub fn slope(&self, k: usize, z: f64) -> f64 {
        let (low, high) = self.ends(k);
        self.list[k].scale.slope(low + z * (high - low)) * (high - low)
    }

    /// Gives the place of a whole parameter set.
    pub fn places(&self, params: &[f64]) -> Vec<f64> {
        self.rows.iter().enumerate().map(|(k, &row)| self.place(k, params[row])).collect()
    }

    /// Gives all parameters of the model at a place: `fixed`, with the fitted ones replaced.
    pub fn params(&self, fixed: &[f64], z: &[f64]) -> Vec<f64> {
        let mut params = fixed.to_vec();
        self.rows.iter().enumerate().for_each(|(k, &row)| params[row] = self.value(k, z[k]));
        params
    }
}
