//! The verdict on a sweep: within the usual bounds, or what is wrong with it, in words.
//!
//! On steps the count, the first spike, the mean interval and the spike-forced potential are judged; on noise, whose spikes a
//! good model hits one by one, the coincidence factor in place of the two times.

use super::SweepScore;

/// A count is wrong beyond so many spikes.
const FEW: f64 = 2.0;
/// A count is wrong beyond this part of the recorded one, on steps and on noise.
const COUNT: (f64, f64) = (0.1, 0.12);
/// The first spike is wrong by more than this, ms.
const FIRST_MS: f64 = 8.0;
/// The mean interval is wrong by more than this fraction.
const INTERVAL: f64 = 0.15;
/// The spike-forced potential is wrong by more than this root mean square, mV, on steps and on noise.
const FORCED_MV: (f64, f64) = (2.5, 3.0);
/// The coincidence factor of noise is at least this.
const COINCIDENCE: f64 = 0.55;
/// A fit has failed where the count of a fitted sweep is wrong beyond this part of the recorded one.
const FAILED_COUNT: f64 = 0.25;
/// It has failed where the spike-forced potential of a fitted sweep is wrong by more than this, mV.
const FAILED_FORCED_MV: f64 = 5.0;
/// No error counts for more than so many times its bound where models are compared.
const MOST: f64 = 5.0;

/// What is wrong with a model's answer to a sweep; nothing, where it is within the usual bounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The faults in words, the gravest first.
    pub faults: Vec<String>,
    /// It is true where such an answer to a fitted sweep shows that the fit failed.
    pub failed: bool,
}

impl Verdict {
    /// Judges a score; `None` where there is no recording to compare with.
    pub fn of(score: &SweepScore) -> Option<Self> {
        let data = score.spikes_data?;
        let noise = score.coincidence.is_some();
        let choose = |(steps, noisy): (f64, f64)| if noise { noisy } else { steps };
        let mut verdict = Self::default();
        let off = score.spikes_model.abs_diff(data) as f64;
        let silent = data > 0 && score.spikes_model == 0;
        if silent {
            verdict.faults.push(format!("the model is silent where the cell fires {data} times"));
        } else if off > FEW.max(choose(COUNT) * data as f64) {
            let how = if score.spikes_model > data { "too often" } else { "too rarely" };
            verdict.faults.push(format!("the model fires {how} ({} spikes for {data})", score.spikes_model));
        }
        if let Some(gamma) = score.coincidence {
            if gamma < COINCIDENCE && !silent {
                verdict.faults.push(format!("the coincidence factor is {gamma:.2}, below {COINCIDENCE}"));
            }
        } else {
            if let Some(error) = score.first_spike_error_ms.filter(|error| error.abs() > FIRST_MS) {
                let how = if error < 0.0 { "early" } else { "late" };
                verdict.faults.push(format!("its first spike is {:.1} ms {how}", error.abs()));
            }
            if let Some(error) = score.mean_isi_error.filter(|error| error.abs() > INTERVAL) {
                let how = if error < 0.0 { "short" } else { "long" };
                verdict.faults.push(format!("its intervals are {:.0} % too {how}", 100.0 * error.abs()));
            }
        }
        if let Some(rmse) = score.rmse_forced_mv.filter(|rmse| *rmse > choose(FORCED_MV)) {
            verdict.faults.push(format!("its potential between spikes is {rmse:.1} mV off (RMS)"));
        }
        verdict.failed = silent
            || off > FEW.max(FAILED_COUNT * data as f64)
            || score.rmse_forced_mv.is_some_and(|rmse| rmse > FAILED_FORCED_MV);
        Some(verdict)
    }

    /// Gives how far a model's answer is from the recorded one, in units of the bounds: the mean over what is judged of the
    /// error as a part of its bound, none above 5, so that below 1 an answer is about as good as one within them. A
    /// silent model has the most where spikes are judged. `None` where there is no recording to compare with.
    pub fn distance(score: &SweepScore) -> Option<f64> {
        let data = score.spikes_data?;
        let noise = score.coincidence.is_some();
        let choose = |(steps, noisy): (f64, f64)| if noise { noisy } else { steps };
        let count = score.spikes_model.abs_diff(data) as f64 / FEW.max(choose(COUNT) * data as f64);
        let mut errors = vec![count];
        if noise {
            errors.extend(score.coincidence.map(|gamma| (1.0 - gamma) / (1.0 - COINCIDENCE)));
        } else if data > 0 {
            errors.push(score.first_spike_error_ms.map_or(MOST, |error| error.abs() / FIRST_MS));
            if data > 1 {
                errors.push(score.mean_isi_error.map_or(MOST, |error| error.abs() / INTERVAL));
            }
        }
        errors.extend(score.rmse_forced_mv.map(|rmse| rmse / choose(FORCED_MV)));
        let capped = errors.iter().map(|error| error.min(MOST));
        Some(capped.sum::<f64>() / errors.len() as f64)
    }

    /// Gives the bounds in words.
    pub fn bounds(noise: bool) -> String {
        match noise {
            true => format!("count {:.0} % or {FEW}, coincidence {COINCIDENCE}, {} mV", 100.0 * COUNT.1, FORCED_MV.1),
            false => format!(
                "count {:.0} % or {FEW}, first spike {FIRST_MS} ms, interval {:.0} %, {} mV",
                100.0 * COUNT.0,
                100.0 * INTERVAL,
                FORCED_MV.0
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(data: usize, model: usize) -> SweepScore {
        SweepScore {
            id: "1".into(),
            rmse_forced_mv: Some(0.5),
            spikes_data: Some(data),
            spikes_model: model,
            first_spike_error_ms: Some(1.0),
            mean_isi_error: Some(0.01),
            ..SweepScore::default()
        }
    }

    #[test]
    fn a_verdict_says_what_happened() {
        let judged = |score: &SweepScore| Verdict::of(score).unwrap();
        assert_eq!(judged(&score(20, 21)), Verdict::default());
        let often = judged(&score(7, 11));
        assert_eq!(
            (often.faults, often.failed),
            (vec!["the model fires too often (11 spikes for 7)".to_owned()], true)
        );
        let rarely = judged(&score(40, 35));
        assert_eq!(
            (rarely.faults, rarely.failed),
            (vec!["the model fires too rarely (35 spikes for 40)".to_owned()], false)
        );
        let silent = judged(&score(2, 0));
        assert!(silent.failed && silent.faults[0].contains("silent"), "a count within two is not enough");
        let late = SweepScore { first_spike_error_ms: Some(-16.8), mean_isi_error: Some(0.2), ..score(12, 13) };
        assert_eq!(judged(&late).faults, ["its first spike is 16.8 ms early", "its intervals are 20 % too long"]);
        let noise = SweepScore { coincidence: Some(0.69), ..late.clone() };
        assert!(judged(&noise).faults.is_empty(), "noise is judged by coincidence");
        assert_eq!(judged(&SweepScore { coincidence: Some(0.3), ..late }).faults.len(), 1);
        assert_eq!(Verdict::of(&SweepScore { spikes_data: None, ..score(1, 1) }), None);
    }

    #[test]
    fn distances_are_in_units_of_the_bounds() {
        let distance = |score: &SweepScore| Verdict::distance(score).unwrap();
        // One spike of two, 1 ms of 8, 1 % of 15 and 0.5 mV of 2.5.
        let near = (0.5 + 0.125 + 1.0 / 15.0 + 0.2) / 4.0;
        assert!((distance(&score(20, 21)) - near).abs() < 1e-12);
        let silent = SweepScore { first_spike_error_ms: None, mean_isi_error: None, ..score(20, 0) };
        assert!((distance(&silent) - (3.0 * 5.0 + 0.2) / 4.0).abs() < 1e-12, "no error counts for more than five");
        let noise = SweepScore { coincidence: Some(0.55), ..score(20, 20) };
        assert!((distance(&noise) - (1.0 + 0.5 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!(Verdict::distance(&SweepScore { spikes_data: None, ..score(1, 1) }), None);
    }
}
