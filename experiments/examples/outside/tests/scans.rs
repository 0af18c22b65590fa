//! These tests check that the neuron's kernels do what its equations say.

use kernels::{
    Adjoint, AdjointSeed, Forward, Level, Run, Series, Spread, SquaredDistance, Tangent, device::Entry,
    equations::Field,
};
use outside::IZHIKEVICH as CELL;

const DT: f64 = 0.1;

fn defaults(fields: &[Field]) -> Vec<f64> {
    fields.iter().map(|f| f.default).collect()
}

/// Makes a run of one neuron with these parameters under this drive.
fn run<'a>(start: &'a [f64], drive: &'a [f64], params: &'a [f64]) -> Run<'a, f64> {
    let drive = Series { data: drive, spread: Spread::Shared };
    Run { dt: DT, steps: drive.data.len(), batch: 1, neurons: 1, start, drive, params, level: Level::best() }
}

/// Computes half the squared distance of the potential from -60 mV, summed over time, and its gradient w.r.t. the
/// parameters, on which reverse and tangent scan agree.
fn loss(drive: &[f64], params: &[f64]) -> (f64, Vec<f64>) {
    let (start, target, weight) = (defaults(CELL.state), vec![-60.0; drive.len()], vec![1.0; drive.len()]);
    let series = |data| Series { data, spread: Spread::Shared };
    let objective = SquaredDistance { row: 0, target: series(&target), weight: series(&weight) };
    let (mut value, mut gradient) = ([0.0], vec![0.0; params.len()]);
    let out = Adjoint {
        seed: AdjointSeed::Distance(objective),
        end: &[],
        start: &mut [],
        drive: &mut [],
        params: &mut gradient,
        loss: &mut value,
    };
    CELL.adjoint(&run(&start, drive, params), out).unwrap();

    let which: Vec<usize> = (0..params.len()).collect();
    let (mut value_again, mut forward_mode) = ([0.0], vec![0.0; params.len()]);
    let out = Tangent {
        objective,
        which: &which,
        start: &[],
        loss: &mut value_again,
        gradient: &mut forward_mode,
        curvature: &mut [],
    };
    CELL.tangent(&run(&start, drive, params), out).unwrap();
    close(&value, &value_again, 1e-12);
    close(&gradient, &forward_mode, 1e-9);
    (value[0] / 2.0, gradient)
}

fn close(got: &[f64], want: &[f64], tolerance: f64) {
    let size = want.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= tolerance * size, "{got:?} for {want:?}");
    }
}

/// Fourth-order Runge-Kutta at 0.005 ms, written independently of this project, has 23 spikes in a second at 10 mV/ms,
/// the second at 26.2 ms and the third at 71.1 ms.
#[test]
fn a_regular_spiking_cell_spikes_regularly() {
    let (start, drive, params) = (defaults(CELL.state), vec![10.0; 10_000], defaults(CELL.param));
    let mut rows = vec![0.0; drive.len()];
    let out = Forward { record: &[CELL.output("spike").unwrap()], rows: &mut rows, end: &mut [] };
    CELL.forward(&run(&start, &drive, &params), out).unwrap();
    let times: Vec<f64> = (1..).zip(&rows).filter(|&(_, &z)| z == 1.0).map(|(k, _)| f64::from(k) * DT).collect();
    println!("{times:?}");
    assert_eq!(times.len(), 23);
    close(&times[1..3], &[26.2, 71.1], 0.01);
}

#[test]
fn gradients_without_spikes_are_those_of_finite_differences() {
    let drive: Vec<f64> = (0..2_000).map(|t| 1.0 + (f64::from(t) * DT / 10.0).sin()).collect();
    let params = defaults(CELL.param);
    let gradient = loss(&drive, &params).1;
    let differences: Vec<f64> = (0..params.len())
        .map(|k| {
            let h = 1e-6 * params[k].abs();
            let at = |x: f64| loss(&drive, &[&params[..k], &[x], &params[k + 1..]].concat()).0;
            (at(params[k] + h) - at(params[k] - h)) / (2.0 * h)
        })
        .collect();
    println!("{gradient:?} {differences:?}");
    close(&gradient, &differences, 1e-6);
    assert!(gradient[0] != 0.0 && gradient[1] != 0.0);
}

#[test]
fn gradients_through_spikes_are_the_same_backwards_and_forwards() {
    let gradient = loss(&[10.0; 1_000], &defaults(CELL.param)).1;
    assert!(gradient.iter().all(|g| *g != 0.0), "{gradient:?}");
}

#[test]
fn it_carries_the_code_that_its_features_ask_for() {
    assert_eq!(CELL.program().unwrap().ptx.is_some(), cfg!(feature = "cuda"));
    assert_eq!(CELL.program().unwrap().metal.is_some(), cfg!(feature = "metal"));
    assert!(CELL.program().unwrap().metal.is_none_or(|text| text.contains("izhikevich") && text.contains("[[kernel")));
    for ptx in CELL.program().unwrap().ptx.into_iter().flatten() {
        for entry in Entry::SCANS {
            assert!(ptx.contains(&format!(".entry {}(", entry.name())), "{}", entry.name());
        }
    }
}
