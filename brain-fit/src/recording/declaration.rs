//! What the user says about files that do not say it themselves.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The amplifier's mode: which of current and voltage it commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Clamp {
    /// Current is commanded and voltage recorded; a neuron model can be fitted to it.
    Current,
    /// Voltage is commanded and current recorded.
    Voltage,
    /// The file does not tell.
    #[default]
    Unknown,
}

/// A declaration says what files do not say about themselves: it is `data.declared` in a fit's config. Every key has a
/// default.
///
/// ```
/// # use brain_fit::recording::Declaration;
/// let declared: Declaration = serde_json::from_str(
///     r#"{"columns": {"time": {"name": "t", "unit": "s"}, "current": {"name": "I_nA"}, "voltage": {"name": "Vm", "unit": "V"}}}"#,
/// )?;
/// assert_eq!(declared.columns.voltage.unit.as_deref(), Some("V"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Declaration {
    /// The cell was held so (`current` or `voltage`); this overrides every other evidence.
    pub clamp: Option<Clamp>,
    /// Text files have their column names here (`row`, `lines` or `none`); they are looked for where this is null.
    pub header: Option<Header>,
    /// Text files have this character between cells; it is a comma, a tab or a semicolon where this is null.
    pub delimiter: Option<char>,
    /// Text files have these columns.
    pub columns: Columns,
    /// Igor binary waves are told apart by these.
    pub waves: Waves,
    /// It is true of a declaration that was made for other files of the same cell: what it names counts where a file has it, and
    /// the usual names elsewhere.
    #[serde(skip)]
    pub inherited: bool,
}

/// The place where a text file names its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Header {
    /// The names are on one line, the last before the numbers.
    Row,
    /// Each name is on a line of its own, as in the ASCII traces of the 2007 Quantitative Single-Neuron Modeling Competition
    /// (`"s"`, `"pA"`, `"mV"`, then the numbers).
    Lines,
    /// There are no names: columns are called `1`, `2`, `3`, ...
    None,
}

/// The columns of a text file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// The column of the time is `time_ms` unless declared.
    pub time: Column,
    /// The column of the current is `current_pa` unless declared.
    pub current: Column,
    /// The column of the voltage is `voltage_mv` unless declared; a file that is only to be predicted may lack it.
    pub voltage: Column,
    /// The column that numbers the sweeps is `sweep` unless declared.
    pub sweep: Option<String>,
}

/// A column has a name, and its numbers have a unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Column {
    /// The column has this name in the file's header.
    pub name: Option<String>,
    /// Its numbers have this unit; where it is null, the unit is read from the end of the name (`v_mV`).
    pub unit: Option<String>,
}

/// Igor binary waves hold one channel each; two make a sweep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Waves {
    /// These pairs of files make the sweeps. Without them, files are paired when their names differ only in a channel
    /// tag: `B6_Ch0_IDRest_181.ibw` and `B6_Ch3_IDRest_181.ibw`.
    pub pairs: Vec<SweepFiles>,
    /// Waves of the current that carry no unit are recognised by this.
    pub current: Channel,
    /// Waves of the voltage that carry no unit are recognised by this.
    pub voltage: Channel,
    /// The sampling interval has this unit where a wave carries none; it is `s` unless declared.
    pub time_unit: Option<String>,
}

/// The two waves of one sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepFiles {
    /// The sweep has this id; it is made from the file name where this is null.
    #[serde(default)]
    pub id: Option<String>,
    /// The injected current is in the file of this path, or whose path ends so.
    pub current: PathBuf,
    /// The membrane potential is in the file of this path, or whose path ends so.
    pub voltage: PathBuf,
}

/// One channel of an acquisition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Channel {
    /// The channel has this tag in file names, such as `Ch0`.
    pub tag: Option<String>,
    /// Its samples have this unit; a unit in the wave's header must agree.
    pub unit: Option<String>,
}
