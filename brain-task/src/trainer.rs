//! A network, a task, a rule and an optimiser.

use crate::config::{RegulariseConfig, TrainConfig};
use crate::objective::{self, Wanted};
use crate::online::learn;
use crate::rule::Rule;
use crate::run::{Answer, Constants, Question, Seen, observe, run};
use crate::task::{self, Batch, Encoding, Inputs, Task, Trial};
use crate::{LearntWeights, TrainError, Wiring};
use brain_core::Seed;
use brain_core::checkpoint::{Array, Checkpoint};
use brain_core::network_scan::Path;
use brain_core::optim::Adam;
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, WithDType};
use kernels::Precision;
use kernels::network::Population;

/// Share of right answers in every batch, in checkpoints.
const ACCURACY: &str = "history/accuracy";

/// A training.
pub struct Trainer {
    /// What is trained.
    pub wiring: Wiring,
    /// Its weights.
    pub weights: LearntWeights,
    /// What it is trained on.
    pub task: Box<dyn Task>,
    rule: Rule,
    adam: Adam,
    regularise: RegulariseConfig,
    question: Question,
    encoding: Encoding,
    seed: Seed,
    constants: Constants,
    history: Vec<f64>,
    accuracies: Vec<f64>,
}

/// What one batch gave.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Loss, without regularisers.
    pub loss: f64,
    /// Share of right answers.
    pub accuracy: f64,
    /// Norm of the gradient before clipping.
    pub norm: f64,
    /// Mean rate of each population, Hz.
    pub rates: Vec<(String, f64)>,
}

/// What fresh trials gave.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// Mean loss.
    pub loss: f64,
    /// Share of right answers.
    pub accuracy: f64,
    /// Trials.
    pub trials: usize,
    /// Mean rate of each population, Hz.
    pub rates: Vec<(String, f64)>,
    /// Psychometric variable of each trial, its answer, and whether that was right.
    pub each: Vec<(f64, f64, bool)>,
}

impl Trainer {
    /// Joins everything; weights are single, or double for checks.
    pub fn new(config: &TrainConfig, wiring: Wiring, task: Box<dyn Task>, dtype: DType) -> Result<Self, TrainError> {
        let shape = task.shape();
        if (wiring.dt_ms - shape.dt_ms).abs() > 1e-9 * shape.dt_ms {
            return Err(TrainError::Fit(format!(
                "a step of the network is {} ms and one of the task {} ms; make `dt` of the network's config that of \
                 the task",
                wiring.dt_ms, shape.dt_ms
            )));
        }
        let seed = Seed::new(config.seed);
        let weights = LearntWeights::new(&wiring.learnt, config.magnitude, dtype)?;
        let rule = Rule::new(config, &wiring, seed, dtype)?;
        let question = Question {
            steps: shape.steps,
            batch: config.batch,
            window: shape.window.clone(),
            outputs: shape.outputs(),
            kind: config.readout.kind,
            voltage: config.regularise.voltage != 0.0,
        };
        Ok(Self {
            adam: Adam::named(weights.named(), config.adam)?,
            constants: Constants::new(&wiring, config.batch, dtype)?,
            wiring,
            weights,
            task,
            rule,
            regularise: config.regularise,
            question,
            encoding: config.encoding,
            seed,
            history: vec![],
            accuracies: vec![],
        })
    }

    /// Batches done.
    pub fn batches(&self) -> u64 {
        self.adam.steps()
    }

    /// Step size of the next batch.
    pub fn learning_rate(&self) -> f64 {
        self.adam.rate()
    }

    /// Loss of every batch so far.
    pub fn history(&self) -> &[f64] {
        &self.history
    }

    /// Share of right answers in every batch so far.
    pub fn accuracies(&self) -> &[f64] {
        &self.accuracies
    }

    /// The trials of the batch with this number.
    pub fn batch(&self, index: u64) -> Batch {
        self.draw(self.seed.child("task/batch"), index)
    }

    /// Trials that are never trained on and that nothing is chosen by, batch by batch.
    pub fn fresh(&self, index: u64) -> Batch {
        self.draw(self.seed.child("task/fresh"), index)
    }

    /// Trials by which the best weights are chosen, batch by batch.
    pub fn validation(&self, index: u64) -> Batch {
        self.draw(self.seed.child("task/validation"), index)
    }

    /// Outputs of all populations at every step of a batch: state variables, or `spike`.
    pub fn observe(&self, batch: &Batch, outputs: &[&str]) -> Result<Vec<Seen>, TrainError> {
        observe(&self.wiring, &self.weights, &self.constants, &self.question, &batch.inputs, outputs)
    }

    fn draw(&self, seed: Seed, index: u64) -> Batch {
        task::batch(&*self.task, self.encoding, seed, index, self.question.batch)
    }

    /// Learns from one batch. On numbers that are not finite it fails and leaves everything as it was.
    pub fn step(&mut self) -> Result<Report, TrainError> {
        let index = self.batches();
        let batch = self.batch(index);
        let diverged = |e: TrainError| e.diverged(index + 1);
        let (grads, mut report) = self.gradient(&batch).map_err(diverged)?;
        report.norm = self.adam.step_with_norm(&grads).map_err(|e| diverged(e.into()))?;
        self.history.push(report.loss);
        self.accuracies.push(report.accuracy);
        Ok(report)
    }

    /// The gradient by the free numbers of one batch, by the rule, and what the batch gave.
    pub fn gradient(&self, batch: &Batch) -> Result<(GradStore, Report), TrainError> {
        let wanted = Wanted::of(batch, self.question.outputs);
        if self.rule.is_online() {
            return match self.weights.dtype() {
                DType::F64 => self.forward::<f64>(batch, &wanted),
                _ => self.forward::<f32>(batch, &wanted),
            };
        }
        let answer = self.run(&batch.inputs, Some(&self.rule.paths()))?;
        let loss = objective::loss(&answer.readout, &wanted)?;
        let report = self.report(&answer, batch, &loss)?;
        let total = match self.penalty(Some(&answer))? {
            Some(more) => (loss + more)?,
            None => loss,
        };
        Ok((total.backward()?, report))
    }

    /// Loss of a batch, without regularisers.
    pub fn loss(&self, batch: &Batch) -> Result<f64, TrainError> {
        let answer = self.run(&batch.inputs, None)?;
        Ok(scalar(&objective::loss(&answer.readout, &Wanted::of(batch, self.question.outputs))?)?)
    }

    /// The gradient of a rule that goes forward.
    fn forward<F: Precision + WithDType>(
        &self,
        batch: &Batch,
        wanted: &Wanted,
    ) -> Result<(GradStore, Report), TrainError> {
        let Inputs::Spikes(spikes) = &batch.inputs else {
            return Err(TrainError::Fit("a rule that goes forward takes spikes".into()));
        };
        let flat = self.weights.flat()?;
        let feedback = self.rule.feedback::<F>(&self.wiring, self.question.outputs)?;
        let learning = self.rule.learning(&feedback);
        let weights = flat.detach().to_vec1::<F>()?;
        let found = learn(&self.wiring, &self.constants, &self.question, &weights, spikes, wanted, &learning)?;
        let right = batch.trials.iter().zip(&found.readout);
        let right = right.filter(|(trial, out)| self.task.correct(trial, self.task.answer(trial, out))).count();
        let rate = |(g, spikes): (&Population, &Vec<u64>)| {
            let per = (g.neurons * batch.size()).max(1) as f64 * self.seconds();
            (g.name.clone(), spikes.iter().sum::<u64>() as f64 / per)
        };
        let groups = self.wiring.circuit.populations();
        let cells = groups.iter().zip(&found.summary.spikes).enumerate();
        let cells = cells.filter(|(k, (g, _))| g.cell().is_some() && Some(*k) != self.wiring.readout());
        let report = Report {
            loss: found.loss,
            accuracy: right as f64 / batch.size().max(1) as f64,
            norm: 0.0,
            rates: cells.map(|(_, one)| rate(one)).collect(),
        };
        // The same chain from weights to free numbers, and the same penalties, as of the rules that go back.
        let gradient = Tensor::from_vec(found.gradient, flat.dims(), &Device::Cpu)?;
        let mut total = (flat * gradient)?.sum_all()?;
        if let Some(more) = self.penalty(None)? {
            total = (total + more)?;
        }
        Ok((total.backward()?, report))
    }

    fn run(&self, inputs: &Inputs, paths: Option<&[Path]>) -> Result<Answer, TrainError> {
        run(&self.wiring, &self.weights, &self.constants, &self.question, inputs, paths)
    }

    /// Psychometric variable, answer, and whether it is right, of each trial.
    fn scored(&self, batch: &Batch, answer: &Answer) -> Result<Vec<(f64, f64, bool)>, TrainError> {
        let score = |(trial, outputs): (&Trial, Vec<f32>)| {
            let given = self.task.answer(trial, &outputs);
            (trial.psychometric, given, self.task.correct(trial, given))
        };
        Ok(batch.trials.iter().zip(objective::each(&answer.readout)?).map(score).collect())
    }

    fn report(&self, answer: &Answer, batch: &Batch, loss: &Tensor) -> Result<Report, TrainError> {
        let right = self.scored(batch, answer)?.iter().filter(|(.., r)| *r).count();
        Ok(Report {
            loss: scalar(loss)?,
            accuracy: right as f64 / batch.size().max(1) as f64,
            norm: 0.0,
            rates: self.rates(answer)?,
        })
    }

    fn seconds(&self) -> f64 {
        self.question.steps as f64 * self.wiring.dt_ms * 1e-3
    }

    fn rates(&self, answer: &Answer) -> Result<Vec<(String, f64)>, TrainError> {
        let groups = self.wiring.circuit.populations();
        let one = |(k, counts): &(usize, Tensor)| {
            Ok((groups[*k].name.clone(), scalar(&counts.mean_all()?)? / self.seconds()))
        };
        answer.counts.iter().map(one).collect()
    }

    /// Regularisers, where there are any.
    fn penalty(&self, answer: Option<&Answer>) -> Result<Option<Tensor>, TrainError> {
        let RegulariseConfig { rate, rate_target, voltage, l1, l2 } = self.regularise;
        let mut all = vec![];
        if let Some(answer) = answer.filter(|_| rate != 0.0) {
            let counts: Vec<_> = answer.counts.iter().map(|(_, c)| c.clone()).collect();
            let rates = Tensor::cat(&counts, 1)?.mean(0)?.affine(1.0 / self.seconds(), -rate_target)?;
            all.push(rates.affine(0.1, 0.0)?.sqr()?.mean_all()?.affine(rate, 0.0)?);
        }
        if let Some(answer) = answer.filter(|_| voltage != 0.0) {
            all.push(Tensor::cat(&answer.voltage, 1)?.mean_all()?.affine(voltage, 0.0)?);
        }
        for (strength, square) in [(l1, false), (l2, true)].into_iter().filter(|(s, _)| *s != 0.0) {
            for (_, w) in self.weights.magnitudes()? {
                let w = if square { w.sqr()? } else { w };
                all.push(w.sum_all()?.affine(strength, 0.0)?);
            }
        }
        let sum = |a: Option<Tensor>, b: Tensor| Ok::<_, TrainError>(Some(if let Some(a) = a { (a + b)? } else { b }));
        all.into_iter().try_fold(None, sum)
    }

    /// Scores `trials` fresh trials, never trained on; the last ones of a batch beyond them are left out.
    pub fn evaluate(&self, trials: usize) -> Result<Evaluation, TrainError> {
        self.score(trials, |index| self.fresh(index))
    }

    /// Scores `trials` trials of those by which the best weights are chosen.
    pub fn validate(&self, trials: usize) -> Result<Evaluation, TrainError> {
        self.score(trials, |index| self.validation(index)).map_err(|e| e.diverged(self.batches() + 1))
    }

    fn score(&self, trials: usize, draw: impl Fn(u64) -> Batch) -> Result<Evaluation, TrainError> {
        let (mut found, mut batches) = (Evaluation::default(), 0.0);
        while found.each.len() < trials {
            let batch = draw(batches as u64);
            let wanted = Wanted::of(&batch, self.question.outputs);
            let answer = self.run(&batch.inputs, None)?;
            found.each.extend(self.scored(&batch, &answer)?);
            found.loss += scalar(&objective::loss(&answer.readout, &wanted)?)?;
            let rates = self.rates(&answer)?;
            match found.rates.is_empty() {
                true => found.rates = rates,
                false => found.rates.iter_mut().zip(rates).for_each(|(sum, (_, r))| sum.1 += r),
            }
            batches += 1.0;
        }
        found.each.truncate(trials);
        found.trials = found.each.len();
        found.accuracy = found.each.iter().filter(|(.., r)| *r).count() as f64 / found.trials.max(1) as f64;
        found.loss /= f64::max(batches, 1.0);
        found.rates.iter_mut().for_each(|(_, r)| *r /= batches);
        Ok(found)
    }

    /// Adds weights, optimiser and history to a checkpoint.
    pub fn save(&self, checkpoint: &mut Checkpoint) -> Result<(), TrainError> {
        checkpoint.meta.step = self.batches();
        checkpoint.history = self.history.clone();
        checkpoint.insert(ACCURACY, Array::new(vec![self.accuracies.len()], self.accuracies.clone())?);
        self.weights.save(checkpoint)?;
        Ok(self.adam.save(checkpoint)?)
    }

    /// Takes them out again.
    pub fn restore(&mut self, checkpoint: &mut Checkpoint) -> Result<(), TrainError> {
        self.weights.restore(checkpoint)?;
        self.adam.restore(checkpoint)?;
        self.history = std::mem::take(&mut checkpoint.history);
        self.accuracies = checkpoint.take(ACCURACY, &[self.history.len()])?;
        Ok(())
    }
}

fn scalar(x: &Tensor) -> candle_core::Result<f64> {
    x.detach().to_dtype(DType::F64)?.to_scalar()
}
