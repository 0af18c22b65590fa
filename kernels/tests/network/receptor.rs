//! These tests check which input the spikes of a projection act on.

use crate::build::cells;
use kernels::network::*;

/// Returns the potentials of a cell that receives spikes of a source of `sign` through `receptor`.
fn potentials(model: &str, sign: Sign, receptor: ReceptorTarget) -> Vec<f64> {
    let told =
        Population { kind: PopulationKind::Spikes { times: vec![(10, 0), (30, 0)] }, ..Population::sources("told", 1) };
    let edges = Edges { weights: Weights::Uniform(3.0), ..Edges::dense(1, 1, Delays::Uniform(2)) };
    let projection = Projection { sign, receptor, ..Projection::new("told-a", 0, 1, 0, edges) };
    let network = Network::new(0.1, vec![told, cells("a", 1, model, &[], 100.0)], vec![projection]);
    let mut s = Simulation::<f64>::new(network, 1).unwrap();
    s.record_traces(vec![Trace { population: 1, row: 0, neurons: vec![0] }]).unwrap();
    s.run(200).traces.remove(0)
}

#[test]
fn signs_find_their_fast_receptor_and_its_factor() {
    let none = |model, input| potentials(model, Sign::Excitatory, ReceptorTarget::Input { input, factor: 0.0 });
    for (model, sign, name, factor) in [
        ("lif-cond-exp", Sign::Excitatory, "exc_w", 1.0),
        ("lif-cond-exp", Sign::Inhibitory, "inh_w", 1.0),
        ("lif-psc-exp", Sign::Excitatory, "exc_w", 1.0),
        ("lif-psc-exp", Sign::Inhibitory, "inh_w", -1.0),
        ("lif-transmitters", Sign::Excitatory, "ampa_w", 1.0),
        ("lif-transmitters", Sign::Inhibitory, "gaba_a_w", 1.0),
    ] {
        let cell = kernels::find(model).unwrap();
        let input = cell.input(name).unwrap();
        assert_eq!(cell.fast_input(sign), Some((input, factor)), "{model}");
        let fast = potentials(model, sign, ReceptorTarget::Fast);
        assert_eq!(fast, potentials(model, sign, ReceptorTarget::Input { input, factor }), "{model}");
        let (with, without) = (fast[199], none(model, input)[199]);
        assert_eq!(with > without, sign == Sign::Excitatory, "{model} {name}: {with} with, {without} without");
    }
}

#[test]
fn a_cell_without_receptors_is_refused() {
    let projection = Projection { receptor: ReceptorTarget::Fast, ..Projection::new("a-a", 0, 0, 0, Edges::default()) };
    let network = Network::new(0.1, vec![cells("a", 1, "lif", &[], 0.0)], vec![projection]);
    let error = Simulation::<f32>::new(network, 1).err().unwrap();
    assert_eq!((&*error.part, &*error.what), ("a-a", "`lif` has no receptor for excitatory synapses"));
}
