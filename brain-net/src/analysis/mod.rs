//! This module computes statistics of spiking activity while a network runs; memory does not grow with time.
//!
//! | number | definition | source |
//! |---|---|---|
//! | rate | spikes over neurons and time, Hz | |
//! | ISI CV | standard deviation over mean of the intervals between a neuron's spikes; mean over neurons with two intervals or more. Poisson 1, regular 0 | Softky and Koch 1993, <https://doi.org/10.1523/JNEUROSCI.13-01-00334.1993> |
//! | Fano factor | variance over mean of a neuron's spike count in windows; mean over neurons that spike. Poisson 1 | Nawrot et al. 2008, <https://doi.org/10.1016/j.jneumeth.2007.10.013> |
//! | correlation | Pearson's coefficient of the binned counts of two neurons; mean over pairs of neurons that spike. Independent 0 | Cohen and Kohn 2011, <https://doi.org/10.1038/nn.2842> |
//! | synchrony | `chi`, where `chi^2` is the variance over time of the mean of the neurons' binned counts, over the mean of the variances of each. All alike 1, `n` independent neurons `1 / sqrt(n)` | Golomb and Rinzel 1994, <https://doi.org/10.1016/0167-2789(94)90214-3>, there of potentials |
//! | autocorrelation time | `tau` of the exponential that decays with the lag as the autocovariance of binned counts does, mean over neurons: with `S` its sum over lags from one bin until it is first negative, over its value at one bin, `tau = -bin / ln(1 - 1 / S)` | Murray et al. 2014, <https://doi.org/10.1038/nn.3862>, there by least squares |
//!
//! Fano factor, correlation, synchrony and autocorrelation are computed from a sample of [`SAMPLE`] evenly spaced
//! neurons.

mod activity;
mod bins;
mod raster;
mod siegert;
mod spike_trains;
mod statistic;

use brain_core::stats::Moments;

pub use activity::Activity;
pub use bins::{Bins, LAGS};
pub use raster::RasterPlot;
pub use siegert::Siegert;
pub use spike_trains::SpikeTrains;
pub use statistic::{ActivityReport, STATISTICS, Statistic, table};

/// The binned counts of at most this many neurons are compared.
pub const SAMPLE: usize = 200;

/// Returns the mean of the values; `None` where there are none.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.collect::<Moments>().some_mean()
}
