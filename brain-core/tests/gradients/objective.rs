use super::check::{TOLERANCE, error, flat, noise};
use brain_core::{
    Model, Objective,
    objective::{Method, ObjectiveError, Signal},
    optim::{Adam, AdamConfig, packed},
};
use candle_core::{DType, Device, Tensor, Var};
use candle_nn::Optimizer;
use kernels::equations::Field;

const STEPS: usize = 300;

/// Two sweeps of a model, whose target is the defaults' trace; `free` in the model's order.
fn objective(name: &str, level: f64, free: &[&str]) -> Objective<f64> {
    let model = Model::find(name).unwrap();
    let kernel = model.kernel();
    // Steps, so that capacitance and leak are told apart.
    let noise = flat(&noise(&[STEPS, kernel.input.len(), 2]));
    let wave = |k: usize| f64::from((k / (2 * kernel.input.len())) % 100 < 50);
    let drive: Vec<f64> = noise.iter().enumerate().map(|(k, x)| level * (wave(k) + 0.2 * x)).collect();
    // Far from threshold: the surrogate derivative of a spike reaches 20 mV below it.
    let default = |f: &Field| if f.name == "V_th" && name == "lif" { -15.0 } else { f.default };
    let params: Vec<f64> = kernel.param.iter().map(default).collect();
    let start: Vec<f64> = kernel.state.iter().flat_map(|f| [f.default; 2]).collect();
    let tensor = |x: &[f64], shape: &[usize]| Tensor::from_slice(x, shape, &Device::Cpu).unwrap();
    let (s, p) = (kernel.state.len(), kernel.param.len());
    let v = model
        .scan(
            0.05,
            &tensor(&start, &[s, 2, 1]),
            &tensor(&drive, &[STEPS, kernel.input.len(), 2]),
            &tensor(&params, &[p, 1]),
            &["v"],
        )
        .unwrap();
    let weight = (0..STEPS).map(|t| if t % 7 == 0 { 0.0 } else { 1.0 + 0.001 * t as f64 }).collect();
    Objective {
        kernel,
        dt: 0.05,
        steps: STEPS,
        batch: 2,
        start,
        drive: Signal::per_batch(drive),
        output: 0,
        target: Signal::per_batch(flat(&v)),
        weight: Signal::shared(weight),
        params,
        free: free.iter().map(|n| model.parameter(n).unwrap()).collect(),
    }
}

/// `n` candidates around the defaults.
fn candidates(o: &Objective<f64>, n: usize) -> Vec<f64> {
    let noise = flat(&noise(&[o.free.len(), n]));
    noise.iter().enumerate().map(|(k, x)| o.params[o.free[k / n]] * (1.0 + 0.03 * x)).collect()
}

/// The same losses from traces and candle.
fn from_traces(o: &Objective<f64>, candidates: &Tensor) -> candle_core::Result<Tensor> {
    let n = candidates.dim(1)?;
    let column = |x: &[f64], b: usize| {
        Tensor::from_slice(x, (x.len() / b, b, 1), &Device::Cpu)?.broadcast_as((x.len() / b, b, n))?.contiguous()
    };
    let fixed = column(&o.params, 1)?.squeeze(1)?;
    let rows = (0..o.params.len()).map(|p| match o.free.iter().position(|&f| f == p) {
        Some(k) => candidates.narrow(0, k, 1),
        None => fixed.narrow(0, p, 1),
    });
    let params = Tensor::cat(&rows.collect::<candle_core::Result<Vec<_>>>()?, 0)?;
    let inputs = o.kernel.input.len();
    let drive = Tensor::from_slice(o.drive.data(), (o.steps, inputs, 2), &Device::Cpu)?;
    let v = brain_core::scan(o.kernel, o.dt, &column(&o.start, 2)?, &drive, &params, &["v"])?.squeeze(1)?;
    let (target, weight) = (column(o.target.data(), 2)?, column(o.weight.data(), 1)?);
    v.sub(&target)?.sqr()?.broadcast_mul(&weight)?.sum((0, 1))
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
    let all: Vec<&str> = Model::find("gif").unwrap().kernel().param.iter().map(|f| f.name.as_ref()).collect();
    for (name, level, free) in [
        ("hh-traub", 0.5, &["g_L", "g_Na", "g_K", "E_L", "V_T"][..]),
        ("lif", 40.0, &["C", "E_L", "tau_m"]),
        ("gif", 100.0, &all),
    ] {
        let o = objective(name, level, free);
        let at = candidates(&o, 5);
        let tangent = o.gradient_by(Method::Tangent, &at).unwrap();
        let adjoint = o.gradient_by(Method::Adjoint, &at).unwrap();
        let normal = o.normal(&at).unwrap();
        close(&tangent.loss, &adjoint.loss, 1e-9);
        close(&tangent.gradient, &adjoint.gradient, 1e-7);
        close(&normal.loss, &tangent.loss, 1e-12);
        close(&normal.gradient, &tangent.gradient, 1e-12);
        close(&o.loss(&at).unwrap(), &tangent.loss, 1e-12);
        close(&o.gradient(&at).unwrap().gradient, &adjoint.gradient, 1e-7);

        let var = Var::from_slice(&at, (free.len(), 5), &Device::Cpu).unwrap();
        let trace = from_traces(&o, &var).unwrap();
        close(&tangent.loss, &flat(&trace), 1e-9);
        let weights = noise(&[5]);
        let by_trace = trace.mul(&weights).unwrap().sum_all().unwrap().backward().unwrap();
        let losses = o.losses(&var).unwrap();
        close(&flat(&losses), &flat(&trace), 1e-9);
        let grads = losses.mul(&weights).unwrap().sum_all().unwrap().backward().unwrap();
        close(&flat(grads.get(&var).unwrap()), &flat(by_trace.get(&var).unwrap()), 1e-7);
        assert!(!o.losses(&var.detach()).unwrap().track_op());
    }
}

#[test]
fn gradient_and_matrix_against_differences() {
    let o = objective("hh-traub", 0.5, &["g_L", "E_L", "V_T"]);
    let at = candidates(&o, 2);
    let x = Tensor::from_slice(&at, (3, 2), &Device::Cpu).unwrap();
    let through = |x: &Tensor| o.losses(&x.affine(2.0, 0.0)?)?.sqr()?.mean_all();
    let error = error(through, &x.affine(0.5, 0.0).unwrap());
    assert!(error < TOLERANCE, "{error}");

    // At the target itself the loss is quadratic: its second differences are twice the matrix.
    let best: Vec<f64> = o.free.iter().map(|&p| o.params[p]).collect();
    let matrix = o.normal(&best).unwrap().jtj;
    let h: Vec<f64> = best.iter().map(|x| 1e-5 * x.abs()).collect();
    let loss_at = |i: usize, a: f64, j: usize, b: f64| {
        let mut x = best.clone();
        x[i] += a * h[i];
        x[j] += b * h[j];
        o.loss(&x).unwrap()[0]
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
    let to = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<f32>>();
    let single = Objective::<f32> {
        kernel: double.kernel,
        dt: double.dt,
        steps: double.steps,
        batch: 2,
        start: to(&double.start),
        drive: Signal::per_batch(to(double.drive.data())),
        output: 0,
        target: Signal::per_batch(to(double.target.data())),
        weight: Signal::shared(to(double.weight.data())),
        params: to(&double.params),
        free: double.free.clone(),
    };
    let at = candidates(&double, 4);
    close(&single.normal(&at).unwrap().jtj, &double.normal(&at).unwrap().jtj, 1e-3);
    let x = Var::from_slice(&to(&at), (2, 4), &Device::Cpu).unwrap();
    let grads = single.losses(&x).unwrap().sum_all().unwrap().backward().unwrap();
    assert_eq!(grads.get(&x).unwrap().dtype(), DType::F32);
    let message = double.losses(&x).unwrap_err().to_string();
    assert!(message.contains("candidates are of type F32, the objective of F64"), "{message}");
    let message = single.losses(&x.narrow(0, 0, 1).unwrap()).unwrap_err().to_string();
    assert!(message.contains("[1, 4]") && message.contains("[2 parameters, candidates]"), "{message}");
}

#[test]
fn errors_say_what_does_not_fit() {
    let o = objective("lif", 40.0, &["C", "E_L"]);
    let spike = Objective { output: 2, ..o.clone() };
    assert!(matches!(spike.gradient(&[250.0, -70.0]), Err(ObjectiveError::Output { .. })));
    let message = o.loss(&[1.0, 2.0, 3.0]).unwrap_err().to_string();
    assert!(message.contains("3 values are no rows of 2 parameters"), "{message}");
    let twice = Objective { free: vec![0, 0], ..o.clone() };
    assert!(matches!(twice.loss(&[1.0, 1.0]), Err(ObjectiveError::Free { index: 0, .. })));
    let mut target = o.target.data().to_vec();
    target[2 * 17] = f64::NAN;
    let message = Objective { target: Signal::per_batch(target), ..o.clone() }.loss(&[250.0, -70.0]).unwrap_err();
    assert!(message.to_string().contains("the target is NaN at step 17"), "{message}");
    for wrong in [
        Objective { start: vec![0.0; 3], ..o.clone() },
        Objective { params: vec![], ..o.clone() },
        Objective { weight: Signal::shared(vec![1.0; 4]), ..o.clone() },
        Objective { drive: Signal::shared(vec![1.0; 4]), ..o.clone() },
        Objective { steps: 7, ..o.clone() },
        Objective { batch: 0, ..o.clone() },
        Objective { dt: 0.0, ..o.clone() },
    ] {
        let message = wrong.gradient(&[250.0, -70.0]).unwrap_err().to_string();
        assert!(message.starts_with("objective on lif"), "{message}");
    }
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
