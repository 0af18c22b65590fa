//! Is the gradient right? Of a user's own network and task, tensor by tensor.
//!
//! * The readout's weights enter the loss without a spike's threshold in between, so the gradient by them is held to
//!   differences of the loss itself, in double precision.
//! * The rule's gradient of everything is compared with backpropagation through time: the cosine of the two, and the
//!   ratio of their norms. For `bptt` in single precision with itself in double; for `d-rtrl` and `e-prop` with the
//!   other form too, which must agree to rounding.

use crate::config::{Feedback, Form, ReadoutKind, RuleKind, TrainConfig};
use crate::{TrainError, Trainer, setup};
use brain_core::config::Config;
use candle_core::{DType, Device, Tensor};
use serde::Serialize;
use std::fmt;

/// How two gradients by one tensor compare.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Tensor.
    pub tensor: String,
    /// Which gradient is compared.
    pub gradient: &'static str,
    /// With what.
    pub oracle: &'static str,
    /// Cosine of the angle between the two.
    pub cosine: f64,
    /// Norm over the oracle's norm.
    pub ratio: f64,
    /// Whether they must be equal, and if so whether they are, to the tolerance.
    pub equal: Option<bool>,
}

/// All comparisons.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Rule.
    pub rule: &'static str,
    /// Norm of the gradient by backpropagation through time.
    pub norm: f64,
    /// One by one.
    pub compared: Vec<Compared>,
}

/// Largest difference of the norm over the norm where gradients must be equal, in double precision.
const EXACT: f64 = 1e-8;
/// The same between precisions.
const SINGLE: f64 = 2e-2;
/// The same of differences of the loss.
const DIFFERENCE: f64 = 1e-5;
/// Readout weights that are moved.
const MOVED: usize = 24;

type Named = (String, Vec<f64>);
type Gradients = Vec<Named>;

/// Compares the gradients of the first batch.
pub fn check(config: &Config<TrainConfig>) -> Result<Checked, TrainError> {
    let bptt = gradient(config, DType::F64, |c| c.rule.kind = RuleKind::Bptt)?;
    let rule = config.value.rule.kind;
    let own = gradient(config, DType::F64, |_| {})?;
    let mut compared = compare(rule.name(), &own, "bptt", &bptt, (rule == RuleKind::Bptt).then_some(EXACT));
    let single = gradient(config, DType::F32, |_| {})?;
    compared.extend(compare("single precision", &single, "double precision", &own, Some(SINGLE)));
    let two_forms = matches!(rule, RuleKind::DRtrl | RuleKind::EProp) && !config.value.rule.instant;
    if two_forms && config.value.readout.kind == ReadoutKind::Rate {
        let batched = gradient(config, DType::F64, |c| c.rule.form = Form::Batched)?;
        let online = gradient(config, DType::F64, |c| c.rule.form = Form::Online)?;
        compared.extend(compare("online form", &online, "batched form", &batched, Some(EXACT)));
    }
    let exact = rule != RuleKind::EProp || config.value.rule.feedback == Feedback::Symmetric;
    if exact && !config.value.rule.instant {
        compared.extend(differences(config, &own)?);
    }
    let norm = bptt.iter().flat_map(|(_, g)| g).map(|g| g * g).sum::<f64>().sqrt();
    Ok(Checked { rule: rule.name(), norm, compared })
}

fn trainer(
    config: &Config<TrainConfig>,
    dtype: DType,
    change: impl Fn(&mut TrainConfig),
) -> Result<Trainer, TrainError> {
    let mut config = config.clone();
    change(&mut config.value);
    Ok(setup(&config, dtype)?.0)
}

fn gradient(
    config: &Config<TrainConfig>,
    dtype: DType,
    change: impl Fn(&mut TrainConfig),
) -> Result<Gradients, TrainError> {
    let trainer = trainer(config, dtype, change)?;
    let (grads, _) = trainer.gradient(&trainer.batch(0))?;
    let one = |(name, var): (String, candle_core::Var)| {
        let g = grads.get(&var).map(|g| g.to_dtype(DType::F64)?.to_vec1()).transpose()?;
        Ok((name, g.unwrap_or_else(|| vec![0.0; var.elem_count()])))
    };
    trainer.weights.named().into_iter().map(one).collect()
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

/// Central differences of the loss by some readout weights.
fn differences(config: &Config<TrainConfig>, own: &Gradients) -> Result<Vec<Compared>, TrainError> {
    let trainer = trainer(config, DType::F64, |c| c.rule.kind = RuleKind::Bptt)?;
    let batch = trainer.batch(0);
    let loss = || trainer.loss(&batch);
    let (mut found, mut wanted) = (vec![], vec![]);
    for (name, var) in
        trainer.weights.named().into_iter().filter(|(n, _)| n.starts_with(brain_net::checkpoint::READOUT))
    {
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
    Ok(compare(config.value.rule.kind.name(), &found, "differences of the loss", &wanted, Some(DIFFERENCE)))
}

impl Checked {
    /// Fails, naming the first, if gradients that must be equal are not.
    pub fn passed(&self) -> Result<(), TrainError> {
        match self.compared.iter().find(|c| c.equal == Some(false)) {
            None => Ok(()),
            Some(c) => Err(TrainError::Fit(format!(
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
