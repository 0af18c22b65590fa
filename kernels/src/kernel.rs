//! Models as plain data: fields and functions. Nothing above this crate has a type parameter for a model.

use crate::{
    DeviceCode, Model, Precision, Program, cpu,
    cpu::{Adjoint, Forward, Seed, Tangent},
    equations::{Field, emit::Cost},
    run::{Objective, Run, Series, Spread},
};

/// The scans of one model in one precision.
#[derive(Clone, Copy)]
pub struct Scans<F: Precision> {
    forward: fn(&Run<F>, Forward<F>),
    adjoint: fn(&Run<F>, Adjoint<F>),
    tangent: fn(&Run<F>, Tangent<F>),
}

impl<F: Precision> Scans<F> {
    const fn of<M: Model>() -> Self {
        Scans { forward: cpu::forward::<M, F>, adjoint: cpu::adjoint::<M, F>, tangent: cpu::tangent::<M, F> }
    }
}

/// A compiled model.
#[derive(Clone, Copy)]
pub struct Kernel {
    /// Name in configs and checkpoints.
    pub name: &'static str,
    /// DOI of its equations.
    pub source: &'static str,
    /// State variables; the first is the membrane potential.
    pub state: &'static [Field],
    /// Inputs.
    pub input: &'static [Field],
    /// Parameters.
    pub param: &'static [Field],
    /// Operations of a step, of an adjoint step, of a step with its Jacobians.
    pub cost: [Cost; 3],
    /// Entries of the state Jacobian that are not zero.
    pub state_block: &'static [(usize, usize)],
    /// Its module for graphics processors.
    pub program: Program,
    pub(crate) single: Scans<f32>,
    pub(crate) double: Scans<f64>,
}

/// Numbers that do not fit a model or each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Model.
    pub model: &'static str,
    /// What is wrong, with both sizes.
    pub what: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}: {}", self.model, self.what)
    }
}

impl std::error::Error for Mismatch {}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Kernel").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Kernel {
    /// The kernel of a generated model.
    pub const fn of<M: Model + DeviceCode>() -> Kernel {
        Kernel {
            name: M::NAME,
            source: M::SOURCE,
            state: M::STATE,
            input: M::INPUT,
            param: M::PARAM,
            cost: [M::FORWARD_COST, M::ADJOINT_COST, M::TANGENT_COST],
            state_block: M::STATE_BLOCK,
            program: M::PROGRAM,
            single: Scans::of::<M>(),
            double: Scans::of::<M>(),
        }
    }

    /// Position of the recorded output `name`: a state variable, or `spike`.
    pub fn output(&self, name: &str) -> Option<usize> {
        match name {
            "spike" => Some(self.state.len()),
            name => self.state.iter().position(|f| f.name == name),
        }
    }

    /// Position of the parameter `name`.
    pub fn parameter(&self, name: &str) -> Option<usize> {
        self.param.iter().position(|f| f.name == name)
    }

    /// Position of the input `name`.
    pub fn input(&self, name: &str) -> Option<usize> {
        self.input.iter().position(|f| f.name == name)
    }

    /// Whether sensitivities by `count` parameters ([`Kernel::tangent`]) take fewer operations than the reverse scan,
    /// which has two plain steps and an adjoint one however many there are. Measured too, the first wins for the eight
    /// of a Hodgkin-Huxley cell, the second for those of an integrate-and-fire cell.
    pub fn tangent_is_cheaper(&self, count: usize) -> bool {
        let slots = |c: Cost| c.arithmetic + 12 * c.exponentials + 10 * c.series + 6 * c.divisions;
        let [forward, adjoint, tangent] = self.cost.map(slots);
        count <= cpu::MOST_TANGENTS && tangent + count * (self.state_block.len() + 1) <= 2 * forward + adjoint
    }

    /// Runs a population; see [`Forward`].
    pub fn forward<F: Precision>(&self, run: &Run<F>, out: Forward<F>) -> Result<(), Mismatch> {
        self.check_forward(run, &out)?;
        if run.batch * run.neurons > 0 {
            (F::scans(self).forward)(run, out);
        }
        Ok(())
    }

    /// Runs a population backwards; see [`Adjoint`].
    pub fn adjoint<F: Precision>(&self, run: &Run<F>, out: Adjoint<F>) -> Result<(), Mismatch> {
        self.check_adjoint(run, &out)?;
        if run.batch * run.neurons > 0 {
            (F::scans(self).adjoint)(run, out);
        }
        Ok(())
    }

    /// Runs a population with its sensitivities; see [`Tangent`].
    pub fn tangent<F: Precision>(&self, run: &Run<F>, out: Tangent<F>) -> Result<(), Mismatch> {
        self.check_tangent(run, &out)?;
        if run.batch * run.neurons > 0 {
            (F::scans(self).tangent)(run, out);
        }
        Ok(())
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
            Seed::Rows(rows, values) => {
                self.rows(rows)?;
                self.size("gradient of recorded rows", values.len(), run.steps * rows.len() * width)?;
            }
            Seed::Objective(o) => self.objective(run, o)?,
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
        if k > cpu::MOST_TANGENTS {
            return self.wrong(format!("{k} parameters in one tangent scan; it takes {} at most", cpu::MOST_TANGENTS));
        }
        if let Some(w) = out.which.iter().find(|&&w| w >= self.param.len()) {
            return self.wrong(format!("parameter {w} of {}", self.param.len()));
        }
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

    fn objective<F: Precision>(&self, run: &Run<F>, o: &Objective<F>) -> Result<(), Mismatch> {
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
