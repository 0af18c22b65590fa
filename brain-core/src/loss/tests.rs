//! These tests check that every loss of the list does what the trait promises, and the cross-entropy by hand.

use super::*;
use crate::family::{Choice, SettingsReader};
use candle_core::{DType, Device, Var};

const CPU: Device = Device::Cpu;

fn built(name: &str) -> Box<dyn Loss> {
    losses().build(&Choice::named(name), &SettingsReader::new(1.0).unwrap()).unwrap()
}

/// Makes numbers without a pattern, `[time, batch, output]`.
fn outputs(seed: f64, shape: (usize, usize, usize)) -> Vec<f64> {
    (0..shape.0 * shape.1 * shape.2).map(|k| 3.0 * (seed + 12.9898 * k as f64).sin()).collect()
}

#[test]
fn the_mean_of_steps_is_the_whole_and_so_are_the_gradients() {
    let shape = (5, 3, 4);
    let (y, wanted) = (outputs(1.0, shape), outputs(2.0, shape));
    let classes = [2u32, 0, 3];
    let mut seen = 0;
    for name in losses().names() {
        let loss = built(name);
        let Some(step) = loss.per_step() else { continue };
        seen += 1;
        let targets = match loss.targets() {
            TargetKind::Classes => Targets::of_classes(&classes, &CPU).unwrap(),
            TargetKind::Values => Targets::Values(Tensor::from_slice(&wanted, shape, &CPU).unwrap()),
        };
        let var = Var::from_slice(&y, shape, &CPU).unwrap();
        let value = loss.value(&var, &targets).unwrap();
        let by = value.backward().unwrap().get(&var).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        let (mut sum, mut g) = (0.0, [0.0; 4]);
        let count = (shape.0 * shape.1) as f64;
        for (k, y) in y.chunks_exact(4).enumerate() {
            let target = match loss.targets() {
                TargetKind::Classes => StepTarget::Class(classes[k % 3] as usize),
                TargetKind::Values => StepTarget::Values(&wanted[4 * k..4 * k + 4]),
            };
            sum += step.step(y, target, &mut g);
            for (a, b) in g.iter().zip(&by[4 * k..]) {
                assert!((a / count - b).abs() < 1e-14, "{name}: gradient {} and {b}", a / count);
            }
        }
        let value = value.to_scalar::<f64>().unwrap();
        assert!((sum / count - value).abs() < 1e-13, "{name}: {} and {value}", sum / count);
        assert!(value > 0.1, "{name}: nothing is compared");
    }
    assert_eq!(seen, 2);
}

#[test]
fn losses_of_neurons_do_not_mix_them() {
    let shape = (6, 2, 3);
    let (y, other) = (outputs(1.0, shape), outputs(5.0, shape));
    let tensor = |x: &[f64]| Tensor::from_slice(x, shape, &CPU).unwrap();
    let targets = Targets::Values(Tensor::ones((6, 1, 1), DType::F64, &CPU).unwrap());
    // Only the last neuron differs.
    let mixed: Vec<f64> =
        y.iter().zip(&other).enumerate().map(|(k, (a, b))| if k % 3 == 2 { *b } else { *a }).collect();
    let mut seen = 0;
    for name in losses().names() {
        let loss = built(name);
        match loss.per_neuron(&tensor(&y), &targets, None) {
            Ok(a) => {
                seen += 1;
                let (a, b) = (a.to_vec1::<f64>().unwrap(), loss.per_neuron(&tensor(&mixed), &targets, None).unwrap());
                let b = b.to_vec1::<f64>().unwrap();
                assert!(a[..2] == b[..2] && a[2] != b[2], "{name}: {a:?} {b:?}");
            }
            Err(e) => assert!(e.to_string().contains(name), "{e}"),
        }
    }
    assert_eq!(seen, 3);
}

#[test]
fn cross_entropy_by_hand() {
    // The shape is two steps, two trials, two classes.
    let y = Tensor::from_slice(&[0.0f64, 2.0, 1.0, 0.0, 1.0, 0.0, 0.0, 3.0], (2, 2, 2), &CPU).unwrap();
    let each = |own: f64, other: f64| (1.0 + (other - own).exp()).ln();
    let hand = (each(2.0, 0.0) + each(1.0, 0.0) + each(0.0, 1.0) + each(0.0, 3.0)) / 4.0;
    let loss = built("cross-entropy");
    let found = loss.value(&y, &Targets::of_classes(&[1, 0], &CPU).unwrap()).unwrap().to_scalar::<f64>().unwrap();
    assert!((found - hand).abs() < 1e-12, "{found} {hand}");
    for (targets, wanted) in [
        (Targets::of_classes(&[1], &CPU).unwrap(), "1 classes for 2 trials"),
        (Targets::Values(y.clone()), "the targets are values"),
    ] {
        let error = loss.value(&y, &targets).unwrap_err().to_string();
        assert!(error.contains("cross-entropy") && error.contains(wanted), "{error}");
    }
}

#[test]
fn squared_error_by_hand() {
    let y = Tensor::from_slice(&[0.5f64, 0.1, 0.5, -0.1], (2, 2, 1), &CPU).unwrap();
    let targets = Targets::Values(y.zeros_like().unwrap());
    let found = built("squared-error").value(&y, &targets).unwrap().to_scalar::<f64>().unwrap();
    assert!((found - 0.13).abs() < 1e-12);
}

/// The squared error by its form for one step alone.
#[derive(Debug)]
struct OfSteps;

impl Loss for OfSteps {
    fn name(&self) -> &'static str {
        "of-steps"
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values
    }

    fn value(&self, outputs: &Tensor, targets: &Targets) -> Result<Tensor> {
        SquaredError {}.value(outputs, targets)
    }

    fn per_step(&self) -> Option<&dyn StepLoss> {
        Some(&SquaredError {})
    }
}

#[test]
fn a_loss_of_steps_has_one_of_each_neuron() {
    let shape = (6, 2, 3);
    let y = Var::from_slice(&outputs(1.0, shape), shape, &CPU).unwrap();
    let mut wanted = outputs(2.0, shape);
    let weights: Vec<f64> = (0..36).map(|k| f64::from(k % 4)).collect();
    let mask = Tensor::from_slice(&weights, shape, &CPU).unwrap();
    let compare = |wanted: &[f64], mask: Option<&Tensor>| {
        let targets = Targets::Values(Tensor::from_slice(wanted, shape, &CPU).unwrap());
        let [own, squares] = [&OfSteps as &dyn Loss, &SquaredError {}].map(|loss| {
            let each = loss.per_neuron(&y, &targets, mask).unwrap();
            let grads = each.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let by = grads.get(&y).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
            [each.to_vec1::<f64>().unwrap(), by].concat()
        });
        assert!(own.iter().zip(&squares).all(|(a, b)| (a - b).abs() < 1e-13), "{own:?} {squares:?}");
        assert!(own.iter().all(|x| x.is_finite()) && own[0] > 0.1);
    };
    compare(&wanted, None);
    // What the target says where the mask is zero has no effect.
    wanted[4] = f64::NAN;
    compare(&wanted, Some(&mask));
}
