//! The conditions that every sweep must satisfy, whichever reader made it.

use super::{Measurand, RecordingError, Sweep};

/// Refuses sweeps that are too short, not finite, or in another unit than said.
pub(super) fn sweep(sweep: &Sweep) -> Result<(), RecordingError> {
    let samples = sweep.current_pa.len();
    if samples < 2 {
        return Err(RecordingError::TooShort { file: sweep.file.clone(), sweep: sweep.id.clone(), samples });
    }
    interval(sweep)?;
    finite(sweep, Measurand::Current, &sweep.current_pa)?;
    current(sweep)?;
    if let Some(voltage_mv) = &sweep.voltage_mv {
        finite(sweep, Measurand::Voltage, voltage_mv)?;
        voltage(sweep, voltage_mv)?;
    }
    Ok(())
}

fn implausible(sweep: &Sweep, what: String) -> Result<(), RecordingError> {
    Err(RecordingError::Implausible { file: sweep.file.clone(), sweep: sweep.id.clone(), what })
}

/// No amplifier samples faster than 1 MHz, and no spike survives slower than 100 Hz.
fn interval(sweep: &Sweep) -> Result<(), RecordingError> {
    let (dt, unit) = (sweep.dt_ms, &sweep.units.time);
    if !dt.is_finite() || dt <= 0.0 {
        return implausible(sweep, format!("the sampling interval is {dt} ms; declare the time column or its unit"));
    }
    let looks_like = match dt {
        dt if dt < 0.000_999 => "s",
        dt if dt > 10.0 => "us",
        _ => return Ok(()),
    };
    implausible(
        sweep,
        format!(
            "the sampling interval is {dt} ms with time read in {unit}: looks like {looks_like}; declare `unit: {looks_like}`"
        ),
    )
}

fn finite(sweep: &Sweep, quantity: Measurand, samples: &[f64]) -> Result<(), RecordingError> {
    match samples.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(sample) => Err(RecordingError::NotFinite {
            file: sweep.file.clone(),
            sweep: sweep.id.clone(),
            quantity,
            sample,
            time_ms: sample as f64 * sweep.dt_ms,
            value: samples[sample].to_string(),
        }),
    }
}

/// A current lies between a millionth of a pA and a uA, or nothing is injected at all.
fn current(sweep: &Sweep) -> Result<(), RecordingError> {
    let (peak, unit) = (peak(&sweep.current_pa), &sweep.units.current);
    let looks_like = match peak {
        peak if peak > 0.0 && peak < 1e-6 => "A",
        peak if peak > 1e6 => "fA",
        _ => return Ok(()),
    };
    implausible(
        sweep,
        format!(
            "the current, read in {unit}, reaches {peak:e} pA: looks like another unit; declare `unit: {looks_like}` if that is it"
        ),
    )
}

/// A membrane is neither within 0.5 mV of zero for a whole sweep nor beyond 500 mV.
fn voltage(sweep: &Sweep, voltage_mv: &[f64]) -> Result<(), RecordingError> {
    let unit = sweep.units.voltage.as_deref().unwrap_or("mV");
    match peak(voltage_mv) {
        0.0 => {
            implausible(sweep, "the voltage is zero throughout: withheld? leave the column out to predict it".into())
        }
        peak if peak < 0.5 => implausible(
            sweep,
            format!(
                "the voltage, read in {unit}, stays within {peak:.3} mV of zero: looks like volts: declare unit: V"
            ),
        ),
        peak if peak > 500.0 => implausible(
            sweep,
            format!(
                "the voltage, read in {unit}, reaches {peak:.0} mV: looks like a smaller unit (declare `unit: uV`), or not a voltage"
            ),
        ),
        _ => Ok(()),
    }
}

fn peak(samples: &[f64]) -> f64 {
    samples.iter().fold(0.0, |peak, value| value.abs().max(peak))
}
