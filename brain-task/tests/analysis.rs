//! These tests compare analyses with closed forms and with samples of known distributions.

use brain_core::{Seed, Stream};
use brain_task::analysis::*;

fn stream(name: &str) -> Stream {
    Seed::new(1).child(name).at(0)
}

fn sample(d: Distribution, n: usize, name: &str) -> Vec<f64> {
    let mut s = stream(name);
    (0..n).map(|_| d.sample(&mut s)).collect()
}

fn close(what: &str, x: f64, wanted: f64, tolerance: f64) {
    assert!((x - wanted).abs() < tolerance, "{what}: {x} where {wanted} is wanted");
}

const KNOWN: [Distribution; 5] = [
    Distribution::LogNormal { mu: -3.0, sigma: 0.8 },
    Distribution::HalfNormal { sigma: 0.1 },
    Distribution::Gamma { shape: 0.6, scale: 0.3 },
    Distribution::Gamma { shape: 5.0, scale: 0.02 },
    Distribution::Exponential { scale: 0.05 },
];

/// The density integrates to the distribution function, and to 1.
#[test]
fn densities_and_distribution_functions_agree() {
    for d in KNOWN {
        // In y = ln x the integrand falls off at both ends; the trapezium rule is then exact but for rounding.
        let (low, high, n) = (-60.0, 4.0, 64_000);
        let h = (high - low) / f64::from(n);
        let mut sum = 0.0;
        for k in 0..=n {
            let y = low + h * f64::from(k);
            let f = (d.ln_density(y.exp()) + y).exp();
            sum += h * f;
            if k % 4000 == 0 {
                close("cdf", sum - 0.5 * h * f, d.cdf(y.exp()), 2e-6);
            }
        }
        close("total", sum, 1.0, 1e-9);
        assert_eq!((d.cdf(0.0), d.cdf(-1.0)), (0.0, 0.0));
    }
}

/// Estimates have their closed forms and are at the maximum: any other parameters are less likely.
#[test]
fn fits_are_most_likely() {
    let x = [1.0, 2.0, 4.0, 8.0, 0.5];
    let ln2 = 2f64.ln();
    let Distribution::LogNormal { mu, sigma } = DistributionFamily::LogNormal.fit(&x) else { panic!() };
    close("mu", mu, ln2, 1e-14);
    close("sigma", sigma, ln2 * 2f64.sqrt(), 1e-14);
    assert_eq!(DistributionFamily::Exponential.fit(&x), Distribution::Exponential { scale: 3.1 });
    let Distribution::HalfNormal { sigma } = DistributionFamily::HalfNormal.fit(&x) else { panic!() };
    close("sigma", sigma, (85.25f64 / 5.0).sqrt(), 1e-14);
    for (k, d) in KNOWN.into_iter().enumerate() {
        let x = sample(d, 20_000, &format!("fit{k}"));
        let fit = d.family().fit(&x);
        let likelihood = |d: Distribution| x.iter().map(|&x| d.ln_density(x)).sum::<f64>();
        let best = likelihood(fit);
        let numbers = |d: Distribution| match d {
            Distribution::LogNormal { mu, sigma } => [mu, sigma],
            Distribution::HalfNormal { sigma } => [sigma, 1.0],
            Distribution::Gamma { shape, scale } => [shape, scale],
            Distribution::Exponential { scale } => [scale, 1.0],
        };
        let with = |[a, b]: [f64; 2]| match d {
            Distribution::LogNormal { .. } => Distribution::LogNormal { mu: a, sigma: b },
            Distribution::HalfNormal { .. } => Distribution::HalfNormal { sigma: a },
            Distribution::Gamma { .. } => Distribution::Gamma { shape: a, scale: b },
            Distribution::Exponential { .. } => Distribution::Exponential { scale: a },
        };
        let (found, truth) = (numbers(fit), numbers(d));
        for j in 0..d.parameters() {
            close("parameter", found[j], truth[j], 0.03 * truth[j].abs());
            for factor in [0.999, 1.001] {
                let mut moved = found;
                moved[j] *= factor;
                assert!(likelihood(with(moved)) < best, "{d:?}, parameter {j}");
            }
        }
    }
}

#[test]
fn distance_of_kolmogorov_and_smirnov() {
    // The distribution function of an exponential of mean 1 is 0.1, 0.5 and 0.6 at these; the greatest gap is 1 - 0.6.
    let x = [0.1f64, 0.5, 0.6].map(|p| -(1.0 - p).ln());
    close("distance", ks(&Distribution::Exponential { scale: 1.0 }, &x), 0.4, 1e-12);
    // Kolmogorov's table has 5 % at 1.3581 and 1 % at 1.6276, for n without limit.
    for (x, p) in [(1.3581, 0.05), (1.6276, 0.01), (1.2238, 0.1)] {
        close("p", ks_p(x / 1e6, 1_000_000_000_000), p, 5e-5);
    }
    // The exact 5 % point for n = 10 is 0.40925; Stephens's correction is good to a few tenths of a per cent.
    close("p", ks_p(0.40925, 10), 0.05, 0.002);
    assert_eq!((ks_p(0.0, 10), ks_p(1.0, 1000)), (1.0, 0.0));
}

/// With fitted parameters the plain probability is never small, and the bootstrap's is uniform: Lilliefors's 5 % point
/// for n = 30 is 0.161.
#[test]
fn the_bootstrap_counts_the_fit() {
    let d = Distribution::LogNormal { mu: -3.0, sigma: 0.8 };
    let p = bootstrap_p(&d, 0.161, 30, 4000, Seed::new(3));
    close("bootstrap", p, 0.05, 0.013);
    assert!(ks_p(0.161, 30) > 0.35);
    // Over samples that are log-normal, one in ten is below 0.1.
    let below = (0..200).filter(|k| {
        let mut x = sample(d, 60, &format!("uniform{k}"));
        x.sort_by(f64::total_cmp);
        let fit = DistributionFamily::LogNormal.fit(&x);
        bootstrap_p(&fit, ks(&fit, &x), 60, 99, Seed::new(*k)) <= 0.1
    });
    let below = below.count();
    assert!((8..=34).contains(&below), "{below} of 200");
    assert_eq!(p, bootstrap_p(&d, 0.161, 30, 4000, Seed::new(3)));
}

#[test]
fn the_true_family_is_found() {
    for (k, d) in KNOWN.into_iter().enumerate() {
        let x = sample(d, 4000, &format!("family{k}"));
        let report = weights(&x, 99, Seed::new(7)).unwrap();
        let of = |family| report.fits.iter().find(|f| f.distribution.family() == family).unwrap();
        let own = of(d.family());
        assert!(own.bootstrap_p.unwrap() > 0.01, "{d:?}: {own:?}");
        // An exponential sample is a gamma sample too; all else is refused.
        let alike = |f: DistributionFamily| {
            f == d.family() || (d.family() == DistributionFamily::Exponential && f == DistributionFamily::Gamma)
        };
        for f in report.fits.iter().filter(|f| !alike(f.distribution.family())) {
            assert!(f.bootstrap_p == Some(0.01) && f.aic > own.aic, "{d:?} as {f:?}");
        }
        assert!(alike(report.best().distribution.family()), "{d:?}");
        for f in &report.fits[1..] {
            let v = f.lognormal_against.unwrap();
            match d.family() {
                DistributionFamily::LogNormal => assert!(v.z > 4.0 && v.p < 1e-4, "{d:?}: {f:?}"),
                family if family == f.distribution.family() => assert!(v.z < -4.0 && v.p < 1e-4, "{d:?}: {f:?}"),
                _ => {}
            }
        }
        let skewed = report.dist.skew_log_z.abs() > 4.0;
        assert_eq!(skewed, d.family() != DistributionFamily::LogNormal, "{d:?}: {:?}", report.dist);
    }
}

#[test]
fn vuong_by_hand() {
    // The log-ratio of exponentials of mean 1 and 2 is ln 2 - x / 2.
    let [a, b] = [1.0, 2.0].map(|scale| Distribution::Exponential { scale });
    let x = [0.5, 1.0, 3.0, 4.0];
    let m = x.map(|x| 2f64.ln() - x / 2.0);
    let (sum, mean) = (m.iter().sum::<f64>(), m.iter().sum::<f64>() / 4.0);
    let sd = (m.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / 4.0).sqrt();
    let v = vuong(&a, &b, &x);
    close("sum", v.log_ratio, sum, 1e-14);
    close("z", v.z, sum / (2.0 * sd), 1e-14);
    let back = vuong(&b, &a, &x);
    assert!((back.z + v.z).abs() < 1e-14 && (back.p - v.p).abs() < 1e-14);
    assert_eq!(vuong(&a, &a, &x).p, 1.0);
}

#[test]
fn summaries_of_weights() {
    let e = std::f64::consts::E;
    let x: Vec<f64> = (0..5).flat_map(|_| [1.0, -e, e * e, 0.0, -e]).collect();
    let report = weights(&x, 0, Seed::new(0)).unwrap();
    let d = report.dist;
    assert_eq!((d.count, d.zeros, report.fits[0].bootstrap_p), (20, 5, None));
    close("mean", d.mean, (1.0 + 2.0 * e + e * e) / 4.0, 1e-14);
    close("mu", d.lognormal_mu, 1.0, 1e-14);
    close("sigma", d.lognormal_sigma, 0.5f64.sqrt(), 1e-14);
    close("skew", d.skew_log, 0.0, 1e-14);
    // Half of the numbers are e, in the middle of the distribution: a quarter of them lies below.
    close("distance", d.ks_lognormal, 0.25, 1e-12);
    let close_to_zero: Vec<f64> = x.iter().map(|w| if *w == 1.0 { 1e-6 } else { *w }).collect();
    let skewed = weights(&close_to_zero, 0, Seed::new(0)).unwrap().dist;
    assert!(skewed.skew_log < -1.0 && skewed.skew_log_z < -2.0, "{skewed:?}");
    for (bad, message) in [
        (vec![0.5; 30], "magnitudes of the weights: all are the same"),
        (vec![0.0; 30], "weights that are not 0: there are 0, at least 10 are needed"),
        (vec![1.0, f64::NAN], "weights: number 1 is NaN"),
    ] {
        let error = weights(&bad, 0, Seed::new(0)).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

/// Makes counts of 20 neurons in 6 windows of 10 steps: one neuron tells the class in windows 2 and 3, the rest is
/// noise.
fn activity(trials: usize, d: f64) -> (WindowFeatures, Vec<bool>) {
    let (mut f, mut s) = (WindowFeatures::new(64, 10, trials, 20), stream("activity"));
    let labels: Vec<bool> = (0..trials).map(|_| s.bernoulli(0.5)).collect();
    for (trial, &label) in labels.iter().enumerate() {
        for step in 0..64 {
            for neuron in 0..20 {
                let signal = (20..40).contains(&step) && neuron == 3 && label;
                let noise = s.normal() / 10f64.sqrt();
                f.add(step, trial, neuron, noise + if signal { d / 10.0 } else { 0.0 });
            }
        }
    }
    (f, labels)
}

/// The class is decoded where it is in the activity and nowhere else, as well as theory says.
#[test]
fn decoding_over_time() {
    let (f, labels) = activity(1000, 2.0);
    assert_eq!((f.windows, f.trials, f.neurons), (6, 1000, 20));
    let decoded = decode(&f, &labels, Decoder::default(), Seed::new(4)).unwrap();
    for (w, d) in decoded.iter().enumerate() {
        close("chance", d.chance, 0.5, 0.015);
        // It is the root of 2 times the binomial one, and a hundred shuffles measure it to within 7 %.
        close("its error", d.chance_sd, (2.0 * 0.25f64 / 1000.0).sqrt(), 0.005);
        if (2..4).contains(&w) {
            // For normal numbers of standard deviation 1 whose means are 2 apart, the best decoder is right in 84.13 %.
            close("accuracy", d.accuracy, 0.8413, 0.04);
            assert!(d.p == Some(1.0 / 101.0) && d.low > 0.79, "window {w}: {d:?}");
        } else {
            assert!(d.p.unwrap() > 0.02 && d.low < 0.52, "window {w}: {d:?}");
        }
    }
    // With 60 trials of 20 neurons, a decoder that saw its own test trials would decode noise.
    let (few, labels) = activity(60, 0.0);
    let told = decode(&few, &labels, Decoder { ridge: 1e-6, ..Decoder::default() }, Seed::new(4)).unwrap();
    let mean = told.iter().map(|d| d.accuracy).sum::<f64>() / 6.0;
    assert!((0.38..0.62).contains(&mean), "{mean}");
}

#[test]
fn decoding_is_deterministic_and_refuses_what_it_cannot_use() {
    let (f, labels) = activity(40, 2.0);
    let run = |decoder| decode(&f, &labels, decoder, Seed::new(4));
    assert_eq!(run(Decoder::default()).unwrap(), run(Decoder::default()).unwrap());
    let quick = run(Decoder { shuffles: 0, ..Decoder::default() }).unwrap();
    assert_eq!(quick[2].accuracy, run(Decoder::default()).unwrap()[2].accuracy);
    let ones = labels.iter().filter(|l| **l).count().max(labels.iter().filter(|l| !**l).count());
    assert_eq!((quick[0].chance, quick[0].p), (ones as f64 / 40.0, None));
    // Silent neurons tell nothing and do no harm.
    let silent = WindowFeatures::new(20, 10, 40, 3);
    let told = decode(&silent, &labels, Decoder::default(), Seed::new(0)).unwrap();
    assert!(told.len() == 2 && told.iter().all(|d| d.accuracy <= 0.75 && d.p.unwrap() > 0.01));
    let error = |f: &WindowFeatures, labels: &[bool], folds| {
        decode(f, labels, Decoder { folds, ..Decoder::default() }, Seed::new(0)).unwrap_err().to_string()
    };
    assert_eq!(error(&f, &labels[..9], 5), "labels: 9 where 40 are needed");
    assert_eq!(error(&f, &labels, 1), "folds: there are 1, at least 2 are needed");
    assert_eq!(error(&f, &labels, 30), "trials: there are 40, at least 60 are needed");
    assert!(error(&f, &[true; 40], 5).starts_with("labels: all are the same"));
    let mut bad = f.clone();
    bad.values[7] = f64::INFINITY;
    assert!(error(&bad, &labels, 5).starts_with("activity: number 7 is inf"));
}

#[test]
fn psychometric_curves() {
    // The interval of 8 of 10 is Wilson's formula by hand.
    let (low, high) = wilson(8, 10);
    close("low", low, 0.4901625, 1e-6);
    close("high", high, 0.9433178, 1e-6);
    assert_eq!(wilson(0, 0), (0.0, 1.0));
    assert!(wilson(0, 10).0 == 0.0 && wilson(10, 10).1 == 1.0);
    let values = [1.0, -1.0, 3.0, 1.0, -1.0, 1.0];
    let curve = psychometric(&values, &[true, false, true, false, false, true]).unwrap();
    let shares: Vec<_> = curve.iter().map(|s| (s.value, s.trials, s.share)).collect();
    assert_eq!(shares, [(-1.0, 2, 0.0), (1.0, 3, 2.0 / 3.0), (3.0, 1, 1.0)]);
    assert_eq!((curve[1].low, curve[1].high), wilson(2, 3));
    assert_eq!(psychometric(&values, &[true]).unwrap_err().to_string(), "answers: 1 where 6 are needed");
    assert!(psychometric(&[f64::NAN], &[true]).is_err());
    // Few values are themselves; many are joined to bins of the same number of trials, at their mean.
    assert_eq!(binned(&values, &[true, false, true, false, false, true], 3).unwrap(), curve);
    let many: Vec<f64> = (0..40).map(|k| f64::from(k / 2)).collect();
    let rising: Vec<bool> = (0..40).map(|k| k >= 20).collect();
    let joined = binned(&many, &rising, 5).unwrap();
    let shares: Vec<_> = joined.iter().map(|s| (s.value, s.trials, s.share)).collect();
    assert_eq!(shares, [(1.5, 8, 0.0), (5.5, 8, 0.0), (9.5, 8, 0.5), (13.5, 8, 1.0), (17.5, 8, 1.0)]);
    assert_eq!((joined[2].low, joined[2].high), wilson(4, 8));
    // Of 20 trials at 0.05 the interval of 0, 1 or 2 hits holds the truth, and that of 3 starts at 0.0524. So the truth
    // is held in 92.45 %; the normal interval, which is empty at 0 hits, holds it in 64 %.
    let (mut s, mut inside, n) = (stream("wilson"), 0, 4000);
    for _ in 0..n {
        let hits = (0..20).filter(|_| s.bernoulli(0.05)).count();
        let (low, high) = wilson(hits, 20);
        inside += usize::from((low..=high).contains(&0.05));
    }
    close("coverage", inside as f64 / f64::from(n), 0.924516, 0.017);
    let produced = means(&[5.0, 5.0, 7.0, 5.0], &[4.0, 6.0, f64::NAN, f64::NAN]).unwrap();
    assert_eq!((produced[0].mean, produced[0].sd, produced[0].silent), (5.0, 2f64.sqrt(), 1));
    assert!(produced[1].mean.is_nan() && produced[1].silent == 1);
}
