//! Sweeps at another sampling interval.

use super::Sweep;

/// Intervals are the same to this part, to which a file's times are printed.
const SAME: f64 = 1e-6;

impl Sweep {
    /// Makes the same sweep with samples `dt_ms` apart: the current is the mean over each new interval, so that the charge
    /// is the same, and the potential is read off the line between its samples.
    pub fn resampled(&self, dt_ms: f64) -> Sweep {
        if (self.dt_ms / dt_ms - 1.0).abs() < SAME {
            return Sweep { dt_ms, ..self.clone() };
        }
        let (ratio, samples) = (dt_ms / self.dt_ms, self.current_pa.len());
        let count = (samples as f64 / ratio * (1.0 + SAME)) as usize;
        // The charge up to each sample, in samples times pA.
        let mut charge = vec![0.0; samples + 1];
        for (k, i) in self.current_pa.iter().enumerate() {
            charge[k + 1] = charge[k] + i;
        }
        let until = |x: f64| {
            let k = (x as usize).min(samples - 1);
            charge[k] + (x.min(samples as f64) - k as f64) * self.current_pa[k]
        };
        let at = |k: usize| k as f64 * ratio;
        let current_pa = (0..count).map(|k| (until(at(k + 1)) - until(at(k))) / ratio).collect();
        let between = |v: &Vec<f64>| {
            let value = |x: f64| {
                let k = (x as usize).min(samples - 1);
                v[k] + (x - k as f64) * (v[(k + 1).min(samples - 1)] - v[k])
            };
            (0..count).map(|k| value(at(k))).collect()
        };
        Sweep { dt_ms, current_pa, voltage_mv: self.voltage_mv.as_ref().map(between), ..self.clone() }
    }
}
