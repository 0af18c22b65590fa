//! Whether a sweep was recorded in voltage clamp or in current clamp is told from what its files say and hold.

use super::{Clamp, Declaration};

/// A commanded trace repeats its last sample at least this often; a measured one does not.
const COMMANDED: f64 = 0.99;
/// A measured trace repeats its last sample at most this often, even when coarsely quantised.
const MEASURED: f64 = 0.9;

/// Finds the clamp and the evidence for it: the declaration counts first, then `evidence` of the reader, then the traces.
pub(super) fn judge(
    declared: &Declaration,
    evidence: Option<String>,
    current: &[f64],
    voltage: Option<&[f64]>,
) -> (Clamp, String) {
    if let Some(clamp) = declared.clamp.filter(|&clamp| clamp != Clamp::Unknown) {
        return (clamp, "declared".into());
    }
    if let Some(reason) = evidence {
        return (Clamp::Voltage, reason);
    }
    let Some(voltage) = voltage else { return (Clamp::Current, "a current without a voltage".into()) };
    let (flat_current, flat_voltage) = (repeats(current), repeats(voltage));
    if flat_voltage >= COMMANDED && flat_current <= MEASURED {
        let reason = format!(
            "the voltage is piecewise constant like a command ({:.1} % of its samples repeat the one before), the current is not ({:.1} %)",
            100.0 * flat_voltage,
            100.0 * flat_current
        );
        return (Clamp::Voltage, reason);
    }
    if flat_voltage >= COMMANDED && flat_current >= COMMANDED && voltage.len() > 2 {
        return (Clamp::Unknown, "neither trace looks measured".into());
    }
    (Clamp::Current, "the voltage varies like a membrane".into())
}

/// Reads the clamp from the words of an experimenter's note or of a column's name.
pub(super) fn in_words(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words = ["voltage clamp", "voltage-clamp", "voltage_clamp", "vclamp", "v-clamp", "v_clamp"];
    words.iter().find(|word| lower.contains(**word)).map(|word| format!("the file says `{word}`"))
}

/// Reads from a voltage column's name whether it holds a command.
pub(super) fn in_name(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let command = lower.contains("command") || lower.split(|c: char| !c.is_alphanumeric()).any(|word| word == "cmd");
    command.then(|| format!("its voltage column `{name}` is a command"))
}

fn repeats(samples: &[f64]) -> f64 {
    let pairs = samples.len().saturating_sub(1).max(1);
    samples.windows(2).filter(|pair| pair[0] == pair[1]).count() as f64 / pairs as f64
}
