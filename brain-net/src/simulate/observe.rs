//! This module collects the statistics and the raster of a run from its spikes as they come.

use super::Times;
use crate::analysis::{Activity, ActivityReport, RasterPlot, Statistic};
use crate::network::AnatomicalNetwork;
use kernels::network::Spike;

/// An observer gathers the statistics of every recorded population and of all of them together, and the raster.
pub struct Observer {
    dt_ms: f64,
    each: Vec<Option<Activity>>,
    all: Activity,
    /// The first neuron of each population has this index among the neurons of all recorded ones.
    firsts: Vec<usize>,
    raster: RasterPlot,
    rows: Vec<Option<usize>>,
}

impl Observer {
    /// Makes an observer of the `recorded` populations that starts at the end of the transient.
    pub fn new(network: &AnatomicalNetwork, recorded: &[bool], times: &Times) -> Self {
        let activity = |neurons: usize| Activity::new(neurons, times.transient_ms, times.bin_ms, times.window_ms);
        let (mut all, mut count, mut firsts, mut rows, mut shown) = (0, 0, vec![], vec![], vec![]);
        for (p, recorded) in network.populations().zip(recorded) {
            firsts.push(all);
            rows.push(recorded.then_some(count));
            if *recorded {
                (all, count) = (all + p.size() as usize, count + 1);
                shown.push(p);
            }
        }
        let until = times.duration_ms();
        let each = network.populations().zip(recorded).map(|(p, r)| r.then(|| activity(p.size() as usize))).collect();
        let raster = RasterPlot::new(&shown, (until - times.raster_ms).max(0.0), until);
        Self { dt_ms: times.dt_ms, each, all: activity(all), firsts, raster, rows }
    }

    /// Adds a spike. Spikes must come in the order of time.
    pub fn spike(&mut self, s: Spike) {
        let (population, neuron, ms) = (s.population as usize, s.neuron as usize, (s.step + 1) as f64 * self.dt_ms);
        let (Some(one), Some(row)) = (&mut self.each[population], self.rows[population]) else { return };
        one.spike(neuron, ms);
        self.all.spike(self.firsts[population] + neuron, ms);
        self.raster.spike(row, neuron, ms);
    }

    /// Closes the bins up to the end of step `steps`; no later spike may come before it.
    pub fn advance(&mut self, steps: u64) {
        let ms = steps as f64 * self.dt_ms;
        self.each.iter_mut().flatten().for_each(|a| a.advance(ms));
        self.all.advance(ms);
    }

    /// Computes the statistics of each population, `None` for those not recorded, and of all recorded neurons together.
    pub fn reports(&self, statistics: &[Statistic]) -> (Vec<Option<ActivityReport>>, ActivityReport) {
        let each = self.each.iter().map(|a| a.as_ref().map(|a| a.report(statistics))).collect();
        (each, self.all.report(statistics))
    }

    /// Returns the raster and the rates.
    pub fn raster(&self) -> &RasterPlot {
        &self.raster
    }
}
