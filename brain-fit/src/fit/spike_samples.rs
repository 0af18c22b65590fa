//! The samples of a sweep at which a cell could have spiked, as its model with the recorded spikes given has them.

use super::FitError;
use super::simulate::Simulator;
use super::sweep::FitSweep;

/// Runs `params` `[parameter, column]` of a spike-forced model over a sweep, and shows `see` whether the cell spiked at a
/// sample, with the recorded rows `[row, column]` there. Samples before anything is injected, and those within `t_ref` ms
/// after a spike, are left out.
///
/// Rows of a sample with a spike are those after it: what a spike adds is among them.
pub fn spike_samples(
    forced: &Simulator,
    sweep: &FitSweep,
    params: &[f64],
    t_ref: f64,
    record: &[usize],
    mut see: impl FnMut(bool, &[f64]),
) -> Result<(), FitError> {
    let refractory = (t_ref / sweep.dt).round() as usize;
    let (mut next, mut held_until) = (0, (sweep.quiet / sweep.dt) as usize);
    forced.run(sweep, params, 1, record, |t, rows| {
        let sample = t + 1;
        let spiked = sweep.answers().get(next).is_some_and(|&k| k == sample);
        if !spiked && sample < held_until {
            return;
        }
        see(spiked, rows);
        if spiked {
            next += 1;
            held_until = sample + refractory;
        }
    })
}
