//! A voltage problem is the distance of a model's potential from recorded ones, in the coordinates of an optimiser.

use super::FitError;
use super::coordinates::Coordinates;
use super::electrode::{ElectrodeTerms, FittedElectrode, FoundElectrode};
use super::settings::FitLoss;
use super::state::LOSS_ALONE;
use super::traces::Traces;
use brain_core::device::to_host;
use brain_core::optim::Evaluation;
use brain_core::{Backend, Model, Objective, Seed};
use candle_core::Tensor;

/// The problem of some parameters of a model on traces, of least squares or another loss of samples.
///
/// Every column is one set of parameters; all are evaluated by one tangent scan for each sampling interval.
#[derive(Clone, Debug)]
pub struct VoltageProblem {
    objectives: Vec<Objective>,
    coordinates: Coordinates,
    fixed: Vec<f64>,
    backend: Backend,
    total_weight: f64,
    electrode: Option<ElectrodeTerms>,
}

impl VoltageProblem {
    /// Makes the problem of `model`, whose parameters are `fixed` where they are none of `coordinates`, over the first `part`
    /// of the traces.
    pub fn new(
        model: Model,
        coordinates: Coordinates,
        fixed: Vec<f64>,
        traces: &[Traces],
        part: f64,
        backend: &Backend,
    ) -> Result<Self, FitError> {
        let objective = |t: &Traces| t.objective(model, &fixed, coordinates.rows(), backend, part);
        let objectives = traces.iter().map(objective).collect::<Result<_, _>>()?;
        let total_weight = traces.iter().map(|t| t.total_weight(part)).sum();
        Ok(Self { objectives, coordinates, fixed, backend: backend.clone(), total_weight, electrode: None })
    }

    /// Takes another loss of each sample than the squared error.
    ///
    /// # Errors
    /// It fails if the loss cannot be built for steps as long as these.
    pub fn with_loss(mut self, loss: &FitLoss) -> Result<Self, FitError> {
        for objective in &mut self.objectives {
            objective.loss = loss.build(objective.dt)?;
        }
        Ok(self)
    }

    /// Also fits what an electrode adds to the potential of these traces, of which the problem takes the first `part`: the
    /// loss of every column is that with its best electrode.
    pub fn with_electrode(mut self, fitted: FittedElectrode, traces: &[Traces], part: f64) -> Result<Self, FitError> {
        self.electrode = ElectrodeTerms::new(fitted, &self.objectives, traces, part, &self.backend)?;
        Ok(self)
    }

    /// Gives the best electrode at the coordinates `z` of one column; none where none is fitted.
    pub fn electrode(&self, z: &[f64]) -> Result<Option<FoundElectrode>, FitError> {
        let Some(terms) = &self.electrode else { return Ok(None) };
        let candidate = self.backend.tensor(&self.coordinates.values(z), (z.len(), 1))?;
        let alone = self.sum(&candidate)?;
        Ok(Some(terms.found(&candidate, &alone)?))
    }

    /// Gives what is fitted.
    pub fn coordinates(&self) -> &Coordinates {
        &self.coordinates
    }

    /// Gives the sum of the weights of all samples.
    pub fn total_weight(&self) -> f64 {
        self.total_weight
    }

    /// Gives all parameters of the model, `[parameter, column]`, at coordinates `[coordinate, column]`.
    pub fn params(&self, z: &[f64]) -> Vec<f64> {
        self.coordinates.params(&self.fixed, z)
    }

    /// Draws `n` random starts `[coordinate, column]`, uniform within the bounds of the coordinates.
    pub fn random_starts(&self, n: usize, seed: u64) -> Vec<f64> {
        random_starts(&self.coordinates, n, seed)
    }

    /// Computes the weighted sum of the losses, for squared errors in mV2, with its derivatives w.r.t. the coordinates, at
    /// `[coordinate, column]`.
    pub fn evaluate(&self, z: &[f64]) -> Result<Evaluation, FitError> {
        let k = self.coordinates.len();
        let candidates = self.backend.tensor(&self.coordinates.values(z), (k, z.len() / k.max(1)))?;
        let mut sum = self.sum(&candidates)?;
        if let Some(terms) = &self.electrode {
            terms.project(&candidates, &mut sum)?;
        }
        self.coordinates.chain_rule(z, &mut sum);
        Ok(sum)
    }

    /// Computes the same w.r.t. the parameters themselves, `[coordinate, column]`, without an electrode.
    fn sum(&self, candidates: &Tensor) -> Result<Evaluation, FitError> {
        let (k, n) = (candidates.dim(0)?, candidates.dim(1)?);
        let pairs = k * (k + 1) / 2;
        let mut sum = Evaluation { loss: vec![0.0; n], gradient: vec![0.0; k * n], jtj: vec![0.0; pairs * n] };
        for objective in &self.objectives {
            let found = objective.normal(candidates)?.evaluation()?;
            let parts = [(&mut sum.loss, found.loss), (&mut sum.gradient, found.gradient), (&mut sum.jtj, found.jtj)];
            for (to, from) in parts {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            }
        }
        Ok(sum)
    }

    /// Computes the losses alone, `[column]`.
    pub fn losses(&self, z: &[f64]) -> Result<Vec<f64>, FitError> {
        let k = self.coordinates.len();
        let n = z.len() / k.max(1);
        let mut sum = vec![0.0; n];
        let candidates = self.backend.tensor(&self.coordinates.values(z), (k, n))?;
        for objective in &self.objectives {
            let found = to_host(&objective.losses(&candidates)?)?;
            sum.iter_mut().zip(found).for_each(|(sum, loss)| *sum += loss);
        }
        let Some(terms) = &self.electrode else { return Ok(sum) };
        let mut sum = Evaluation { loss: sum, ..Evaluation::default() };
        terms.project(&candidates, &mut sum)?;
        Ok(sum.loss)
    }

    /// Computes the mean over the weights, with derivatives unless every column is [`LOSS_ALONE`].
    pub fn mean_below(&self, z: &[f64], below: &[f64]) -> Result<Evaluation, FitError> {
        if below.iter().any(|&loss| loss > LOSS_ALONE) {
            return self.mean(z);
        }
        let total = self.total_weight.max(1.0);
        let loss = self.losses(z)?.into_iter().map(|loss| loss / total).collect();
        Ok(Evaluation { loss, ..Evaluation::default() })
    }

    /// Computes the same as [`evaluate`](Self::evaluate) as a mean over the weights.
    pub fn mean(&self, z: &[f64]) -> Result<Evaluation, FitError> {
        let mut found = self.evaluate(z)?;
        let total = self.total_weight.max(1.0);
        for x in [&mut found.loss, &mut found.gradient, &mut found.jtj] {
            x.iter_mut().for_each(|x| *x /= total);
        }
        Ok(found)
    }
}

/// Draws `n` random starts `[coordinate, column]`, uniform within the bounds of the coordinates.
pub fn random_starts(coordinates: &Coordinates, n: usize, seed: u64) -> Vec<f64> {
    let (seed, limits) = (Seed::new(seed).child("fit/starts"), coordinates.limits());
    let column = |i: usize| {
        let mut stream = seed.at(i as u64);
        limits.iter().map(|&(low, high)| stream.within(low, high)).collect()
    };
    super::columns::from_columns(&(0..n).map(column).collect::<Vec<Vec<f64>>>())
}
