//! This module checks the inputs of all populations and joins them.

use super::{PopulationInput, Recorder};
use candle_core::{D, Error, Result, Tensor, bail};
use kernels::network::Population;
use kernels::network::bptt::{Drive, Raster, Record};
use kernels::{Cell, Spread};

/// The inputs of the operation, population after population.
#[derive(Default)]
pub(super) struct Joined {
    pub(super) drives: Vec<Drive>,
    pub(super) spikes: Vec<Raster>,
    pub(super) record: Vec<Vec<Record>>,
    /// The states before the first step of each population of cells, flat.
    pub(super) start: Vec<Tensor>,
    /// The parameters of each population of cells, flat.
    pub(super) params: Vec<Tensor>,
    /// The drive of each population that has one, flat.
    pub(super) drive: Vec<Tensor>,
}

impl Joined {
    /// Checks the input of the next population and adds it, for runs of `steps` steps and `batch` elements.
    pub(super) fn add(
        &mut self,
        group: &Population,
        input: &PopulationInput,
        steps: usize,
        batch: usize,
    ) -> Result<()> {
        let (name, n) = (&*group.name, group.neurons);
        let (mut driven, mut spikes, mut records) = (Drive::default(), Raster::default(), vec![]);
        match (input, group.cell()) {
            (PopulationInput::Sources(raster), None) => spikes = raster.clone(),
            (PopulationInput::Cells { start, params, drive, record }, Some(cell)) => {
                records = self::records(name, cell, record)?;
                fits(name, "start", start, &[cell.state.len(), batch, n])?;
                fits(name, "params", params, &[cell.param.len(), n])?;
                self.start.push(start.flatten_all()?);
                self.params.push(params.flatten_all()?);
                if let &Some((inputs, values)) = drive {
                    let (found, values) = self::drive(group, cell, inputs, values, steps, batch)?;
                    driven = found;
                    self.drive.push(values.flatten_all()?);
                }
            }
            (PopulationInput::Sources(_), Some(_)) => {
                bail!("network scan: `{name}` are cells; give them start and params")
            }
            (PopulationInput::Cells { .. }, None) => bail!("network scan: `{name}` are sources; give them spikes"),
        }
        self.drives.push(driven);
        self.spikes.push(spikes);
        self.record.push(records);
        Ok(())
    }
}

/// Turns recorders, which name their outputs, into records, which number them.
fn records(name: &str, cell: &Cell, recorders: &[Recorder]) -> Result<Vec<Record>> {
    let one = |Recorder { output, steps, reduce }: &Recorder| {
        let row = if *output == "spike" { Some(cell.state.len()) } else { cell.state(output) };
        let known = || cell.state.iter().map(|f| &*f.name).chain(["spike"]).collect();
        let row = row.ok_or_else(|| unknown(name, "output", output, known()))?;
        Ok(Record { output: row, steps: steps.clone(), reduce: *reduce })
    };
    recorders.iter().map(one).collect()
}

/// Returns the drive as the kernels take it. candle broadcasts a drive that the batch shares, and sums its gradient.
fn drive(
    group: &Population,
    cell: &Cell,
    inputs: &[&str],
    values: &Tensor,
    steps: usize,
    batch: usize,
) -> Result<(Drive, Tensor)> {
    let name = &*group.name;
    let one = |&input: &&str| {
        let known = || cell.input.iter().map(|f| &*f.name).collect();
        cell.input(input).ok_or_else(|| unknown(name, "input", input, known()))
    };
    let found = inputs.iter().map(one).collect::<Result<Vec<_>>>()?;
    let count = inputs.len();
    let (spread, want) = match values.rank() {
        2 => (Spread::Batch, vec![steps, count]),
        3 => (Spread::Batch, vec![steps, count, batch]),
        _ => (Spread::Neuron, vec![steps, count, batch, group.neurons]),
    };
    fits(name, "drive", values, &want)?;
    let values = match values.rank() {
        2 => values.unsqueeze(D::Minus1)?.broadcast_as((steps, count, batch))?,
        _ => values.clone(),
    };
    Ok((Drive { inputs: found, spread: Some(spread) }, values))
}

fn unknown(name: &str, what: &str, found: &str, known: Vec<&str>) -> Error {
    Error::Msg(format!("network scan: `{name}` has no {what} `{found}`; it has {}", known.join(", ")))
}

/// Fails unless a tensor has the shape that the circuit needs.
pub(super) fn fits(name: &str, what: &str, found: &Tensor, want: &[usize]) -> Result<()> {
    if found.dims() != want {
        bail!("network scan: {what} of `{name}` has shape {:?}; it must be {want:?}", found.dims())
    }
    Ok(())
}
