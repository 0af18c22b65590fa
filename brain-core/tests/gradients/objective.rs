use super::check::{TOLERANCE, error, flat, noise};
use brain_core::{
    Backend, Model, Objective,
    loss::SquaredError,
    objective::{Method, ObjectiveError},
    optim::{Adam, AdamConfig, packed},
};
use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::Optimizer;
use kernels::equations::Field;
use std::sync::Arc;

const STEPS: usize = 300;

/// Makes an objective of two sweeps of a model, whose target is the trace of the defaults; `free` is in the model's
/// order.
fn objective(name: &str, level: f64, free: &[&str]) -> Objective {
    let model = Model::find(name).unwrap();
    let backend = Backend::default();
    // A drive in steps tells capacitance and leak apart.
    let noise = flat(&noise(&[STEPS, model.input.len(), 2]));
    let wave = |k: usize| f64::from((k / (2 * model.input.len())) % 100 < 50);
    let drive: Vec<f64> = noise.iter().enumerate().map(|(k, x)| level * (wave(k) + 0.2 * x)).collect();
    // The cell stays far from threshold, because the surrogate derivative of a spike reaches 20 mV below it.
    let default = |f: &Field| if f.name == "V_th" && name == "lif" { -15.0 } else { f.default };
    let params: Vec<f64> = model.param.iter().map(default).collect();
    let start: Vec<f64> = model.cell().state.iter().flat_map(|f| [f.default; 2]).collect();
    let (s, p) = (model.cell().state.len(), params.len());
    let drive = backend.tensor(&drive, (STEPS, model.input.len(), 2)).unwrap();
    let start = backend.tensor(&start, (s, 2)).unwrap();
    let params = backend.tensor(&params, p).unwrap();
    let column = params.unsqueeze(1).unwrap();
    let v = brain_core::scan(model.cell(), 0.05, &start.unsqueeze(2).unwrap(), &drive, &column, &["v"]).unwrap();
    let weight: Vec<f64> = (0..STEPS).map(|t| if t % 7 == 0 { 0.0 } else { 1.0 + 0.001 * t as f64 }).collect();
    Objective {
        model,
        dt: 0.05,
        start,
        drive,
        output: 0,
        target: v.reshape((STEPS, 2)).unwrap(),
        weight: backend.tensor(&weight, STEPS).unwrap(),
        params,
        free: free.iter().map(|n| model.parameter(n).unwrap()).collect(),
        loss: Arc::new(SquaredError {}),
    }
}

/// Makes `n` candidates around the defaults.
fn candidates(o: &Objective, n: usize) -> Tensor {
    let (noise, params) = (flat(&noise(&[o.free.len(), n])), flat(&o.params));
    let around = noise.iter().enumerate().map(|(k, x)| params[o.free[k / n]] * (1.0 + 0.03 * x)).collect::<Vec<_>>();
    Tensor::from_vec(around, (o.free.len(), n), &Device::Cpu).unwrap()
}

/// Computes the same losses from traces with candle.
fn from_traces(o: &Objective, candidates: &Tensor) -> Result<Tensor> {
    let n = candidates.dim(1)?;
    let fixed = o.params.unsqueeze(1)?.broadcast_as((o.params.dim(0)?, n))?.contiguous()?;
    let rows = (0..o.params.dim(0)?).map(|p| match o.free.iter().position(|&f| f == p) {
        Some(k) => candidates.narrow(0, k, 1),
        None => fixed.narrow(0, p, 1),
    });
    let params = Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)?;
    let start = o.start.unsqueeze(2)?.broadcast_as((o.start.dim(0)?, 2, n))?.contiguous()?;
    let v = brain_core::scan(o.model.cell(), o.dt, &start, &o.drive, &params, &["v"])?.squeeze(1)?;
    let weight = o.weight.unsqueeze(1)?.unsqueeze(2)?;
    v.broadcast_sub(&o.target.unsqueeze(2)?)?.sqr()?.broadcast_mul(&weight)?.sum((0, 1))
}

fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    let size = b.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= tolerance * (y.abs() + 1e-6 * size), "{x} {y}");
    }
}

#[test]
fn all_ways_agree() {
    let all: Vec<&str> = Model::find("gif").unwrap().cell().param.iter().map(|f| f.name.as_ref()).collect();
    for (name, level, free) in [
        ("hh-traub", 0.5, &["g_L", "g_Na", "g_K", "E_L", "V_T"][..]),
        ("lif", 40.0, &["C", "E_L", "tau_m"]),
        ("gif", 100.0, &all),
    ] {
        let o = objective(name, level, free);
        let var = Var::from_tensor(&candidates(&o, 5)).unwrap();
        let trace = from_traces(&o, &var).unwrap();
        let weights = noise(&[5]);
        let by = |losses: Tensor| {
            let grads = losses.mul(&weights).unwrap().sum_all().unwrap().backward().unwrap();
            flat(grads.get(&var).unwrap())
        };
        let by_trace = by(trace.clone());
        for method in [Method::Tangent, Method::Adjoint] {
            let losses = o.losses_by(method, &var).unwrap();
            close(&flat(&losses), &flat(&trace), 1e-9);
            close(&by(losses), &by_trace, 1e-7);
        }
        let normal = o.normal(&var).unwrap();
        close(&flat(&normal.loss), &flat(&trace), 1e-9);
        let half: Vec<f64> = flat(&normal.gradient.broadcast_mul(&weights).unwrap());
        close(&half.iter().map(|x| 2.0 * x).collect::<Vec<_>>(), &by_trace, 1e-7);

        let losses = o.losses(&var.detach()).unwrap();
        assert!(!losses.track_op());
        close(&flat(&losses), &flat(&trace), 1e-9);
    }
}

#[test]
fn gradient_and_matrix_against_differences() {
    let o = objective("hh-traub", 0.5, &["g_L", "E_L", "V_T"]);
    let x = candidates(&o, 2);
    let through = |x: &Tensor| -> Result<Tensor> { o.losses(&x.affine(2.0, 0.0)?)?.sqr()?.mean_all() };
    let error = error(through, &x.affine(0.5, 0.0).unwrap());
    assert!(error < TOLERANCE, "{error}");

    // At the target itself the loss is quadratic, so its second differences are twice the matrix.
    let params = flat(&o.params);
    let best: Vec<f64> = o.free.iter().map(|&p| params[p]).collect();
    let column = |x: &[f64]| Tensor::from_slice(x, (3, 1), &Device::Cpu).unwrap();
    let matrix = flat(&o.normal(&column(&best)).unwrap().jtj);
    let h: Vec<f64> = best.iter().map(|x| 1e-5 * x.abs()).collect();
    let loss_at = |i: usize, a: f64, j: usize, b: f64| {
        let mut x = best.clone();
        x[i] += a * h[i];
        x[j] += b * h[j];
        flat(&o.losses(&column(&x)).unwrap())[0]
    };
    for (i, j) in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)] {
        let corners =
            loss_at(i, 1.0, j, 1.0) + loss_at(i, -1.0, j, -1.0) - loss_at(i, 1.0, j, -1.0) - loss_at(i, -1.0, j, 1.0);
        let second = corners / (8.0 * h[i] * h[j]);
        let found = matrix[packed(3, i, j)];
        assert!((found - second).abs() < 1e-3 * (matrix[packed(3, i, i)] * matrix[packed(3, j, j)]).sqrt(), "{i} {j}");
    }
}

#[test]
fn single_precision_and_candle_types() {
    let double = objective("lif", 40.0, &["C", "E_L"]);
    let to = |t: &Tensor| t.to_dtype(DType::F32).unwrap();
    let single = Objective {
        start: to(&double.start),
        drive: to(&double.drive),
        target: to(&double.target),
        weight: to(&double.weight),
        params: to(&double.params),
        ..double.clone()
    };
    let at = candidates(&double, 4);
    let jtj = |o: &Objective, at: &Tensor| o.normal(at).unwrap().evaluation().unwrap().jtj;
    close(&jtj(&single, &to(&at)), &jtj(&double, &at), 1e-3);
    let x = Var::from_tensor(&to(&at)).unwrap();
    let grads = single.losses(&x).unwrap().sum_all().unwrap().backward().unwrap();
    assert_eq!(grads.get(&x).unwrap().dtype(), DType::F32);
    let ObjectiveError::Type { what, found, want, .. } = refused(&double, &x) else { panic!("two types") };
    assert_eq!((what, found, want), ("candidates", DType::F32, DType::F64));
    let ObjectiveError::Shape { what, found, want, .. } = refused(&single, &x.narrow(0, 0, 1).unwrap()) else {
        panic!("one row of two")
    };
    assert_eq!((what, &*found, &*want), ("candidates", &[1, 4][..], "[2 free parameters, candidates]"));
}

/// Returns why an objective refuses candidates, by both ways to evaluate it.
fn refused(o: &Objective, at: &Tensor) -> ObjectiveError {
    let (by_losses, by_normal) = (o.losses(at).unwrap_err(), o.normal(at).unwrap_err());
    assert_eq!(by_losses.to_string(), by_normal.to_string());
    by_losses
}

#[test]
fn errors_say_what_does_not_fit() {
    let o = objective("lif", 40.0, &["C", "E_L"]);
    let at = candidates(&o, 1);
    assert!(matches!(refused(&Objective { output: 2, ..o.clone() }, &at), ObjectiveError::Output { output: 2, .. }));
    let twice = Objective { free: vec![0, 0], ..o.clone() };
    assert!(matches!(refused(&twice, &at), ObjectiveError::Free { index: 0, .. }));
    let mut target = flat(&o.target);
    target[2 * 17] = f64::NAN;
    let target = Tensor::from_vec(target, (STEPS, 2), &Device::Cpu).unwrap();
    let not_finite = refused(&Objective { target, ..o.clone() }, &at);
    assert!(matches!(not_finite, ObjectiveError::NotFinite { what: "target", step: 17, .. }), "{not_finite}");
    let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F64, &Device::Cpu).unwrap();
    for (wrong, which) in [
        (Objective { start: zeros(&[3]), ..o.clone() }, "start"),
        (Objective { params: zeros(&[0]), ..o.clone() }, "params"),
        (Objective { weight: zeros(&[4]), ..o.clone() }, "weight"),
        (Objective { drive: zeros(&[STEPS, 7]), ..o.clone() }, "drive"),
        (Objective { drive: zeros(&[7, 1]), ..o.clone() }, "target"),
        (Objective { start: zeros(&[2, 0]), ..o.clone() }, "drive"),
    ] {
        let error = refused(&wrong, &at);
        assert!(matches!(&error, ObjectiveError::Shape { what, .. } if *what == which), "{which}: {error}");
    }
    assert!(Objective { dt: 0.0, ..o.clone() }.losses(&at).is_err());
}

#[test]
fn adam_recovers_parameters_without_traces() {
    let o = objective("lif", 200.0, &["C", "E_L", "tau_m"]);
    let scale = Tensor::new(&[[250.0], [70.0], [10.0]], &Device::Cpu).unwrap();
    let from = Tensor::new(&[[1.2, 0.7, 1.1, 0.9], [-0.9, -1.1, -0.95, -1.05], [0.6, 1.5, 1.3, 0.8]], &Device::Cpu);
    let u = Var::from_tensor(&from.unwrap()).unwrap();
    let config = AdamConfig { learning_rate: 0.02, ..Default::default() };
    let mut adam = Adam::named([("u".to_string(), u.clone())], config).unwrap();
    for _ in 0..1500 {
        let losses = o.losses(&u.broadcast_mul(&scale).unwrap()).unwrap();
        adam.backward_step(&losses.sum_all().unwrap()).unwrap();
    }
    let found = flat(&u);
    for (k, want) in [1.0, -1.0, 1.0].into_iter().enumerate() {
        assert!(found[4 * k..][..4].iter().all(|x| (x - want).abs() < 0.02), "{found:?}");
    }
}
