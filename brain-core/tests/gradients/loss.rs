use super::check::{TOLERANCE, error, flat, noise};
use brain_core::{Backend, CellPopulation, Model, loss::*};
use candle_core::{DType, Device, Tensor, Var};

const CPU: Device = Device::Cpu;

fn tensor(x: &[f64], shape: &[usize]) -> Tensor {
    Tensor::from_slice(x, shape, &CPU).unwrap()
}

/// Makes a spike train `[time, 1, 1]` with spikes at some steps.
fn train(steps: usize, at: &[usize]) -> Tensor {
    tensor(&(0..steps).map(|t| at.iter().filter(|&&a| a == t).count() as f64).collect::<Vec<_>>(), &[steps, 1, 1])
}

#[test]
fn mean_squares_and_masks() {
    let trace = noise(&[4, 2, 3]);
    let target = noise(&[4, 1, 1]).affine(0.5, 0.1).unwrap();
    let by_hand = |m: &[f64]| {
        let (x, y) = (flat(&trace), flat(&target));
        let sum =
            |n: usize, f: &dyn Fn(f64) -> f64| (0..8).map(|tb| m[tb / 2] * f(x[tb * 3 + n] - y[tb / 2])).sum::<f64>();
        (0..3).map(|n| sum(n, &|d| d * d) / sum(n, &|_| 1.0)).collect::<Vec<_>>()
    };
    let near = |a: &Tensor, b: &[f64]| assert!(flat(a).iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12));
    near(&mse(&trace, &target, None).unwrap(), &by_hand(&[1.0; 4]));
    let m = [1.0, 0.0, 2.0, 0.5];
    let mask = tensor(&m, &[4, 1, 1]);
    near(&mse(&trace, &target, Some(&mask)).unwrap(), &by_hand(&m));
    // A masked target that is not a number counts neither for the loss nor for the gradient.
    let mut y = flat(&target);
    y[1] = f64::NAN;
    let unknown = tensor(&y, &[4, 1, 1]);
    near(&mse(&trace, &unknown, Some(&mask)).unwrap(), &by_hand(&m));
    assert!(error(|x| mse(x, &unknown, Some(&mask))?.sum_all(), &trace) < TOLERANCE);
    assert_eq!(flat(&mse(&trace, &target, Some(&mask.zeros_like().unwrap())).unwrap()), [0.0; 3]);
    let message = mse(&trace, &noise(&[5, 1, 1]), None).unwrap_err().to_string();
    assert!(message.contains("[5, 1, 1]") && message.contains("[4, 2, 3]"), "{message}");
    let message = mse(&trace, &target.to_dtype(DType::F32).unwrap(), None).unwrap_err().to_string();
    assert!(message.contains("of type F32 and the trace of F64"), "{message}");
    assert!(mse(&trace.flatten_all().unwrap(), &target, None).is_err());
}

#[test]
fn van_rossum_is_exact() {
    // For one spike each, apart by d, D^2 = 1 - exp(-d / tau), however long the record goes on and however coarse the
    // step.
    let (tau, dt) = (7.0, 0.5);
    for (a, b) in [(3, 3), (3, 4), (5, 30), (39, 0)] {
        let d = van_rossum(&train(40, &[a]), &train(40, &[b]), tau, dt).unwrap().to_vec1::<f64>().unwrap()[0];
        let want = 1.0 - (-(a as f64 - b as f64).abs() * dt / tau).exp();
        assert!((d - want).abs() < 1e-12, "{a} {b}: {d} {want}");
    }
    let missed = van_rossum(&train(40, &[7]), &train(40, &[]), tau, dt).unwrap();
    assert!((flat(&missed)[0] - 0.5).abs() < 1e-12);
    assert!(van_rossum(&train(4, &[]), &train(4, &[]), 0.0, dt).is_err());
    let other = noise(&[20, 2, 3]).abs().unwrap();
    assert!(error(|x| van_rossum(x, &other, tau, dt)?.sum_all(), &noise(&[20, 2, 3])) < TOLERANCE);
    assert!(error(|x| filtered(x, tau, dt)?.mul(&other)?.sum_all(), &noise(&[20, 2, 3])) < TOLERANCE);
}

#[test]
fn van_rossum_teaches_through_the_surrogate() {
    let model = Model::find("lif").unwrap();
    let cell = CellPopulation::new(model, 1).unwrap().on(&Backend::open("cpu", DType::F32).unwrap()).unwrap();
    let params = Var::from_tensor(cell.params()).unwrap();
    let drive = Tensor::full(500f32, (1000, 1), &CPU).unwrap();
    let cell = CellPopulation::of(model, params.as_tensor().clone(), cell.state().clone()).unwrap();
    let spikes = cell.run(0.1, &drive, &["spike"]).unwrap().squeeze(1).unwrap();
    let count = spikes.sum_all().unwrap().to_scalar::<f32>().unwrap();
    assert!(count > 2.0 && count < 20.0, "{count}");
    let none = spikes.zeros_like().unwrap();
    let grads = van_rossum(&spikes, &none, 10.0, 0.1).unwrap().sum_all().unwrap().backward().unwrap();
    let gradient = grads.get(&params).unwrap().to_dtype(DType::F64).unwrap();
    // A higher threshold means fewer spikes.
    let row = model.parameter("V_th").unwrap();
    assert!(flat(&gradient)[row] < 0.0 && flat(&gradient).iter().all(|g| g.is_finite()));
}

#[test]
fn likelihood_of_recorded_spikes() {
    // The probabilities of a spike and of none add up to one, and neither loses digits.
    let dt = 0.1;
    for log_rate in [-80.0, -30.0, -14.0, -9.0, -1.0, 0.0, 2.0, 5.0] {
        let x = tensor(&[log_rate], &[1, 1, 1]);
        let of = |s: f64| flat(&escape_log_likelihood(&x, &tensor(&[s], &[1, 1, 1]), None, dt).unwrap())[0];
        let expected = log_rate.exp() * dt;
        assert!((of(0.0) + expected).abs() < 1e-12 * expected);
        assert!((of(1.0) - (-(-expected).exp_m1()).ln()).abs() < 1e-10 * of(1.0).abs(), "{log_rate}");
    }
    // The most likely constant rate is that of the spikes.
    let spikes = train(1000, &[10, 500, 730]);
    let best = (-(1.0f64 - 0.003).ln() / dt).ln();
    let at = |x: f64| {
        let x = Tensor::full(x, (1000, 1, 1), &CPU).unwrap();
        flat(&escape_log_likelihood(&x, &spikes, None, dt).unwrap())[0]
    };
    assert!(at(best) > at(best + 0.01) && at(best) > at(best - 0.01));
    assert!((at(best) - (3.0 * 0.003f64.ln() + 997.0 * 0.997f64.ln())).abs() < 1e-9);

    let gap = noise(&[12, 2, 3]).affine(30.0, -5.0).unwrap();
    let recorded = noise(&[12, 2, 3]).gt(0.3).unwrap().to_dtype(DType::F64).unwrap();
    let mask = noise(&[12, 1, 1]).gt(-0.5).unwrap().to_dtype(DType::F64).unwrap();
    for mask in [None, Some(&mask)] {
        let loss = |x: &Tensor| escape_log_likelihood(&escape_log_rate(x, 0.01, 3.0)?, &recorded, mask, dt)?.mean_all();
        let error = error(loss, &gap);
        assert!(error < TOLERANCE, "{error}");
    }
    // Far out it stays finite, in single precision too.
    for dtype in [DType::F32, DType::F64] {
        let wild =
            Var::from_tensor(&tensor(&[-1e4, -200.0, 0.0, 90.0, 1e4], &[5, 1, 1]).to_dtype(dtype).unwrap()).unwrap();
        for s in [0.0, 1.0] {
            let s = Tensor::full(s, (5, 1, 1), &CPU).unwrap().to_dtype(dtype).unwrap();
            let l = escape_log_likelihood(&wild, &s, None, dt).unwrap();
            let grads = l.sum_all().unwrap().backward().unwrap();
            let g = flat(&grads.get(&wild).unwrap().to_dtype(DType::F64).unwrap());
            assert!(g.iter().chain(&flat(&l.to_dtype(DType::F64).unwrap())).all(|x| x.is_finite()), "{g:?}");
        }
    }
}
