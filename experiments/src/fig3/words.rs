//! This module describes the results in words.

use super::starts::DRAWN;
use super::{ActivityMetrics, Decoding, Start};
use brain_task::analysis::{Distribution, DistributionFamily, WeightReport};

/// Range of the mean rates of cortical populations, Hz (Buzsáki and Mizuseki 2014, <https://doi.org/10.1038/nrn3687>).
const RATE_HZ: [f64; 2] = [0.1, 20.0];
/// Range of the coefficients of variation of cortical neurons' intervals (Softky and Koch 1993,
/// <https://doi.org/10.1523/JNEUROSCI.13-01-00334.1993>).
const ISI_CV: [f64; 2] = [0.5, 1.5];
/// Largest distance of Kolmogorov and Smirnov that a histogram does not show.
const CLOSE: f64 = 0.03;

/// Probability up to which a distribution is refused (Clauset, Shalizi and Newman 2009, section 4.1,
/// <https://doi.org/10.1137/070710111>).
const REFUSED: f64 = 0.1;

fn within(x: f64, [low, high]: [f64; 2]) -> &'static str {
    match (x < low, x > high) {
        (true, _) => "below",
        (_, true) => "above",
        _ => "within",
    }
}

/// Writes all lines.
pub fn lines(starts: &[Start], activity: &ActivityMetrics, untrained: &ActivityMetrics) -> Vec<String> {
    let mut lines =
        vec![format!("{:.1} % of {} held-out trials right", 100.0 * activity.accuracy, activity.trials), String::new()];
    for start in starts {
        lines.extend(weights(start));
        lines.push(String::new());
    }
    lines.push(
        "Does activity carry the answer? (ridge regression, windows, trials that the decoder did not see)".into(),
    );
    for (when, activity) in [("before", untrained), ("after", activity)] {
        lines.push(format!("  {when} training"));
        for decoding in &activity.decoding {
            lines.extend(activity.phases_ms.iter().filter_map(|(name, part)| decoded(decoding, name, *part)));
        }
    }
    lines.push(String::new());
    lines.push(format!(
        "Are rates and intervals those of a cortex? ({} to {} Hz; coefficient of variation {} to {})",
        RATE_HZ[0], RATE_HZ[1], ISI_CV[0], ISI_CV[1]
    ));
    for (population, phases) in &activity.phases {
        let names = activity.phases_ms.iter().map(|(name, _)| name.as_str()).chain(["trial"]);
        lines.extend(names.filter_map(|name| {
            let a = phases.get(name)?;
            let cv = a.isi_cv.map_or("no intervals".into(), |cv| format!("CV {cv:.2} ({})", within(cv, ISI_CV)));
            Some(format!("  {population:<4} {name:<10} {:6.2} Hz ({}), {cv}", a.rate_hz, within(a.rate_hz, RATE_HZ)))
        }));
    }
    lines.push(String::new());
    lines
}

/// Describes each projection by the log-normal distribution and the alternatives.
fn weights(start: &Start) -> Vec<String> {
    let mut lines = vec![
        format!("Are the weights of `{}` log-normal? ({} batches)", start.name, start.batches),
        "  projection          mean  KS log-normal  p      skew of log  likeliest     against it".into(),
    ];
    for p in &start.projections {
        for (when, report) in [("before", &p.before), ("after", &p.after)] {
            let Some(r) = report else { continue };
            lines.push(format!(
                "  {:<10} {when:<7} {:5.3}      {:.3}      {:.3}     {:+.2}      {:<13} {}",
                p.name,
                r.dist.mean,
                r.dist.ks_lognormal,
                r.fits.first().and_then(|f| f.bootstrap_p).unwrap_or(f64::NAN),
                r.dist.skew_log,
                name(r.best().distribution.family()),
                ratios(r)
            ));
        }
    }
    let after: Vec<_> = start.projections.iter().filter_map(|p| p.after.as_ref()).collect();
    let count = |which: fn(&WeightReport) -> bool| after.iter().filter(|r| which(r)).count();
    lines.push(format!(
        "  After training the log-normal is not refused (p above {REFUSED}) in {} of {n} projections; in {} of {n} it is the \
         likeliest of the four and KS below {CLOSE}, closer than a histogram shows.",
        count(not_refused),
        count(is_lognormal),
        n = after.len()
    ));
    lines.push(format!("  p: of KS, by {DRAWN} samples of the fitted log-normal that are fitted anew."));
    lines
}

/// Returns whether samples of the fitted log-normal, fitted anew, are often enough as far from it as the weights.
pub fn not_refused(r: &WeightReport) -> bool {
    r.fits.first().and_then(|f| f.bootstrap_p).is_some_and(|p| p > REFUSED)
}

/// Returns whether the log-normal is the likeliest family, and close.
pub fn is_lognormal(r: &WeightReport) -> bool {
    r.best().distribution.family() == DistributionFamily::LogNormal && r.dist.ks_lognormal < CLOSE
}

/// Writes Vuong's z of the log-normal against the others; above 0 it is closer to the weights.
fn ratios(r: &WeightReport) -> String {
    let one = |f: &brain_task::analysis::Fit| {
        let v = f.lognormal_against?;
        Some(format!("{} z={:+.0}", name(f.distribution.family()), v.z))
    };
    r.fits.iter().filter_map(one).collect::<Vec<_>>().join(", ")
}

/// Returns the name of a family in text.
pub fn name(family: DistributionFamily) -> &'static str {
    match family {
        DistributionFamily::LogNormal => "log-normal",
        DistributionFamily::HalfNormal => "half-normal",
        DistributionFamily::Gamma => "gamma",
        DistributionFamily::Exponential => "exponential",
    }
}

/// Computes the density of the logarithm to base ten.
pub fn log_density(d: &Distribution, log10: f64) -> f64 {
    let x = 10f64.powf(log10);
    d.ln_density(x).exp() * x * std::f64::consts::LN_10
}

/// Describes the first and the last window of a phase.
fn decoded(d: &Decoding, phase: &str, [from, to]: [f64; 2]) -> Option<String> {
    let width = if d.ms.len() > 1 { d.ms[1] - d.ms[0] } else { 0.0 };
    let inside = |ms: f64| ms - width / 2.0 >= from - 1e-9 && ms + width / 2.0 <= to + 1e-9;
    let own: Vec<_> = d.ms.iter().zip(&d.windows).filter(|(ms, _)| inside(**ms)).collect();
    let (first, last) = (own.first()?, own.last()?);
    let one = |(ms, w): &(&f64, &brain_task::analysis::Decoded)| {
        let p = w.p.map_or(String::new(), |p| format!(", p {p:.2}"));
        format!("{:.2} at {ms:.0} ms (chance {:.2}{p})", w.accuracy, w.chance)
    };
    let of = format!("    from {:<7} {phase:<8}", d.of);
    Some(if own.len() > 1 { format!("{of} {}, {}", one(first), one(last)) } else { format!("{of} {}", one(first)) })
}
