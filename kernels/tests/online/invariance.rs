use crate::setup::{Setup, Sines, dense, most};
use kernels::network::{Delays, Edges, Network, bptt::*, online::*};

const ES: EsDRtrl = EsDRtrl { alpha: 0.95, correction: Correction::Usual };

#[test]
fn results_do_not_depend_on_threads() {
    let setup = Setup::mixed(90, 11);
    for rule in [&DRtrl as &dyn OnlineRule, &ES] {
        let one = setup.learn::<f32>(&Learning::by(rule), 1);
        for threads in [2, 4] {
            let more = setup.learn::<f32>(&Learning::by(rule), threads);
            assert!(one.0 == more.0 && one.1 == more.1 && one.2 == more.2);
        }
    }
}

#[test]
fn blocks_change_only_rounding() {
    let setup = Setup::mixed(130, 2);
    for rule in [&DRtrl as &dyn OnlineRule, &ES] {
        let of = |block| setup.learn::<f64>(&Learning { block, ..Learning::by(rule) }, 1).0;
        let one = of(1);
        for block in [2, 13, 64, 128, 500] {
            let errors = setup.apart(&of(block), &one);
            assert!(most(&errors) < 1e-10, "{block}: {errors:?}");
        }
    }
}

#[test]
fn single_precision_follows_double() {
    let setup = Setup::gif(60, 2);
    for rule in [&DRtrl as &dyn OnlineRule, &ES] {
        let single = setup.learn::<f32>(&Learning::by(rule), 1).0;
        let single: Vec<f64> = single.iter().map(|&x| f64::from(x)).collect();
        let errors = setup.apart(&single, &setup.learn(&Learning::by(rule), 1).0);
        assert!(most(&errors) < 1e-3, "{errors:?}");
    }
}

#[test]
fn sparse_is_dense_with_zeros() {
    let plan = Setup::gif_plan();
    let sparse = Setup::gif(120, 2);
    let groups = [("in", 7), ("gif-network", 13), ("leaky-readout", 2)];
    // This is the recurrent excitation with one delay.
    let mut thin = plan;
    thin[1].5.delays = Delays::Uniform(2);
    let edges: Edges = thin[1].5.clone();
    let mut thin = Setup::of(120, 2, &groups, thin);
    let mut full = Setup::gif_plan();
    full[1].5 = dense(9, 13, 2);
    let mut full = Setup::of(120, 2, &groups, full);
    thin.weights.clone_from(&sparse.weights);
    let (before, count) = (7 * 13, edges.targets.len());
    assert!(count < 80);
    let place = |k: usize| {
        let row = edges.starts.partition_point(|&s| s <= k as u64) - 1;
        before + row * 13 + edges.targets[k] as usize
    };
    full.weights[..before].copy_from_slice(&thin.weights[..before]);
    full.weights[before..before + 117].fill(0.0);
    (0..count).for_each(|k| full.weights[place(k)] = thin.weights[before + k]);
    full.weights[before + 117..].copy_from_slice(&thin.weights[before + count..]);
    for rule in [&DRtrl as &dyn OnlineRule, &ES] {
        let (some, all) = (thin.learn(&Learning::by(rule), 1).0, full.learn(&Learning::by(rule), 1).0);
        let picked: Vec<f64> = (0..some.len())
            .map(|k| match k {
                k if k < before => all[k],
                k if k < before + count => all[place(k - before)],
                k => all[k + 117 - count],
            })
            .collect();
        assert!(most(&thin.apart(&some, &picked)) < 1e-12);
    }
}

#[test]
fn errors_say_what_to_do() {
    let setup = Setup::gif(10, 1);
    let none = vec![vec![]; 3];
    let fails = |circuit: &Circuit, learning: Learning, weights: usize, counts: usize, part: &str| {
        let (mut weights, mut counts) = (vec![0.0; weights], vec![0.0; counts]);
        let out = Learned { weights: &mut weights, counts: &mut counts };
        let error = setup
            .with(&[], &none, |run| online(circuit, run, &learning, &Sines { from: 0 }, out))
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{error}");
    };
    let (n, by) = (setup.weights.len(), Learning::by(&DRtrl));
    fails(&setup.circuit, by, n - 1, 0, &format!("gradients by weights: {} where {n} are needed", n - 1));
    fails(&setup.circuit, by, n, 3, &format!("gradients of numbers of spikes: 3 where {n} are needed"));
    fails(&setup.circuit, Learning { block: 0, ..by }, n, 0, "a block of 0 steps");
    let es = EsDRtrl { alpha: 1.0, correction: Correction::Usual };
    fails(&setup.circuit, Learning::by(&es), n, 0, "a decay of 1 a step");
    let es = EsDRtrl { alpha: 0.9, correction: Correction::Usual };
    fails(&setup.circuit, Learning::by(&es), n, n, "take D-RTRL or e-prop");
    fails(&setup.circuit, Learning::by(&EProp { feedback: vec![0.0; 25] }), n, 0, "feedback: 25 where 26 are needed");
    let mut late = setup.projections.clone();
    late[3].edges.delays = Delays::Uniform(1);
    let circuit = Circuit::new(Network::new(1.0, setup.populations.clone(), late)).unwrap();
    fails(&circuit, by, n, 0, "gif-network: spikes reach the readout `leaky-readout` late; a delay of 0 is needed");
    let fails = |setup: &Setup, part: &str| {
        let mut weights = vec![0.0; n];
        let out = Learned { weights: &mut weights, counts: &mut [] };
        let error = setup
            .with(&[], &none, |run| online(&setup.circuit, run, &by, &Sines { from: 0 }, out))
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{error}");
    };
    let mut wrong = Setup::gif(10, 1);
    *wrong.params.last_mut().unwrap() = 11.0;
    fails(&wrong, "readouts with different time constants");
    let mut wrong = Setup::gif(10, 2);
    wrong.weights[0] = f64::NAN;
    fails(&wrong, "gif-network: state v of 0 is not finite after");
}

#[test]
fn a_loss_that_is_not_finite_is_named() {
    struct Wrong;
    impl LossFunction<f64> for Wrong {
        fn loss(&self, b: usize, t: usize, _: &[f64], bar: &mut [f64]) -> f64 {
            bar[1] = if (b, t) == (1, 7) { f64::NAN } else { 0.0 };
            0.0
        }
    }
    let setup = Setup::gif(10, 2);
    let mut weights = vec![0.0; setup.weights.len()];
    let out = Learned { weights: &mut weights, counts: &mut [] };
    let by = Learning::by(&DRtrl);
    let error =
        setup.with(&[], &vec![vec![]; 3], |run| online(&setup.circuit, run, &by, &Wrong, out)).unwrap_err().to_string();
    assert_eq!(error, "loss: derivative by readout of 1 is not finite after 8 steps, batch element 1");
}

#[test]
fn nothing_to_learn() {
    let groups = [("in", 0), ("gif-network", 0), ("leaky-readout", 1)];
    let plan = || vec![(0, 0, 0, 1, "exc_w", dense(0, 0, 1), 1.0), (1, 0, 0, 2, "w", dense(0, 1, 0), 1.0)];
    for (steps, batch) in [(0, 1), (5, 0), (5, 1)] {
        let setup = Setup::of(steps, batch, &groups, plan());
        for rule in [&DRtrl as &dyn OnlineRule, &ES] {
            let (weights, ..) = setup.learn::<f32>(&Learning::by(rule), 1);
            assert!(weights.is_empty());
        }
    }
}
