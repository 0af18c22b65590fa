//! The tables of a fit or a prediction: a file of traces for each sweep, and all spikes.

use super::ReportError;
use crate::fit::errors::ErrorReport;
use crate::predict::Predicted;
use crate::recording::Sweep;
use brain_core::output::Output;
use std::collections::HashSet;

/// Name of the table of spikes.
pub(super) const SPIKES: &str = "spikes.csv";

/// Name of the table of profile likelihoods.
pub const PROFILES: &str = "profiles.csv";

/// Writes `profiles.csv`: the deviance of every value of every parameter that was profiled.
pub fn profile_table(output: &Output, errors: &ErrorReport) -> Result<(), ReportError> {
    output.csv(PROFILES, |table| {
        table.write_record(["parameter", "value", "deviance"])?;
        for profile in &errors.profiles {
            for (value, deviance) in &profile.points {
                table.write_record([&profile.name, &value.to_string(), &deviance.to_string()])?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Gives the file `traces-<sweep>.csv` of each sweep. Names that differ in what does not belong into a file name alone
/// are told apart by a number.
pub(super) fn trace_files<'a>(sweeps: impl Iterator<Item = &'a Sweep>) -> Vec<String> {
    let mut taken = HashSet::new();
    let file = |sweep: &Sweep| {
        let name = sweep.file_name();
        let numbered = (2..).map(|k| format!("{name}-{k}"));
        // Some file systems do not tell cases apart.
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| taken.insert(name.to_lowercase()));
        format!("traces-{}.csv", free.unwrap_or(name))
    };
    sweeps.map(file).collect()
}

/// Writes `traces-<sweep>.csv` and `spikes.csv`.
pub fn tables(output: &Output, sweeps: &[(&Sweep, Predicted)]) -> Result<(), ReportError> {
    let files = trace_files(sweeps.iter().map(|(sweep, _)| *sweep));
    for ((sweep, p), file) in sweeps.iter().zip(files) {
        output.csv(&file, |table| {
            table.write_record(["time_ms", "current_pa", "v_data_mv", "v_model_mv"])?;
            for (k, (i, v)) in sweep.current_pa.iter().zip(&p.free_mv).enumerate() {
                let data = sweep.voltage_mv.as_ref().map_or(String::new(), |v| format!("{:.4}", v[k]));
                let time = format!("{:.4}", k as f64 * sweep.dt_ms);
                table.write_record([time, format!("{i:.4}"), data, format!("{v:.4}")])?;
            }
            Ok(())
        })?;
    }
    output.csv(SPIKES, |table| {
        table.write_record(["sweep", "source", "time_ms"])?;
        for (sweep, p) in sweeps {
            for (source, times) in [("data", &p.data_ms), ("model", &p.spikes_ms)] {
                times.iter().try_for_each(|t| table.write_record([&sweep.id, source, &format!("{t:.4}")]))?;
            }
        }
        Ok(())
    })?;
    Ok(())
}
