//! This module compares gradients with central differences of fourth order, in f64.

use candle_core::{Device, Result, Tensor, Var};

/// Largest error that rounding leaves in the differences; see [`the_check_catches_wrong_gradients`].
pub const TOLERANCE: f64 = 1e-4;

/// Returns the largest error of the gradient of `f` at `x`, relative to the difference quotient of the element, or to a
/// ten-thousandth of the largest one where that is more.
pub fn error(f: impl Fn(&Tensor) -> Result<Tensor>, x: &Tensor) -> f64 {
    let var = Var::from_tensor(x).unwrap();
    let grads = f(var.as_tensor()).unwrap().backward().unwrap();
    let gradient = grads.get(&var).expect("a gradient").clone();
    assert_eq!(gradient.dims(), x.dims());
    error_of(&gradient, f, x)
}

/// Returns the same for a gradient that is given. It takes the closer of two steps, of which curvature limits one and
/// rounding the other.
pub fn error_of(gradient: &Tensor, f: impl Fn(&Tensor) -> Result<Tensor>, x: &Tensor) -> f64 {
    let (at, gradient) = (flat(x), flat(gradient));
    let errors = |relative: f64| -> Vec<f64> {
        let steps: Vec<f64> = at.iter().map(|x| relative * x.abs().max(0.1)).collect();
        let difference = |k: usize| {
            let h = steps[k];
            let moved = |by: f64| {
                let mut x2 = at.clone();
                x2[k] += by;
                f(&Tensor::from_vec(x2, x.shape(), &Device::Cpu).unwrap()).unwrap().to_scalar::<f64>().unwrap()
            };
            let (near, far) = (moved(h) - moved(-h), moved(2.0 * h) - moved(-2.0 * h));
            (8.0 * near - far) / (12.0 * h)
        };
        let differences: Vec<f64> = (0..at.len()).map(difference).collect();
        let largest = differences.iter().zip(&steps).map(|(d, h)| (d * h).abs()).fold(0.0, f64::max);
        assert!(largest > 0.0, "nothing depends on it: no test");
        let error =
            |k: usize| (gradient[k] - differences[k]).abs() / differences[k].abs().max(1e-4 * largest / steps[k]);
        (0..at.len()).map(error).collect()
    };
    assert!(gradient.iter().all(|g| g.is_finite()));
    errors(1e-3).iter().zip(errors(1e-4)).map(|(a, b)| a.min(b)).fold(0.0, f64::max)
}

/// Returns the numbers of a tensor, in order.
pub fn flat(x: &Tensor) -> Vec<f64> {
    x.flatten_all().unwrap().to_vec1().unwrap()
}

/// Makes numbers without a pattern between -1 and 1.
pub fn noise(shape: &[usize]) -> Tensor {
    let x = (0..shape.iter().product()).map(|k| (1.0 + 12.9898 * k as f64).sin() * 0.9).collect();
    Tensor::from_vec::<_, f64>(x, shape, &Device::Cpu).unwrap()
}

#[test]
fn the_check_catches_wrong_gradients() {
    let x = noise(&[3, 4]);
    let f = |x: &Tensor| x.sqr()?.mul(x)?.sum_all();
    assert!(error(f, &x) < 1e-6);
    let right = flat(&x).iter().map(|x| 3.0 * x * x).collect::<Vec<_>>();
    let with = |k: usize, factor: f64| {
        let mut wrong = right.clone();
        wrong[k] *= factor;
        error_of(&Tensor::from_vec(wrong, (3, 4), &Device::Cpu).unwrap(), f, &x)
    };
    assert!(with(0, 1.0) < 1e-6);
    assert!(with(2, 1.001) > 5.0 * TOLERANCE && with(7, -1.0) > 1.0 && with(0, 0.0) > 0.5);
}
