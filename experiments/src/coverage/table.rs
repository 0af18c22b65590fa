//! Counts of intervals that hold the truth.

use brain_core::stats::sample_sd;
use brain_fit::fit::Fitted;
use serde::{Deserialize, Serialize};

/// One line of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The model.
    pub model: String,
    /// The noise.
    pub noise: String,
    /// The parameter, or `pooled` for all that are identifiable and vary smoothly.
    pub parameter: String,
    /// Number of data sets.
    pub sets: usize,
    /// Number of those that gave the parameter an interval.
    pub intervals: usize,
    /// Part of the intervals that hold the truth.
    pub coverage: f64,
    /// Mean of the estimates minus the truth, in standard deviations of the estimates.
    pub bias: Option<f64>,
    /// Standard deviation of the estimates, in the parameter's unit.
    pub spread: Option<f64>,
    /// Root mean square of the standard errors by the noise within sweeps.
    pub within: Option<f64>,
    /// Root mean square of the standard errors by how sweeps differ.
    pub between: Option<f64>,
    /// Root mean square of the larger of the two.
    pub error: Option<f64>,
    /// Whether the parameter is judged: nearly all data sets say that it is identifiable.
    pub identifiable: bool,
}

/// A parameter is judged where at least this part of the data sets gives it an interval.
const NEARLY_ALL: f64 = 0.9;
/// Name of the parameter that lies on a grid.
const ON_GRID: &str = "t_ref";

/// Name of the row of all parameters together.
const POOLED: &str = "pooled";

/// Makes the rows of fits `[set][parameter]` of one model under one noise. Errors are multiplied by `scale`: by 1, or in
/// a test by something else.
pub fn rows(model: &str, noise: &str, truth: &[f64], fits: &[Vec<Fitted>], scale: f64) -> Vec<Row> {
    let sets = fits.len();
    let mut found: Vec<Row> = Vec::new();
    let (mut held, mut counted) = (0usize, 0usize);
    for (p, truth) in truth.iter().enumerate() {
        let told: Vec<&Fitted> = fits.iter().map(|f| &f[p]).filter(|f| f.interval.is_some()).collect();
        if told.is_empty() {
            continue;
        }
        let holds = |f: &&&Fitted| {
            f.interval.is_some_and(|(low, high)| {
                f.value - scale * (f.value - low) <= *truth && *truth <= f.value + scale * (high - f.value)
            })
        };
        let inside = told.iter().filter(holds).count();
        let values: Vec<f64> = told.iter().map(|f| f.value).collect();
        let sd = sample_sd(&values);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let root = |of: fn(&Fitted) -> Option<f64>| {
            let squares: Vec<f64> = told.iter().filter_map(|f| of(f)).map(|e| e * e).collect();
            (!squares.is_empty()).then(|| scale * (squares.iter().sum::<f64>() / squares.len() as f64).sqrt())
        };
        let identifiable = told.iter().filter(|f| f.identifiable).count() as f64 >= NEARLY_ALL * sets as f64;
        if identifiable && told[0].name != ON_GRID {
            (held, counted) = (held + inside, counted + told.len());
        }
        found.push(Row {
            model: model.into(),
            noise: noise.into(),
            parameter: told[0].name.clone(),
            sets,
            intervals: told.len(),
            coverage: inside as f64 / told.len() as f64,
            bias: (sd > 0.0).then(|| (mean - truth) / sd),
            spread: Some(sd),
            within: root(|f| f.std_error_within),
            between: root(|f| f.std_error_between),
            error: root(|f| f.std_error),
            identifiable,
        });
    }
    found.push(Row {
        model: model.into(),
        noise: noise.into(),
        parameter: POOLED.into(),
        sets,
        intervals: counted,
        coverage: held as f64 / counted.max(1) as f64,
        bias: None,
        spread: None,
        within: None,
        between: None,
        error: None,
        identifiable: counted > 0,
    });
    found
}

impl Row {
    /// Gives the least and the largest part of intervals that should hold the truth: of a parameter 90 to 98.5 %, of all
    /// together 93 to 97 %. Values of a grid have no upper bound: data that tell two neighbours apart always hold the
    /// truth.
    fn bounds(&self) -> (f64, f64) {
        match self.parameter.as_str() {
            POOLED => (0.93, 0.97),
            ON_GRID => (0.90, 1.0),
            _ => (0.90, 0.985),
        }
    }

    /// Tells whether the coverage is within its bounds, where the parameter is judged.
    pub fn is_right(&self) -> bool {
        let (low, high) = self.bounds();
        !self.identifiable || (low..=high).contains(&self.coverage)
    }

    /// Tells whether the coverage of few data sets may come from one within the bounds: whether as many misses, or as few, have a
    /// larger probability than `chance` there. Intervals of one data set are taken for one draw.
    pub fn may_be_right(&self, chance: f64) -> bool {
        let (low, high) = self.bounds();
        let misses = (self.sets as f64 * (1.0 - self.coverage)).round() as usize;
        let at_most = |misses: usize, p: f64| binomial(self.sets, p).take(misses + 1).sum::<f64>();
        let at_least = |misses: usize, p: f64| binomial(self.sets, p).skip(misses).sum::<f64>();
        !self.identifiable || at_least(misses, 1.0 - low) > chance && at_most(misses, 1.0 - high) > chance
    }
}

/// Gives the probabilities of 0, 1, .. `n` events that each have the probability `p` below one.
fn binomial(n: usize, p: f64) -> impl Iterator<Item = f64> {
    let next = move |(k, of): &(usize, f64)| {
        let following = of * (n - k) as f64 / (*k + 1) as f64 * p / (1.0 - p);
        (*k < n).then_some((k + 1, following))
    };
    std::iter::successors(Some((0, (1.0 - p).powi(n as i32))), next).map(|(_, of)| of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::Seed;

    /// Rows of estimates of a truth with errors of one, whose reported errors are wrong by some factor.
    fn of(sets: usize, factor: f64) -> Vec<Row> {
        let mut stream = Seed::new(1).child("table").at(0);
        let fit = |value: f64| Fitted {
            name: "x".into(),
            unit: "1".into(),
            value,
            std_error: Some(1.0),
            std_error_within: Some(1.0),
            std_error_between: None,
            interval: Some((value - 1.96, value + 1.96)),
            prior_shift: None,
            bounds: (0.0, 20.0),
            identifiable: true,
        };
        let fits: Vec<Vec<Fitted>> = (0..sets).map(|_| vec![fit(10.0 + stream.normal())]).collect();
        rows("model", "white", &[10.0], &fits, factor)
    }

    #[test]
    fn errors_that_are_wrong_by_a_third_are_found() {
        let right = |factor| of(400, factor).iter().all(Row::is_right);
        assert!(right(1.0) && !right(0.75) && !right(1.35));
    }

    #[test]
    fn few_sets_are_judged_by_what_chance_gives() {
        let may = |factor| of(60, factor).iter().all(|row| row.may_be_right(1e-4));
        assert!(may(1.0) && may(1.3) && !may(0.5));
        let sum: f64 = binomial(60, 0.1).sum();
        assert!((sum - 1.0).abs() < 1e-12 && (binomial(2, 0.1).nth(1).unwrap() - 0.18).abs() < 1e-12);
    }
}
