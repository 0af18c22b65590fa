//! This module computes the numbers that `inspect` prints: sizes, degrees, weights and balance.

use crate::network::{AnatomicalNetwork, Delays, Projection};
use brain_core::stats::normal_cdf;
use serde::Serialize;
use std::fmt;

/// Four numbers describe a distribution; all are 0 where there are no values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct DistributionSummary {
    /// The values have this mean.
    pub mean: f64,
    /// The values have this standard deviation.
    pub sd: f64,
    /// No value is smaller than this.
    pub min: f64,
    /// No value is larger than this.
    pub max: f64,
}

impl DistributionSummary {
    /// Computes the four numbers in two passes over `values`, so that the values are never stored.
    fn of<I: Iterator<Item = f64>>(values: impl Fn() -> I) -> Self {
        let (mut n, mut sum, mut min, mut max) = (0u64, 0.0, f64::INFINITY, f64::NEG_INFINITY);
        for x in values() {
            (n, sum, min, max) = (n + 1, sum + x, min.min(x), max.max(x));
        }
        if n == 0 {
            return Self::default();
        }
        let mean = sum / n as f64;
        let sd = (values().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
        Self { mean, sd, min, max }
    }
}

/// These statistics describe the magnitudes of a projection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct WeightStats {
    /// The magnitudes have this distribution.
    #[serde(flatten)]
    pub spread: DistributionSummary,
    /// The natural logarithms of the magnitudes above 0 have this mean.
    pub lognormal_mu: f64,
    /// The natural logarithms of the magnitudes above 0 have this standard deviation.
    pub lognormal_sigma: f64,
    /// This is the Kolmogorov-Smirnov distance between the distribution of up to 100,000 of the magnitudes and the
    /// log-normal distribution of that mean and standard deviation.
    pub ks_lognormal: f64,
}

/// A population is described by these numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PopulationSummary {
    /// The population has this name.
    pub name: String,
    /// The population has this many neurons.
    pub size: u32,
    /// The neurons are `excitatory` or `inhibitory`.
    pub sign: &'static str,
    /// The neurons have this model; it is empty where none is decided.
    pub model: String,
    /// The population has this many areas.
    pub areas: usize,
    /// The recurrent excitatory inputs of a neuron have this summed magnitude, averaged over neurons.
    pub excitation: f64,
    /// The recurrent inhibitory inputs of a neuron have this summed magnitude, averaged over neurons.
    pub inhibition: f64,
}

/// A projection is described by these numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProjectionSummary {
    /// The projection has this name.
    pub name: String,
    /// The projection comes from this population.
    pub source: String,
    /// The projection goes to this population.
    pub target: String,
    /// The projection has this many synapses.
    pub synapses: usize,
    /// This is the number of synapses divided by the number of pairs of neurons.
    pub density: f64,
    /// Postsynaptic neurons receive numbers of synapses of this distribution.
    pub in_degree: DistributionSummary,
    /// Presynaptic neurons make numbers of synapses of this distribution.
    pub out_degree: DistributionSummary,
    /// The magnitudes of the synapses have these statistics.
    pub weight: WeightStats,
    /// The delays of the synapses have this distribution, ms.
    pub delay_ms: DistributionSummary,
}

/// A network is described by these numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkSummary {
    /// There are this many neurons, without those of `input` populations.
    pub neurons: u64,
    /// There are this many synapses.
    pub synapses: u64,
    /// The projections take this many bytes.
    pub bytes: u64,
    /// The simulation goes in steps of this time, ms.
    pub dt_ms: f64,
    /// The network has these populations.
    pub populations: Vec<PopulationSummary>,
    /// The network has these projections.
    pub projections: Vec<ProjectionSummary>,
    /// The signed weights have this spectral radius; it is `None` where there are no synapses.
    pub spectral_radius: Option<f64>,
}

impl AnatomicalNetwork {
    /// Computes the summary of the network.
    pub fn summary(&self) -> NetworkSummary {
        let population = |k: usize| {
            let p = self.at(k);
            let (e, i) = self.inputs(k);
            let (name, model, sign) = (p.name().into(), p.model().into(), p.sign().name());
            let (excitation, inhibition) = (
                DistributionSummary::of(|| e.iter().copied()).mean,
                DistributionSummary::of(|| i.iter().copied()).mean,
            );
            let (size, areas) = (p.size(), p.anatomy.segments.len());
            PopulationSummary { name, size, sign, model, areas, excitation, inhibition }
        };
        NetworkSummary {
            neurons: self.neurons(),
            synapses: self.synapses(),
            bytes: self.bytes(),
            dt_ms: self.graph.dt,
            populations: (0..self.anatomy.len()).map(population).collect(),
            projections: self.graph.projections.iter().map(|p| self.projection_summary(p)).collect(),
            spectral_radius: self.spectral_radius(),
        }
    }

    fn projection_summary(&self, p: &Projection) -> ProjectionSummary {
        let (pre, post) = (self.at(p.pre), self.at(p.post));
        let degrees = |d: Vec<u32>| DistributionSummary::of(|| d.iter().map(|d| f64::from(*d)));
        let delay_ms = match &p.edges.delays {
            Delays::Uniform(d) => DistributionSummary::of(|| std::iter::once(f64::from(*d) * self.graph.dt)),
            Delays::Each(d) => DistributionSummary::of(|| d.iter().map(|d| f64::from(*d) * self.graph.dt)),
        };
        ProjectionSummary {
            name: p.name.clone(),
            source: pre.name().into(),
            target: post.name().into(),
            synapses: p.synapses(),
            density: p.synapses() as f64 / (f64::from(pre.size()) * f64::from(post.size())).max(1.0),
            in_degree: degrees(p.in_degrees(post.size())),
            out_degree: degrees(p.out_degrees()),
            weight: weight_stats(&p.magnitudes()),
            delay_ms,
        }
    }
}

/// Computes the statistics of magnitudes.
pub fn weight_stats(weights: &[f32]) -> WeightStats {
    let all = || weights.iter().map(|w| f64::from(*w));
    let logs = || all().filter(|w| *w > 0.0).map(f64::ln);
    let spread = DistributionSummary::of(all);
    let log = DistributionSummary::of(logs);
    let stride = weights.len().div_ceil(100_000).max(1);
    let mut sample: Vec<f64> = logs().step_by(stride).collect();
    sample.sort_unstable_by(f64::total_cmp);
    let n = sample.len() as f64;
    let gap = |(k, x): (usize, &f64)| {
        let p = normal_cdf((x - log.mean) / log.sd);
        (p - k as f64 / n).abs().max((p - (k as f64 + 1.0) / n).abs())
    };
    let ks_lognormal = match log.sd > 1e-6 {
        true => sample.iter().enumerate().map(gap).fold(0.0, f64::max),
        // Equal weights have no spread that could be compared with a log-normal distribution.
        false if sample.is_empty() => 0.0,
        false => 1.0,
    };
    WeightStats { spread, lognormal_mu: log.mean, lognormal_sigma: log.sd, ks_lognormal }
}

impl fmt::Display for NetworkSummary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mib = self.bytes as f64 / (1 << 20) as f64;
        writeln!(f, "{} neurons, {} synapses, {mib:.1} MiB, step {} ms", self.neurons, self.synapses, self.dt_ms)?;
        writeln!(
            f,
            "\n{:<14} {:>9} {:<11} {:<12} {:>5} {:>11} {:>11} {:>6}",
            "population", "neurons", "sign", "model", "areas", "excitation", "inhibition", "I/E"
        )?;
        for p in &self.populations {
            let model = if p.model.is_empty() { "-" } else { &p.model };
            let ratio = if p.excitation > 0.0 { format!("{:.2}", p.inhibition / p.excitation) } else { "-".into() };
            writeln!(
                f,
                "{:<14} {:>9} {:<11} {:<12} {:>5} {:>11.4} {:>11.4} {:>6}",
                p.name, p.size, p.sign, model, p.areas, p.excitation, p.inhibition, ratio
            )?;
        }
        writeln!(
            f,
            "\n{:<18} {:>11} {:>8} {:>17} {:>17} {:>19} {:>13} {:>6} {:>17}",
            "projection", "synapses", "density", "in-degree", "out-degree", "weight", "ln w", "KS", "delay ms"
        )?;
        for p in &self.projections {
            let pm = |s: &DistributionSummary, digits: usize| format!("{:.digits$} +- {:.digits$}", s.mean, s.sd);
            let log = format!("{:.2} +- {:.2}", p.weight.lognormal_mu, p.weight.lognormal_sigma);
            let delay = format!("{:.1} ({:.1}-{:.1})", p.delay_ms.mean, p.delay_ms.min, p.delay_ms.max);
            writeln!(
                f,
                "{:<18} {:>11} {:>8.4} {:>17} {:>17} {:>19} {:>13} {:>6.3} {:>17}",
                p.name,
                p.synapses,
                p.density,
                pm(&p.in_degree, 1),
                pm(&p.out_degree, 1),
                pm(&p.weight.spread, 4),
                log,
                p.weight.ks_lognormal,
                delay
            )?;
        }
        match self.spectral_radius {
            Some(radius) => writeln!(f, "\nspectral radius of the signed weights: {radius:.3}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weight::WeightDistribution;
    use brain_core::Seed;

    #[test]
    fn the_ks_distance_distinguishes_log_normal_weights() {
        let draw = |w: WeightDistribution| weight_stats(&w.draw(&[0, 50_000], 1.0, Seed::new(1)));
        let log = draw(WeightDistribution::LogNormal { mean: 1.0, cv: 1.0 });
        assert!(log.ks_lognormal < 0.01 && (log.lognormal_sigma - 0.8326).abs() < 0.01, "{log:?}");
        assert!(
            draw(WeightDistribution::FanIn { scale: 1.0, fan_in: None }).ks_lognormal > 0.05,
            "half-normal is not log-normal"
        );
        assert_eq!(draw(WeightDistribution::Constant(2.0)).ks_lognormal, 1.0);
        assert_eq!(weight_stats(&[]), WeightStats::default());
    }
}
