//! This module reads and writes files of spikes.

use crate::connectome::ConnectomeError;
use crate::connectome::sonata::Spikes;
use brain_core::output::{Log, OutputError};
use csv::StringRecord;
use kernels::network::Spike;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

const COLUMNS: [&str; 3] = ["population", "neuron", "time_ms"];

/// Returns the step of a spike whose time `ms` is the end of its step.
fn step(ms: f64, dt_ms: f64) -> u64 {
    ((ms / dt_ms).round() - 1.0).max(0.0) as u64
}

/// Reads the spikes of a population, sorted by step and neuron. The file is SONATA (`.h5`), or CSV with the columns
/// `population`, `neuron` and `time_ms`.
pub fn read_spikes(file: &Path, name: &str, size: u32, dt_ms: f64) -> Result<Vec<(u64, u32)>, ConnectomeError> {
    let is_sonata = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("h5"));
    let mut times = vec![];
    let mut add = |row: usize, neuron: u64, ms: f64| match neuron < size.into() && ms.is_finite() && ms >= 0.0 {
        true => {
            times.push((step(ms, dt_ms), neuron as u32));
            Ok(())
        }
        false => Err(ConnectomeError::table(
            file,
            format!(
                "row {row}: neuron {neuron} at {ms} ms; `{name}` has neurons 0 to {}, times begin at 0",
                i64::from(size) - 1
            ),
        )),
    };
    if is_sonata {
        for s in Spikes::read(file)?.into_iter().filter(|s| s.population.is_empty() || s.population == name) {
            s.nodes.iter().zip(&s.times_ms).enumerate().try_for_each(|(row, (n, t))| add(row, *n, *t))?;
        }
    } else {
        let failed = |e: csv::Error| ConnectomeError::table(file, e.to_string());
        let open = File::open(file).map_err(|cause| ConnectomeError::Open { file: file.into(), cause })?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(BufReader::new(open));
        let header = reader.headers().map_err(failed)?.clone();
        if !header.iter().eq(COLUMNS) {
            return Err(ConnectomeError::table(file, format!("the columns must be `{}`", COLUMNS.join(","))));
        }
        for (row, record) in reader.into_records().enumerate() {
            let record = record.map_err(failed)?;
            if &record[0] == name {
                let (neuron, ms) = (record[1].parse().unwrap_or(u64::MAX), record[2].parse().unwrap_or(f64::NAN));
                add(row + 2, neuron, ms)?;
            }
        }
    }
    times.sort_unstable();
    times.dedup();
    Ok(times)
}

/// Spikes are appended to the file `spikes.csv` as they come. Its columns are `population`, `neuron` and `time_ms`, the
/// end of the spike's step.
pub struct SpikeLog {
    log: Log,
    names: Vec<String>,
    dt_ms: f64,
    digits: usize,
}

/// A population in a log of spikes has a name and a number of neurons.
pub type LoggedPopulation = (String, u32);

impl SpikeLog {
    /// Opens the log, keeps the spikes of the first `steps` steps that it holds, and passes them to `seen`; 0 starts a
    /// new file. A row that is no spike of these populations ends what is kept.
    pub fn open(
        file: PathBuf,
        populations: &[LoggedPopulation],
        dt_ms: f64,
        steps: u64,
        mut seen: impl FnMut(Spike),
    ) -> Result<Self, OutputError> {
        let log = Log::open(file, &COLUMNS, steps > 0, |row| {
            let spike = parse(row, populations, dt_ms).filter(|s| s.step < steps);
            spike.is_some_and(|spike| {
                seen(spike);
                true
            })
        })?;
        // So many digits tell steps apart, however long the run is.
        let digits = (1.0 - dt_ms.log10().floor()).clamp(1.0, 9.0) as usize;
        let names = populations.iter().map(|(name, _)| name.clone()).collect();
        Ok(Self { log, names, dt_ms, digits })
    }

    /// Appends spikes.
    pub fn append(&mut self, spikes: &[Spike]) -> Result<(), OutputError> {
        let digits = self.digits;
        for s in spikes {
            let ms = (s.step + 1) as f64 * self.dt_ms;
            let name = &self.names[s.population as usize];
            self.log.append([name, &s.neuron.to_string(), &format!("{ms:.digits$}")])?;
        }
        self.log.flush()
    }
}

fn parse(row: &StringRecord, populations: &[LoggedPopulation], dt_ms: f64) -> Option<Spike> {
    let (neuron, ms) = (row[1].parse().ok()?, row[2].parse().ok()?);
    let population = populations.iter().position(|(name, size)| *name == row[0] && neuron < *size)? as u32;
    Some(Spike { step: step(ms, dt_ms), population, neuron })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_log_resumes_after_truncation_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("spikes.csv");
        let populations = [("E".to_owned(), 5), ("I".to_owned(), 5)];
        for dt in [0.1, 0.025, 1.0] {
            let spikes: Vec<Spike> =
                (0..2000).map(|k| Spike { step: 7 * k, population: (k % 2) as u32, neuron: (k % 5) as u32 }).collect();
            let mut log = SpikeLog::open(file.clone(), &populations, dt, 0, |_| panic!("new")).unwrap();
            log.append(&spikes).unwrap();
            drop(log);
            let whole = std::fs::read_to_string(&file).unwrap();
            let mut seen = vec![];
            let mut log = SpikeLog::open(file.clone(), &populations, dt, 700, |s| seen.push(s)).unwrap();
            assert_eq!(seen, spikes[..100], "steps are read back as they were");
            log.append(&spikes[100..]).unwrap();
            drop(log);
            assert_eq!(std::fs::read_to_string(&file).unwrap(), whole);
            let read = read_spikes(&file, "I", 5, dt).unwrap();
            let own: Vec<_> = spikes.iter().filter(|s| s.population == 1).map(|s| (s.step, s.neuron)).collect();
            assert_eq!(read, own);
        }
        // A row of a neuron that is not there is no spike of this network.
        std::fs::write(&file, "population,neuron,time_ms\nE,4,1.0\nE,5,1.0\n").unwrap();
        let mut seen = vec![];
        SpikeLog::open(file.clone(), &populations, 1.0, 9, |s| seen.push(s.neuron)).unwrap();
        assert_eq!(seen, [4]);
        std::fs::write(&file, "population,neuron,time_ms\nI,0,1.0\nI,1,1.0\nI,1,1.0\nI,3,1.0\n").unwrap();
        let message = read_spikes(&file, "I", 2, 1.0).unwrap_err().to_string();
        assert!(message.contains("spikes.csv") && message.contains("row 5: neuron 3"), "{message}");
    }
}
