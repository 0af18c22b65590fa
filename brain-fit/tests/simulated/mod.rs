//! Sweeps of simulated cells, whose parameters are known.

use brain_fit::fit::Subject;
use brain_fit::fit::sweep::FitSweep;
use brain_fit::protocol::StimulusWindow;

/// What a cell of the parameters `truth` does under a current, in the unit of its input, that is sampled every `dt` ms. The
/// cell takes `fine` steps a sample.
pub fn sweep(subject: &Subject, truth: &[f64], current: Vec<f64>, dt: f64, fine: usize) -> FitSweep {
    let StimulusWindow { onset_ms, end_ms, .. } = StimulusWindow::of(&current, dt).unwrap();
    let rest = subject.model().parameter("E_L").map_or(-70.0, |row| truth[row]);
    let mut sweep = FitSweep { onset: onset_ms, end: end_ms, ..FitSweep::of_current(current, dt, rest) };
    let spike = subject.model().output("spike").unwrap();
    let (mut voltage, mut spikes, mut spiked) = (vec![rest], Vec::new(), false);
    let see = |t: usize, rows: &[f64]| {
        spiked |= rows[1] > 0.5;
        if (t + 1).is_multiple_of(fine) {
            if std::mem::take(&mut spiked) {
                spikes.push((t + 1) / fine);
            }
            voltage.push(rows[0]);
        }
    };
    subject.free.run(&sweep, truth, fine, &[0, spike], see).unwrap();
    (sweep.voltage, sweep.spikes) = (voltage, spikes);
    sweep
}

/// A step of `amplitude` from one time to another of a sweep, all in samples.
#[allow(dead_code, reason = "not every test has steps alone")]
pub fn step(amplitude: f64, from: usize, to: usize, samples: usize) -> Vec<f64> {
    (0..samples).map(|k| if (from..to).contains(&k) { amplitude } else { 0.0 }).collect()
}
