//! This module checks the arguments of scans of a population without synapses and calls the compiled loops.

use crate::{
    Adjoint, AdjointSeed, Cell, DeviceProgram, Forward, MOST_TANGENTS, Precision, Sensitivities, Tangent,
    cell::{ScanFacts, Scans},
    equations::Cost,
    run::{Run, Series, Spread, SquaredDistance},
};

/// The error of arguments that do not fit a model or each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Name of the model.
    pub model: &'static str,
    /// Description of what is wrong, with both sizes.
    pub what: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}: {}", self.model, self.what)
    }
}

impl std::error::Error for Mismatch {}

impl Cell {
    /// Returns whether sensitivities w.r.t. `count` parameters ([`Cell::tangent`]) take fewer operations than the
    /// reverse scan, which takes two plain steps and an adjoint step for any number of parameters. Measurements agree:
    /// the tangent scan is faster for the eight parameters of a Hodgkin-Huxley cell, the reverse scan for those of an
    /// integrate-and-fire cell.
    pub fn tangent_is_cheaper(&self, count: usize) -> bool {
        let slots = |c: Cost| c.arithmetic + 12 * c.exponentials + 10 * c.series + 6 * c.divisions;
        self.scan.is_some_and(|scan| {
            let [forward, adjoint, tangent] = [scan.cost.forward, scan.cost.adjoint, scan.cost.tangent].map(slots);
            count <= MOST_TANGENTS && tangent + count * (scan.state_jacobian.len() + 1) <= 2 * forward + adjoint
        })
    }

    fn scans<F: Precision>(&self) -> Result<&Scans<F>, Mismatch> {
        F::compiled(self).scans.as_ref().ok_or_else(|| self.not_scanned())
    }

    /// Returns the cell's module for graphics processors. Fails where the cell is not compiled for scans.
    pub fn program(&'static self) -> Result<&'static DeviceProgram, Mismatch> {
        self.scan.as_ref().map(|ScanFacts { program, .. }| program).ok_or_else(|| self.not_scanned())
    }

    fn not_scanned(&self) -> Mismatch {
        let what = "it is compiled for networks only; add `scan` to its line in the registry".into();
        Mismatch { model: self.name, what }
    }

    /// Runs the forward scan of a population; see [`Forward`]. Fails where the arguments do not fit.
    pub fn forward<F: Precision>(&self, run: &Run<F>, out: Forward<F>) -> Result<(), Mismatch> {
        let scan = self.scans::<F>()?.forward;
        self.check_forward(run, &out)?;
        if run.batch * run.neurons > 0 {
            scan(run, out);
        }
        Ok(())
    }

    /// Runs the reverse scan of a population; see [`Adjoint`]. Fails where the arguments do not fit.
    pub fn adjoint<F: Precision>(&self, run: &Run<F>, out: Adjoint<F>) -> Result<(), Mismatch> {
        let scan = self.scans::<F>()?.adjoint;
        self.check_adjoint(run, &out)?;
        if run.batch * run.neurons > 0 {
            scan(run, out);
        }
        Ok(())
    }

    /// Runs a population together with its forward sensitivities; see [`Tangent`]. Fails where the arguments do not
    /// fit.
    pub fn tangent<F: Precision>(&self, run: &Run<F>, out: Tangent<F>) -> Result<(), Mismatch> {
        let scan = self.scans::<F>()?.tangent;
        self.check_tangent(run, &out)?;
        if run.batch * run.neurons > 0 {
            scan(run, out);
        }
        Ok(())
    }

    /// Runs a population and records a state variable with its sensitivities; see [`Sensitivities`]. Fails where the
    /// arguments do not fit.
    pub fn sensitivities<F: Precision>(&self, run: &Run<F>, out: Sensitivities<F>) -> Result<(), Mismatch> {
        let scan = self.scans::<F>()?.sensitivities;
        self.check_sensitivities(run, &out)?;
        if run.batch * run.neurons > 0 {
            scan(run, out);
        }
        Ok(())
    }

    fn check_sensitivities<F: Precision>(&self, run: &Run<F>, out: &Sensitivities<F>) -> Result<(), Mismatch> {
        self.check(run)?;
        let (width, s, k) = (run.batch * run.neurons, self.state.len(), out.which.len());
        self.differentiated(out.which)?;
        if out.row >= s {
            return self.wrong(format!("sensitivities of output {}; it must be one of {s} states", out.row));
        }
        self.optional("derivative of the initial state", out.start.len(), k * s * width)?;
        self.optional("recorded rows", out.rows.len(), run.steps * (1 + k) * width)?;
        self.optional("final state", out.end.len(), s * width)?;
        self.optional("derivative of the final state", out.end_slopes.len(), k * s * width)
    }

    fn differentiated(&self, which: &[usize]) -> Result<(), Mismatch> {
        let k = which.len();
        if k > MOST_TANGENTS {
            return self.wrong(format!("{k} parameters in one tangent scan; it takes {MOST_TANGENTS} at most"));
        }
        match which.iter().find(|&&w| w >= self.param.len()) {
            Some(w) => self.wrong(format!("parameter {w} of {}", self.param.len())),
            None => Ok(()),
        }
    }

    pub(crate) fn check_forward<F: Precision>(&self, run: &Run<F>, out: &Forward<F>) -> Result<(), Mismatch> {
        self.check(run)?;
        let (width, s) = (run.batch * run.neurons, self.state.len());
        self.rows(out.record)?;
        self.size("recorded rows", out.rows.len(), run.steps * out.record.len() * width)?;
        self.optional("final state", out.end.len(), s * width)
    }

    pub(crate) fn check_adjoint<F: Precision>(&self, run: &Run<F>, out: &Adjoint<F>) -> Result<(), Mismatch> {
        self.check(run)?;
        let (width, s) = (run.batch * run.neurons, self.state.len());
        match &out.seed {
            AdjointSeed::Rows(rows, values) => {
                self.rows(rows)?;
                self.size("gradient of recorded rows", values.len(), run.steps * rows.len() * width)?;
            }
            AdjointSeed::Distance(o) => self.objective(run, o)?,
        }
        let spread = if run.drive.spread == Spread::Neuron { Spread::Neuron } else { Spread::Batch };
        let drive =
            Series { data: run.drive.data, spread }.stride(self.input.len(), run.batch, run.neurons) * run.steps;
        self.optional("gradient of the final state", out.end.len(), s * width)?;
        self.optional("gradient of the initial state", out.start.len(), s * width)?;
        self.optional("gradient of the drive", out.drive.len(), drive)?;
        self.optional("gradient of the parameters", out.params.len(), self.param.len() * run.neurons)?;
        self.optional("loss", out.loss.len(), run.neurons)
    }

    pub(crate) fn check_tangent<F: Precision>(&self, run: &Run<F>, out: &Tangent<F>) -> Result<(), Mismatch> {
        self.check(run)?;
        let (width, s, k) = (run.batch * run.neurons, self.state.len(), out.which.len());
        self.objective(run, &out.objective)?;
        self.differentiated(out.which)?;
        self.optional("derivative of the initial state", out.start.len(), k * s * width)?;
        self.size("loss", out.loss.len(), run.neurons)?;
        self.size("gradient", out.gradient.len(), k * run.neurons)?;
        self.optional("curvature", out.curvature.len(), k * (k + 1) / 2 * run.neurons)
    }

    fn check<F: Precision>(&self, run: &Run<F>) -> Result<(), Mismatch> {
        let width = run.batch * run.neurons;
        self.size("initial state", run.start.len(), self.state.len() * width)?;
        self.size("parameters", run.params.len(), self.param.len() * run.neurons)?;
        let stride = run.drive.stride(self.input.len(), run.batch, run.neurons);
        self.size("drive", run.drive.data.len(), stride * run.steps)?;
        match run.dt.is_finite() && run.dt > 0.0 {
            true => Ok(()),
            false => self.wrong(format!("a step of {} ms", run.dt)),
        }
    }

    fn objective<F: Precision>(&self, run: &Run<F>, o: &SquaredDistance<F>) -> Result<(), Mismatch> {
        if o.row >= self.state.len() {
            return self.wrong(format!(
                "an objective on output {}; it must be one of {} states",
                o.row,
                self.state.len()
            ));
        }
        self.size("target", o.target.data.len(), o.target.stride(1, run.batch, run.neurons) * run.steps)?;
        self.size("weights", o.weight.data.len(), o.weight.stride(1, run.batch, run.neurons) * run.steps)
    }

    fn rows(&self, rows: &[usize]) -> Result<(), Mismatch> {
        let outputs = self.state.len() + 1;
        if let Some(row) = rows.iter().find(|&&r| r >= outputs) {
            return self.wrong(format!("output {row} of {outputs}"));
        }
        match rows.iter().enumerate().find(|(k, r)| rows[..*k].contains(r)) {
            Some((_, row)) => self.wrong(format!("output {row} is recorded twice")),
            None => Ok(()),
        }
    }

    fn optional(&self, what: &str, got: usize, want: usize) -> Result<(), Mismatch> {
        if got == 0 { Ok(()) } else { self.size(what, got, want) }
    }

    fn size(&self, what: &str, got: usize, want: usize) -> Result<(), Mismatch> {
        match got == want {
            true => Ok(()),
            false => self.wrong(format!("{what}: {got} numbers where {want} are needed")),
        }
    }

    fn wrong<T>(&self, what: String) -> Result<T, Mismatch> {
        Err(Mismatch { model: self.name, what })
    }
}
