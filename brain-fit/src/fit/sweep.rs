//! A sweep is made ready for fitting: here stands when the cell spiked, when the stimulus was on, and which samples count.

use super::FitError;
use crate::features::SpikeDetector;
use crate::protocol::{Protocol, StimulusWindow};
use crate::recording;
use brain_core::stats::{median, quantile};

/// The potential at the start is the median over this time, ms.
const START: f64 = 5.0;
/// Shorter sweeps are refused, ms.
const SHORTEST: f64 = 12.0;
/// Grid and length of the median spike, ms.
const WAVEFORM: (f64, f64) = (0.25, 20.0);
/// The fast repolarisation has ended when the potential falls more slowly than this, mV/ms.
const REPOLARISATION: f64 = 2.0;

/// A recorded sweep with what the fit needs to know of it.
#[derive(Clone, Debug)]
pub struct FitSweep {
    /// Its name.
    pub id: String,
    /// Sampling interval, ms.
    pub dt: f64,
    /// Injected current, pA.
    pub current: Vec<f64>,
    /// Recorded potential, mV.
    pub voltage: Vec<f64>,
    /// Samples at which the potential had just crossed the level of a spike.
    pub spikes: Vec<usize>,
    /// Potential at the start: the median of the first 5 ms, mV.
    pub v0: f64,
    /// The stimulus begins here, ms; it is 0 where it is on from the start.
    pub onset: f64,
    /// Nothing but a holding current is injected before this, ms: a spike before it is no answer to anything.
    pub quiet: f64,
    /// The stimulus ends here, ms.
    pub end: f64,
    /// It is true where the current fluctuates instead of stepping.
    pub noise: bool,
}

impl FitSweep {
    /// Reads a sweep off a recording; `level` is the potential, mV, whose upward crossing is a spike.
    ///
    /// # Errors
    /// It fails if the sweep has no voltage, is shorter than 12 ms, or has a current that never changes.
    pub fn new(sweep: &recording::Sweep, level: f64) -> Result<Self, FitError> {
        let Some(voltage) = sweep.voltage_mv.clone() else {
            return Err(FitError::NoVoltage { sweep: sweep.id.clone() });
        };
        let (dt, current) = (sweep.dt_ms, sweep.current_pa.clone());
        if sweep.duration_ms() < SHORTEST {
            return Err(FitError::Short { sweep: sweep.id.clone(), ms: sweep.duration_ms() });
        }
        let protocol = Protocol::of(&current, dt);
        let Some(StimulusWindow { onset_ms: onset, end_ms: end, noise }) = protocol.window else {
            return Err(FitError::ConstantCurrent { sweep: sweep.id.clone(), pa: protocol.holding_pa });
        };
        let first = (START / dt).max(1.0) as usize;
        let v0 = median(&voltage[..first.min(voltage.len())]);
        let spikes = SpikeDetector::at(level).samples(&voltage, dt);
        let quiet = quiet(&protocol);
        Ok(Self { id: sweep.id.clone(), dt, current, voltage, spikes, v0, onset, quiet, end, noise })
    }

    /// Makes a sweep that is only simulated: it may lack a voltage, and then starts at `rest`, mV.
    pub fn to_predict(sweep: &recording::Sweep, level: f64, rest: f64) -> Self {
        let voltage = sweep.voltage_mv.clone().unwrap_or_default();
        let first = ((START / sweep.dt_ms) as usize).max(1).min(voltage.len());
        let v0 = if voltage.is_empty() { rest } else { median(&voltage[..first]) };
        Self {
            id: sweep.id.clone(),
            dt: sweep.dt_ms,
            current: sweep.current_pa.clone(),
            spikes: SpikeDetector::at(level).samples(&voltage, sweep.dt_ms),
            voltage,
            v0,
            onset: 0.0,
            quiet: quiet(&Protocol::of(&sweep.current_pa, sweep.dt_ms)),
            end: sweep.duration_ms(),
            noise: false,
        }
    }

    /// Makes a sweep of a current alone, pA, that starts at the potential `v0`, mV.
    pub fn of_current(current: Vec<f64>, dt: f64, v0: f64) -> Self {
        let end = current.len() as f64 * dt;
        let (id, voltage, spikes) = (String::new(), Vec::new(), Vec::new());
        Self { id, dt, current, voltage, spikes, v0, onset: 0.0, quiet: 0.0, end, noise: false }
    }

    /// Gives the times of the recorded spikes, ms.
    pub fn times(&self) -> Vec<f64> {
        self.spikes.iter().map(|&k| k as f64 * self.dt).collect()
    }

    /// Gives the spikes that a threshold has to explain: those before anything is injected have other reasons.
    pub fn answers(&self) -> &[usize] {
        let stray = self.spikes.iter().take_while(|&&k| (k as f64) * self.dt < self.quiet).count();
        &self.spikes[stray..]
    }

    /// Gives one for each sample that is judged, and zero from `before` ms before each spike to `after` ms after it.
    pub fn mask(&self, before: f64, after: f64) -> Vec<f64> {
        let (a, b) = ((before / self.dt).round() as usize, (after / self.dt).round() as usize);
        let mut mask = vec![1.0; self.voltage.len()];
        for &k in &self.spikes {
            let end = (k + b + 1).min(mask.len());
            mask[k.saturating_sub(a)..end].fill(0.0);
        }
        mask
    }
}

/// Gives the time before which a protocol has nothing but a holding current, ms.
fn quiet(protocol: &Protocol) -> f64 {
    let steps = protocol.steps.iter().map(|step| step.onset_ms);
    protocol.window.map_or(0.0, |window| steps.fold(window.onset_ms, f64::min))
}

/// Finds the refractory period, ms: it lasts until the fast repolarisation of the median spike has ended, at most 0.8 of
/// the shortest intervals. Sweeps without spikes have none.
pub fn refractory_period(sweeps: &[FitSweep]) -> Option<f64> {
    let (step, length) = WAVEFORM;
    let samples = (length / step) as usize;
    let mut waves = vec![Vec::new(); samples];
    for s in sweeps {
        for &k in s.spikes.iter().filter(|&&k| k + (length / s.dt) as usize + 1 < s.voltage.len()) {
            for (i, at) in waves.iter_mut().enumerate() {
                let x = i as f64 * step / s.dt;
                let (j, part) = (x as usize, x.fract());
                at.push(s.voltage[k + j] * (1.0 - part) + s.voltage[k + j + 1] * part);
            }
        }
    }
    if waves[0].is_empty() {
        return None;
    }
    let wave: Vec<f64> = waves.iter().map(|w| median(w)).collect();
    let slope = |i: usize| {
        let (a, b) = (i.saturating_sub(1), (i + 1).min(samples - 1));
        (wave[a] - wave[b]) / ((b - a) as f64 * step)
    };
    let steepest = (0..samples).fold(0, |best, i| if slope(i) > slope(best) { i } else { best });
    let calm = (steepest..samples).find(|&i| slope(i) < REPOLARISATION).unwrap_or(samples - 1);
    let shortest = sweeps.iter().filter(|s| s.spikes.len() > 1).map(|s| {
        let intervals: Vec<f64> = s.spikes.windows(2).map(|p| (p[1] - p[0]) as f64 * s.dt).collect();
        quantile(&intervals, 0.02)
    });
    let most = (0.8 * shortest.fold(f64::INFINITY, f64::min)).max(2.0);
    let t = (calm as f64 * step).clamp(2.0, most);
    Some((t / step).round() * step)
}
