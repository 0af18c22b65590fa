//! Learning rules as ways back through the circuit.
//!
//! *Backpropagation through time* goes back along every synapse. *D-RTRL* leaves out the paths through other neurons'
//! spikes: what remains is what its traces sum up forwards, `e_ji[t] = D_i[t] e_ji[t-1] + d_i[t] x_j[t]`, and as weights
//! change once a batch the same sum can be made backwards, without a trace a synapse. The leaky memory of the readout is
//! kept, so where neurons are not connected to each other D-RTRL is the gradient. *e-prop* is the same with the errors
//! brought to the neurons by the readout's weights or by fixed random ones. All of these, carried forward with traces,
//! and *ES-D-RTRL*, whose traces are one a neuron, are in [`kernels::network::online`].

use crate::TrainError;
use crate::config::{Feedback, Form, ReadoutKind, RuleConfig, RuleKind, TrainConfig};
use crate::task::Encoding;
use crate::wiring::Wiring;
use brain_core::Seed;
use brain_core::network_scan::Path;
use candle_core::{DType, Device, Tensor, WithDType};
use kernels::Precision;
use kernels::network::online::{self, Correction, Learning, Memory};

/// A rule for a circuit.
#[derive(Clone, Debug)]
pub struct Rule {
    config: RuleConfig,
    online: bool,
    /// Of each projection of the circuit, whether it comes to the readout.
    to_readout: Vec<bool>,
    /// Fixed random weights of each of these, in their order.
    random: Vec<Tensor>,
}

impl Rule {
    /// Checks that the rule can train the circuit.
    pub fn new(config: &TrainConfig, wiring: &Wiring, seed: Seed, dtype: DType) -> Result<Self, TrainError> {
        let rule = config.rule.clone();
        let own = wiring.learnt.iter().filter(|l| !l.range.is_empty());
        let to_readout: Vec<bool> = own.map(|l| l.factor.is_none()).collect();
        let leaky = config.readout.kind == ReadoutKind::Rate;
        let online = rule.kind == RuleKind::EsDRtrl || rule.kind != RuleKind::Bptt && rule.form == Form::Online;
        let random = rule.kind == RuleKind::EProp && rule.feedback == Feedback::Random;
        if (online || random) && !leaky {
            return Err(TrainError::Fit(format!(
                "rule.kind {} needs the leaky readout: set readout.kind to rate",
                rule.kind.name()
            )));
        }
        if online && (config.regularise.rate != 0.0 || config.regularise.voltage != 0.0) {
            return Err(TrainError::Fit(
                "regularise.rate and regularise.voltage need a way back: set rule.form to batched, or both to 0".into(),
            ));
        }
        if online && config.encoding == Encoding::Rates {
            return Err(TrainError::Fit(
                "encoding rates needs a way back to the input's weights: set rule.form to batched, or encoding to spikes".into(),
            ));
        }
        if !(0.0..1.0).contains(&rule.alpha) {
            return Err(TrainError::Fit(format!("rule.alpha: {} must be at least 0 and below 1", rule.alpha)));
        }
        let draw = |l: &crate::wiring::Learnt| {
            // As large as the readout's initial weights.
            let mut stream = seed.child("feedback").child(&l.name).at(0);
            let n = l.initial.len().max(1) as f64;
            let sd = (l.initial.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / n).sqrt();
            let b: Vec<f32> = l.initial.iter().map(|_| (sd * stream.normal()) as f32).collect();
            Tensor::new(&b[..], &Device::Cpu)?.to_dtype(dtype)
        };
        let readouts = wiring.learnt.iter().filter(|l| l.factor.is_none() && !l.range.is_empty());
        let random = if random { readouts.map(draw).collect::<candle_core::Result<_>>()? } else { vec![] };
        Ok(Self { config: rule, online, to_readout, random })
    }

    /// Whether traces are carried forward with the run.
    pub fn is_online(&self) -> bool {
        self.online
    }

    /// Fixed random weights, `[output, cell]` of all populations of cells, where errors come back along such.
    pub fn feedback<F: Precision + WithDType>(&self, wiring: &Wiring, outputs: usize) -> Result<Vec<F>, TrainError> {
        if self.random.is_empty() {
            return Ok(vec![]);
        }
        let groups = wiring.circuit.populations().iter().enumerate().filter(|(_, g)| g.cell().is_some());
        let mut rows = vec![vec![]; outputs];
        for (k, group) in groups.filter(|(k, _)| Some(*k) != wiring.readout()) {
            let own = wiring.read.iter().position(|r| *r == k).map(|at| self.random[at].to_vec1::<F>());
            let own = own.transpose()?;
            for (o, row) in rows.iter_mut().enumerate() {
                row.extend((0..group.neurons).map(|n| own.as_ref().map_or(F::of(0.0), |b| b[n * outputs + o])));
            }
        }
        Ok(rows.concat())
    }

    /// The rule as it is carried forward.
    pub fn learning<'a, F: Precision>(&self, feedback: &'a [F]) -> Learning<'a, F> {
        let correction = if self.config.reference_correction { Correction::Reference } else { Correction::Usual };
        Learning {
            memory: if self.config.instant { Memory::Instant } else { Memory::Kept },
            ..Learning::by(match self.config.kind {
                RuleKind::EsDRtrl => online::Rule::EsDRtrl { alpha: self.config.alpha, correction },
                RuleKind::EProp if !feedback.is_empty() => online::Rule::EProp { feedback },
                _ => online::Rule::DRtrl,
            })
        }
    }

    /// How gradients go back along the projections.
    pub fn paths(&self) -> Vec<Path> {
        if self.config.kind == RuleKind::Bptt {
            return vec![];
        }
        let mut random = self.random.iter();
        let one = |&readout: &bool| match readout {
            false => Path::Cut,
            true => random.next().map_or(Path::Weights, |b| Path::Fixed(b.clone())),
        };
        self.to_readout.iter().map(one).collect()
    }
}
