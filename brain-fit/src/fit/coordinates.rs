//! Coordinates are what an optimiser moves: some parameters of a model, each on a scale and within bounds.
//!
//! A parameter that spans decades (a capacitance, a time constant) is fitted as its logarithm, so that a step is a
//! factor; the others as they are. Derivatives w.r.t. a logarithm follow by the chain rule, `d p / d ln p = p`. In the
//! unit box every coordinate runs from 0 at its lower bound to 1 at its upper one, so that steps, distances and priors of
//! all parameters are comparable.

use super::{FitError, unit_box};
use brain_core::Model;
use brain_core::optim::Evaluation;

/// The scale on which a coordinate stands for its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The coordinate is the parameter.
    Linear,
    /// The coordinate is the natural logarithm of the parameter, which must be positive.
    Logarithmic,
}

/// Width of bounds, as a factor, from which a positive parameter is fitted as a logarithm.
const DECADE: f64 = 10.0;

impl Scale {
    /// Gives the scale for a parameter of which only the bounds are known.
    pub fn of((low, high): (f64, f64)) -> Self {
        if low > 0.0 && high >= DECADE * low { Scale::Logarithmic } else { Scale::Linear }
    }

    /// Gives the coordinate of a parameter's value.
    pub fn coordinate(self, value: f64) -> f64 {
        match self {
            Scale::Linear => value,
            Scale::Logarithmic => value.ln(),
        }
    }

    /// Gives the parameter's value at a coordinate.
    pub fn value(self, coordinate: f64) -> f64 {
        match self {
            Scale::Linear => coordinate,
            Scale::Logarithmic => coordinate.exp(),
        }
    }

    /// Gives the derivative of the value w.r.t. the coordinate.
    pub fn slope(self, coordinate: f64) -> f64 {
        match self {
            Scale::Linear => 1.0,
            Scale::Logarithmic => coordinate.exp(),
        }
    }
}

/// One fitted parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinate {
    /// The parameter's name.
    pub name: String,
    /// The scale on which it is fitted.
    pub scale: Scale,
    /// Its bounds, in its unit.
    pub bounds: (f64, f64),
}

impl Coordinate {
    /// Gives its bounds on its scale.
    fn limits(&self) -> (f64, f64) {
        (self.scale.coordinate(self.bounds.0), self.scale.coordinate(self.bounds.1))
    }
}

/// Some parameters of a model as the rows `[coordinate, column]` of an optimiser.
#[derive(Clone, Debug)]
pub struct Coordinates {
    list: Vec<Coordinate>,
    /// Position of each in the model.
    rows: Vec<usize>,
    /// Whether they are those of the unit box.
    unit: bool,
}

impl Coordinates {
    /// Makes the coordinates of `model` in the order given.
    ///
    /// # Errors
    /// It fails if the model lacks one of the parameters.
    pub fn new(model: Model, list: Vec<Coordinate>) -> Result<Self, FitError> {
        let rows = list.iter().map(|c| model.parameter(&c.name)).collect::<Result<_, _>>()?;
        Ok(Self { list, rows, unit: false })
    }

    /// Makes coordinates of a model's parameters in `rows`, on the scale that `scale` gives for their bounds; `bounds` are those of all the
    /// model's parameters, in its order.
    pub fn of_rows(model: Model, rows: Vec<usize>, bounds: &[(f64, f64)], scale: impl Fn((f64, f64)) -> Scale) -> Self {
        let coordinate = |&row: &usize| Coordinate {
            name: model.param[row].name.to_string(),
            scale: scale(bounds[row]),
            bounds: bounds[row],
        };
        Self { list: rows.iter().map(coordinate).collect(), rows, unit: false }
    }

    /// Gives the same parameters in the unit box.
    pub fn in_unit_box(self) -> Self {
        Self { unit: true, ..self }
    }

    /// Gives the number of coordinates.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Tells whether nothing is fitted.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Iterates over the coordinates.
    pub fn iter(&self) -> std::slice::Iter<'_, Coordinate> {
        self.list.iter()
    }

    /// Gives the positions of the parameters in the model.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Gives the bounds of the coordinates themselves.
    pub fn limits(&self) -> Vec<(f64, f64)> {
        self.list.iter().map(|c| if self.unit { (0.0, 1.0) } else { c.limits() }).collect()
    }

    /// Gives the place of coordinate `k` on its scale, and how far a step of one moves it there.
    fn on_scale(&self, k: usize, z: f64) -> (f64, f64) {
        match self.unit {
            true => {
                let bounds = self.list[k].limits();
                (unit_box::coordinate(bounds, z), unit_box::width(bounds))
            }
            false => (z, 1.0),
        }
    }

    /// Gives the value of parameter `k` at a coordinate.
    pub fn value(&self, k: usize, z: f64) -> f64 {
        self.list[k].scale.value(self.on_scale(k, z).0)
    }

    /// Gives the derivative of the value of parameter `k` w.r.t. its coordinate.
    pub fn slope(&self, k: usize, z: f64) -> f64 {
        let (at, step) = self.on_scale(k, z);
        self.list[k].scale.slope(at) * step
    }

    /// Gives the coordinates of a whole parameter set; values beyond the bounds are moved to them.
    pub fn of_params(&self, params: &[f64]) -> Vec<f64> {
        let place = |(c, &row): (&Coordinate, &usize)| {
            let (at, limits) = (c.scale.coordinate(params[row].clamp(c.bounds.0, c.bounds.1)), c.limits());
            if self.unit { unit_box::place(limits, at) } else { at.clamp(limits.0, limits.1) }
        };
        self.list.iter().zip(&self.rows).map(place).collect()
    }

    /// Gives the values of the fitted parameters, `[coordinate, column]`, from coordinates of the same shape.
    pub fn values(&self, z: &[f64]) -> Vec<f64> {
        let n = z.len() / self.len().max(1);
        z.iter().enumerate().map(|(k, &x)| self.value(k / n, x)).collect()
    }

    /// Gives all parameters of the model, `[parameter, column]`: `fixed`, with the fitted ones replaced.
    pub fn params(&self, fixed: &[f64], z: &[f64]) -> Vec<f64> {
        let n = z.len() / self.len().max(1);
        let mut params: Vec<f64> = fixed.iter().flat_map(|&x| std::iter::repeat_n(x, n)).collect();
        for (values, &row) in self.values(z).chunks(n.max(1)).zip(&self.rows) {
            params[row * n..(row + 1) * n].copy_from_slice(values);
        }
        params
    }

    /// Turns derivatives w.r.t. the parameters into those w.r.t. the coordinates `z`.
    pub fn chain_rule(&self, z: &[f64], evaluation: &mut Evaluation) {
        let k = self.len();
        let n = z.len() / k.max(1);
        unit_box::chain_rule(k, evaluation, |a, i| self.slope(a, z[a * n + i]));
    }

    /// Gives the coordinates without those that `keep`, by position, refuses.
    pub fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept = |k: &usize| keep(*k);
        Self {
            list: (0..self.len()).filter(kept).map(|k| self.list[k].clone()).collect(),
            rows: (0..self.len()).filter(kept).map(|k| self.rows[k]).collect(),
            unit: self.unit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_slopes_follow_the_scale() {
        let lif = Model::find("lif").unwrap();
        let bounds: Vec<(f64, f64)> = lif.param.iter().map(|f| f.bounds).collect();
        let c = Coordinates::of_rows(lif, vec![2, 1], &bounds, Scale::of);
        assert_eq!(c.iter().map(|c| c.scale).collect::<Vec<_>>(), [Scale::Logarithmic, Scale::Linear]);
        assert_eq!(c.limits(), [(0.0, 200f64.ln()), (-95.0, -45.0)]);
        let z = [20f64.ln(), 30f64.ln(), -70.0, -60.0];
        let params = c.params(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &z);
        assert_eq!(params[2..4], [-70.0, -60.0]);
        assert!((params[4] - 20.0).abs() < 1e-12 && params[6..8] == [4.0, 4.0]);
        // loss = tau: slope 1 w.r.t. tau, tau w.r.t. its logarithm.
        let mut e = Evaluation { loss: vec![0.0; 2], gradient: vec![1.0, 1.0, 1.0, 1.0], jtj: vec![1.0; 6] };
        c.chain_rule(&z, &mut e);
        assert!((e.gradient[1] - 30.0).abs() < 1e-12 && e.gradient[2] == 1.0);
        assert!((e.jtj[0] - 400.0).abs() < 1e-9 && (e.jtj[2] - 20.0).abs() < 1e-12 && e.jtj[4] == 1.0);
        assert_eq!(c.filtered(|k| k == 1).rows(), [1]);
        // In the unit box bounds are 0 and 1, and the slope is that of finite differences.
        let unit = c.clone().in_unit_box();
        assert_eq!(unit.limits(), [(0.0, 1.0); 2]);
        let z = unit.of_params(&params.iter().copied().step_by(2).collect::<Vec<f64>>());
        assert!((z[0] - 20f64.ln() / 200f64.ln()).abs() < 1e-12 && (z[1] - 0.5).abs() < 1e-12, "{z:?}");
        for (k, value) in [(0, 20.0), (1, -70.0)] {
            assert!((unit.value(k, z[k]) - value).abs() < 1e-9);
            let numeric = (unit.value(k, z[k] + 1e-6) - unit.value(k, z[k] - 1e-6)) / 2e-6;
            assert!((unit.slope(k, z[k]) - numeric).abs() < 1e-6 * numeric, "{k}");
        }
        assert_eq!(unit.of_params(&[0.0, -200.0, 1e9, 0.0, 0.0, 0.0]), [1.0, 0.0], "beyond the bounds");
        assert!(
            Coordinates::new(lif, vec![Coordinate { name: "g".into(), scale: Scale::Linear, bounds: (0.0, 1.0) }])
                .is_err()
        );
    }
}
