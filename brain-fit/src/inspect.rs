//! The table of `brain-fit inspect`: one row per sweep, one line per file that cannot be used.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::features::SpikeDetector;
use crate::plausible::{Doubt, doubts};
use crate::protocol::{CurrentStep, Protocol, Waveform};
use crate::recording::{Clamp, Declaration, Sweep, Units, groups};
use crate::spike_level::SpikeLevel;

/// The sweeps of a list of files.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// Sweeps that can be fitted or predicted.
    pub sweeps: Vec<Row>,
    /// Files and sweeps that cannot be used, with the reason.
    pub refused: Vec<Refusal>,
}

/// One sweep.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The sweep's id.
    pub sweep: String,
    /// Its file.
    pub file: PathBuf,
    /// How the cell was held.
    pub clamp: Clamp,
    /// Length of the sweep, ms.
    pub duration_ms: f64,
    /// Samples per second.
    pub rate_hz: f64,
    /// The kind of stimulus.
    pub stimulus: Waveform,
    /// Holding current.
    pub holding_pa: f64,
    /// The steps.
    pub steps: Vec<CurrentStep>,
    /// Start of the stimulus, without test pulses, ms; none where the current never changes.
    pub onset_ms: Option<f64>,
    /// Spikes recorded, where a voltage was.
    pub spikes: Option<usize>,
    /// A spike crosses this potential, mV.
    pub spike_level_mv: f64,
    /// What no membrane under current clamp does; a fit refuses the sweep.
    pub doubts: Vec<Doubt>,
    /// The units in the file.
    pub units: Units,
    /// Remarks of the reader, and the experimenter's own note.
    pub notes: Vec<String>,
}

/// Files, or a sweep in them, that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The files concerned; none when the error names its own.
    pub files: Vec<PathBuf>,
    /// The reason, and what to do.
    pub reason: String,
}

/// Reads each file, or pair of files, by itself: one that is refused does not hide the others. Spikes are those that `spikes`
/// detects, or where it is none, those at the level that suits each of these files.
pub fn inspect<P: AsRef<Path>>(paths: &[P], declared: &Declaration, spikes: Option<&SpikeDetector>) -> Inspection {
    let mut inspection = Inspection { sweeps: Vec::new(), refused: Vec::new() };
    for group in groups(paths, declared) {
        let (files, read) = match group {
            Ok(group) => (group.files.clone(), group.read(declared)),
            Err(error) => (Vec::new(), Err(error)),
        };
        match read {
            Err(error) => inspection.refused.push(Refusal { files, reason: error.to_string() }),
            Ok(sweeps) => {
                let found =
                    || SpikeDetector { threshold_mv: SpikeLevel::of(&sweeps).level_mv, ..SpikeDetector::default() };
                let spikes = spikes.copied().unwrap_or_else(found);
                sweeps.into_iter().for_each(|sweep| inspection.add(sweep, &spikes));
            }
        }
    }
    inspection
}

impl Inspection {
    fn add(&mut self, sweep: Sweep, spikes: &SpikeDetector) {
        if sweep.clamp == Clamp::Voltage {
            let reason = format!(
                "{}: sweep {} is voltage clamp ({}); declare `clamp: current` if this is wrong",
                sweep.file.display(),
                sweep.id,
                sweep.clamp_reason
            );
            self.refused.push(Refusal { files: vec![sweep.file], reason });
            return;
        }
        let protocol = Protocol::of(&sweep.current_pa, sweep.dt_ms);
        self.sweeps.push(Row {
            doubts: doubts(&sweep, spikes),
            spike_level_mv: spikes.threshold_mv,
            onset_ms: protocol.window.map(|window| window.onset_ms),
            clamp: sweep.clamp,
            duration_ms: sweep.duration_ms(),
            rate_hz: 1e3 / sweep.dt_ms,
            stimulus: protocol.stimulus,
            holding_pa: protocol.holding_pa,
            steps: protocol.steps,
            spikes: sweep.voltage_mv.as_ref().map(|voltage| spikes.times_ms(voltage, sweep.dt_ms).len()),
            sweep: sweep.id,
            file: sweep.file,
            units: sweep.units,
            notes: sweep.notes,
        });
    }
}

impl Row {
    fn cells(&self) -> [String; 8] {
        let clamp = match self.clamp {
            Clamp::Current => "current clamp",
            Clamp::Voltage => "voltage clamp",
            Clamp::Unknown => "unknown",
        };
        let step = match (self.stimulus, &self.steps[..]) {
            (Waveform::Steps, [step]) => {
                format!("{:+.1} pA, {:.0}-{:.0} ms", step.amplitude_pa, step.onset_ms, step.offset_ms)
            }
            (Waveform::Steps, steps) => {
                format!("{} steps from {:.0} ms", steps.len(), self.onset_ms.unwrap_or_default())
            }
            (Waveform::Zero, _) => "none".into(),
            (Waveform::Constant, _) => "constant".into(),
            (Waveform::Noise, _) => "noise".into(),
            (Waveform::Varying, _) => "varying".into(),
        };
        let Units { time, current, voltage } = &self.units;
        [
            self.sweep.clone(),
            clamp.into(),
            format!("{:.1} ms", self.duration_ms),
            format!("{:.4} kHz", self.rate_hz / 1e3).replace("0000 kHz", "0 kHz"),
            format!("{:.1} pA", self.holding_pa),
            step,
            self.spikes.map_or("no voltage".into(), |spikes| spikes.to_string()),
            format!("{time}, {current}, {}", voltage.as_deref().unwrap_or("-")),
        ]
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["sweep", "kind", "duration", "rate", "holding", "step", "spikes", "units"].map(String::from);
        let rows: Vec<_> = std::iter::once(heads).chain(self.sweeps.iter().map(Row::cells)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        if rows.len() > 1 {
            for row in &rows {
                let line: Vec<String> =
                    row.iter().enumerate().map(|(c, cell)| format!("{cell:<width$}", width = width(c))).collect();
                writeln!(f, "{}", line.join("  ").trim_end())?;
            }
        }
        for doubt in self.sweeps.iter().flat_map(|row| &row.doubts) {
            writeln!(f, "doubtful: {doubt}")?;
        }
        self.refused.iter().try_for_each(|refusal| writeln!(f, "refused: {}", refusal.reason))
    }
}
