use super::*;
use crate::optim::packed;
use crate::{Seed, checkpoint::Checkpoint};

/// A residual and its derivative w.r.t. every parameter.
type Row<const K: usize> = (f64, [f64; K]);

/// Sums the residuals of column `i` at parameters `p` as a caller would.
fn evaluate<const K: usize>(
    residuals: impl Fn(&[f64; K], usize) -> Vec<Row<K>>,
) -> impl Fn(&[f64], &[usize]) -> Result<Evaluation, LmError> {
    move |params, columns| {
        let m = columns.len();
        let mut e = Evaluation { loss: vec![0.0; m], gradient: vec![0.0; K * m], jtj: vec![0.0; K * (K + 1) / 2 * m] };
        for (j, &i) in columns.iter().enumerate() {
            let p = std::array::from_fn(|a| params[a * m + j]);
            for (r, jacobian) in residuals(&p, i) {
                e.loss[j] += r * r;
                for a in 0..K {
                    e.gradient[a * m + j] += r * jacobian[a];
                    for b in a..K {
                        e.jtj[packed(K, a, b) * m + j] += jacobian[a] * jacobian[b];
                    }
                }
            }
        }
        Ok(e)
    }
}

fn rosenbrock([x, y]: &[f64; 2], _: usize) -> Vec<Row<2>> {
    vec![(10.0 * (y - x * x), [-20.0 * x, 10.0]), (1.0 - x, [-1.0, 0.0])]
}

const FREE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

fn solve<const K: usize>(
    starts: Vec<f64>,
    bounds: [(f64, f64); K],
    residuals: impl Fn(&[f64; K], usize) -> Vec<Row<K>>,
) -> LevenbergMarquardt {
    let mut lm = LevenbergMarquardt::new(starts, &bounds, LmConfig::default()).unwrap();
    let evaluate = evaluate(residuals);
    while lm.step(&evaluate).unwrap() > 0 {}
    lm
}

#[test]
fn rosenbrock_from_everywhere() {
    let n = 50;
    let mut rng = Seed::new(3).at(0);
    let lm = solve((0..2 * n).map(|_| rng.within(-5.0, 5.0)).collect(), [FREE; 2], rosenbrock);
    for i in 0..n {
        let p = lm.column(i);
        assert!((p[0] - 1.0).abs() < 1e-6 && (p[1] - 1.0).abs() < 1e-6, "{p:?} {:?}", lm.stop(i));
        assert!(lm.iterations(i) < 60 && lm.stop(i) != Some(TerminationReason::Iterations));
    }
}

#[test]
fn the_optimum_on_a_bound_is_found() {
    // With x at most 0.5 the valley ends at (0.5, 0.25).
    let lm = solve(vec![-1.5, 0.4, 1.0, 1.0], [(-2.0, 0.5), (-2.0, 2.0)], rosenbrock);
    for i in 0..2 {
        let p = lm.column(i);
        assert_eq!(p[0], 0.5, "exactly on the bound");
        assert!((p[1] - 0.25).abs() < 1e-7, "{p:?}");
        assert_eq!(lm.stop(i), Some(TerminationReason::Gradient));
        let known = lm.uncertainty(i, 1.0, Uncertainty::TOLERANCE);
        assert_eq!(known.std_errors[0], None);
        // Alone, y has J^T J = 100.
        assert!((known.std_errors[1].unwrap() - 0.1).abs() < 1e-12);
    }
}

/// The spread of many fits to noisy data is that which each of them claims.
#[test]
fn standard_errors_of_an_exponential_decay() {
    let (n, sd) = (400, 0.02);
    let noise = Seed::new(5);
    let data = |i: usize, t: f64| {
        let mut rng = noise.nth(i as u64).at((t * 10.0).round() as u64);
        2.0 * (-0.7 * t).exp() + sd * rng.normal()
    };
    let lm = solve([vec![1.0; n], vec![2.0; n]].concat(), [(0.0, 10.0), (0.0, 10.0)], |&[a, b], i| {
        let at = |j| {
            let t = f64::from(j) * 0.1;
            let e = (-b * t).exp();
            (a * e - data(i, t), [e, -a * t * e])
        };
        (0..40).map(at).collect()
    });
    for (a, truth) in [2.0, 0.7].into_iter().enumerate() {
        let fits = &lm.params()[a * n..(a + 1) * n];
        let mean = fits.iter().sum::<f64>() / n as f64;
        let spread = (fits.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
        let claimed: f64 = (0..n)
            .map(|i| lm.uncertainty(i, lm.evaluation().loss[i] / 38.0, Uncertainty::TOLERANCE).std_errors[a].unwrap())
            .sum::<f64>()
            / n as f64;
        assert!((mean - truth).abs() < 4.0 * spread / (n as f64).sqrt(), "{mean}");
        // The spread of 400 has an error of 3.5 %.
        assert!((claimed / spread - 1.0).abs() < 0.12, "{claimed} {spread}");
    }
}

#[test]
fn what_cannot_be_told_apart_is_flagged() {
    let lm = solve(vec![1.0, 1.0, 0.3], [(0.0, 10.0); 3], |&[a, b, c], _| {
        let at = |j| {
            let t = f64::from(j) * 0.2;
            (a * b * (-t).exp() + c - 3.0 * (-t).exp() - 0.5, [b * (-t).exp(), a * (-t).exp(), 1.0])
        };
        (0..20).map(at).collect()
    });
    let p = lm.column(0);
    assert!((p[0] * p[1] - 3.0).abs() < 1e-6 && (p[2] - 0.5).abs() < 1e-6, "{p:?}");
    let known = lm.uncertainty(0, 1.0, Uncertainty::TOLERANCE);
    assert_eq!([0, 1, 2].map(|a| known.identifiable(a)), [false, false, true]);
}

#[test]
fn a_column_does_not_know_its_neighbours() {
    let starts = [[-1.2, 1.0], [4.0, -3.0], [1.0, 1.0], [-4.5, 0.1], [0.0, 0.0]];
    let rows = (0..2).flat_map(|a| starts.map(|s| s[a])).collect();
    let together = solve(rows, [(-5.0, 5.0); 2], rosenbrock);
    for (i, start) in starts.into_iter().enumerate() {
        let alone = solve(start.into(), [(-5.0, 5.0); 2], rosenbrock);
        assert_eq!(alone.column(0), together.column(i));
        assert_eq!((alone.stop(0), alone.evaluations(0)), (together.stop(i), together.evaluations(i)));
    }
    assert_eq!(together.evaluations(2), 1, "already there: not evaluated again");
}

#[test]
fn a_resumed_search_is_the_same_search() {
    let starts = vec![-1.2, 4.0, 1.0, -3.0];
    let new = || LevenbergMarquardt::new(starts.clone(), &[FREE; 2], LmConfig::default()).unwrap();
    let evaluate = evaluate(rosenbrock);
    for stop_at in 0..6 {
        let mut lm = new();
        for _ in 0..stop_at {
            lm.step(&evaluate).unwrap();
        }
        let mut checkpoint = Checkpoint::default();
        lm.save(&mut checkpoint).unwrap();
        let mut again = new();
        again.restore(&mut checkpoint).unwrap();
        checkpoint.finish().unwrap();
        assert_eq!(again, lm);
        while lm.step(&evaluate).unwrap() > 0 {}
        while again.step(&evaluate).unwrap() > 0 {}
        assert_eq!(again, lm);
    }
    let mut other = LevenbergMarquardt::new(vec![0.0; 6], &[FREE; 2], LmConfig::default()).unwrap();
    let mut checkpoint = Checkpoint::default();
    new().save(&mut checkpoint).unwrap();
    assert!(other.restore(&mut checkpoint).unwrap_err().to_string().contains("[2, 2], expected [2, 3]"));
}

#[test]
fn where_the_loss_is_not_finite_no_step_goes() {
    // ln(x) - ln(0.01): from x = 3 an undamped step leads below 0.
    let lm = solve(vec![3.0, -1.0], [FREE], |&[x], _| vec![(x.ln() - 0.01f64.ln(), [1.0 / x])]);
    assert!((lm.column(0)[0] - 0.01).abs() < 1e-8, "{:?}", lm.column(0));
    assert_eq!((lm.stop(1), lm.column(1)[0]), (Some(TerminationReason::NonFinite), -1.0));
    // Nothing is known of it, which must not look like a perfect fit.
    assert!(lm.evaluation().loss[1] == f64::INFINITY);
}

#[test]
fn what_does_not_fit_is_refused() {
    let config = LmConfig::default();
    assert!(matches!(LevenbergMarquardt::new(vec![1.0; 3], &[FREE; 2], config), Err(LmError::Starts { .. })));
    assert!(matches!(LevenbergMarquardt::new(vec![1.0], &[(2.0, 1.0)], config), Err(LmError::Bounds { .. })));
    let mut lm = LevenbergMarquardt::new(vec![1.0; 2], &[FREE], config).unwrap();
    let before = lm.clone();
    let short = lm.step(|_, _| Ok::<_, LmError>(Evaluation { loss: vec![0.0; 2], ..Default::default() }));
    assert!(short.unwrap_err().to_string().contains("0 values of gradient, expected 1 rows of 2 columns"));
    assert_eq!(lm, before);
    let few = LmConfig { max_iterations: 2, ..config };
    let mut lm = LevenbergMarquardt::new(vec![-1.2, 1.0], &[FREE; 2], few).unwrap();
    while lm.step(evaluate(rosenbrock)).unwrap() > 0 {}
    assert_eq!((lm.stop(0), lm.iterations(0)), (Some(TerminationReason::Iterations), 2));
}

#[test]
fn the_better_half_goes_on() {
    // A column's loss is that of x - i, so that those of small i begin near the minimum.
    let wave = |&[x]: &[f64; 1], i: usize| vec![(x - i as f64 + (4.0 * x).sin(), [1.0 + 4.0 * (4.0 * x).cos()])];
    let run = |halving| {
        let config = LmConfig { halving, ..LmConfig::default() };
        let mut lm = LevenbergMarquardt::new(vec![0.3; 8], &[(-50.0, 50.0)], config).unwrap();
        let (mut evaluated, evaluate) = (vec![], evaluate(wave));
        while lm
            .step(|z, columns| {
                evaluated.push(columns.len());
                evaluate(z, columns)
            })
            .unwrap()
            > 0
        {}
        (lm, evaluated)
    };
    let (all, _) = run(None);
    let (lm, evaluated) = run(Some(Halving { every: 2, least: 2 }));
    let halved = |i: &usize| lm.stop(*i) == Some(TerminationReason::Halving);
    let dropped: Vec<usize> = (0..8).filter(halved).collect();
    assert!(!dropped.is_empty() && dropped.len() <= 6, "{dropped:?}");
    // The start and two steps of all come first, two of half, and a quarter goes on.
    assert_eq!(evaluated[..3], [8; 3]);
    assert!(evaluated[3] <= 4 && evaluated[5..].iter().all(|&n| n <= 2), "{evaluated:?}");
    // Those that go on are as they are without halving.
    for i in (0..8).filter(|i| !halved(i)) {
        assert_eq!((lm.column(i), lm.stop(i)), (all.column(i), all.stop(i)));
    }
    let worst_kept = (0..8).filter(|i| !halved(i)).map(|i| lm.evaluation().loss[i]).fold(0.0, f64::max);
    assert!(dropped.iter().all(|&i| lm.evaluation().loss[i] >= worst_kept));
}
