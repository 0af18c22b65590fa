//! These tests load the examples of SONATA's authors, compare their published numbers, write and read them again, and
//! check that errors name what is wrong.

mod shared;

use brain_net::connectome::ConnectomeError;
use brain_net::connectome::sonata::{
    AttributeColumn, EdgePopulation, Grouped, NodePopulation, SonataCircuit, SonataOptions, Sorting, Spikes, Types,
};
use brain_net::rule::FixedProbability;
use brain_net::{
    AnatomicalNetwork, Anatomy, ConnectionOptions, DelayRule, Population, ProjectionSpec, Seed, Sign,
    WeightDistribution,
};
use shared::shared;
use std::path::PathBuf;
use std::sync::Arc;

const OPTIONS: SonataOptions = SonataOptions { dt_ms: 0.1, delay_ms: 1.0, scale: 1.0 };

/// Returns the circuit without the names of files.
fn bare(mut c: SonataCircuit) -> SonataCircuit {
    c.files.clear();
    for n in &mut c.nodes {
        n.file = PathBuf::new();
        n.of.types.file = PathBuf::new();
    }
    for e in &mut c.edges {
        e.file = PathBuf::new();
        e.of.types.file = PathBuf::new();
    }
    c
}

fn round_trip(circuit: &SonataCircuit) -> SonataCircuit {
    let dir = tempfile::tempdir().unwrap();
    SonataCircuit::read(&circuit.write(dir.path()).unwrap()).unwrap()
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs sonata-point450glifs in ../shared/data or BRAIN_DATA")]
fn the_450_glif_neurons() {
    let config = shared("sonata-point450glifs/point_450glifs/config.circuit.json");
    let circuit = SonataCircuit::read(&config).unwrap();
    let v1 = circuit.population("v1").unwrap();
    assert_eq!(v1.of.len(), 450);
    assert_eq!(circuit.edges.iter().find(|e| e.population == "v1_to_v1").unwrap().targets.len(), 28_555);
    assert_eq!(v1.of.text(0, "model_template").unwrap(), "nest:glif_psc");
    let network = circuit.network(OPTIONS).unwrap();
    assert_eq!(network.neurons(), 450);
    let sizes: Vec<_> = network.populations().map(|p| (p.name(), p.size())).collect();
    assert_eq!(sizes[..2], [("v1-E", 315), ("v1-I", 135)]);
    assert!(network.at(2).is_input() && network.anatomy[0].positions.len() == 315);
    let p = network.projection("v1-I-v1-E").unwrap();
    assert_eq!(p.sign, Sign::Inhibitory);
    assert_eq!(p.edges.delays.range(), (20, 20));
    assert_eq!(bare(round_trip(&circuit)), bare(circuit));
}

#[test]
#[cfg_attr(
    not(shared_data),
    ignore = "needs sonata-300pointneurons and sonata-point450glifs in ../shared/data or BRAIN_DATA"
)]
fn the_300_point_neurons_and_the_9_cells() {
    let config = shared("sonata-300pointneurons/300_pointneurons/config.json");
    let circuit = SonataCircuit::read(&config).unwrap();
    assert_eq!(circuit.edges[0].targets.len(), 27_588);
    let network = circuit.network(OPTIONS).unwrap();
    let internal: u64 =
        network.graph.projections.iter().filter(|p| p.name.starts_with("internal")).map(|p| p.synapses() as u64).sum();
    assert_eq!(internal, 27_588);
    assert_eq!(bare(round_trip(&circuit)), bare(circuit));

    let cells = shared("sonata-300pointneurons/9_cells/circuit_config.json");
    let circuit = SonataCircuit::read(&cells).unwrap();
    assert_eq!((circuit.nodes.len(), circuit.population("cortex").unwrap().of.len()), (3, 9));
    assert_eq!(bare(round_trip(&circuit)), bare(circuit));
    let spikes = Spikes::read(&shared("sonata-300pointneurons/9_cells/output/spikes.h5")).unwrap();
    assert_eq!(
        (spikes[0].population.as_str(), spikes[0].nodes.len(), spikes[0].sorting),
        ("cortex", 78, Sorting::ByTime)
    );
    let old = shared("sonata-300pointneurons/300_pointneurons/inputs/external_spike_trains.h5");
    assert_eq!(Spikes::read(&old).unwrap()[0].nodes.len(), 4334);
    let lgn = shared("sonata-point450glifs/point_450glifs/inputs/lgn_spikes.h5");
    assert_eq!(Spikes::read(&lgn).unwrap()[0].times_ms.len(), 3044);
}

fn network() -> AnatomicalNetwork {
    let mut network = AnatomicalNetwork::new(0.1);
    let positions = (0..40).map(|i| [i as f32 * 0.5, 0.25, 0.0]).collect();
    network.add(Population::named("E", 40, ""), Anatomy { positions, ..Anatomy::of(Sign::Excitatory) });
    network.add(Population::named("I", 10, ""), Anatomy::of(Sign::Inhibitory));
    for (s, t) in [(0, 0), (0, 1), (1, 0)] {
        let c = ProjectionSpec {
            name: ["E-E", "E-I", "I-E"][s * 2 + t].into(),
            source: s,
            target: t,
            rule: Arc::new(FixedProbability { p: 0.3 }),
            options: ConnectionOptions::default(),
            weights: WeightDistribution::LogNormal { mean: 1.0, cv: 1.0 },
            delays: if s == 0 { DelayRule::Uniform { low_ms: 0.5, high_ms: 3.0 } } else { DelayRule::Constant(1.5) },
        };
        network.connect(&c, Seed::new(1)).unwrap();
    }
    network
}

#[test]
fn a_network_survives_the_way_through_sonata() {
    let network = network();
    let mut back = round_trip(&SonataCircuit::of(&network)).network(OPTIONS).unwrap();
    back.anatomy.iter_mut().for_each(|anatomy| anatomy.labels.clear());
    assert_eq!((&back.anatomy, &back.graph.populations), (&network.anatomy, &network.graph.populations));
    for p in &network.graph.projections {
        assert_eq!(back.projection(&p.name), Some(p), "{}", p.name);
    }
}

fn tiny() -> SonataCircuit {
    let of = |n: usize, columns: &[(&str, AttributeColumn)], types: &[(&str, &str)]| Grouped {
        type_ids: vec![100; n],
        group_ids: vec![0; n],
        group_indices: (0..n as u64).collect(),
        groups: [(0, columns.iter().map(|(k, c)| (k.to_string(), c.clone())).collect())].into(),
        types: Types {
            file: PathBuf::new(),
            columns: types.iter().map(|t| t.0.into()).collect(),
            rows: [(100, types.iter().map(|t| t.1.into()).collect())].into(),
        },
    };
    let ei = AttributeColumn::Text(["e", "i", "e"].map(String::from).into());
    let nodes = NodePopulation {
        file: PathBuf::new(),
        population: "net".into(),
        of: of(3, &[("ei", ei)], &[("pop_name", "a b")]),
    };
    let weights = AttributeColumn::F64(vec![1.0, -2.0, 3.0, 0.5]);
    let edges = EdgePopulation {
        file: PathBuf::new(),
        population: "net_net".into(),
        source: "net".into(),
        target: "net".into(),
        sources: vec![0, 1, 2, 0],
        targets: vec![0, 0, 1, 2],
        of: of(4, &[("syn_weight", weights)], &[("delay", "1.5")]),
    };
    SonataCircuit { nodes: vec![nodes], edges: vec![edges], files: vec![] }
}

#[test]
fn properties_come_from_the_group_or_the_type() {
    let circuit = round_trip(&tiny());
    assert_eq!(circuit.nodes[0].of.text(1, "pop_name").unwrap(), "a b");
    assert_eq!(
        (circuit.nodes[0].sign(1), circuit.edges[0].of.number(1, "syn_weight")),
        (Some(Sign::Inhibitory), Some(-2.0))
    );
    assert_eq!(circuit.edges[0].of.number(3, "delay"), Some(1.5));
    assert_eq!(bare(circuit), tiny());
}

#[test]
fn errors_name_what_is_wrong() {
    let refused = |change: &dyn Fn(&mut SonataCircuit)| {
        let mut c = tiny();
        change(&mut c);
        let dir = tempfile::tempdir().unwrap();
        let read = SonataCircuit::read(&c.write(dir.path()).unwrap()).and_then(|c| c.network(OPTIONS));
        read.unwrap_err().to_string()
    };
    let weights = |c: &mut SonataCircuit, w: [f64; 4]| {
        c.edges[0].of.groups.get_mut(&0).unwrap().insert("syn_weight".into(), AttributeColumn::F64(w.into()));
    };
    for (message, parts) in [
        (
            refused(&|c| c.edges[0].targets = vec![0, 2, 1, 2]),
            &["net_net_edges.h5", "row 2: target 1 after 2", "sorted by target"][..],
        ),
        (refused(&|c| c.edges[0].sources[1] = 7), &["row 1: node 7 is not among the 3 nodes of `net`", "net_nodes.h5"]),
        (
            refused(&|c| c.edges[0].source = "other".into()),
            &["source_node_id", "`other` is in no nodes file", "there are net"],
        ),
        (
            refused(&|c| weights(c, [1.0, 2.0, -3.0, 0.5])),
            &["row 1: the weight 2 of neuron `1`", "`ei` (inhibitory)", "Dale"],
        ),
        (refused(&|c| weights(c, [1.0, -2.0, f64::INFINITY, 0.5])), &["row 2", "syn_weight is `inf`"]),
        (
            refused(&|c| c.edges[0].of.types.rows.get_mut(&100).unwrap()[0] = "-1".into()),
            &["row 0", "delay of -1 ms is negative"],
        ),
        (refused(&|c| c.edges[0].of.type_ids[2] = 5), &["edge_type_id", "row 2: type 5 is not in", "edge_types.csv"]),
        (
            refused(&|c| c.nodes[0].of.group_indices[1] = 9),
            &["node_group_index", "row 1: place 9 in group 0, which has 3 members"],
        ),
    ] {
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn damaged_and_missing_files_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let config = tiny().write(dir.path()).unwrap();
    let nodes = dir.path().join("network/net_nodes.h5");
    let whole = std::fs::read(&nodes).unwrap();
    for cut in (0..whole.len()).step_by(97) {
        std::fs::write(&nodes, &whole[..cut]).unwrap();
        let message = SonataCircuit::read(&config).unwrap_err().to_string();
        assert!(message.contains("net_nodes.h5"), "{message}");
    }
    std::fs::remove_file(&nodes).unwrap();
    assert!(matches!(SonataCircuit::read(&config), Err(ConnectomeError::Open { file, .. }) if file == nodes));
    for (text, part) in [
        ("{", "not a SONATA config"),
        ("{}", "no `networks`"),
        (r#"{"networks": {"nodes": [{}]}}"#, "`networks.nodes[0]` has no `nodes_file`"),
        (r#"{"network": "c.json"}"#, "leads in a circle"),
    ] {
        let config = dir.path().join("c.json");
        std::fs::write(&config, text).unwrap();
        let message = SonataCircuit::read(&config).unwrap_err().to_string();
        assert!(message.contains("c.json") && message.contains(part), "{message}");
    }
}

#[test]
fn spikes_are_written_and_their_order_is_checked() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("spikes.h5");
    let mut s = Spikes {
        population: "V1".into(),
        nodes: vec![3, 1, 3],
        times_ms: vec![0.5, 1.25, 7.0],
        sorting: Sorting::ByTime,
    };
    let other = Spikes { population: "V2".into(), sorting: Sorting::None, ..Spikes::default() };
    Spikes::write(&[s.clone(), other.clone()], &file).unwrap();
    assert_eq!(Spikes::read(&file).unwrap(), [s.clone(), other]);
    s.times_ms[2] = 1.0;
    Spikes::write(&[s], &file).unwrap();
    let message = Spikes::read(&file).unwrap_err().to_string();
    assert!(message.contains("`spikes/V1`: row 2: node 3 at 1 ms after node 1 at 1.25 ms"), "{message}");
}
