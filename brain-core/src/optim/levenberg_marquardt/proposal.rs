//! A column has a quadratic model of its loss, which proposes a step within the bounds.

use crate::optim::linear::solve;

/// Loss, `J^T W r` and the full `J^T W J` of one column.
pub(super) struct Quadratic {
    pub(super) loss: f64,
    pub(super) gradient: Vec<f64>,
    pub(super) hessian: Vec<f64>,
}

/// The parameters to evaluate next.
pub(super) struct Proposal {
    pub(super) params: Vec<f64>,
    /// Decrease of the loss that the model expects.
    pub(super) predicted: f64,
    /// Largest move of a parameter, relative to its value or the width of its bounds.
    pub(super) size: f64,
}

impl Quadratic {
    pub(super) fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.gradient.iter().chain(&self.hessian).all(|x| x.is_finite())
    }

    /// Returns whether parameter `a` may move: it has an effect, and the loss does not push it out of its bounds.
    fn free(&self, a: usize, p: f64, (low, high): (f64, f64)) -> bool {
        let g = self.gradient[a];
        self.diagonal(a) > 0.0 && low < high && !(p <= low && g >= 0.0 || p >= high && g <= 0.0)
    }

    fn diagonal(&self, a: usize) -> f64 {
        self.hessian[a * self.gradient.len() + a]
    }

    /// Returns whether the residuals are orthogonal, within `tolerance`, to what every free parameter can change.
    pub(super) fn is_flat(&self, params: &[f64], bounds: &[(f64, f64)], tolerance: f64) -> bool {
        (0..params.len())
            .filter(|&a| self.free(a, params[a], bounds[a]))
            .all(|a| self.gradient[a].abs() <= tolerance * (self.diagonal(a) * self.loss).sqrt())
    }

    /// Computes the damped step within the bounds; `None` if the damping is too small for a step downhill.
    ///
    /// A step that is longer than `longest` is shortened.
    pub(super) fn propose(
        &self,
        params: &[f64],
        bounds: &[(f64, f64)],
        damping: f64,
        longest: f64,
    ) -> Option<Proposal> {
        let k = params.len();
        let mut next = params.to_vec();
        let mut step = vec![0.0; k];
        let mut free: Vec<usize> = (0..k).filter(|&a| self.free(a, params[a], bounds[a])).collect();
        // Every pass puts at least one more parameter on its bound.
        while !free.is_empty() {
            let scale: Vec<f64> = free.iter().map(|&a| self.diagonal(a).sqrt()).collect();
            let m = free.len();
            let mut matrix = vec![0.0; m * m];
            let mut solution = vec![0.0; m];
            for (i, &a) in free.iter().enumerate() {
                for (j, &b) in free.iter().enumerate() {
                    matrix[i * m + j] = self.hessian[a * k + b] / (scale[i] * scale[j]);
                }
                matrix[i * m + i] += damping;
                let on_bounds: f64 =
                    (0..k).filter(|b| !free.contains(b)).map(|b| self.hessian[a * k + b] * step[b]).sum();
                solution[i] = -(self.gradient[a] + on_bounds) / scale[i];
            }
            solve(&mut matrix, &mut solution)?;
            for (i, &a) in free.iter().enumerate() {
                let (low, high) = bounds[a];
                next[a] = (params[a] + solution[i] / scale[i]).clamp(low, high);
                step[a] = next[a] - params[a];
            }
            let before = free.len();
            let inside = |a: usize, i: usize| {
                let x = params[a] + solution[i] / scale[i];
                bounds[a].0 <= x && x <= bounds[a].1
            };
            free = free.iter().enumerate().filter(|&(i, &a)| inside(a, i)).map(|(_, &a)| a).collect();
            if free.len() == before {
                break;
            }
        }
        let size = |step: &[f64]| {
            let of = |a: usize| {
                let width = bounds[a].1 - bounds[a].0;
                let typical = params[a].abs().max(if width.is_finite() { width } else { 0.0 });
                if step[a] == 0.0 { 0.0 } else { step[a].abs() / typical }
            };
            (0..k).map(of).fold(0.0, f64::max)
        };
        let mut length = size(&step);
        if length > longest {
            for a in 0..k {
                step[a] *= longest / length;
                next[a] = params[a] + step[a];
            }
            length = longest;
        }
        let slope: f64 = (0..k).map(|a| self.gradient[a] * step[a]).sum();
        let curve: f64 = (0..k * k).map(|ab| self.hessian[ab] * step[ab / k] * step[ab % k]).sum();
        let predicted = -(2.0 * slope + curve);
        (predicted > 0.0 || length == 0.0).then_some(Proposal { params: next, predicted, size: length })
    }
}
