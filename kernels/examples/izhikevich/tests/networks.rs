//! The neuron in networks: simulated and trained, as far as its scans can tell.

use izhikevich::CELL;
use kernels::{
    Adjoint, Forward, Level, Run, Seed, Series, Spread, Use,
    equations::Field,
    network::{Network, PerNeuron, Population, PopulationKind, Simulation, bptt::*},
};

const DT: f64 = 0.1;
const STEPS: usize = 400;
const CURRENT: f64 = 10.0;

fn defaults(fields: &[Field]) -> Vec<f64> {
    fields.iter().map(|f| f.default).collect()
}

#[test]
fn it_is_compiled_for_every_use() {
    assert!([Use::Scan, Use::Network, Use::Train].into_iter().all(|by| CELL.serves(by)));
}

#[test]
fn it_spikes_in_a_network_as_in_a_scan() {
    let mut population = Population::cells("cells", 5, &CELL);
    if let PopulationKind::Cells { drive, .. } = &mut population.kind {
        drive[0] = PerNeuron::Same(CURRENT);
    }
    let network = Network::new(DT, vec![population], vec![]);
    let counts = Simulation::<f64>::new(network, 1).unwrap().run(STEPS).counts;
    assert_eq!(counts, [5 * 2], "each spikes twice, as in the crate's example");
}

/// The sum of the potential over time has the same gradient w.r.t. the parameters by backpropagation through a network of
/// one neuron and by the reverse scan.
#[test]
fn its_gradients_in_a_network_are_those_of_its_scan() {
    let (start, params, drive) = (defaults(CELL.state), defaults(CELL.param), vec![CURRENT; STEPS]);
    let mut want = vec![0.0; params.len()];
    let series = Series { data: &drive, spread: Spread::Shared };
    let run = Run {
        dt: DT,
        steps: STEPS,
        batch: 1,
        neurons: 1,
        start: &start,
        drive: series,
        params: &params,
        level: Level::best(),
    };
    let mut potential = vec![0.0; STEPS];
    CELL.forward(&run, Forward { record: &[0], rows: &mut potential, end: &mut [] }).unwrap();
    let ones = vec![1.0; STEPS];
    let out = Adjoint {
        seed: Seed::Rows(&[0], &ones),
        end: &[],
        start: &mut [],
        drive: &mut [],
        params: &mut want,
        loss: &mut [],
    };
    CELL.adjoint(&run, out).unwrap();

    let circuit = Circuit::new(Network::new(DT, vec![Population::cells("cell", 1, &CELL)], vec![])).unwrap();
    let inputs = RunInputs {
        steps: STEPS,
        batch: 1,
        start: &start,
        params: &params,
        weights: &[],
        drive: &drive,
        drives: &[Drive { inputs: vec![0], spread: None }],
        spikes: &[Raster::default()],
        record: &[vec![Record::each(0, 0..STEPS)]],
        feedback: &[],
        level: Level::best(),
    };
    let mut rows = vec![0.0; STEPS];
    let history = forward(&circuit, &inputs, &mut rows).unwrap();
    let close = |got: &[f64], want: &[f64]| {
        let size = want.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        assert!(got.iter().zip(want).all(|(g, w)| (g - w).abs() <= 1e-9 * size), "{got:?} for {want:?}");
    };
    close(&rows, &potential);
    let mut got = vec![0.0; params.len()];
    let out = Gradients { start: &mut [], params: &mut got, weights: &mut [], drive: &mut [] };
    backward(&circuit, &inputs, &history, &ones, out).unwrap();
    assert!(want.iter().all(|g| *g != 0.0), "{want:?}");
    close(&got, &want);
}
