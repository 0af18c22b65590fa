//! Which column is what, and in which unit.

use std::path::Path;

use strsim::levenshtein;

use super::super::{Column, Declaration, Measurand, RecordingError};

/// A column found in the header.
pub(super) struct Located {
    pub index: usize,
    pub unit: String,
    /// From that unit to ms, pA or mV.
    pub factor: f64,
}

/// The columns of a sweep.
pub(super) struct Roles {
    pub time: Located,
    pub current: Located,
    pub voltage: Option<Located>,
    pub sweep: Option<usize>,
}

struct Names<'a> {
    file: &'a Path,
    names: &'a [String],
    /// Declared names that the file lacks give way to the usual ones.
    inherited: bool,
}

impl Roles {
    /// Finds the declared or usual columns among `names`.
    pub fn of(file: &Path, names: &[String], declared: &Declaration) -> Result<Self, RecordingError> {
        let (names, columns) = (Names { file, names, inherited: declared.inherited }, &declared.columns);
        let time = names.needed(&columns.time, Measurand::Time)?;
        let current = names.needed(&columns.current, Measurand::Current)?;
        let voltage = names.locate(&columns.voltage, Measurand::Voltage)?;
        if voltage.is_none() {
            let usual = Measurand::Voltage.default_column();
            let wanted = columns.voltage.name.as_deref();
            let spare = |index: &usize| *index != time.index && *index != current.index;
            let misspelt = |index: &usize| levenshtein(&names.names[*index].to_lowercase(), usual) <= 4;
            let like_voltage = (0..names.names.len()).filter(spare).any(|index| misspelt(&index));
            if (wanted.is_some() && !declared.inherited) || like_voltage {
                return Err(names.missing("voltage", wanted.unwrap_or(usual)));
            }
        }
        let sweep = match &columns.sweep {
            Some(name) => match names.position(name)? {
                None if declared.inherited => names.position("sweep")?,
                found => Some(found.ok_or_else(|| names.missing("sweep number", name))?),
            },
            None => names.position("sweep")?,
        };
        Ok(Self { time, current, voltage, sweep })
    }
}

impl Names<'_> {
    fn needed(&self, column: &Column, quantity: Measurand) -> Result<Located, RecordingError> {
        let wanted = column.name.as_deref().unwrap_or(quantity.default_column());
        let role = match quantity {
            Measurand::Time => "time",
            Measurand::Current => "current",
            Measurand::Voltage => "voltage",
        };
        self.locate(column, quantity)?.ok_or_else(|| self.missing(role, wanted))
    }

    /// A declared column by its name; otherwise the usual name, or a name that is nothing but a unit.
    fn locate(&self, column: &Column, quantity: Measurand) -> Result<Option<Located>, RecordingError> {
        let name = column.name.as_deref().unwrap_or(quantity.default_column());
        let mut found = self.position(name)?;
        if found.is_none() && self.inherited && *column != Column::default() {
            return self.locate(&Column::default(), quantity);
        }
        if found.is_none() && column.name.is_none() {
            found = self.names.iter().position(|name| quantity.factor(name).is_some());
        }
        let Some(index) = found else { return Ok(None) };
        let name = &self.names[index];
        let bare = quantity.factor(name).map(|_| name.as_str());
        let unit = column.unit.as_deref().or(bare).or_else(|| quantity.unit_in_name(name));
        let wrong = |found| RecordingError::Unit { file: self.file.to_path_buf(), quantity, of: name.clone(), found };
        let unit = unit.ok_or_else(|| wrong("no unit is declared".into()))?;
        let factor = quantity.factor(unit).ok_or_else(|| wrong(quantity.refuse(unit)))?;
        Ok(Some(Located { index, unit: unit.to_string(), factor }))
    }

    /// The one column called `name`, in its own case or else in any.
    fn position(&self, name: &str) -> Result<Option<usize>, RecordingError> {
        for same in [|a: &str, b: &str| a == b, |a: &str, b: &str| a.eq_ignore_ascii_case(b)] {
            let found: Vec<usize> = (0..self.names.len()).filter(|&index| same(&self.names[index], name)).collect();
            match found[..] {
                [] => continue,
                [index] => return Ok(Some(index)),
                _ => {
                    let (file, name) = (self.file.to_path_buf(), name.to_string());
                    return Err(RecordingError::RepeatedColumn { file, name, count: found.len() });
                }
            }
        }
        Ok(None)
    }

    fn missing(&self, role: &'static str, wanted: &str) -> RecordingError {
        let likeness = |name: &&String| levenshtein(&name.to_lowercase(), &wanted.to_lowercase());
        let near = self.names.iter().min_by_key(likeness).filter(|name| likeness(name) < wanted.len());
        let key = if role == "sweep number" { "sweep" } else { role };
        let hint = match near {
            Some(near) if key == "sweep" => format!(" If `{near}` is it, declare `columns: {{sweep: {near}}}`"),
            Some(near) => format!(" If `{near}` is it, declare `columns: {{{key}: {{name: {near}, unit: ...}}}}`"),
            None => format!(" Declare `columns: {{{key}: {{name: ..., unit: ...}}}}`"),
        };
        let present = self.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        RecordingError::MissingColumn {
            file: self.file.to_path_buf(),
            quantity: role,
            wanted: wanted.to_string(),
            present,
            hint,
        }
    }
}
