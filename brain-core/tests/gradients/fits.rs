//! Every loss as a fit has it, a function of a model's parameters, against differences, and the fits that it makes.
//!
//! Spikes are smoothed around those of a hard run, as [`spiking`](super::spiking) explains.

use super::check::{flat, noise};
use super::tape::Tape;
use brain_core::{
    Backend, Choice, Loss, Model, Objective,
    family::SettingsReader,
    loss::{SquaredError, StepLoss, StepTarget, TargetKind, Targets, losses},
    objective::ObjectiveError,
    optim::{LevenbergMarquardt, LmConfig},
};
use candle_core::{Device, Result, Tensor, Var};
use kernels::equations::{Integrator, expr, models::Gif, trace};
use std::sync::Arc;

const STEPS: usize = 400;
const BATCH: usize = 2;
const DT: f64 = 0.25;
/// This tolerance is of a derivative, relative to the difference.
const TOLERANCE: f64 = 1e-5;

/// The mean of `sqrt(1 + (y - target)^2) - 1`, which a crate outside could add: it has a form for one step alone.
#[derive(Debug)]
struct SoftAmount;

impl Loss for SoftAmount {
    fn name(&self) -> &'static str {
        "soft-amount"
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values
    }

    fn value(&self, y: &Tensor, targets: &Targets) -> Result<Tensor> {
        let away = y.broadcast_sub(targets.values(self.name(), y)?)?;
        away.sqr()?.affine(1.0, 1.0)?.sqrt()?.affine(1.0, -1.0)?.mean_all()
    }

    fn per_step(&self) -> Option<&dyn StepLoss> {
        Some(self)
    }
}

impl StepLoss for SoftAmount {
    fn step(&self, outputs: &[f64], target: StepTarget, gradient: &mut [f64]) -> f64 {
        let StepTarget::Values(target) = target else { return 0.0 };
        let mut sum = 0.0;
        for ((g, y), target) in gradient.iter_mut().zip(outputs).zip(target) {
            let root = (1.0 + (y - target).powi(2)).sqrt();
            *g = (y - target) / root / outputs.len() as f64;
            sum += root - 1.0;
        }
        sum / outputs.len() as f64
    }
}

/// The squared error without the fused form.
#[derive(Debug)]
struct Unfused;

impl Loss for Unfused {
    fn name(&self) -> &'static str {
        "unfused"
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values
    }

    fn value(&self, y: &Tensor, targets: &Targets) -> Result<Tensor> {
        SquaredError {}.value(y, targets)
    }

    fn per_step(&self) -> Option<&dyn StepLoss> {
        Some(&SquaredError {})
    }
}

fn tensor(x: &[f64], shape: &[usize]) -> Tensor {
    Tensor::from_slice(x, shape, &Device::Cpu).unwrap()
}

/// Makes the objective of a spiking cell under noisy current in two sweeps; `target` turns what it does into its
/// target.
fn objective(loss: Arc<dyn Loss>, output: &str, target: impl Fn(&[f64]) -> Vec<f64>) -> Objective {
    let model = Model::find("gif").unwrap();
    let states = model.cell().state;
    let mut objective = Objective {
        model,
        dt: DT,
        start: tensor(&states.iter().flat_map(|f| [f.default; BATCH]).collect::<Vec<_>>(), &[states.len(), BATCH]),
        drive: noise(&[STEPS, 1, BATCH]).affine(150.0, 420.0).unwrap(),
        output: model.output(output).unwrap(),
        target: noise(&[STEPS, BATCH]),
        weight: tensor(&[1.0; STEPS], &[STEPS]),
        params: tensor(&model.param.iter().map(|f| f.default).collect::<Vec<_>>(), &[model.param.len()]),
        free: ["c_m", "g_L", "V_th", "b_1", "tau_u"].map(|name| model.parameter(name).unwrap()).to_vec(),
        loss,
    };
    let (hard, _) = Plain::new(&objective).run(&flat(&at(&objective)), None);
    objective.target = tensor(&target(&hard), &[STEPS, BATCH]);
    objective
}

/// Returns the defaults of the free parameters, as one candidate.
fn at(o: &Objective) -> Tensor {
    let params = flat(&o.params);
    tensor(&o.free.iter().map(|&p| params[p]).collect::<Vec<_>>(), &[o.free.len(), 1])
}

/// The same run operation by operation.
struct Plain<'a> {
    objective: &'a Objective,
    tape: Tape,
}

impl<'a> Plain<'a> {
    fn new(objective: &'a Objective) -> Self {
        Self { objective, tape: Tape::of(&trace::<Gif>(Integrator::ExpEuler)) }
    }

    /// Returns the output that is compared, `[time, batch]`, and all values of a hard run; a soft run is around such
    /// values.
    fn run(&self, free: &[f64], around: Option<&[Vec<f64>]>) -> (Vec<f64>, Vec<Vec<f64>>) {
        let o = self.objective;
        let mut params = flat(&o.params);
        o.free.iter().zip(free).for_each(|(&p, &x)| params[p] = x);
        let (start, drive) = (flat(&o.start), flat(&o.drive));
        let mut states: Vec<Vec<f64>> =
            (0..BATCH).map(|b| start.iter().skip(b).step_by(BATCH).copied().collect()).collect();
        let (mut compared, mut course) = (vec![], vec![]);
        for t in 0..STEPS {
            for (b, state) in states.iter_mut().enumerate() {
                let var = |v: expr::Var| match v {
                    expr::Var::Dt => DT,
                    expr::Var::State(k) => state[k as usize],
                    expr::Var::Input(_) => drive[t * BATCH + b],
                    expr::Var::Param(k) => params[k as usize],
                    expr::Var::Adjoint(_) => 0.0,
                };
                let values = self.tape.run(&var, around.map(|course| &course[t * BATCH + b][..]));
                let outputs: Vec<f64> = self.tape.outputs.iter().map(|&k| values[k]).collect();
                compared.push(outputs[o.output]);
                *state = outputs[..state.len()].to_vec();
                course.push(values);
            }
        }
        (compared, course)
    }

    /// Returns the loss of a run, as the family computes it from traces.
    fn loss(&self, free: &[f64], around: Option<&[Vec<f64>]>) -> f64 {
        let o = self.objective;
        let (y, target, weight) = (self.run(free, around).0, flat(&o.target), flat(&o.weight));
        let shape = [STEPS, BATCH, 1];
        let targets = Targets::Values(tensor(&target, &shape));
        if o.loss.per_sample().is_none() {
            return flat(&o.loss.per_neuron(&tensor(&y, &shape), &targets, None).unwrap())[0];
        }
        // The mean over a single number is the loss of that sample.
        let one = |k: usize| {
            let of = |x: &[f64]| tensor(&x[k..k + 1], &[1, 1, 1]);
            let value = o.loss.value(&of(&y), &Targets::Values(of(&target))).unwrap();
            weight[k / BATCH] * value.to_scalar::<f64>().unwrap()
        };
        (0..y.len()).map(one).sum()
    }
}

/// Makes an objective of every loss of values, with the output that it compares and targets made of what the cell does.
fn all() -> Vec<Objective> {
    let reader = SettingsReader::new(DT).unwrap();
    let ours = losses();
    let built = ours.names().map(|name| Arc::from(ours.build(&Choice::named(name), &reader).unwrap()));
    let values = built.filter(|loss: &Arc<dyn Loss>| loss.targets() == TargetKind::Values);
    let one = |loss: Arc<dyn Loss>| {
        let moved = |y: &[f64]| y.iter().enumerate().map(|(k, y)| y + 3.0 * (k as f64).sin()).collect();
        let later = |y: &[f64]| [&[0.0; 8], &y[..y.len() - 8]].concat();
        let above = |gap: &[f64]| gap.iter().map(|gap| f64::from(u8::from(*gap > -3.0))).collect();
        let mut objective = match loss.name() {
            "van-rossum" => return objective(loss, "spike", later),
            "escape-rate" => return objective(loss, "gap", above),
            _ => objective(loss, "v", moved),
        };
        let weight: Vec<f64> = (0..STEPS).map(|t| if t % 7 == 0 { 0.0 } else { 1.0 + 0.001 * t as f64 }).collect();
        objective.weight = tensor(&weight, &[STEPS]);
        objective
    };
    values.chain([Arc::new(SoftAmount) as Arc<dyn Loss>, Arc::new(Unfused)]).map(one).collect()
}

#[test]
fn gradients_of_all_losses_through_soft_spikes() {
    let all = all();
    assert_eq!(all.len(), 5);
    for o in &all {
        let (name, plain) = (o.loss.name(), Plain::new(o));
        let free = flat(&at(o));
        let (hard, course) = plain.run(&free, None);
        assert_eq!(hard, plain.run(&free, Some(&course)).0);
        let var = Var::from_tensor(&at(o)).unwrap();
        let loss = o.losses(&var).unwrap();
        let value = plain.loss(&free, None);
        assert!((flat(&loss)[0] - value).abs() < 1e-9 * value.abs(), "{name}: {} {value}", flat(&loss)[0]);
        let gradient = flat(loss.sum_all().unwrap().backward().unwrap().get(&var).unwrap());
        for (k, g) in gradient.iter().enumerate() {
            let h = 1e-6 * free[k].abs();
            let moved = |by: f64| {
                let mut free = free.clone();
                free[k] += by;
                plain.loss(&free, Some(&course))
            };
            let difference = (moved(h) - moved(-h)) / (2.0 * h);
            assert!(difference != 0.0, "{name}: nothing depends on {k}");
            assert!((g - difference).abs() < TOLERANCE * difference.abs(), "{name}: {k}: {g} {difference}");
        }
    }
    let spikes =
        Plain::new(&objective(Arc::new(SquaredError {}), "spike", <[f64]>::to_vec)).run(&flat(&at(&all[0])), None);
    assert!(spikes.0.iter().sum::<f64>() > 4.0, "spikes take part");
}

#[test]
fn normal_equations_follow_the_loss() {
    let all = all();
    let of = |name: &str| all.iter().find(|o| o.loss.name() == name).unwrap();
    let candidates = Tensor::cat(&[at(&all[0]), at(&all[0]).affine(1.02, 0.0).unwrap()], 1).unwrap();
    let near = |a: &Tensor, b: &Tensor| {
        let (a, b) = (flat(a), flat(b));
        assert!(a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs()), "{a:?} {b:?}");
    };
    let [fused, traced] = ["squared-error", "unfused"].map(|name| of(name).normal(&candidates).unwrap());
    near(&traced.loss, &fused.loss);
    near(&traced.gradient, &fused.gradient);
    near(&traced.jtj, &fused.jtj);

    // The slopes of the squares are those of the loss.
    let var = Var::from_tensor(&candidates).unwrap();
    let losses = of("soft-amount").losses(&var).unwrap();
    let normal = of("soft-amount").normal(&candidates).unwrap();
    near(&normal.loss, &losses);
    let gradient = losses.sum_all().unwrap().backward().unwrap().get(&var).unwrap().affine(0.5, 0.0).unwrap();
    near(&normal.gradient, &gradient);
    let van_rossum = of("van-rossum").normal(&candidates).unwrap_err();
    assert!(matches!(van_rossum, ObjectiveError::Output { loss: "van-rossum", .. }), "{van_rossum}");
    let escape = of("escape-rate").normal(&candidates).unwrap_err();
    assert!(matches!(escape, ObjectiveError::NoNormal { loss: "escape-rate", .. }), "{escape}");
}

/// Returns the error of a cell's leak and rest, relative to the truth, that Levenberg and Marquardt's method finds when
/// every fifteenth sample is wrong.
fn error_with_artefacts(loss: Arc<dyn Loss>) -> f64 {
    let model = Model::find("lif").unwrap();
    let backend = Backend::default();
    let param: Vec<f64> = model.param.iter().map(|f| if f.name == "V_th" { -15.0 } else { f.default }).collect();
    let wave: Vec<f64> = (0..STEPS).map(|t| if t / 80 % 2 == 0 { 150.0 } else { -50.0 }).collect();
    let mut o = Objective {
        model,
        dt: DT,
        start: backend.tensor(&[-70.0, 0.0], (2, 1)).unwrap(),
        drive: backend.tensor(&wave, (STEPS, 1)).unwrap(),
        output: 0,
        target: backend.tensor(&[0.0; STEPS], STEPS).unwrap(),
        weight: backend.tensor(&[1.0; STEPS], STEPS).unwrap(),
        params: backend.tensor(&param, param.len()).unwrap(),
        free: ["E_L", "tau_m"].map(|name| model.parameter(name).unwrap()).to_vec(),
        loss: Arc::new(SquaredError {}),
    };
    let truth = flat(&at(&o));
    let start = o.start.unsqueeze(2).unwrap();
    let v = brain_core::scan(model.cell(), DT, &start, &o.drive, &o.params.unsqueeze(1).unwrap(), &["v"]).unwrap();
    let recorded: Vec<f64> =
        flat(&v).iter().enumerate().map(|(t, v)| if t % 15 == 4 { v + 40.0 } else { *v }).collect();
    o.target = backend.tensor(&recorded, STEPS).unwrap();
    o.loss = loss;
    let bounds = [(-95.0, -45.0), (1.0, 50.0)];
    let mut lm = LevenbergMarquardt::new(vec![-80.0, 25.0], &bounds, LmConfig::default()).unwrap();
    let evaluate = |p: &[f64], columns: &[usize]| {
        let candidates = backend.tensor(p, (2, columns.len()))?;
        Ok::<_, Box<dyn std::error::Error>>(o.normal(&candidates)?.evaluation()?)
    };
    while lm.step(evaluate).unwrap() > 0 {}
    truth.iter().zip(lm.params()).map(|(truth, found)| (found / truth - 1.0).abs()).fold(0.0, f64::max)
}

#[test]
fn a_loss_that_grows_slowly_forgives_artefacts() {
    let [squares, amounts] =
        [Arc::new(SquaredError {}) as Arc<dyn Loss>, Arc::new(SoftAmount)].map(error_with_artefacts);
    assert!(squares > 0.02 && amounts < 0.005, "{squares} {amounts}");
}

/// A loss that is least away from its target.
#[derive(Debug)]
struct Repelled;

impl Loss for Repelled {
    fn name(&self) -> &'static str {
        "repelled"
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values
    }

    fn value(&self, _: &Tensor, _: &Targets) -> Result<Tensor> {
        candle_core::bail!("of one step alone")
    }

    fn per_step(&self) -> Option<&dyn StepLoss> {
        Some(self)
    }
}

impl StepLoss for Repelled {
    fn step(&self, outputs: &[f64], target: StepTarget, gradient: &mut [f64]) -> f64 {
        let StepTarget::Values(target) = target else { return 0.0 };
        gradient[0] = -2.0 * (outputs[0] - target[0]);
        -(outputs[0] - target[0]).powi(2)
    }
}

#[test]
fn losses_that_least_squares_cannot_follow_are_refused() {
    let o = objective(Arc::new(Repelled), "v", |y| y.iter().map(|y| y + 1.0).collect());
    let error = o.normal(&at(&o)).unwrap_err().to_string();
    assert!(error.contains("repelled: it falls away from the target"), "{error}");
    let reader = SettingsReader::new(DT).unwrap();
    let classes = losses().build(&Choice::named("cross-entropy"), &reader).unwrap();
    let o = objective(classes.into(), "v", <[f64]>::to_vec);
    let error = o.losses(&at(&o)).unwrap_err().to_string();
    assert!(error.contains("cross-entropy: the loss joins the outputs"), "{error}");
    assert!(matches!(o.normal(&at(&o)), Err(ObjectiveError::NoNormal { loss: "cross-entropy", .. })));
}
