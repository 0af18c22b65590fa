//! What the user says about files that do not say it themselves.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How the cell was held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clamp {
    /// Current was commanded, voltage recorded: what a neuron model can be fitted to.
    Current,
    /// Voltage was commanded, current recorded.
    Voltage,
    /// The file does not tell.
    #[default]
    Unknown,
}

/// What a file does not say about itself: the `data` part of a fit's config. Everything has a default.
///
/// ```
/// # use brain_fit::recording::Declaration;
/// let declared: Declaration = serde_json::from_str(
///     r#"{"columns": {"time": {"name": "t", "unit": "s"}, "current": {"name": "I_nA"}, "voltage": {"name": "Vm", "unit": "V"}}}"#,
/// )?;
/// assert_eq!(declared.columns.voltage.unit.as_deref(), Some("V"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Declaration {
    /// How the cell was held; overrides every other evidence.
    pub clamp: Option<Clamp>,
    /// Text files: where the column names are; found by looking when absent.
    pub header: Option<Header>,
    /// Text files: the character between cells (comma, tab or semicolon when absent).
    pub delimiter: Option<char>,
    /// Text files: the columns.
    pub columns: Columns,
    /// Igor binary waves: which wave is what.
    pub waves: Waves,
}

/// Where a text file names its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Header {
    /// On one line, the last before the numbers.
    Row,
    /// On a line each, as in the ASCII traces of the 2007 Quantitative Single-Neuron Modeling Competition
    /// (`"s"`, `"pA"`, `"mV"`, then the numbers).
    Lines,
    /// Nowhere: columns are called `1`, `2`, `3`, ...
    None,
}

/// The columns of a text file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// `time_ms` unless declared.
    pub time: Column,
    /// `current_pa` unless declared.
    pub current: Column,
    /// `voltage_mv` unless declared; may be absent from a file that is only to be predicted.
    pub voltage: Column,
    /// The name of the column that numbers the sweeps; `sweep` unless declared.
    pub sweep: Option<String>,
}

/// One column: its name, and the unit of its numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Column {
    /// The name in the file's header.
    pub name: Option<String>,
    /// The unit; when absent, read from the end of the name (`v_mV`).
    pub unit: Option<String>,
}

/// Igor binary waves hold one channel each; two make a sweep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Waves {
    /// Sweeps listed file by file. Without it, files are paired when their names differ only in a channel
    /// tag: `B6_Ch0_IDRest_181.ibw` and `B6_Ch3_IDRest_181.ibw`.
    pub pairs: Vec<Pair>,
    /// The current channel, for waves that carry no unit.
    pub current: Channel,
    /// The voltage channel, for waves that carry no unit.
    pub voltage: Channel,
    /// The unit of the sampling interval, for waves that carry none (`s` unless declared).
    pub time_unit: Option<String>,
}

/// The two waves of one sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The sweep's id; from the file name when absent.
    #[serde(default)]
    pub id: Option<String>,
    /// The injected current: a path, or the end of one.
    pub current: PathBuf,
    /// The membrane potential: a path, or the end of one.
    pub voltage: PathBuf,
}

/// One channel of an acquisition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Channel {
    /// The channel's tag in file names, such as `Ch0`.
    pub tag: Option<String>,
    /// The unit of its samples; a unit in the wave's header must agree.
    pub unit: Option<String>,
}
