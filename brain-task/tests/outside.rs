//! A task, a loss and a learning rule of a crate outside: one type each and one line each in a registry, which the ordinary
//! entry points take.

mod small;

use brain_core::family::{SettingError, Settings, SettingsReader};
use brain_core::loss::{Loss, StepLoss, StepTarget, TargetKind, Targets};
use brain_core::{Quantity, Stream};
use brain_task::commands::Cli;
use brain_task::rule::{LearningRule, Online, Recurrent};
use brain_task::task::{Goal, Target, Task, TaskShape, Trial, groups, phases};
use brain_task::{Registry, setup};
use candle_core::{DType, Device, Tensor};
use clap::Parser;
use kernels::Cell;
use kernels::network::online::{Horizon, OnlineRule};
use serde::{Deserialize, Serialize};
use small::Small;

/// The task: the output should be the share of the channels that fire.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Level {
    length: Quantity,
}

impl Default for Level {
    fn default() -> Self {
        Self { length: "60 ms".into() }
    }
}

struct Built(TaskShape);

impl Settings<dyn Task> for Level {
    const NAME: &'static str = "level";

    fn build(&self, r: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        let phases = phases(&[("shown", r.some_steps("length", &self.length)?)]);
        let steps = phases[0].steps.end;
        Ok(Box::new(Built(TaskShape {
            steps,
            dt_ms: r.dt_ms(),
            groups: groups(&[("level", 20)]),
            phases,
            window: steps / 2..steps,
            goal: Goal::Values(vec!["share"]),
            chance: 0.5,
            psychometric: ("share", ""),
        })))
    }
}

impl Task for Built {
    fn name(&self) -> &'static str {
        Level::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.0
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let channels = 20 * stream.below(2) as usize;
        let share = channels as f32 / 20.0;
        let mut trial = Trial::new(Target::Values(vec![share; self.0.window.len()]), f64::from(share), "");
        trial.show(&(0..channels), 0..self.0.steps, 300.0);
        trial
    }

    fn answer(&self, _: &Trial, outputs: &[f32]) -> f64 {
        f64::from(outputs.iter().sum::<f32>()) / outputs.len() as f64
    }

    fn correct(&self, trial: &Trial, answer: f64) -> bool {
        (answer - trial.psychometric).abs() < 0.5
    }
}

/// The loss: the mean of `ln cosh(y - target)`, which is the square of small errors and the amount of large ones.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LogCosh {}

impl Settings<dyn Loss> for LogCosh {
    const NAME: &'static str = "log-cosh";

    fn build(&self, _: &SettingsReader) -> Result<Box<dyn Loss>, SettingError> {
        Ok(Box::new(*self))
    }
}

impl Loss for LogCosh {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values
    }

    fn value(&self, outputs: &Tensor, targets: &Targets) -> candle_core::Result<Tensor> {
        let away = outputs.broadcast_sub(targets.values(self.name(), outputs)?)?;
        ((away.exp()? + away.neg()?.exp()?)? * 0.5)?.log()?.mean_all()
    }

    fn per_step(&self) -> Option<&dyn StepLoss> {
        Some(self)
    }
}

impl StepLoss for LogCosh {
    fn step(&self, outputs: &[f64], target: StepTarget, gradient: &mut [f64]) -> f64 {
        let StepTarget::Values(values) = target else { return 0.0 };
        let (mut sum, n) = (0.0, outputs.len() as f64);
        for ((g, y), value) in gradient.iter_mut().zip(outputs).zip(values) {
            *g = (y - value).tanh() / n;
            sum += (y - value).cosh().ln() / n;
        }
        sum
    }
}

/// The rule: D-RTRL that does not look at adaptation.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Forgetful {
    follow_adaptation: bool,
}

impl Settings<dyn LearningRule> for Forgetful {
    const NAME: &'static str = "forgetful";

    fn build(&self, _: &SettingsReader) -> Result<Box<dyn LearningRule>, SettingError> {
        Ok(Box::new(*self))
    }
}

impl LearningRule for Forgetful {
    fn name(&self) -> &'static str {
        <Self as Settings<dyn LearningRule>>::NAME
    }

    fn recurrent(&self) -> Recurrent {
        Recurrent::Cut
    }

    fn online(&self, _: Option<Vec<f64>>) -> Option<Online> {
        Some(Online { rule: Box::new(*self), horizon: Horizon::Readout })
    }
}

impl OnlineRule for Forgetful {
    fn name(&self) -> &'static str {
        "forgetful D-RTRL"
    }

    fn follows(&self, cell: &Cell, _: usize, state: usize) -> bool {
        self.follow_adaptation || &*cell.state[state].name != "a"
    }
}

fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.tasks = registry.tasks.with::<Level>();
    registry.losses = registry.losses.with::<LogCosh>();
    registry.rules = registry.rules.with::<Forgetful>();
    registry
}

const SETS: [&str; 3] = ["task={level: {length: 80 ms}}", "loss=log-cosh", "adam.learning_rate=0.01"];

/// The gradients of the first batch by a rule, tensor after tensor.
fn gradients(rule: &str) -> Vec<f64> {
    let dir = Small::new();
    let config = dir.config(&[SETS[0], SETS[1], rule]);
    let (trainer, _) = setup(&config, &registry(), &Device::Cpu, DType::F64).unwrap();
    let (grads, report) = trainer.gradient(&trainer.batch(0)).unwrap();
    assert!(report.loss > 0.0);
    let one = |(_, var): &(String, candle_core::Var)| grads.get(var).unwrap().to_vec1::<f64>().unwrap();
    trainer.weights.named().iter().flat_map(one).collect()
}

#[test]
fn they_train_by_the_ordinary_commands() {
    let dir = Small::new();
    let mut line = vec!["brain-task".into(), "train".into(), dir.path("train.yaml").display().to_string()];
    line.extend(["--out".into(), dir.path("out").display().to_string(), "--quiet".into()]);
    let short = ["rule={kind: forgetful, follow_adaptation: true}", "batches=60", "evaluate.final_trials=64"];
    line.extend(SETS.iter().chain(&short).flat_map(|set| ["--set".to_owned(), set.to_string()]));
    Cli::try_parse_from(&line).unwrap().execute_with(&registry()).unwrap();
    let metrics = std::fs::read_to_string(dir.path("out/metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_str(&metrics).unwrap();
    assert_eq!((metrics["task"].as_str(), metrics["rule"].as_str()), (Some("level"), Some("forgetful")));
    assert!(metrics["accuracy_fresh"].as_f64().unwrap() > 0.9, "{metrics}");
    // The resolved config shows their settings, and the program alone does not know them.
    let config = std::fs::read_to_string(dir.path("out/config.yaml")).unwrap();
    assert!(config.contains("length: 80 ms") && config.contains("follow_adaptation: true"), "{config}");
    let error = Cli::try_parse_from(&line).unwrap().execute_with(&Registry::default()).unwrap_err().to_string();
    assert!(error.contains("unknown value `level`") && error.contains("go-no-go"), "{error}");
}

#[test]
fn a_rule_decides_which_derivatives_it_follows() {
    let whole = gradients("rule={kind: forgetful, follow_adaptation: true}");
    let d_rtrl = gradients("rule={kind: d-rtrl, form: online}");
    let batched = gradients("rule={kind: d-rtrl}");
    let less = gradients("rule={kind: forgetful}");
    assert_eq!(whole, d_rtrl);
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    let apart = |a: &[f64], b: &[f64]| norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied());
    // The loss of one step has the gradient of the whole.
    assert!(apart(&d_rtrl, &batched) < 1e-8, "{}", apart(&d_rtrl, &batched));
    assert!(apart(&less, &whole) > 1e-3, "{}", apart(&less, &whole));
}
