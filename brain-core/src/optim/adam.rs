//! [`Adam`] (Kingma and Ba 2015, <https://arxiv.org/abs/1412.6980>) steps named candle variables.

use super::Schedule;
use crate::Divergence;
use crate::checkpoint::{Array, Checkpoint, CheckpointError};
use candle_core::{Result, Tensor, Var, backprop::GradStore};
use candle_nn::Optimizer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of [`Adam`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdamConfig {
    /// Step size.
    pub learning_rate: f64,
    /// Factor per step by which the running mean of the gradient decays.
    pub beta1: f64,
    /// Factor per step by which the running mean of the squared gradient decays.
    pub beta2: f64,
    /// Number that is added to the root of the corrected mean square.
    pub epsilon: f64,
    /// Largest norm of all gradients together; a larger one is scaled down to it. Leave it out for independent problems
    /// side by side, which it would couple.
    pub clip_norm: Option<f64>,
    /// Change of the step size over the run.
    pub schedule: Schedule,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            clip_norm: None,
            schedule: Schedule::default(),
        }
    }
}

/// One variable with its moments.
#[derive(Debug)]
struct Slot {
    name: String,
    var: Var,
    m: Tensor,
    v: Tensor,
}

/// The optimiser Adam.
///
/// With step number t from 1 and gradient g it computes `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2` and
/// `x -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)`. Variables without a gradient stay where they are, and
/// so do their moments.
#[derive(Debug)]
pub struct Adam {
    slots: Vec<Slot>,
    config: AdamConfig,
    steps: u64,
}

impl Adam {
    /// Makes an optimiser of variables with names, under which their moments are saved.
    pub fn named(vars: impl IntoIterator<Item = (String, Var)>, config: AdamConfig) -> Result<Self> {
        let slot = |(name, var): (String, Var)| {
            let (m, v) = (var.zeros_like()?.detach(), var.zeros_like()?.detach());
            Ok(Slot { name, var, m, v })
        };
        Ok(Self { slots: vars.into_iter().map(slot).collect::<Result<_>>()?, config, steps: 0 })
    }

    /// Returns the number of steps done.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Returns the step size of the next step.
    pub fn rate(&self) -> f64 {
        self.config.learning_rate * self.config.schedule.factor(self.steps + 1)
    }

    /// Steps once and returns the norm of all gradients before clipping. It fails with [`Divergence`], and moves
    /// nothing, if the norm is not finite.
    pub fn step_with_norm(&mut self, grads: &GradStore) -> Result<f64> {
        let mut norm = 0.0;
        for slot in &self.slots {
            let Some(g) = grads.get(&slot.var) else { continue };
            let square = g.sqr()?.sum_all()?.to_dtype(candle_core::DType::F64)?.to_scalar::<f64>()?;
            if !square.is_finite() {
                return Err(Divergence::Gradient { variable: slot.name.clone(), step: self.steps + 1 }.into());
            }
            norm += square;
        }
        let norm = f64::sqrt(norm);
        let clip = self.config.clip_norm.filter(|&most| norm > most).map_or(1.0, |most| most / norm);
        let rate = self.rate();
        self.steps += 1;
        let AdamConfig { beta1, beta2, epsilon, .. } = self.config;
        let t = self.steps as f64;
        let (correct1, correct2) = (1.0 - beta1.powf(t), 1.0 - beta2.powf(t));
        for Slot { var, m, v, .. } in &mut self.slots {
            let Some(g) = grads.get(var) else { continue };
            // Without `detach` candle would keep the graph of every step.
            let g = g.detach().affine(clip, 0.0)?;
            *m = ((&*m * beta1)? + (&g * (1.0 - beta1))?)?.detach();
            *v = ((&*v * beta2)? + (g.sqr()? * (1.0 - beta2))?)?.detach();
            let root = ((&*v / correct2)?.sqrt()? + epsilon)?;
            let step = ((&*m * (rate / correct1))? / root)?;
            var.set(&(var.as_tensor().detach() - step)?)?;
        }
        Ok(norm)
    }

    /// Adds the moments and the step number to a checkpoint. The variables themselves are the caller's.
    pub fn save(&self, checkpoint: &mut Checkpoint) -> std::result::Result<(), CheckpointError> {
        checkpoint.insert("adam/step", Array::one(self.steps));
        for Slot { name, m, v, .. } in &self.slots {
            checkpoint.insert(format!("adam/m/{name}"), Array::from_tensor(m)?);
            checkpoint.insert(format!("adam/v/{name}"), Array::from_tensor(v)?);
        }
        Ok(())
    }

    /// Takes moments and step number out of a checkpoint; names, shapes and types must be those of the variables.
    pub fn restore(&mut self, checkpoint: &mut Checkpoint) -> std::result::Result<(), CheckpointError> {
        let steps = checkpoint.take_one("adam/step")?;
        let moments = |Slot { name, var, .. }: &Slot| {
            checkpoint.load_vars(var.dtype(), var.device(), |vars| {
                let moment = |kind: &str| vars.get(var.dims(), &format!("adam/{kind}/{name}"));
                Ok((moment("m")?, moment("v")?))
            })
        };
        let moments = self.slots.iter().map(moments).collect::<std::result::Result<Vec<_>, _>>()?;
        self.steps = steps;
        for (slot, (m, v)) in self.slots.iter_mut().zip(moments) {
            (slot.m, slot.v) = (m, v);
        }
        Ok(())
    }
}

impl Optimizer for Adam {
    type Config = AdamConfig;

    /// Names the variables by their position; names given to [`Adam::named`] survive a change of the config.
    fn new(vars: Vec<Var>, config: AdamConfig) -> Result<Self> {
        Self::named(vars.into_iter().enumerate().map(|(i, var)| (i.to_string(), var)), config)
    }

    fn step(&mut self, grads: &GradStore) -> Result<()> {
        self.step_with_norm(grads).map(drop)
    }

    fn learning_rate(&self) -> f64 {
        self.config.learning_rate
    }

    fn set_learning_rate(&mut self, lr: f64) {
        self.config.learning_rate = lr;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn var(values: &[f32]) -> Var {
        Var::new(values, &Device::Cpu).unwrap()
    }

    fn bowl(x: &Var, y: &Var) -> Tensor {
        let x = x.as_tensor().affine(1.0, -3.0).unwrap().sqr().unwrap().sum_all().unwrap();
        (x + y.as_tensor().sqr().unwrap().sqr().unwrap().sum_all().unwrap()).unwrap()
    }

    fn values(x: &Var) -> Vec<f32> {
        x.as_tensor().to_vec1().unwrap()
    }

    /// The steps are those of the published recursion in f64.
    #[test]
    fn follows_the_recursion() {
        let config = AdamConfig { learning_rate: 0.1, ..Default::default() };
        let x = Var::new(&[1.0f64, -20.0], &Device::Cpu).unwrap();
        let mut adam = Adam::new(vec![x.clone()], config).unwrap();
        let mut expected = [1.0f64, -20.0];
        let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
        for t in 1..=25 {
            adam.backward_step(&x.as_tensor().sqr().unwrap().sum_all().unwrap()).unwrap();
            for i in 0..2 {
                let g = 2.0 * expected[i];
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.999 * v[i] + 0.001 * g * g;
                let (m, v) = (m[i] / (1.0 - 0.9f64.powi(t)), v[i] / (1.0 - 0.999f64.powi(t)));
                expected[i] -= 0.1 * m / (v.sqrt() + 1e-8);
            }
        }
        for (x, e) in x.as_tensor().to_vec1::<f64>().unwrap().into_iter().zip(expected) {
            assert!((x - e).abs() < 1e-9, "{x} {e}");
        }
    }

    #[test]
    fn a_resumed_run_is_the_same_run() {
        let config = AdamConfig { learning_rate: 0.05, clip_norm: Some(1.0), ..Default::default() };
        let named = |x: &Var, y: &Var| {
            Adam::named([("w/x".to_owned(), x.clone()), ("w/y".to_owned(), y.clone())], config).unwrap()
        };
        let (x, y) = (var(&[1.0, 5.0]), var(&[2.0]));
        let mut adam = named(&x, &y);
        let mut middle = None;
        for i in 0..40 {
            if i == 17 {
                let mut c = Checkpoint::default();
                adam.save(&mut c).unwrap();
                middle = Some((c, values(&x), values(&y)));
            }
            adam.backward_step(&bowl(&x, &y)).unwrap();
        }
        let (mut c, x0, y0) = middle.unwrap();
        let (x1, y1) = (var(&x0), var(&y0));
        let mut again = named(&x1, &y1);
        again.restore(&mut c).unwrap();
        c.finish().unwrap();
        for _ in again.steps()..40 {
            again.backward_step(&bowl(&x1, &y1)).unwrap();
        }
        let bits = |x: &Var| values(x).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!((bits(&x), bits(&y)), (bits(&x1), bits(&y1)));
        assert_ne!(values(&x), x0);
    }

    #[test]
    fn another_model_is_refused() {
        let mut c = Checkpoint::default();
        Adam::named([("a".to_owned(), var(&[1.0]))], AdamConfig::default()).unwrap().save(&mut c).unwrap();
        let mut other = Adam::named([("b".to_owned(), var(&[1.0]))], AdamConfig::default()).unwrap();
        assert!(other.restore(&mut c).unwrap_err().to_string().contains("`adam/m/b`"));
    }

    #[test]
    fn clipping_and_gradients_that_are_not_finite() {
        let config = AdamConfig {
            clip_norm: Some(0.5),
            beta1: 0.0,
            beta2: 0.0,
            epsilon: 1.0,
            learning_rate: 1.0,
            ..Default::default()
        };
        let x = var(&[3.0, 4.0]);
        let mut adam = Adam::named([("x".to_owned(), x.clone())], config).unwrap();
        let grads = (x.as_tensor().sqr().unwrap().sum_all().unwrap() * 0.5).unwrap().backward().unwrap();
        assert!((adam.step_with_norm(&grads).unwrap() - 5.0).abs() < 1e-6);
        // The gradient (3, 4) became (0.3, 0.4), the step g / (|g| + 1).
        let [a, b] = values(&x)[..] else { panic!() };
        assert!((a - (3.0 - 0.3 / 1.3)).abs() < 1e-6 && (b - (4.0 - 0.4 / 1.4)).abs() < 1e-6, "{a} {b}");
        let grads = (x.as_tensor().log().unwrap().sum_all().unwrap() * f64::NAN).unwrap().backward().unwrap();
        let message = adam.step(&grads).unwrap_err().to_string();
        assert!(message.contains("`x`") && message.contains("step 2"), "{message}");
        assert_eq!((adam.steps(), values(&x)), (1, vec![a, b]));
    }
}
