//! This module lists the statistics.
//!
//! A statistic is a line in [`STATISTICS`]: a number of the spike trains, bins and windows that an [`Activity`]
//! gathers. A crate outside adds a line to the statistics of its [`Registry`](crate::Registry) instead. It is then in
//! `metrics.json` of `brain-net run`, and in its table where it has a heading.

use super::Activity;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// A statistic is a number that says something about the activity of a population.
#[derive(Clone, Copy, Debug)]
pub struct Statistic {
    /// `metrics.json` has the number under this key, which ends in the unit where the number has one.
    pub key: &'static str,
    /// The table has the number under this heading; it is `None` where the table leaves the statistic out.
    pub heading: Option<&'static str>,
    /// The table prints this many digits after the decimal point.
    pub digits: usize,
    /// This function computes the number; it returns `None` where the activity does not define it.
    pub of: fn(&Activity) -> Option<f64>,
}

impl Statistic {
    const fn new(
        key: &'static str,
        heading: Option<&'static str>,
        digits: usize,
        of: fn(&Activity) -> Option<f64>,
    ) -> Self {
        Self { key, heading, digits, of }
    }
}

/// `brain-net run` computes these statistics; the [module above](super) defines them.
pub const STATISTICS: &[Statistic] = &[
    Statistic::new("rate_hz", Some("rate (Hz)"), 2, Activity::rate_hz),
    Statistic::new("isi_cv", Some("CV"), 2, |a| a.trains().cv()),
    Statistic::new("fano", Some("Fano"), 2, |a| a.windows().fano()),
    Statistic::new("correlation", Some("correlation"), 4, |a| a.bins().correlation()),
    Statistic::new("synchrony", Some("synchrony"), 3, |a| a.bins().synchrony()),
    Statistic::new("autocorrelation_ms", None, 1, |a| a.bins().autocorrelation_ms()),
];

/// A report holds the values of the statistics of a population, by their keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActivityReport {
    /// The values are in the order of the list of statistics.
    pub values: Vec<(&'static str, Option<f64>)>,
    /// The statistics of bins and windows are computed from this many neurons.
    pub sample: usize,
}

impl ActivityReport {
    /// Returns a statistic; `None` where the list lacks it or the activity does not define it.
    pub fn get(&self, key: &str) -> Option<f64> {
        self.values.iter().find(|(k, _)| *k == key)?.1
    }
}

impl Serialize for ActivityReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len() + 1))?;
        self.values.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.serialize_entry("sample", &self.sample)?;
        map.end()
    }
}

/// Prints the statistics that have headings as a table with a row for each population.
pub fn table<'a>(statistics: &[Statistic], rows: impl Iterator<Item = &'a (String, ActivityReport)>) -> String {
    let columns = || statistics.iter().filter_map(|s| Some((s, s.heading?)));
    let width = |heading: &str| heading.len().max(7);
    let headings: String = columns().map(|(_, heading)| format!(" {heading:>0$}", width(heading))).collect();
    let mut text = format!("{:<12}{headings}\n", "population");
    for (name, report) in rows {
        let cell = |(s, heading): (&Statistic, &str)| {
            let value = report.get(s.key).map_or("-".to_owned(), |x| format!("{x:.0$}", s.digits));
            format!(" {value:>0$}", width(heading))
        };
        text += &format!("{name:<12}{}\n", columns().map(cell).collect::<String>());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_added_statistic_is_a_column_aligned_with_its_heading() {
        let mut list = STATISTICS[..2].to_vec();
        list.push(Statistic {
            key: "spikes",
            heading: Some("spikes in all"),
            digits: 0,
            of: |a| Some(a.trains().spikes() as f64),
        });
        let mut activity = Activity::new(2, 0.0, 5.0, 50.0);
        (1..5).for_each(|k| activity.spike(0, 100.0 * f64::from(k)));
        activity.advance(1000.0);
        let rows = [("E".to_owned(), activity.report(&list)), ("I".to_owned(), ActivityReport::default())];
        assert_eq!(
            table(&list, rows.iter()),
            "population   rate (Hz)      CV spikes in all\n\
             E                 2.00    0.00             4\n\
             I                    -       -             -\n"
        );
        let json = serde_json::to_string(&rows[0].1).unwrap();
        assert_eq!(json, r#"{"rate_hz":2.0,"isi_cv":0.0,"spikes":4.0,"sample":2}"#);
    }
}
