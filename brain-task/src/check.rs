//! [`check()`] checks the gradient of a user's own network and task, tensor by tensor.
//!
//! * The readout's weights enter the loss without a spike's threshold in between, so the gradient w.r.t. them must equal
//!   differences of the loss itself, in double precision.
//! * The rule's gradient w.r.t. all weights is compared with backpropagation through time, by the cosine of the two and
//!   the ratio of their norms. That of `bptt` in single precision is compared with its own in double precision; that of
//!   `d-rtrl` and `e-prop` also with the other form of the rule, with which it must agree to rounding.

use crate::config::{ReadoutKind, TrainConfig};
use crate::registry::Registry;
use crate::rule::{BpttSettings, LearningRule};
use crate::{TrainError, Trainer, memory, prepare};
use brain_core::config::Config;
use brain_net::checkpoint::READOUT;
use candle_core::{DType, Device, Tensor};
use serde::Serialize;
use std::fmt;

/// Two gradients w.r.t. one tensor are compared.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The gradients are w.r.t. this tensor.
    pub tensor: String,
    /// This gradient is compared.
    pub gradient: &'static str,
    /// It is compared with this one.
    pub oracle: &'static str,
    /// The angle between the two has this cosine.
    pub cosine: f64,
    /// The norm is this multiple of the oracle's norm.
    pub ratio: f64,
    /// This says whether they are equal to the tolerance; it is `None` where they need not be.
    pub equal: Option<bool>,
}

/// The gradient of a rule is compared tensor by tensor.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// The gradient is that of this learning rule.
    pub rule: &'static str,
    /// The gradient by backpropagation through time has this norm.
    pub norm: f64,
    /// Each tensor has these comparisons.
    pub compared: Vec<Compared>,
}

/// Two gradients that must be equal differ by at most this norm, relative to the norm, in double precision.
const EXACT: f64 = 1e-8;
/// Precisions differ by at most this norm.
const SINGLE: f64 = 2e-2;
/// Differences of the loss differ by at most this norm.
const DIFFERENCE: f64 = 1e-5;
/// About this many readout weights are moved.
const MOVED: usize = 24;

type Named = (String, Vec<f64>);
type Gradients = Vec<Named>;

/// The gradients have the name of this rule in the report.
type Rule = Box<dyn LearningRule>;

/// Compares the gradients of the first batch.
pub fn check(config: &Config<TrainConfig>, registry: &Registry) -> Result<Checked, TrainError> {
    let problem = Problem { config, registry };
    let settings = prepare(config, registry)?.0;
    let (rule, leaky) = (settings.rule, settings.readout.kind == ReadoutKind::Rate);
    let name = rule.name();
    let oracle = BpttSettings::default();
    let bptt = problem.gradient(DType::F64, Some(Box::new(oracle)))?;
    let own = problem.gradient(DType::F64, None)?;
    let mut compared = compare(name, &own, oracle.name(), &bptt, rule.is_exact().then_some(EXACT));
    let single = problem.gradient(DType::F32, None)?;
    compared.extend(compare("single precision", &single, "double precision", &own, Some(SINGLE)));
    if let Some([(first, one), (second, other)]) = rule.equal_forms().filter(|_| leaky) {
        let [one, other] = [problem.gradient(DType::F64, Some(one))?, problem.gradient(DType::F64, Some(other))?];
        compared.extend(compare(first, &one, second, &other, Some(EXACT)));
    }
    if rule.is_exact_for_readout() {
        compared.extend(problem.differences(name, &own)?);
    }
    let norm = bptt.iter().flat_map(|(_, g)| g).map(|g| g * g).sum::<f64>().sqrt();
    Ok(Checked { rule: name, norm, compared })
}

/// Gradients are taken of this network and this task.
struct Problem<'a> {
    config: &'a Config<TrainConfig>,
    registry: &'a Registry,
}

impl Problem<'_> {
    /// Makes a trainer, with another rule than the config's where one is given.
    fn trainer(&self, dtype: DType, rule: Option<Rule>) -> Result<Trainer, TrainError> {
        let (mut settings, wiring, _) = prepare(self.config, self.registry)?;
        if let Some(rule) = rule {
            settings.rule = rule;
            settings.check_rule()?;
        }
        memory::check(&settings, &wiring, dtype.size_in_bytes())?;
        Trainer::new(settings, wiring, &Device::Cpu, dtype)
    }

    fn gradient(&self, dtype: DType, rule: Option<Rule>) -> Result<Gradients, TrainError> {
        let trainer = self.trainer(dtype, rule)?;
        let (grads, _) = trainer.gradient(&trainer.batch(0))?;
        let one = |(name, var): (String, candle_core::Var)| {
            let g = grads.get(&var).map(|g| g.to_dtype(DType::F64)?.to_vec1()).transpose()?;
            Ok((name, g.unwrap_or_else(|| vec![0.0; var.elem_count()])))
        };
        trainer.weights.named().into_iter().map(one).collect()
    }

    /// Compares the gradient with central differences of the loss w.r.t. some readout weights.
    fn differences(&self, rule: &'static str, own: &Gradients) -> Result<Vec<Compared>, TrainError> {
        let trainer = self.trainer(DType::F64, Some(Box::new(BpttSettings::default())))?;
        let batch = trainer.batch(0);
        let loss = || trainer.loss(&batch);
        let (mut found, mut wanted) = (vec![], vec![]);
        let readouts = trainer.weights.named().into_iter().filter(|(n, _)| n.starts_with(READOUT));
        for (name, var) in readouts {
            let values = var.to_vec1::<f64>()?;
            let stride = values.len().div_ceil(MOVED).max(1);
            let mut slopes = vec![];
            for k in (0..values.len()).step_by(stride) {
                let at = |by: f64| {
                    let mut moved = values.clone();
                    moved[k] += by;
                    var.set(&Tensor::from_vec(moved, values.len(), &Device::Cpu)?)?;
                    loss()
                };
                let h = 1e-4;
                slopes.push((at(h)? - at(-h)?) / (2.0 * h));
            }
            var.set(&Tensor::from_vec(values.clone(), values.len(), &Device::Cpu)?)?;
            let g = own.iter().find(|(n, _)| *n == name).map(|(_, g)| g.iter().copied().step_by(stride).collect());
            found.push((name.clone(), g.unwrap_or_default()));
            wanted.push((name, slopes));
        }
        Ok(compare(rule, &found, "differences of the loss", &wanted, Some(DIFFERENCE)))
    }
}

fn compare(
    gradient: &'static str,
    found: &Gradients,
    oracle: &'static str,
    wanted: &Gradients,
    tolerance: Option<f64>,
) -> Vec<Compared> {
    let one = |((name, a), (_, b)): (&Named, &Named)| {
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let (aa, ab, bb) = (dot(a, a), dot(a, b), dot(b, b));
        let away: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        Compared {
            tensor: name.clone(),
            gradient,
            oracle,
            cosine: if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { f64::from(u8::from(aa == bb)) },
            ratio: if bb > 0.0 { (aa / bb).sqrt() } else { 1.0 },
            equal: tolerance.map(|t| away <= t * bb.sqrt() + f64::MIN_POSITIVE),
        }
    };
    found.iter().zip(wanted).map(one).collect()
}

impl Checked {
    /// Fails, naming the first, if gradients that must be equal are not.
    pub fn passed(&self) -> Result<(), TrainError> {
        match self.compared.iter().find(|c| c.equal == Some(false)) {
            None => Ok(()),
            Some(c) => Err(TrainError::Gradient(format!(
                "the gradient by `{}`: {} and {} differ (cosine {:.6}, ratio {:.6})",
                c.tensor, c.gradient, c.oracle, c.cosine, c.ratio
            ))),
        }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "norm of the gradient {:.4e}", self.norm)?;
        writeln!(f, "{:<18} {:<17} {:<24} {:>10} {:>10}  equal", "tensor", "gradient", "oracle", "cosine", "ratio")?;
        for c in &self.compared {
            let equal = match c.equal {
                None => "",
                Some(true) => "yes",
                Some(false) => "NO",
            };
            writeln!(
                f,
                "{:<18} {:<17} {:<24} {:>10.6} {:>10.6}  {equal}",
                c.tensor, c.gradient, c.oracle, c.cosine, c.ratio
            )?;
        }
        Ok(())
    }
}
