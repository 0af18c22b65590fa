//! A cubic spline: the top of a spike lies between the samples of a slow recording.

/// A natural cubic spline through equally spaced values.
pub struct Spline<'a> {
    values: &'a [f64],
    /// Second derivatives at the values, per squared spacing.
    bend: Vec<f64>,
}

impl<'a> Spline<'a> {
    /// Makes the spline through some values.
    pub fn new(values: &'a [f64]) -> Self {
        let n = values.len();
        let mut bend = vec![0.0; n];
        // Thomas' algorithm for bend[i-1] + 4 bend[i] + bend[i+1] = 6 (second difference).
        let mut upper = vec![0.0; n];
        for i in 1..n.saturating_sub(1) {
            let right = 6.0 * (values[i + 1] - 2.0 * values[i] + values[i - 1]);
            let pivot = 4.0 - upper[i - 1];
            upper[i] = 1.0 / pivot;
            bend[i] = (right - bend[i - 1]) / pivot;
        }
        for i in (1..n.saturating_sub(1)).rev() {
            bend[i] -= upper[i] * bend[i + 1];
        }
        Self { values, bend }
    }

    /// Gives the spline at a place, in spacings from the first value.
    pub fn at(&self, x: f64) -> f64 {
        let i = (x.max(0.0) as usize).min(self.values.len().saturating_sub(2));
        let Some(&next) = self.values.get(i + 1) else { return self.values[i] };
        let (b, a) = (x - i as f64, 1.0 - (x - i as f64));
        a * self.values[i] + b * next + ((a * a * a - a) * self.bend[i] + (b * b * b - b) * self.bend[i + 1]) / 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_between_its_samples() {
        let values: Vec<f64> = (0..40).map(|k| (0.3 * f64::from(k)).sin()).collect();
        let spline = Spline::new(&values);
        for k in 20..180 {
            let x = 0.2 * f64::from(k);
            assert!((spline.at(x) - (0.3 * x).sin()).abs() < 5e-4, "{x}");
        }
        assert_eq!((spline.at(3.0), Spline::new(&[2.0]).at(0.0)), (values[3], 2.0));
    }
}
