//! These tests simulate and train networks of the neuron, and compare them with its scans.

use kernels::{
    Adjoint, AdjointSeed, Forward, Level, Run, Series, Spread, Use,
    equations::Field,
    network::{Network, PerNeuron, Population, PopulationKind, Sign, Simulation, bptt::*},
};
use outside::{IZHIKEVICH as CELL, WITH_SYNAPSES, cells};

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
fn names_are_found_where_the_cells_are_listed() {
    let cells = cells();
    assert!(cells.find_for("izhikevich", Use::Scan).is_some() && kernels::find("izhikevich").is_none());
    let driven = cells.find_for("izhikevich-cond-nmda", Use::Train).unwrap();
    assert_eq!(driven.receptors().collect::<Vec<_>>(), ["exc", "inh", "nmda"]);
    assert_eq!(driven.fast_input(Sign::Inhibitory), Some((2, 1.0)));
    // The unit is that of a conductance divided by a capacitance.
    assert_eq!(driven.input[driven.input("nmda_w").unwrap()].unit, "1/ms");
    assert_eq!(cells.iter().count(), kernels::Registry::default().iter().count() + 2);
    assert!(WITH_SYNAPSES.serves(Use::Network) && !WITH_SYNAPSES.serves(Use::Scan));
}

/// Without recovery only the quadratic part and the current of the one open conductance move the potential.
#[test]
fn the_receptor_opens_with_the_potential() {
    let (cell, g, dt) = (&WITH_SYNAPSES, 0.05, 1e-5);
    let circuit = Circuit::new(Network::new(dt, vec![Population::cells("cell", 1, cell)], vec![])).unwrap();
    for v in [-80.0f64, -65.0, -20.0] {
        let mut start = vec![0.0; cell.state.len()];
        (start[0], start[cell.state("nmda_g").unwrap()]) = (v, g);
        let inputs = RunInputs {
            steps: 1,
            batch: 1,
            start: &start,
            params: &defaults(cell.param),
            weights: &[],
            drive: &[],
            drives: &[Drive::default()],
            spikes: &[Raster::default()],
            record: &[vec![Record::each(0, 0..1)]],
            feedback: &[],
            level: Level::best(),
        };
        let mut after = [0.0];
        forward(&circuit, &inputs, &mut after).unwrap();
        let found = (after[0] - v) / dt - (0.04 * v * v + 5.0 * v + 140.0);
        let y = (v + 80.0) / 60.0;
        let wanted = -v * g * y * y / (1.0 + y * y);
        assert!((found - wanted).abs() < 1e-2, "{found} for {wanted} at {v} mV");
    }
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
        seed: AdjointSeed::Rows(&[0], &ones),
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
