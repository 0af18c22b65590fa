//! Text files: rows of time, current and voltage, one or many sweeps a file.
//!
//! `time_ms, current_pa, voltage_mv` and an optional `sweep` are read without a declaration, and so are columns
//! named by nothing but their unit (`s`, `pA`, `mV`). The file is walked once: preamble, names, then numbers.

mod columns;
mod layout;

use std::collections::HashMap;
use std::path::Path;

use brain_core::stats::median;

use self::columns::{Located, Roles};
use self::layout::Layout;
use super::unit::tidy;
use super::{Declaration, Reader, RecordingError, Sweep, Units, check, clamp, stem};

pub(super) const READER: Reader = Reader {
    name: "CSV and other text tables",
    recognises: |_, head| !head.contains(&0) && std::str::from_utf8(ascii_part(head)).is_ok() && looks_tabular(head),
    group: |files, _| files.iter().map(|file| vec![file.clone()]).collect(),
    read: |files, declared| files.iter().map(|file| read(file, declared)).collect::<Result<Vec<_>, _>>().map(flatten),
};

fn flatten(sweeps: Vec<Vec<Sweep>>) -> Vec<Sweep> {
    sweeps.into_iter().flatten().collect()
}

/// Everything before the first byte of another encoding: a Latin-1 micro sign in a header is no reason to refuse.
fn ascii_part(head: &[u8]) -> &[u8] {
    &head[..head.iter().position(|byte| *byte >= 0x80).unwrap_or(head.len())]
}

/// Text, not the text-like head of a binary container.
fn looks_tabular(head: &[u8]) -> bool {
    let control = |byte: &&u8| **byte < 0x20 && !b"\t\r\n\x0c".contains(byte);
    head.iter().filter(control).count() == 0
}

/// The samples of one sweep while its rows come in.
#[derive(Default)]
struct Rows {
    id: String,
    lines: Vec<u64>,
    time_ms: Vec<f64>,
    current_pa: Vec<f64>,
    voltage_mv: Vec<f64>,
}

fn read(file: &Path, declared: &Declaration) -> Result<Vec<Sweep>, RecordingError> {
    let bytes = std::fs::read(file).map_err(|error| RecordingError::Open { file: file.to_path_buf(), error })?;
    let text = String::from_utf8_lossy(&bytes);
    let layout = Layout::of(file, &text, declared)?;
    let roles = Roles::of(file, &layout.names, declared)?;
    let rows = gather(file, &text, &layout, &roles)?;
    if rows.is_empty() {
        return Err(RecordingError::Empty { file: file.to_path_buf(), what: "there are names but no numbers" });
    }
    rows.into_iter().map(|rows| rows.into_sweep(file, &layout, &roles, declared)).collect()
}

fn gather(file: &Path, text: &str, layout: &Layout, roles: &Roles) -> Result<Vec<Rows>, RecordingError> {
    let mut order: Vec<Rows> = Vec::new();
    let mut index = HashMap::new();
    let mut reader = layout.reader(text);
    let mut record = csv::StringRecord::new();
    loop {
        let line = reader.line();
        let bad_text = |error: csv::Error| RecordingError::NotANumber {
            file: file.to_path_buf(),
            line,
            column: "any".into(),
            text: error.to_string(),
        };
        let Some(line) = reader.read(&mut record).map_err(bad_text)? else { return Ok(order) };
        let (found, expected) = (record.len(), layout.names.len());
        let trailing_delimiters = record.iter().skip(expected).all(str::is_empty);
        if found < expected || !trailing_delimiters {
            return Err(RecordingError::Ragged { file: file.to_path_buf(), line, found, expected });
        }
        let id = roles.sweep.map_or("", |column| &record[column]);
        let rows = match index.get(id) {
            Some(&at) => at,
            None => {
                index.insert(id.to_string(), order.len());
                order.push(Rows { id: id.to_string(), ..Rows::default() });
                order.len() - 1
            }
        };
        let rows = &mut order[rows];
        rows.lines.push(line);
        rows.time_ms.push(cell(file, line, &record, layout, &roles.time)?);
        rows.current_pa.push(cell(file, line, &record, layout, &roles.current)?);
        if let Some(voltage) = &roles.voltage {
            rows.voltage_mv.push(cell(file, line, &record, layout, voltage)?);
        }
    }
}

/// One cell in the kept unit; an empty one is NaN, which the checks report with its sweep and time.
fn cell(
    file: &Path,
    line: u64,
    record: &csv::StringRecord,
    layout: &Layout,
    column: &Located,
) -> Result<f64, RecordingError> {
    let text = &record[column.index];
    if text.is_empty() {
        return Ok(f64::NAN);
    }
    text.parse::<f64>().map(|value| value * column.factor).map_err(|_| RecordingError::NotANumber {
        file: file.to_path_buf(),
        line,
        column: layout.names[column.index].clone(),
        text: text.to_string(),
    })
}

impl Rows {
    fn into_sweep(
        self,
        file: &Path,
        layout: &Layout,
        roles: &Roles,
        declared: &Declaration,
    ) -> Result<Sweep, RecordingError> {
        let id = if self.id.is_empty() { stem(file) } else { self.id.clone() };
        let dt_ms = self.interval(file, &id)?;
        let mut notes = layout.preamble.clone();
        let recorded = roles.voltage.as_ref().filter(|_| !self.voltage_mv.iter().all(|value| value.is_nan()));
        if recorded.is_none() {
            notes.push("no voltage: this sweep can be predicted, not fitted".into());
        }
        let voltage_mv = recorded.map(|_| self.voltage_mv);
        let evidence = recorded
            .and_then(|column| clamp::in_name(&layout.names[column.index]))
            .or_else(|| layout.preamble.iter().find_map(|line| clamp::in_words(line)));
        let (clamp, clamp_reason) = clamp::judge(declared, evidence, &self.current_pa, voltage_mv.as_deref());
        let sweep = Sweep {
            id,
            file: file.to_path_buf(),
            dt_ms,
            current_pa: self.current_pa,
            voltage_mv,
            clamp,
            clamp_reason,
            units: Units {
                time: roles.time.unit.clone(),
                current: roles.current.unit.clone(),
                voltage: recorded.map(|column| column.unit.clone()),
            },
            notes,
        };
        check::sweep(&sweep)?;
        Ok(sweep)
    }

    /// The mean time step, provided every step is within 10 % of the median: times are rounded when printed.
    fn interval(&self, file: &Path, id: &str) -> Result<f64, RecordingError> {
        let samples = self.time_ms.len();
        if samples < 2 {
            return Err(RecordingError::TooShort { file: file.to_path_buf(), sweep: id.to_string(), samples });
        }
        if let Some(sample) = self.time_ms.iter().position(|time| !time.is_finite()) {
            return Err(RecordingError::NotFinite {
                file: file.to_path_buf(),
                sweep: id.to_string(),
                quantity: super::Measurand::Time,
                sample,
                time_ms: if sample > 0 { self.time_ms[sample - 1] } else { 0.0 },
                value: self.time_ms[sample].to_string(),
            });
        }
        let mut steps: Vec<f64> = self.time_ms.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let usual_ms = median(&steps);
        let uneven = |step: &f64| (step - usual_ms).abs() > 0.1 * usual_ms.abs() || *step <= 0.0;
        if let Some(at) = steps.iter().position(uneven) {
            return Err(RecordingError::NonUniformTime {
                file: file.to_path_buf(),
                line: self.lines[at + 1],
                sweep: id.to_string(),
                step_ms: tidy(steps.swap_remove(at)),
                usual_ms: tidy(usual_ms),
            });
        }
        Ok(tidy((self.time_ms[samples - 1] - self.time_ms[0]) / (samples - 1) as f64))
    }
}
