//! This module makes the populations that the workloads run.

use anyhow::Context;
use kernels::{Cell, Forward, Level, Precision, Run, Series, Spread};

/// A quantity that differs from cell to cell and w.r.t. which gradients are taken.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Fields of the model that carry it.
    pub fields: &'static [&'static str],
    /// Value of the typical cell, in the unit of the fields.
    pub base: f64,
    /// Scatter as a fraction of the base.
    pub relative: f64,
    /// Scatter in the unit of the fields.
    pub shift: f64,
}

const fn parameter(fields: &'static [&'static str], base: f64, relative: f64, shift: f64) -> Parameter {
    Parameter { fields, base, relative, shift }
}

/// A specification of cells under a current step. The membrane starts at the leak's reversal potential, a parameter.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Name of the model.
    pub model: &'static str,
    /// Step, ms.
    pub dt: f64,
    /// Begin of the current, ms.
    pub onset: f64,
    /// Height of the current, in the unit of the model's input.
    pub height: f64,
    /// Initial state after the membrane potential.
    pub start: &'static [f64],
    /// Parameters that differ between cells.
    pub parameters: &'static [Parameter],
    /// Index of the one that is the initial membrane potential, too.
    pub rest: usize,
    /// Whether one draw scatters all parameters of a cell.
    pub one_draw: bool,
    /// Whether the recorded voltage has a spike between two samples.
    pub spike: fn(f64, f64) -> bool,
}

/// Regular-spiking cells of Pospischil et al. (2008), as the peers run them.
pub const HH: Spec = Spec {
    model: "hh-pospischil",
    dt: 0.025,
    onset: 10.0,
    height: 3.0,
    start: &[0.0, 1.0, 0.0, 0.0],
    parameters: &[
        parameter(&["g_L"], 0.0205, 0.1, 0.0),
        parameter(&["g_Na"], 56.0, -0.1, 0.0),
        parameter(&["g_K"], 6.0, 0.1, 0.0),
        parameter(&["g_M"], 0.075, 0.1, 0.0),
        parameter(&["E_L"], -70.3, 0.0, 1.0),
        parameter(&["E_Na"], 50.0, 0.0, 1.0),
        parameter(&["E_K"], -90.0, 0.0, 1.0),
        parameter(&["V_T"], -56.2, 0.0, 1.0),
    ],
    rest: 4,
    one_draw: true,
    spike: |before, after| before < 0.0 && after >= 0.0,
};

/// Integrate-and-fire cells with two after-spike currents, as the peers run them: they reset to rest.
pub const GLIF: Spec = Spec {
    model: "glif3",
    dt: 0.1,
    onset: 20.0,
    height: 160.0,
    start: &[0.0, 0.0, 0.0],
    parameters: &[
        parameter(&["c"], 60.0, 0.05, 0.0),
        parameter(&["g"], 3.0, 0.05, 0.0),
        parameter(&["E_L", "V_reset"], -75.0, 0.05, 0.0),
        parameter(&["V_th"], -45.0, 0.05, 0.0),
        parameter(&["k_1"], 0.01, 0.05, 0.0),
        parameter(&["k_2"], 0.1, 0.05, 0.0),
        parameter(&["a_1"], -8.0, 0.05, 0.0),
        parameter(&["a_2"], -25.0, 0.05, 0.0),
    ],
    rest: 2,
    one_draw: false,
    spike: |before, after| after - before < -5.0,
};

/// The draw of the cell whose voltage is the target.
const TARGET: f64 = 0.3;

/// A population with its stimulus and target.
pub struct BenchCells<F> {
    /// Specification of the cells.
    pub spec: &'static Spec,
    /// Their model.
    pub cell: &'static Cell,
    /// Number of cells.
    pub n: usize,
    /// Number of time steps.
    pub steps: usize,
    /// Number of runs of every cell.
    pub batch: usize,
    /// Parameters, `[parameter, cell]`.
    pub params: Vec<F>,
    /// Initial states, `[state, batch, cell]`.
    pub start: Vec<F>,
    /// Current, `[time]`, one for all.
    pub drive: Vec<F>,
    /// Target of the voltage, `[time]`, one for all.
    pub target: Vec<F>,
}

impl<F: Precision> BenchCells<F> {
    /// Makes `n` cells over `steps` steps.
    pub fn new(spec: &'static Spec, n: usize, steps: usize, batch: usize) -> anyhow::Result<Self> {
        let drawn = |i: usize, j: usize| match spec.one_draw {
            true if i == 0 => 0.0,
            true => draw(i as u32),
            false => draw((i * spec.parameters.len() + j) as u32),
        };
        let mut cells = BenchCells::drawn(spec, n, steps, batch, drawn)?;
        let one = BenchCells::<F>::drawn(spec, 1, steps, 1, |_, _| TARGET)?;
        one.cell.forward(&one.run(), Forward { record: &[0], rows: &mut cells.target, end: &mut [] })?;
        Ok(cells)
    }

    fn drawn(
        spec: &'static Spec,
        n: usize,
        steps: usize,
        batch: usize,
        draw: impl Fn(usize, usize) -> f64,
    ) -> anyhow::Result<Self> {
        let cell =
            kernels::find_for(spec.model, kernels::Use::Scan).with_context(|| format!("no model {}", spec.model))?;
        let mut params = zeros(cell.param.len(), n)?;
        for (field, row) in cell.param.iter().zip(params.chunks_mut(n)) {
            row.fill(F::of(field.default));
        }
        let mut start = zeros(cell.state.len(), batch * n)?;
        for (&value, row) in spec.start.iter().zip(start.chunks_mut(batch * n).skip(1)) {
            row.fill(F::of(value));
        }
        for (j, p) in spec.parameters.iter().enumerate() {
            let value = |i| {
                let x = draw(i, j);
                F::of(p.base * (1.0 + p.relative * x) + p.shift * x)
            };
            for field in p.fields {
                let k = cell.parameter(field).with_context(|| format!("{} has no {field}", spec.model))?;
                (0..n).for_each(|i| params[k * n + i] = value(i));
            }
            if j == spec.rest {
                (0..batch * n).for_each(|i| start[i] = value(i % n));
            }
        }
        let drive = (0..steps).map(|t| if t as f64 * spec.dt >= spec.onset { spec.height } else { 0.0 });
        let drive = drive.map(F::of).collect();
        Ok(BenchCells { spec, cell, n, steps, batch, params, start, drive, target: zeros(steps, 1)? })
    }

    /// Returns the run as the scans take it.
    pub fn run(&self) -> Run<'_, F> {
        Run {
            dt: self.spec.dt,
            steps: self.steps,
            batch: self.batch,
            neurons: self.n,
            start: &self.start,
            drive: Series { data: &self.drive, spread: Spread::Shared },
            params: &self.params,
            level: Level::best(),
        }
    }
}

/// Makes rows of zeros; it fails where there is no room for them.
pub(super) fn zeros<F: Precision>(rows: usize, columns: usize) -> anyhow::Result<Vec<F>> {
    let length = rows.checked_mul(columns).context("more numbers than memory can have")?;
    let mut all = vec![];
    all.try_reserve_exact(length).with_context(|| format!("no room for {length} numbers: fewer neurons or steps"))?;
    all.resize(length, F::of(0.0));
    Ok(all)
}

/// Returns a number from -1 to 1 that looks random (Knuth's multiplicative hash, 24 bits), the same in every peer.
pub(super) fn draw(k: u32) -> f64 {
    f64::from(k.wrapping_mul(2_654_435_761) >> 8) / 16_777_216.0 * 2.0 - 1.0
}
