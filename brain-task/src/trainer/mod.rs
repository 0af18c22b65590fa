//! A [`Trainer`] joins a network, a task, a loss, a learning rule and an optimiser.

mod evaluation;
mod gradient;
mod regularise;

pub use evaluation::{Scored, TrialScores};

use crate::rule::WiredRule;
use crate::run::{Constants, Observation, RunOutput, RunRequest, observe, run};
use crate::settings::{TrainSchedule, TrainSettings};
use crate::task::{self, Batch, Encoding, Task};
use crate::{LearntWeights, TrainError, Wiring};
use brain_core::checkpoint::{Array, Checkpoint};
use brain_core::loss::{Loss, Targets};
use brain_core::optim::Adam;
use brain_core::{Backend, FeedbackPath, Seed};
use candle_core::{DType, Device, Tensor};
use regularise::Regularisers;
use std::borrow::Cow;
use std::ops::Range;

/// Checkpoints have the share of right answers in every batch under this name.
const ACCURACY: &str = "history/accuracy";

/// A trainer holds a training. Weights, states and readout are candle's tensors on one device.
pub struct Trainer {
    /// This circuit is trained.
    pub wiring: Wiring,
    /// The circuit has these weights.
    pub weights: LearntWeights,
    /// The circuit is trained on this task.
    pub task: Box<dyn Task>,
    /// This says how long it is trained, and what is done on the way.
    pub schedule: TrainSchedule,
    loss: Box<dyn Loss>,
    rule: WiredRule,
    rule_name: &'static str,
    adam: Adam,
    regularisers: Regularisers,
    request: RunRequest,
    encoding: Encoding,
    seed: Seed,
    backend: Backend,
    constants: Constants,
    history: Vec<f64>,
    accuracies: Vec<f64>,
}

/// A report says how one batch went.
#[derive(Clone, Debug, Default)]
pub struct BatchReport {
    /// The batch has this loss, without regularisers.
    pub loss: f64,
    /// This share of the answers is right.
    pub accuracy: f64,
    /// The gradient has this norm before clipping.
    pub norm: f64,
    /// Each population has this mean rate, Hz.
    pub rates: Vec<(String, f64)>,
}

impl Trainer {
    /// Joins the parts of a training on a device, in single or double precision.
    pub fn new(settings: TrainSettings, wiring: Wiring, device: &Device, dtype: DType) -> Result<Self, TrainError> {
        let shape = settings.task.shape();
        if (wiring.dt_ms - shape.dt_ms).abs() > 1e-9 * shape.dt_ms {
            return Err(TrainError::Fit(format!(
                "a step of the network is {} ms and one of the task {} ms; make `dt` of the network's config that of \
                 the task",
                wiring.dt_ms, shape.dt_ms
            )));
        }
        if settings.is_online() && !device.is_cpu() {
            return Err(TrainError::NoDeviceForm {
                operation: format!("the learning rule {}, which goes forward with the run,", settings.rule.name()),
                remedy: "run with --device cpu, or choose a rule that goes back (rule.form batched, or bptt)",
            });
        }
        let seed = Seed::new(settings.schedule.seed);
        let weights = LearntWeights::new(&wiring.learnt, settings.magnitude, device, dtype)?;
        let rule = WiredRule::new(&*settings.rule, &wiring, shape.outputs(), seed, device, dtype)?;
        let request = RunRequest {
            steps: shape.steps,
            batch: settings.batch,
            window: shape.window.clone(),
            outputs: shape.outputs(),
            kind: settings.readout.kind,
            voltage: settings.regularise.voltage != 0.0,
        };
        let backend = Backend::of(device, dtype);
        Ok(Self {
            adam: Adam::named(weights.named(), settings.adam)?,
            constants: Constants::new(&wiring, settings.batch, &backend)?,
            backend,
            regularisers: Regularisers(settings.regularise),
            wiring,
            weights,
            task: settings.task,
            loss: settings.loss,
            rule,
            rule_name: settings.rule.name(),
            schedule: settings.schedule,
            request,
            encoding: settings.encoding,
            seed,
            history: vec![],
            accuracies: vec![],
        })
    }

    /// Returns the number of batches done.
    pub fn batches(&self) -> u64 {
        self.adam.steps()
    }

    /// Returns the name of the learning rule.
    pub fn rule(&self) -> &'static str {
        self.rule_name
    }

    /// Returns the step size of the next batch.
    pub fn learning_rate(&self) -> f64 {
        self.adam.rate()
    }

    /// Returns the loss of every batch so far.
    pub fn history(&self) -> &[f64] {
        &self.history
    }

    /// Returns the share of right answers in every batch so far.
    pub fn accuracies(&self) -> &[f64] {
        &self.accuracies
    }

    /// Returns the trials of the batch with this number.
    pub fn batch(&self, index: u64) -> Batch {
        task::batch(&*self.task, self.encoding, self.seed.child("task/batch"), index, self.request.batch)
    }

    /// Returns held-out trials by their numbers. They are never trained on, nothing is chosen by them, and they do not
    /// depend on the size of the batches.
    pub fn held_out(&self, numbers: Range<u64>) -> Batch {
        task::trials(&*self.task, self.encoding, self.seed.child("task/fresh"), numbers)
    }

    /// Returns trials by which the best weights are chosen, by their numbers.
    pub fn validation(&self, numbers: Range<u64>) -> Batch {
        task::trials(&*self.task, self.encoding, self.seed.child("task/validation"), numbers)
    }

    /// Returns the number of trials that are run at a time.
    pub fn batch_size(&self) -> usize {
        self.request.batch
    }

    /// Returns the outputs of all populations (state variables, or `spike`) at every step of a batch.
    pub fn observe(&self, batch: &Batch, outputs: &[&str]) -> Result<Vec<Observation>, TrainError> {
        let (request, constants) = self.of_size(batch.size())?;
        observe(&self.wiring, &self.weights, &constants, &request, &batch.inputs, outputs)
    }

    /// Learns from one batch. It fails on numbers that are not finite, and leaves everything as it was.
    pub fn step(&mut self) -> Result<BatchReport, TrainError> {
        let index = self.batches();
        let batch = self.batch(index);
        let diverged = |e: TrainError| e.diverged(index + 1);
        let (grads, mut report) = self.gradient(&batch).map_err(diverged)?;
        report.norm = self.adam.step_with_norm(&grads).map_err(|e| diverged(e.into()))?;
        self.history.push(report.loss);
        self.accuracies.push(report.accuracy);
        Ok(report)
    }

    fn run(&self, batch: &Batch, paths: Option<&[FeedbackPath]>) -> Result<RunOutput, TrainError> {
        let (request, constants) = self.of_size(batch.size())?;
        run(&self.wiring, &self.weights, &constants, &request, &batch.inputs, paths)
    }

    /// Returns the request for a run of `size` trials, and the populations for as many.
    fn of_size(&self, size: usize) -> Result<(RunRequest, Cow<'_, Constants>), TrainError> {
        let request = RunRequest { batch: size, ..self.request.clone() };
        let constants = match size == self.request.batch {
            true => Cow::Borrowed(&self.constants),
            false => Cow::Owned(Constants::new(&self.wiring, size, &self.backend)?),
        };
        Ok((request, constants))
    }

    fn targets(&self, batch: &Batch) -> Result<Targets, TrainError> {
        Ok(batch.targets(self.task.shape(), self.weights.device(), self.weights.dtype())?)
    }

    /// Returns the length of a trial, s.
    fn seconds(&self) -> f64 {
        self.request.steps as f64 * self.wiring.dt_ms * 1e-3
    }

    /// Returns the mean rate of each population, Hz.
    fn rates(&self, output: &RunOutput) -> Result<Vec<(String, f64)>, TrainError> {
        let groups = self.wiring.circuit.populations();
        let one = |(k, counts): &(usize, Tensor)| {
            Ok((groups[*k].name.clone(), scalar(&counts.mean_all()?)? / self.seconds()))
        };
        output.counts.iter().map(one).collect()
    }

    /// Adds weights, optimiser and history to a checkpoint.
    pub fn save(&self, checkpoint: &mut Checkpoint) -> Result<(), TrainError> {
        checkpoint.meta.step = self.batches();
        checkpoint.history = self.history.clone();
        checkpoint.insert(ACCURACY, Array::new(vec![self.accuracies.len()], self.accuracies.clone())?);
        self.weights.save(checkpoint)?;
        Ok(self.adam.save(checkpoint)?)
    }

    /// Takes weights, optimiser and history out of a checkpoint.
    pub fn restore(&mut self, checkpoint: &mut Checkpoint) -> Result<(), TrainError> {
        self.weights.restore(checkpoint)?;
        self.adam.restore(checkpoint)?;
        self.history = std::mem::take(&mut checkpoint.history);
        self.accuracies = checkpoint.take(ACCURACY, &[self.history.len()])?;
        Ok(())
    }
}

/// Returns the value of a tensor of one number, without its graph.
fn scalar(x: &Tensor) -> candle_core::Result<f64> {
    x.detach().to_dtype(DType::F64)?.to_scalar()
}
