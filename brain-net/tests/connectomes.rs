//! These tests read edge lists, matrices and tables, and check that wrong ones are refused with file and row.

mod shared;

use brain_net::area::AreaMatrix;
use brain_net::connectome::{
    ConnectomeError, EdgeColumns, EdgeList, EdgeOptions, MatrixFile, ModelScale, NeuronTable, Orientation,
    ProbabilityTable, SynapseParameters,
};
use brain_net::{Delays, Seed, Sign};
use shared::shared;
use std::path::{Path, PathBuf};

fn file(dir: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn options() -> EdgeOptions {
    EdgeOptions { dt_ms: 0.1, kinds: vec![], inhibitory: vec![], scale: 1.0, delay_ms: 1.0 }
}

#[test]
fn an_edge_list_becomes_four_projections() {
    let dir = tempfile::tempdir().unwrap();
    let text = "from\tto\tstrength\ttype\tdelay_us\nb\ta\t2\tchemical\t1500\na\tb\t-1.5\tchemical\t\na\tc\t-2\tchemical\t700\nb\ta\t3\tchemical\t1500\nc\ta\t1\tgap\t0\n";
    let columns = EdgeColumns {
        weight: Some("strength".into()),
        delay: Some("delay_us".into()),
        delay_unit: Some("us".into()),
        ..EdgeColumns::default()
    };
    let list = EdgeList::read(&file(&dir, "e.tsv", text), &columns, None).unwrap();
    assert_eq!((list.neurons.join(""), list.kinds.len(), list.edges.len()), ("abc".into(), 2, 5));
    let network = list.network(&EdgeOptions { kinds: vec!["chemical".into()], ..options() }).unwrap();
    let names: Vec<_> = network.graph.projections.iter().map(|p| (p.name.as_str(), p.synapses())).collect();
    assert_eq!(names, [("E-I", 2), ("I-E", 2)]);
    assert_eq!((&*network.anatomy[0].labels.join(""), &*network.anatomy[1].labels.join("")), ("bc", "a"));
    let p = &network.graph.projections[0];
    assert_eq!(
        (p.edges.targets.as_slice(), p.edges.weights.as_slice(), &p.edges.delays),
        (&[0, 0][..], &[2.0, 3.0][..], &Delays::Uniform(15))
    );
    let p = &network.graph.projections[1];
    assert_eq!(
        (p.sign, p.edges.weights.as_slice(), &p.edges.delays),
        (Sign::Inhibitory, &[1.5, 2.0][..], &Delays::Each(vec![10, 7]))
    );
}

fn refused(text: &str, neurons: Option<&str>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let read = || -> Result<(), ConnectomeError> {
        let table = neurons.map(|t| NeuronTable::read(&file(&dir, "neurons.csv", t), None, None)).transpose()?;
        let list = EdgeList::read(&file(&dir, "edges.csv", text), &EdgeColumns::default(), table.as_ref())?;
        list.network(&options()).map(drop)
    };
    read().unwrap_err().to_string()
}

#[test]
fn wrong_edges_are_named_with_file_and_row() {
    let table = Some("id,sign\na,e\nb,i\n");
    for (text, neurons, parts) in [
        (
            "pre,post,weight\na,b,1\na,x,1\n",
            table,
            &["edges.csv: row 3", "postsynaptic neuron `x`", "2 neurons of", "neurons.csv"][..],
        ),
        ("pre,post,weight\na,b,1\n", Some("id\na\nb\na\n"), &["neurons.csv: row 4", "`a` is that of row 2 too"]),
        ("pre,post,delay\na,b,1\n\nb,a,-0.5\n", None, &["edges.csv: row 4", "delay of -0.5 ms is negative"]),
        ("pre,post,weight\na,b,inf\n", None, &["row 2", "weight is `inf`, not a finite number"]),
        ("pre,post,weight\na,b,\n", None, &["row 2", "weight is ``"]),
        (
            "pre,post,weight\na,b,1\na,c,-1\n",
            None,
            &["row 3", "weight -1 of neuron `a`", "the sign of row 2", "Dale's law"],
        ),
        ("pre,post,weight\na,b,-1\n", table, &["row 2", "table of neurons (excitatory)", "Dale's law"]),
        ("pre,post,weight\na,b\n", None, &["row 2", "2 cells, where the header has 3"]),
        ("pre,to_whom,weight\na,b,1\n", None, &["no column `post`", "`to_whom`", "columns: {post: NAME}"]),
        ("", None, &["edges.csv: no rows"]),
        ("pre,post\na,b\n", Some("id,sign\na,x\nb,e\n"), &["neurons.csv: row 2", "the sign is `x`; known: e, i"]),
        ("pre,post,delay\na,b,1e9\n", None, &["a delay of 1000000000 ms"]),
    ] {
        let message = refused(text, neurons);
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
    let text = EdgeList::read(Path::new("/nowhere/e.csv"), &EdgeColumns::default(), None).unwrap_err().to_string();
    assert!(text.starts_with("/nowhere/e.csv: ") && text.contains("check the path"), "{text}");
}

fn matrix(text: &str, distances: Option<&str>, orientation: Orientation) -> Result<AreaMatrix, String> {
    let dir = tempfile::tempdir().unwrap();
    let distances = distances.map(|d| file(&dir, "mm.csv", d));
    let fln = file(&dir, "fln.csv", text);
    MatrixFile { fln, orientation, distances, coordinates: None }.read().map_err(|e| e.to_string())
}

#[test]
fn matrices_with_and_without_names() {
    let plain = matrix("0,0.2,0.1\n0.5,0,0\n0.3,0.4,0\n", None, Orientation::TargetRows).unwrap();
    assert_eq!((plain.fraction(0, 1), plain.fraction(1, 0), &*plain.names[2]), (0.2, 0.5, "A03"));
    let text = "source,V1,5,V4\nV1,,0.5,0.3\n5,0.2,,0.4\nV4,0.1,0,\n";
    let distances = ",V4,V1,5\nV4,0,3,2\nV1,3,0,1\n5,2,1,0\n";
    let named = matrix(text, Some(distances), Orientation::TargetColumns).unwrap();
    assert_eq!((named.fln.clone(), named.names.join(" ")), (plain.fln, "V1 5 V4".into()));
    assert_eq!((named.distance(0, 1), named.distance(2, 0), named.distance(2, 1)), (Some(1.0), Some(3.0), Some(2.0)));
}

#[test]
fn wrong_matrices_are_named() {
    let rows = Orientation::TargetRows;
    for (text, distances, parts) in [
        ("0,1\n1,0\n1,0\n", None, &["fln.csv", "not square: 3 rows and 2 columns"][..]),
        (",a,b\na,0,0.1\nc,0.1,0\n", None, &["row 3 is area `c`, column 2 is `b`"]),
        (",a,b\na,0,0.1\nb,0.1\n", None, &["row 3", "2 cells, where the header has 3"]),
        (",a,b\na,0,-0.1\nb,0.1,0\n", None, &["row 2", "column `b`: -0.1 is not 0 or more"]),
        (",a,b\na,0,nan\nb,0.1,0\n", None, &["row 2", "b is `nan`, not a finite number"]),
        (",a,a\na,0,0\na,0,0\n", None, &["row 3", "the id `a`"]),
        (",a,b\na,0,0.1\nb,0.1,0\n", Some(",a,c\na,0,1\nc,1,0\n"), &["mm.csv", "no distances of area `b`"]),
        ("0,0.9,0.9\n0.1,0,0\n0.1,0,0\n", None, &["declare `orientation: target-columns`"]),
    ] {
        let message = matrix(text, distances, rows).unwrap_err();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs marmoset-fln in ../shared/data or BRAIN_DATA")]
fn the_marmosets_matrix_has_the_published_statistics() {
    let fln = shared("marmoset-fln/usyd_AdjMarmoset.csv");
    let m = MatrixFile { fln, orientation: Orientation::TargetColumns, ..Default::default() }.read().unwrap();
    let s = m.statistics();
    assert_eq!((s.areas, s.links), (55, 1854));
    for (found, published) in [
        (s.density, 0.624),
        (s.log10_mean, -2.62),
        (s.log10_sd, 1.06),
        (s.log10_skew, -0.06),
        (s.reciprocal, 0.503),
        (s.one_way, 0.242),
        (s.unconnected, 0.255),
        (s.in_degree_sd / 10.0, 1.14),
        (s.out_degree_sd / 10.0, 0.89),
    ] {
        assert!((found - published).abs() < 0.006, "{found} {published}");
    }
    // This matrix is the mean over injections, which differs a little from the first, and has names; distances come
    // from named centres.
    let (fln, names) =
        (shared("marmoset-fln/derived_mean_FLNe_square.csv"), shared("marmoset-fln/usyd_MarmosetAcrn116.csv"));
    let xyz = shared("marmoset-fln/usyd_CoordsMarmoset.csv");
    let (names, xyz) = (std::fs::read_to_string(names).unwrap(), std::fs::read_to_string(xyz).unwrap());
    let rows: Vec<_> = names.split_whitespace().zip(xyz.lines()).map(|(n, l)| format!("{n},{l}")).collect();
    let dir = tempfile::tempdir().unwrap();
    let coordinates = Some(file(&dir, "xyz.csv", &rows.join("\n")));
    let m = MatrixFile { fln, orientation: Orientation::TargetColumns, distances: None, coordinates }.read().unwrap();
    let s = m.statistics();
    assert_eq!(s.links, 1861);
    assert!((s.distance_slope.unwrap() - 0.225).abs() < 0.01, "{s:?}");
    assert!((s.distance_rate.unwrap() - 0.22).abs() < 0.01, "{s:?}");
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs macaque-markov in ../shared/data or BRAIN_DATA")]
fn the_macaques_matrix_has_its_536_links() {
    let (fln, mm) = (shared("macaque-markov/flnMat_29.csv"), shared("macaque-markov/distance_mm_29.csv"));
    let m = MatrixFile { fln, distances: Some(mm), ..Default::default() }.read().unwrap();
    assert_eq!((m.areas(), m.statistics().links), (29, 536));
    // Ercsey-Ravasz et al. 2013 report 0.19 /mm for the macaque, by another estimator.
    let s = m.statistics();
    assert!((0.08..0.25).contains(&s.distance_slope.unwrap()), "{s:?}");
    assert!(m.fraction(0, 1) > 0.7, "V1 is driven by V2");
    let wrong = MatrixFile {
        orientation: Orientation::TargetColumns,
        fln: shared("macaque-markov/flnMat_29.csv"),
        ..Default::default()
    };
    assert!(matches!(wrong.read(), Err(ConnectomeError::Table { file, .. }) if file == wrong.fln));
}

/// The synapses of the microcircuit have these magnitudes and delays.
const SYNAPSES: SynapseParameters = SynapseParameters {
    weight: 87.8,
    weight_cv: 0.1,
    g: 4.0,
    excitatory_delay_ms: 1.5,
    inhibitory_delay_ms: 0.75,
    delay_cv: 0.5,
};

const TABLE: &str = r#"{"populations": ["E", "I"], "n_full": [200, 50], "conn_probs": [[0.1, 0.2], [0.3, 0.0]]}"#;

#[test]
fn a_table_of_probabilities() {
    let dir = tempfile::tempdir().unwrap();
    let table = ProbabilityTable::read(&file(&dir, "p.json", TABLE)).unwrap();
    // The number is -ln(0.9) * 200^2 to first order.
    assert!((table.synapses(0, 0) - 4214.4).abs() < 0.1, "{}", table.synapses(0, 0));
    let scale = ModelScale { neurons: 0.5, in_degrees: 0.5 };
    let network = table.build(0.1, scale, &SYNAPSES, Seed::new(1)).unwrap();
    network.check().unwrap();
    assert_eq!(network.populations().map(|p| p.size()).collect::<Vec<_>>(), [100, 25]);
    let p = network.projection("I-E").unwrap();
    assert_eq!((p.synapses(), p.sign), ((table.synapses(0, 1) / 4.0).round() as usize, Sign::Inhibitory));
    let mean = p.magnitudes().iter().sum::<f32>() / p.synapses() as f32;
    assert!((mean / 351.2 - 1.0).abs() < 0.03, "{mean}");
    assert!(network.projection("I-I").is_none(), "no probability, no projection");
    for (from, to, part) in [
        ("[0.3, 0.0]", "[0.3]", "row 1 (I): the matrix is not square: 1 of 2 columns"),
        ("0.3", "1.3", "row 1: 1.3 from E to I is not a probability"),
        ("[200, 50]", "[200]", "`n_full` has 1 entries for 2 populations"),
        ("\"I\"]", "\"E\"]", "`E` occurs twice"),
        ("]]}", "]", "not a table of probabilities"),
    ] {
        let text = ProbabilityTable::read(&file(&dir, "q.json", &TABLE.replace(from, to))).unwrap_err().to_string();
        assert!(text.contains("q.json") && text.contains(part), "{text}");
    }
}

/// The cortical microcircuit has 77,169 neurons and 0.3 billion synapses at full scale (Potjans and Diesmann 2014).
#[test]
#[cfg_attr(not(shared_data), ignore = "needs potjans-diesmann in ../shared/data or BRAIN_DATA")]
fn the_microcircuit_has_its_published_size() {
    let path = shared("potjans-diesmann/microcircuit.json");
    let table = ProbabilityTable::read(&path).unwrap();
    assert_eq!(table.sizes.iter().sum::<u32>(), 77_169);
    let total: f64 = (0..64).map(|k| table.synapses(k / 8, k % 8)).sum();
    assert!((total / 1e6 - 299.0).abs() < 2.0, "{total}");
    let network = table.build(0.1, ModelScale { neurons: 0.1, in_degrees: 0.1 }, &SYNAPSES, Seed::new(1)).unwrap();
    assert!((network.synapses() as f64 / 2.99e6 - 1.0).abs() < 0.01, "{}", network.synapses());
    network.check().unwrap();
}

/// The connectome is that of the hermaphrodite C. elegans (Cook et al. 2019), with the 24 inhibitory ones of the 26
/// GABAergic neurons of McIntire et al. 1993.
#[test]
fn the_worm() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/celegans");
    let list = EdgeList::read(&data.join("herm_full_edgelist.csv"), &EdgeColumns::default(), None).unwrap();
    let count = |kind| list.edges.iter().filter(|e| list.kinds[e.kind] == kind).count();
    assert_eq!((list.edges.len(), count("chemical"), count("electrical")), (7379, 4681, 2698));
    let inhibitory: Vec<String> = ["DD*", "VD*", "RME*", "RIS"].map(String::from).into();
    let kinds = vec!["chemical".into()];
    let network = list.network(&EdgeOptions { kinds, inhibitory, ..options() }).unwrap();
    assert_eq!((network.at(1).size(), network.synapses()), (24, 4681));
    assert!(list.neurons.iter().all(|n| n.trim() == n), "names are padded with blanks in the file");
}
