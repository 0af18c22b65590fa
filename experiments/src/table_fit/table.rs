//! The table: what the runs of all seeds say of a contestant on a target.

use super::Entry;
use brain_core::stats::{mean, median};
use serde::Serialize;

/// One contestant on one target under one budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Target.
    pub target: &'static str,
    /// What all were given the same of: `runs`, `seconds` or `none`.
    pub equal: &'static str,
    /// Contestant.
    pub method: &'static str,
    /// Unit of the losses.
    pub unit: &'static str,
    /// Number of seeds.
    pub seeds: usize,
    /// Mean of the least losses; infinite losses, of runs that found nothing, are left out.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: f64,
    /// Their median.
    pub median: f64,
    /// Loss of a success.
    pub success_below: f64,
    /// Part of the seeds with a success.
    pub success_rate: f64,
    /// Mean number of places evaluated.
    pub evaluations: f64,
    /// Mean of what was spent in runs, with derivatives at their worth.
    pub runs: f64,
    /// Mean time, s.
    pub seconds: f64,
    /// Median of the runs after which the loss was a success, over the seeds where it was.
    pub runs_to_success: Option<f64>,
    /// Median of the seconds after which it was.
    pub seconds_to_success: Option<f64>,
}

/// Columns of `table-fit.csv`.
pub(super) const HEADER: [&str; 15] = [
    "target",
    "equal",
    "method",
    "unit",
    "seeds",
    "mean",
    "sd",
    "median",
    "success_below",
    "success_rate",
    "evaluations",
    "runs",
    "seconds",
    "runs_to_success",
    "seconds_to_success",
];

/// Columns of `curves.csv`.
pub(super) const CURVE: [&str; 7] = ["target", "equal", "method", "seed", "runs", "seconds", "loss"];

/// Makes the rows of the table, in the order in which their first runs were made.
pub fn rows(entries: &[Entry]) -> Vec<Row> {
    let mut keys: Vec<(&str, &str, &str)> = Vec::new();
    for e in entries {
        if !keys.contains(&(e.target, e.equal, e.method)) {
            keys.push((e.target, e.equal, e.method));
        }
    }
    let of = |key: &(&str, &str, &str)| {
        row(&entries.iter().filter(|e| (e.target, e.equal, e.method) == *key).collect::<Vec<_>>())
    };
    keys.iter().map(of).collect()
}

/// Makes the row of the runs of one contestant, of which there is one at least.
fn row(entries: &[&Entry]) -> Row {
    let &&Entry { target, equal, method, unit, success, .. } = &entries[0];
    let losses: Vec<f64> = entries.iter().map(|e| e.finished.loss).filter(|l| l.is_finite()).collect();
    let centre = if losses.is_empty() { f64::INFINITY } else { mean(&losses) };
    let square = |l: &f64| (l - centre).powi(2);
    let sd = match losses.len() {
        0 | 1 => 0.0,
        n => (losses.iter().map(square).sum::<f64>() / (n - 1) as f64).sqrt(),
    };
    let last = |f: fn(&crate::contest::Mark) -> f64| {
        entries.iter().filter_map(|e| e.finished.curve.last().map(f)).sum::<f64>() / entries.len() as f64
    };
    let first = |f: fn(&crate::contest::Mark) -> f64| {
        let reached = |e: &&Entry| e.finished.curve.iter().find(|mark| mark.loss < success).map(f);
        let reached: Vec<f64> = entries.iter().filter_map(reached).collect();
        (!reached.is_empty()).then(|| median(&reached))
    };
    let succeeded = losses.iter().filter(|loss| **loss < success).count();
    Row {
        target,
        equal,
        method,
        unit,
        seeds: entries.len(),
        mean: centre,
        sd,
        median: if losses.is_empty() { f64::INFINITY } else { median(&losses) },
        success_below: success,
        success_rate: succeeded as f64 / entries.len() as f64,
        evaluations: entries.iter().map(|e| e.finished.evaluations as f64).sum::<f64>() / entries.len() as f64,
        runs: last(|mark| mark.runs),
        seconds: last(|mark| mark.seconds),
        runs_to_success: first(|mark| mark.runs),
        seconds_to_success: first(|mark| mark.seconds),
    }
}

impl Row {
    /// Returns the cells of a line of the CSV.
    pub(super) fn cells(&self) -> Vec<String> {
        let some = |x: Option<f64>| x.map_or_else(String::new, |x| x.to_string());
        let words = [self.target, self.equal, self.method, self.unit].map(str::to_owned);
        let numbers = [
            self.seeds as f64,
            self.mean,
            self.sd,
            self.median,
            self.success_below,
            self.success_rate,
            self.evaluations,
            self.runs,
            self.seconds,
        ];
        let numbers = numbers.map(|x| x.to_string());
        words.into_iter().chain(numbers).chain([some(self.runs_to_success), some(self.seconds_to_success)]).collect()
    }
}

/// Returns the cells of the curve of a run, one line a point.
pub(super) fn curve(e: &Entry) -> impl Iterator<Item = Vec<String>> + '_ {
    e.finished.curve.iter().map(move |mark| {
        let words = [e.target.to_owned(), e.equal.to_owned(), e.method.to_owned(), e.seed.to_string()];
        words.into_iter().chain([mark.runs, mark.seconds, mark.loss].map(|x| x.to_string())).collect()
    })
}

/// Returns the table in words: for each target and budget, the best method first.
pub(super) fn lines(table: &[Row]) -> Vec<String> {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for row in table {
        if !groups.contains(&(row.target, row.equal)) {
            groups.push((row.target, row.equal));
        }
    }
    let mut lines = Vec::new();
    for (target, equal) in groups {
        let mut rows: Vec<&Row> = table.iter().filter(|r| (r.target, r.equal) == (target, equal)).collect();
        rows.sort_by(|a, b| b.success_rate.total_cmp(&a.success_rate).then(a.median.total_cmp(&b.median)));
        let budget = match equal {
            "none" => "to its own end".to_owned(),
            equal => format!("the same {equal}"),
        };
        lines.push(format!("\n{target}, {budget}, success below {} {}", rows[0].success_below, rows[0].unit));
        for r in rows {
            let (success, n) = ((r.success_rate * r.seeds as f64).round(), r.seeds);
            let solved = match (r.runs_to_success, r.seconds_to_success) {
                (Some(runs), Some(seconds)) => format!(", a success after {runs:.0} runs, {seconds:.3} s"),
                _ => String::new(),
            };
            lines.push(format!(
                "  {:20} {success:2}/{n}  median {:10.4e}  mean {:10.4e}  sd {:9.2e}  {:7.0} evaluations {:7.0} runs {:8.3} s{solved}",
                r.method, r.median, r.mean, r.sd, r.evaluations, r.runs, r.seconds
            ));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::{Finished, Mark};

    #[test]
    fn a_row_of_three_seeds() {
        let entry = |seed, losses: &[f64]| Entry {
            target: "t",
            unit: "mV2",
            success: 1.0,
            equal: "runs",
            method: "de",
            seed,
            finished: Finished {
                loss: losses[losses.len() - 1],
                place: vec![],
                curve: (0..).zip(losses).map(|(k, &loss)| Mark { runs: f64::from(k), seconds: 0.5, loss }).collect(),
                evaluations: 10,
            },
        };
        let entries = [entry(1, &[4.0, 0.5]), entry(2, &[3.0, 2.5]), entry(3, &[9.0, 0.9, 0.6])];
        let table = rows(&entries);
        assert_eq!(table.len(), 1);
        let row = &table[0];
        assert!((row.mean - 1.2).abs() < 1e-12 && row.median == 0.6 && (row.sd - 1.27f64.sqrt()).abs() < 1e-12);
        assert!((row.success_rate - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((row.runs_to_success, row.evaluations, row.seeds), (Some(1.0), 10.0, 3));
        assert_eq!(row.cells().len(), HEADER.len());
        assert_eq!(curve(&entries[2]).last().unwrap(), ["t", "runs", "de", "3", "2", "0.5", "0.6"]);
        assert!(lines(&table)[1].contains(" 2/3 "), "{:?}", lines(&table));
    }
}
