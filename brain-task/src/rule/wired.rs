//! A [`WiredRule`] is a learning rule on a circuit.

use super::{FeedbackWeights, LearningRule, Online, Recurrent};
use crate::wiring::{Learnt, Wiring};
use brain_core::{FeedbackPath, Seed};
use candle_core::{DType, Device, Result, Tensor};

/// A wired rule is a learning rule with what it needs of the circuit that it trains.
#[derive(Debug)]
pub struct WiredRule {
    paths: Vec<FeedbackPath>,
    online: Option<Online>,
    random: Option<Vec<f64>>,
}

impl WiredRule {
    /// Joins a rule to a circuit with `outputs` readout values; random feedback is drawn from the seed.
    pub fn new(
        rule: &dyn LearningRule,
        wiring: &Wiring,
        outputs: usize,
        seed: Seed,
        device: &Device,
        dtype: DType,
    ) -> Result<Self> {
        let learnt = || wiring.learnt.iter().filter(|l| !l.range.is_empty());
        let readouts = learnt().filter(|l| l.factor.is_none());
        let random = match rule.feedback() {
            FeedbackWeights::Symmetric => None,
            FeedbackWeights::Random => Some(readouts.map(|l| random(l, seed)).collect::<Vec<_>>()),
        };
        let by_output = random.as_deref().map(|random| by_output(random, wiring, outputs));
        let online = rule.online(by_output.clone());
        let recurrent = match rule.recurrent() {
            Recurrent::Weights => FeedbackPath::Weights,
            Recurrent::Cut => FeedbackPath::Cut,
        };
        let mut drawn = random.iter().flatten();
        let path = |l: &Learnt| match l.factor {
            Some(_) => Ok(recurrent.clone()),
            None => match drawn.next() {
                None => Ok(FeedbackPath::Weights),
                Some(b) => Ok(FeedbackPath::Fixed(Tensor::new(&b[..], device)?.to_dtype(dtype)?)),
            },
        };
        let mut paths = learnt().map(path).collect::<Result<Vec<_>>>()?;
        if paths.iter().all(|path| matches!(path, FeedbackPath::Weights)) {
            // Without paths all gradients go back by the weights.
            paths.clear();
        }
        Ok(Self { paths, online, random: by_output })
    }

    /// Returns the rule as it goes forward with the run, if it does.
    pub fn online(&self) -> Option<&Online> {
        self.online.as_ref()
    }

    /// Returns the random weights by which the loss reaches the neurons, `[output, cell]` of all populations of cells,
    /// if it does so.
    pub fn random(&self) -> Option<&[f64]> {
        self.random.as_deref()
    }

    /// Returns how gradients go back along each projection of the circuit; empty where all go back by the weights.
    pub fn paths(&self) -> &[FeedbackPath] {
        &self.paths
    }
}

/// Draws fixed random weights in place of a readout's, `[neuron, output]`, as large as these are at the start.
fn random(readout: &Learnt, seed: Seed) -> Vec<f32> {
    let mut stream = seed.child("feedback").child(&readout.name).at(0);
    let n = readout.initial.len().max(1) as f64;
    let sd = (readout.initial.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / n).sqrt();
    readout.initial.iter().map(|_| (sd * stream.normal()) as f32).collect()
}

/// Arranges random weights of the populations that are read as weights to all cells, `[output, cell]`; they are zero
/// for cells that are not read.
fn by_output(random: &[Vec<f32>], wiring: &Wiring, outputs: usize) -> Vec<f64> {
    let groups = wiring.circuit.populations().iter().enumerate().filter(|(_, g)| g.cell().is_some());
    let mut rows = vec![vec![]; outputs];
    for (k, group) in groups.filter(|(k, _)| Some(*k) != wiring.readout()) {
        let own = wiring.read.iter().position(|r| *r == k).map(|at| &random[at]);
        for (o, row) in rows.iter_mut().enumerate() {
            row.extend((0..group.neurons).map(|n| own.map_or(0.0, |b| f64::from(b[n * outputs + o]))));
        }
    }
    rows.concat()
}
