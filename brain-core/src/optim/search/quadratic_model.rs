//! The quadratic model of L-BFGS-B, and its least point within the unit box.
//!
//! A few dozen parameters at most are fitted, so the matrix of the limited-memory update is written out, `[k, k]`: from
//! `theta` times the identity, every pair `s = x' - x`, `y = g' - g` adds
//!
//! ```text
//! B <- B - (B s)(B s)^T / (s^T B s) + y y^T / (y^T s),   theta = y^T y / y^T s of the last pair
//! ```
//!
//! which is what the compact form of Byrd, Nocedal and Schnabel (1994), <https://doi.org/10.1007/BF01582063>, stands for.

use crate::optim::linear::solve;

/// A model `g^T z + z^T B z / 2` of the change of a loss at a distance `z` from a place.
pub(super) struct QuadraticModel {
    gradient: Vec<f64>,
    matrix: Vec<f64>,
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl QuadraticModel {
    /// Makes the model of pairs `(s, y)`, oldest first, whose `s^T y` are above 0.
    pub fn new(gradient: &[f64], steps: &[Vec<f64>], changes: &[Vec<f64>]) -> Self {
        let k = gradient.len();
        let theta = match (steps.last(), changes.last()) {
            (Some(s), Some(y)) => dot(y, y) / dot(s, y),
            _ => 1.0,
        };
        let matrix = (0..k * k).map(|i| if i / k == i % k { theta } else { 0.0 }).collect();
        let mut model = Self { gradient: gradient.into(), matrix };
        for (s, y) in steps.iter().zip(changes) {
            let (bs, sy) = (model.times(s), dot(s, y));
            let sbs = dot(s, &bs);
            for i in 0..k * k {
                let (a, b) = (i / k, i % k);
                model.matrix[i] += y[a] * y[b] / sy - bs[a] * bs[b] / sbs;
            }
        }
        model
    }

    fn times(&self, z: &[f64]) -> Vec<f64> {
        self.matrix.chunks(z.len()).map(|row| dot(row, z)).collect()
    }

    /// Returns the distance to the generalised Cauchy point, the first local minimum of the model along the projected
    /// gradient from `x`, and which coordinates are free there.
    fn cauchy(&self, x: &[f64]) -> (Vec<f64>, Vec<bool>) {
        let k = x.len();
        let reach = |i: usize| match self.gradient[i] {
            g if g < 0.0 => (x[i] - 1.0) / g,
            g if g > 0.0 => x[i] / g,
            _ => f64::INFINITY,
        };
        let reach: Vec<f64> = (0..k).map(reach).collect();
        let mut direction: Vec<f64> = (0..k).map(|i| if reach[i] > 0.0 { -self.gradient[i] } else { 0.0 }).collect();
        let mut order: Vec<usize> = (0..k).filter(|&i| reach[i] > 0.0 && reach[i].is_finite()).collect();
        order.sort_by(|&a, &b| reach[a].total_cmp(&reach[b]));
        let (mut z, mut from) = (vec![0.0; k], 0.0);
        let mut order = order.into_iter();
        loop {
            let bend = self.times(&direction);
            let slope = dot(&self.gradient, &direction) + dot(&z, &bend);
            let curvature = dot(&direction, &bend);
            if slope >= 0.0 || curvature <= 0.0 {
                break;
            }
            let best = -slope / curvature;
            let next = order.next();
            let length = next.map_or(f64::INFINITY, |i| reach[i] - from);
            z.iter_mut().zip(&direction).for_each(|(z, d)| *z += best.min(length) * d);
            match next {
                Some(i) if length <= best => {
                    // It stands on its bound exactly.
                    z[i] = if self.gradient[i] < 0.0 { 1.0 - x[i] } else { -x[i] };
                    direction[i] = 0.0;
                    from = reach[i];
                }
                _ => break,
            }
        }
        (z, direction.iter().map(|d| *d != 0.0).collect())
    }

    /// Returns the place of the least model within the box: from the Cauchy point, the free coordinates go on to where the
    /// model is least, and are put on the bounds that they cross (Morales and Nocedal 2011,
    /// <https://doi.org/10.1145/2049662.2049669>).
    pub fn least(&self, x: &[f64]) -> Vec<f64> {
        let (z, free) = self.cauchy(x);
        let cauchy: Vec<f64> = x.iter().zip(&z).map(|(x, z)| (x + z).clamp(0.0, 1.0)).collect();
        let k = x.len();
        let free: Vec<usize> = (0..k).filter(|&i| free[i]).collect();
        let bend = self.times(&z);
        let mut matrix: Vec<f64> =
            free.iter().flat_map(|&a| free.iter().map(move |&b| a * k + b)).map(|i| self.matrix[i]).collect();
        let mut step: Vec<f64> = free.iter().map(|&i| -(self.gradient[i] + bend[i])).collect();
        if free.is_empty() || solve(&mut matrix, &mut step).is_none() {
            return cauchy;
        }
        let mut least = cauchy.clone();
        free.iter().zip(&step).for_each(|(&i, step)| least[i] = (cauchy[i] + step).clamp(0.0, 1.0));
        let downhill = (0..k).map(|i| self.gradient[i] * (least[i] - x[i])).sum::<f64>() < 0.0;
        if downhill {
            return least;
        }
        // Otherwise the whole step is shortened to stay within the bounds.
        let room = |(&i, step): (&usize, &f64)| match *step {
            s if s > 0.0 => (1.0 - cauchy[i]) / s,
            s if s < 0.0 => -cauchy[i] / s,
            _ => f64::INFINITY,
        };
        let part = free.iter().zip(&step).map(room).fold(1.0, f64::min);
        let mut least = cauchy;
        free.iter().zip(&step).for_each(|(&i, step)| least[i] = (least[i] + part * step).clamp(0.0, 1.0));
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The update satisfies `B s = y` for the last pair, and the least point of a bowl is found in the box and on its
    /// bounds.
    #[test]
    fn secants_and_least_points() {
        let (s, y) = ([vec![0.1, 0.2, 0.0], vec![0.0, 0.1, 0.3]], [vec![0.4, 0.3, 0.1], vec![0.1, 0.2, 0.5]]);
        let model = QuadraticModel::new(&[1.0, -1.0, 0.5], &s, &y);
        let bs = model.times(&s[1]);
        assert!(bs.iter().zip(&y[1]).all(|(a, b)| (a - b).abs() < 1e-12), "{bs:?}");

        let bowl = |gradient: [f64; 2]| QuadraticModel { gradient: gradient.into(), matrix: vec![4.0, 1.0, 1.0, 3.0] };
        // B z = -g at z = (0.2, -0.1).
        let inside = bowl([-0.7, 0.1]).least(&[0.5, 0.5]);
        assert!((inside[0] - 0.7).abs() < 1e-12 && (inside[1] - 0.4).abs() < 1e-12, "{inside:?}");
        // With the first coordinate on its upper bound, 0.1 away, the second is least at 3 z = 0.9 - 0.1.
        let at_bound = bowl([-8.0, -0.9]).least(&[0.9, 0.5]);
        assert!(at_bound[0] == 1.0 && (at_bound[1] - 0.5 - 0.8 / 3.0).abs() < 1e-12, "{at_bound:?}");
        assert_eq!(bowl([1.0, 1.0]).least(&[0.0, 0.0]), [0.0, 0.0]);
    }
}
