//! These tests compare D-RTRL with reverse mode in which the paths from cell to cell are cut. Without such paths it
//! equals the full gradient.

use crate::setup::{Setup, Sines, dense, least, most, sparse};
use kernels::network::{bptt::*, online::*};

/// Computes the gradients w.r.t. weights in reverse mode: of the loss, or of the cells' numbers of spikes where
/// `counts` is true.
fn reverse(setup: &Setup, cut: bool, counts: bool) -> Vec<f64> {
    let readout = setup.populations.len() - 1;
    let cuts: Vec<Feedback<f64>> = setup
        .projections
        .iter()
        .map(|p| if cut && p.post != readout { Feedback::Cut } else { Feedback::Weights })
        .collect();
    let all = |g: usize| {
        let cell = setup.populations[g].cell()?;
        match (counts, g == readout) {
            (false, true) => Some(Record::each(0, 0..setup.steps)),
            (true, false) => Some(Record::sum(cell.state.len(), 0..setup.steps)),
            _ => None,
        }
    };
    let record: Vec<Vec<Record>> = (0..=readout).map(|g| all(g).into_iter().collect()).collect();
    let mut weights = vec![0.0; setup.circuit.synapses()];
    setup.with(&cuts, &record, |run| {
        let mut rows = vec![0.0; run.rows(&setup.circuit)];
        let history = forward(&setup.circuit, run, &mut rows).unwrap();
        let outputs = setup.populations[readout].neurons;
        let bar = |(k, &r): (usize, &f64)| match k / outputs / setup.batch {
            _ if counts => 1.0,
            t if t >= setup.from => r - Sines::target(k / outputs % setup.batch, t, k % outputs),
            _ => 0.0,
        };
        let bars: Vec<f64> = rows.iter().enumerate().map(bar).collect();
        let out = Gradients { start: &mut [], params: &mut [], weights: &mut weights, drive: &mut [] };
        backward(&setup.circuit, run, &history, &bars, out).unwrap();
    });
    weights
}

#[test]
fn d_rtrl_is_reverse_mode_with_cut_paths() {
    let mut setup = Setup::mixed(200, 3);
    setup.from = 40;
    let (found, counts, summary) = setup.learn(&Learning::by(&DRtrl), 2);
    for g in 1..4 {
        let spikes: u64 = summary.spikes[g].iter().sum();
        assert!(spikes > 100, "{g}: {spikes}");
    }
    let errors = setup.apart(&found, &reverse(&setup, true, false));
    assert!(most(&errors) < 1e-9, "{errors:?}");
    // The readout has no spikes to count.
    let (last, want) = (8, reverse(&setup, true, true));
    let cells: usize = setup.circuit.projections().take(last).sum();
    assert!(counts[cells..].iter().all(|&x| x == 0.0));
    let padded = |x: &[f64]| [&x[..cells], &vec![1.0; x.len() - cells][..]].concat();
    let errors = setup.apart(&padded(&counts), &padded(&want));
    assert!(most(&errors) < 1e-9, "{errors:?}");
    // With the paths the gradient differs, but has a similar direction.
    let full = reverse(&setup, false, false);
    let errors = setup.apart(&found, &full);
    assert!(least(&errors[..8]) > 1e-4 && most(&errors[8..]) < 1e-9, "{errors:?}");
}

#[test]
fn d_rtrl_is_the_full_gradient_without_connections_between_cells() {
    let groups = [("in", 9), ("glif3-cond-exp", 8), ("gif-network", 17), ("leaky-readout", 2)];
    let plan = vec![
        (0, 0, 9, 1, "exc_w", dense(9, 8, 2), 40.0),
        (0, 2, 7, 2, "exc_w", sparse(7, 17, 0.7, 3, &[1, 5]), 1.0),
        (0, 0, 4, 2, "inh_w", dense(4, 17, 3), 0.3),
        (1, 0, 8, 3, "w", dense(8, 2, 0), 0.3),
        (2, 0, 17, 3, "w", dense(17, 2, 0), 0.3),
    ];
    let setup = Setup::of(180, 2, &groups, plan);
    let (found, _, summary) = setup.learn(&Learning::by(&DRtrl), 1);
    assert!(summary.spikes[1..3].iter().all(|s| s.iter().sum::<u64>() > 50), "{:?}", summary.spikes);
    let errors = setup.apart(&found, &reverse(&setup, false, false));
    assert!(most(&errors) < 1e-9, "{errors:?}");
    let instant = Learning { horizon: Horizon::Step, ..Learning::by(&DRtrl) };
    let errors = setup.apart(&setup.learn(&instant, 1).0, &found);
    assert!(least(&errors[..3]) > 0.1, "{errors:?}");
}
