//! These tests check short-term plasticity in a running network.

use crate::build::*;
use kernels::network::*;

/// The steady state of a regular train is the fixed point of the recurrence, `x = x+` and `u = u+`.
#[test]
fn a_regular_train_settles_at_the_fixed_point() {
    for rule in
        [ShortTerm { U: 0.5, tau_rec: 800.0, tau_facil: 0.0 }, ShortTerm { U: 0.05, tau_rec: 100.0, tau_facil: 1000.0 }]
    {
        let interval = 50.0;
        let mut left = (0.0, 1.0);
        let mut released = 0.0;
        for _ in 0..2000 {
            (released, left) = rule.release(left, interval);
        }
        let decay = if rule.tau_facil > 0.0 { f64::exp(-interval / rule.tau_facil) } else { 0.0 };
        let u = rule.U / (1.0 - (1.0 - rule.U) * decay);
        let e = f64::exp(-interval / rule.tau_rec);
        let x = (1.0 - e) / (1.0 - (1.0 - u) * e);
        assert!((released - u * x).abs() < 1e-12, "{released} for {}", u * x);
        let first = rule.release((0.0, 1.0), 0.0).0;
        assert!((first - rule.U).abs() < 1e-15);
        assert_eq!(released < first, rule.tau_facil == 0.0, "depression or facilitation");
    }
}

/// The jumps of a slowly decaying conductance are the weights times the released resources.
#[test]
fn conductance_jumps_are_weights_times_released_resources() {
    let rule = ShortTerm { U: 0.4, tau_rec: 100.0, tau_facil: 50.0 };
    let times = vec![(10, 0), (60, 0), (90, 0), (400, 0)];
    let cell = kernels::find("lif-cond-exp").unwrap();
    let mut synapse = projection("told-a", [0, 1], cell.input("exc_w").unwrap(), edges([1, 1], 1.0, 1, 2.0, 3..=3));
    synapse.short_term = Some(rule);
    let network = Network {
        dt: 0.1,
        populations: vec![
            Population { kind: PopulationKind::Spikes { times: times.clone() }, ..Population::sources("told", 1) },
            cells("a", 1, "lif-cond-exp", &[("exc_tau", 1e12)], 0.0),
        ],
        projections: vec![synapse],
        stimuli: vec![],
    };
    let mut s = Simulation::<f64>::new(network, 1).unwrap();
    s.record_traces(vec![Trace { population: 1, row: cell.state("exc_g").unwrap(), neurons: vec![0] }]).unwrap();
    let g = &s.run(500).traces[0];
    let (mut left, mut last) = ((0.0, 1.0), 0);
    for (t, _) in times {
        let released;
        (released, left) = rule.release(left, (t - last) as f64 * 0.1);
        last = t;
        let at = t as usize + 3;
        assert!((g[at] - g[at - 1] - 2.0 * released).abs() < 1e-8, "step {t}");
    }
}
