//! Counts of intervals that hold the truth.

use brain_core::stats::sample_sd;
use brain_fit::fit::Fitted;
use serde::Serialize;

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
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
        parameter: "pooled".into(),
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
    /// Tells whether the coverage is within bounds that `slack` standard deviations of a count of data sets widen.
    ///
    /// A parameter's intervals are to hold the truth in 90 to 98.5 % of the sets, all together in 93 to 97 %. Values of a
    /// grid have no upper bound: data that tell two neighbours apart always hold the truth.
    pub fn is_right(&self, slack: f64) -> bool {
        let (low, high) = match self.parameter.as_str() {
            "pooled" => (0.93, 0.97),
            ON_GRID => (0.90, 1.0),
            _ => (0.90, 0.985),
        };
        let by_chance = slack * (0.05 * 0.95 / self.sets.max(1) as f64).sqrt();
        !self.identifiable || (low - by_chance..=high + by_chance).contains(&self.coverage)
    }
}
