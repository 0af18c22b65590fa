//! These tests run the commands as a user does.

use brain_core::Checkpoint;
use brain_net::AnatomicalNetwork;
use kernels::network::{PerNeuron, PopulationKind};
use std::path::Path;
use std::process::{Command, Output};

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brain-net")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn config(name: &str) -> String {
    format!("{}/config/{name}.yaml", env!("CARGO_MANIFEST_DIR"))
}

fn load(dir: &Path) -> AnatomicalNetwork {
    let mut checkpoint = Checkpoint::load(&dir.join("network.safetensors")).unwrap();
    let network = AnatomicalNetwork::from_checkpoint(&mut checkpoint).unwrap();
    checkpoint.finish().unwrap();
    network
}

fn build(dir: &Path, config: &str, more: &[&str]) -> Output {
    let out = dir.display().to_string();
    run(&[&["build", config, "--out", &out, "--quiet"], more].concat())
}

#[test]
fn the_marmoset_is_the_same_for_any_number_of_threads() {
    let dirs = [1, 4].map(|threads| (threads, tempfile::tempdir().unwrap()));
    let small = ["--set", "areas.neurons_per_area=200", "--set", "marmoset.areas=6", "--set", "out=same"];
    for (threads, dir) in &dirs {
        let threads = threads.to_string();
        let output = build(dir.path(), &config("marmoset"), &[&small[..], &["--threads", &threads]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let networks = dirs.each_ref().map(|(_, dir)| load(dir.path()));
    assert!(networks[0] == networks[1]);
    assert_eq!((networks[0].neurons(), networks[0].synapses()), (1_200, 270_000));
    let (e, i) = networks[0].inputs(0);
    assert!(e.iter().zip(&i).all(|(e, i)| (i / e - 2.8).abs() < 1e-4), "balanced");

    let dir = dirs[0].1.path();
    let metrics: serde_json::Value = serde_json::from_slice(&std::fs::read(dir.join("metrics.json")).unwrap()).unwrap();
    assert_eq!((metrics["neurons"].as_u64(), metrics["synapses"].as_u64()), (Some(1_200), Some(270_000)));
    assert!((metrics["areas"]["density"].as_f64().unwrap() - 0.624).abs() < 0.02);
    assert!(metrics["weight_stats"]["E-E-long"]["ks_lognormal"].as_f64().unwrap() < 0.01);
    assert!(metrics["seconds_build"].as_f64().unwrap() > 0.0);
    for name in ["connectivity", "distributions", "areas"] {
        for ending in ["svg", "png", "csv"] {
            assert!(dir.join(format!("{name}.{ending}")).metadata().unwrap().len() > 1000, "{name}.{ending}");
        }
    }
    // The config of the output folder, on a third number of threads, and the written matrix give the same connectivity.
    let again = tempfile::tempdir().unwrap();
    let output = build(again.path(), &dir.join("config.yaml").display().to_string(), &["--threads", "2"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(load(again.path()) == networks[0]);
    let fln = format!("matrix.fln={}", dir.join("fln.csv").display());
    let mm = format!("matrix.distances={}", dir.join("distances.csv").display());
    let more = ["--set", "source=matrix", "--set", &fln, "--set", &mm];
    let output = build(again.path(), &config("marmoset"), &[&small[..], &more].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(load(again.path()).graph.projections == networks[0].graph.projections, "numbers read back as they were");
    let checkpoint = Checkpoint::load(&again.path().join("network.safetensors")).unwrap();
    let roles: Vec<_> = checkpoint.meta.lineage.iter().map(|i| (i.role.as_str(), i.sha256.len())).collect();
    assert_eq!(roles, [("connectome", 64), ("connectome", 64)]);
}

#[test]
fn the_worm_and_the_papers_network() {
    let dir = tempfile::tempdir().unwrap();
    let output = build(dir.path(), &config("celegans"), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let file = dir.path().join("network.safetensors").display().to_string();
    let network = load(dir.path());
    assert_eq!((network.neurons(), network.synapses()), (448, 4681));
    assert!(network.anatomy[1].labels.contains(&"DD01".to_string()));
    let printed = text(&run(&["inspect", &file]).stdout);
    assert!(printed.contains("448 neurons, 4681 synapses") && printed.contains("spectral radius"), "{printed}");
    let list = format!("{}/data/celegans/herm_full_edgelist.csv", env!("CARGO_MANIFEST_DIR"));
    let printed = text(&run(&["inspect", &list]).stdout);
    assert!(printed.contains("448 neurons, 7379 synapses"), "an edge list as it is: {printed}");

    let dir = tempfile::tempdir().unwrap();
    let output = build(dir.path(), &config("paper"), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let network = load(dir.path());
    // The paper's code has 60,400 weights, of which 400 are those of the readout.
    assert_eq!(network.synapses(), 60_000);
    assert!(network.at(0).is_input() && network.neurons() == 200);
    let json: serde_json::Value = serde_json::from_slice(
        &run(&["inspect", "--json", &dir.path().join("network.safetensors").display().to_string()]).stdout,
    )
    .unwrap();
    let mean = |k: usize| json[0]["summary"]["projections"][k]["weight"]["mean"].as_f64().unwrap();
    for (k, published) in [(0, 0.0824), (2, 0.0459), (4, 0.1823)] {
        assert!((mean(k) / published - 1.0).abs() < 0.05, "{} {published}", mean(k));
    }
}

#[test]
fn a_built_microcircuit_does_not_need_its_table() {
    let dir = tempfile::tempdir().unwrap();
    let (table, yaml) = (dir.path().join("microcircuit.json"), dir.path().join("c.yaml"));
    std::fs::copy(config("microcircuit").replace("yaml", "json"), &table).unwrap();
    std::fs::copy(config("microcircuit"), &yaml).unwrap();
    let small = ["--set", "probabilities.neurons=0.01", "--set", "probabilities.in_degrees=0.01"];
    let output = build(dir.path(), &yaml.display().to_string(), &small);
    assert!(output.status.success(), "{}", text(&output.stderr));
    std::fs::remove_file(table).unwrap();
    let [network, out] = ["network.safetensors", "run"].map(|n| dir.path().join(n).display().to_string());
    let times = ["--set", "simulation.duration=60 ms", "--set", "simulation.transient=20 ms"];
    let args = [&["run", &network, "--out", &out, "--json"], &times[..]].concat();
    let output = run(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let metrics: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(metrics["rate_hz"]["L5E"].as_f64().unwrap() > 0.0, "the external input is there: {}", metrics["rate_hz"]);
}

#[test]
fn a_fitted_population_is_sampled() {
    let dir = tempfile::tempdir().unwrap();
    let cell = kernels::find("gif").unwrap();
    for (k, name) in ["a", "b"].into_iter().enumerate() {
        let mut fitted = Checkpoint::default();
        fitted.meta.models = vec![brain_core::checkpoint::ModelInfo {
            population: "cell".into(),
            model: "gif".into(),
            ..Default::default()
        }];
        for field in cell.param {
            fitted.insert(
                format!("param/cell/{}", field.name),
                brain_core::checkpoint::Array::one(field.default + k as f64),
            );
        }
        fitted.save(&dir.path().join(format!("{name}.safetensors"))).unwrap();
    }
    let yaml = "source: rules\npopulations:\n- {name: E, size: 100}\nprojections:\n- {from: E, to: E, rule: fixed-in-degree, k: 5}\nfixed: [E-E]\nneurons:\n  E:\n    cells: [a.safetensors, b.safetensors]\n    params: {V_th: -0.045 V}\n";
    let file = dir.path().join("c.yaml");
    std::fs::write(&file, yaml).unwrap();
    let output = build(&dir.path().join("out"), &file.display().to_string(), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let network = load(&dir.path().join("out"));
    let PopulationKind::Named { model, params } = &network.graph.populations[0].kind else { panic!("a name") };
    assert_eq!((model.as_str(), &params["V_th"]), ("gif", &PerNeuron::Same(-45.0)));
    let default = cell.param.iter().find(|f| f.name == "c_m").unwrap().default;
    let second = params["c_m"].as_slice().iter().filter(|x| **x == default + 1.0).count();
    assert!((25..75).contains(&second) && params["c_m"].as_slice().len() == 100, "{second}");
    assert!(network.graph.projections[0].plastic.as_ref().unwrap().iter().all(|p| !p));
    let meta = Checkpoint::load(&dir.path().join("out/network.safetensors")).unwrap().meta;
    assert_eq!(meta.lineage.iter().filter(|i| i.role == "parent").count(), 2);
    assert_eq!(meta.model("E").unwrap().doi, cell.source);
}

#[test]
fn areas_have_sizes_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let yaml = "marmoset: {areas: 3, density: 1}
areas:
  sizes_file: sizes.csv
  local: {excitatory: 10, inhibitory: 5}
  long_range: {to_excitatory: 8, to_inhibitory: 8}
";
    let file = dir.path().join("c.yaml").display().to_string();
    std::fs::write(&file, yaml).unwrap();
    let built = |table: &str, out: &str, more: &[&str]| {
        std::fs::write(dir.path().join("sizes.csv"), table).unwrap();
        build(&dir.path().join(out), &file, more)
    };
    let output = built("area,neurons\nA02,50\nA01,200\nA03,75\n", "table", &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = load(&dir.path().join("table"));
    let sizes = [0, 1].map(|k| table.anatomy[k].segments.iter().map(|s| s.size()).collect::<Vec<_>>());
    assert_eq!(sizes, [vec![160, 40, 60], vec![40, 10, 15]]);
    let lists = ["--set", "areas.sizes_file=null", "--set", "areas.sizes=[200, 50, 75]"];
    assert!(built("", "list", &lists).status.success());
    assert_eq!(load(&dir.path().join("list")), table);
    let both = built("", "both", &["--set", "areas.sizes=[1, 2, 3]"]);
    assert!(text(&both.stderr).contains("areas.sizes: there is `sizes_file` too"), "{}", text(&both.stderr));
    let short = ["--set", "areas.sizes_file=null", "--set", "areas.sizes=[200, 50]"];
    assert!(text(&built("", "short", &short).stderr).contains("2 sizes for 3 areas"));
    let message = text(&built("area,neurons\nA01,200\nA20,3\n", "bad", &[]).stderr);
    assert!(message.contains("sizes.csv: row 3: the area is `A20`; known: A01, A02, A03"), "{message}");
    let message = text(&built("area,neurons\nA01,200\nA02,12\nA03,75\n", "small", &[]).stderr);
    assert!(message.contains("from the area `A02` are more than the 9 neurons"), "{message}");
}

#[test]
fn bad_configs_end_with_status_2_and_a_place() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |yaml: &str, more: &[&str]| {
        let file = dir.path().join("c.yaml");
        std::fs::write(&file, yaml).unwrap();
        let output = build(&dir.path().join("out"), &file.display().to_string(), more);
        assert_eq!(output.status.code(), Some(2), "{yaml}: {}", text(&output.stderr));
        text(&output.stderr)
    };
    let rules =
        "source: rules\npopulations:\n- {name: E, size: 100}\n- {name: I, size: 20, sign: inhibitory}\nprojections:\n";
    for (yaml, parts) in [
        (format!("{rules}- {{from: E, to: E}}\nfixed: [E-I]\n"), &["unknown value `E-I`", "E-E"][..]),
        ("areaz: 1\n".to_owned(), &["c.yaml:1: unknown key `areaz`; did you mean `areas`?"]),
        ("dt: 3 mV\n".into(), &["c.yaml:1: dt: `mV` is a voltage"]),
        ("marmoset:\n  density: 1.5\n".into(), &["c.yaml:2: marmoset.density: 1.5 must be within 0 and 1"]),
        ("source: edges\n".into(), &["error: ", "check the path"]),
        (format!("{rules}- {{from: E, to: X}}\n"), &["c.yaml:6: unknown value `X`", "E, I"]),
        (format!("{rules}- {{from: E, to: I, p: 2}}\n"), &["E-I: p = 2 is not a probability"]),
        (format!("{rules}- {{from: E, to: I, weight: {{mean: -1}}}}\n"), &["projections.0.weight", "Dale's law"]),
        (format!("{rules}- {{from: E, to: I, delay: -1 ms}}\n"), &["projections.0.delay: -1 ms must be 0 or more"]),
        (
            format!("{rules}- {{from: E, to: I, rule: fixed-probabilty}}\n"),
            &["unknown value `fixed-probabilty`; did you mean `fixed-probability`?"],
        ),
        (format!("{rules}- {{from: E, to: E}}\nneurons:\n  E: {{model: lff}}\n"), &["neurons.E.model", "lff"][1..]),
        (
            rules.replace("size: 100", "size: 4000000000") + "- {from: E, to: E, p: 0.9}\n",
            &["c.yaml:3: populations.0.size: ", "of memory are needed"],
        ),
    ] {
        let message = refused(&yaml, &[]);
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
    assert!(refused("{}", &["--threads", "0"]).contains("1..=1024"));
    assert!(
        refused("{}", &["--set", "areas.excitatory=2"])
            .contains("--set areas.excitatory=2: areas.excitatory: 2 must be within")
    );
    let printed = text(&run(&["build", &config("marmoset"), "--print-config"]).stdout);
    assert!(printed.contains("neurons_per_area: 400") && printed.contains("velocity: 3.5 m/s"), "{printed}");
    // A file of another program and a damaged file are errors.
    let file = dir.path().join("x.safetensors");
    std::fs::write(&file, [0u8; 3]).unwrap();
    let output = run(&["inspect", &file.display().to_string(), "/nowhere/n.safetensors"]);
    let message = text(&output.stderr);
    assert!(
        output.status.code() == Some(2)
            && message.contains("x.safetensors is damaged")
            && message.contains("2 could not be used"),
        "{message}"
    );
}

#[test]
fn a_mask_says_which_pairs_may_be_connected() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let net = |rule: &str| {
        format!(
            "source: rules\nseed: 3\npopulations: [{{name: E, size: 40}}, {{name: I, size: 9, sign: inhibitory}}]\nprojections:\n\
             - {{from: E, to: I, rule: {rule}, mask: pairs.csv, weight: {{mean: 0.5}}}}\n\
             - {{from: I, to: E, rule: fixed-probability, p: 0.5}}\n"
        )
    };
    let pairs: Vec<(u32, u32)> = (0..40).flat_map(|i| [(i, i % 9), (i, (i + 4) % 9)]).collect();
    let rows: String = pairs.iter().rev().map(|(i, j)| format!("{i},{j}\n")).collect();
    write("pairs.csv", &format!("pre,post\n{rows}"));
    let config = dir.path().join("net.yaml");
    let at = config.display().to_string();
    let made = |rule: &str, out: &str| {
        write("net.yaml", &net(rule));
        build(&dir.path().join(out), &at, &[])
    };
    for (rule, out, all) in [("all-to-all", "all", true), ("fixed-probability, p: 0.5", "half", false)] {
        let output = made(rule, out);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let network = load(&dir.path().join(out));
        let p = &network.graph.projections[0];
        let of = |row: usize| p.row(row).map(move |k| (row as u32, p.edges.targets[k]));
        let found: Vec<(u32, u32)> = (0..40).flat_map(of).collect();
        let mut want = pairs.clone();
        want.sort_unstable();
        assert!(found.iter().all(|pair| want.contains(pair)) && (found == want) == all, "{found:?}");
        assert!(found.len() > 20);
    }
    let fails = |rule: &str, part: &str| {
        let output = made(rule, "no");
        let message = text(&output.stderr);
        assert!(output.status.code() == Some(2) && message.contains(part), "{message}");
    };
    fails("fixed-in-degree, k: 3", "projections.0.mask");
    write("pairs.csv", "pre,post\n1,2\n40,2\n");
    fails("all-to-all", "pairs.csv: row 3: the presynaptic neuron `40`");
}
