//! These tests run `brain-net run` as a user does.

use brain_core::Checkpoint;
use brain_core::checkpoint::{Array, ModelInfo};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn command(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brain-net")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn config(name: &str) -> String {
    format!("{}/config/{name}.yaml", env!("CARGO_MANIFEST_DIR"))
}

fn run(config: &Path, out: &Path, more: &[&str]) -> Output {
    command(&[&["run", &config.display().to_string(), "--out", &out.display().to_string(), "--quiet"], more].concat())
}

/// Runs the command without figures, which take longer than a small network.
fn ran(config: &Path, out: &Path, more: &[&str]) -> Value {
    let output = run(config, out, &[&["--set", "simulation.raster=0 ms"], more].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&std::fs::read(out.join("metrics.json")).unwrap()).unwrap()
}

fn spikes(out: &Path) -> String {
    std::fs::read_to_string(out.join("spikes.csv")).unwrap()
}

/// The config has two populations with delays per synapse, short-term plasticity of excitation, and a current that is
/// switched on and off.
const SMALL: &str = "
source: rules
populations:
- {name: E, size: 400}
- {name: I, size: 100, sign: inhibitory}
projections:
- {from: E, to: E, weight: {mean: 3}, delay: 1.5 ms, delay_sd: 0.4 ms}
- {from: E, to: I, weight: {mean: 3}}
- {from: I, to: E, weight: {mean: 20}}
- {from: I, to: I, weight: {mean: 20}}
simulation:
  duration: 400 ms
  transient: 100 ms
  voltage: {E: 3, I: 2}
  inputs:
  - {kind: poisson, to: E, rate: 5 Hz, sources: 200, weight: 2.5}
  - {kind: poisson, to: I, rate: 1 kHz, weight: 2.5}
  - {kind: current, to: E, amplitude: 0.1 nA, start: 150 ms, end: 250 ms}
  synapses:
    E-E: {plasticity: {U: 0.4, tau_rec: 200 ms, tau_facil: 50 ms}}
";

fn small(dir: &Path) -> PathBuf {
    let file = dir.join("small.yaml");
    std::fs::write(&file, SMALL).unwrap();
    file
}

#[test]
fn spikes_do_not_depend_on_threads_building_first_or_resuming() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (small(dir.path()), |name: &str| dir.path().join(name));
    let go_on = |args: &[&str]| run(&file, &out("cut"), args);
    for dtype in ["f32", "f64"] {
        let whole = ran(&file, &out("whole"), &["--dtype", dtype, "--threads", "1"]);
        let expected = spikes(&out("whole"));
        assert!(expected.lines().count() > 500, "{}", expected.lines().count());
        // There are four threads in one precision and two in the other. More threads than processors wait long for each
        // other, so that the run ends halfway through the current.
        let (threads, ms) = if dtype == "f32" { ("4", 200.0) } else { ("2", 400.0) };
        let duration = format!("simulation.duration={ms} ms");
        ran(&file, &out("threads"), &["--dtype", dtype, "--threads", threads, "--set", &duration]);
        let until = |line: &&str| line.rsplit(',').next().unwrap().parse().is_ok_and(|t: f64| t <= ms);
        let head = expected.lines().skip(1).take_while(until);
        let found = spikes(&out("threads"));
        assert!(found.lines().count() > 500 && found.lines().skip(1).eq(head), "{threads} threads");
        // The run is interrupted off the grid of chunks, and an earlier state is saved in between.
        let one = ["--dtype", dtype, "--threads", "1"];
        let cut = ["--set", "simulation.duration=213.3 ms", "--set", "simulation.save_every=50 ms"];
        ran(&file, &out("cut"), &[one, cut].concat());
        let resumed = ran(&file, &out("cut"), &[&one[..], &["--resume"]].concat());
        assert!(spikes(&out("cut")) == expected, "resumed");
        assert_eq!(resumed["activity"], whole["activity"]);
        assert_eq!(resumed["rate_hz"], whole["rate_hz"]);
        let traces = ["cut", "whole"].map(|d| std::fs::read_to_string(out(d).join("traces.csv")).unwrap());
        assert!(traces[0] == traces[1] && traces[0].lines().count() == 4001, "potentials too");
        assert!(traces[0].starts_with("time_ms,E 0,E 133,E 266,I 0,I 50\n0.1000,"), "{}", &traces[0][..60]);
        assert!(std::fs::read(out("cut/state.safetensors")).unwrap().len() > 1000);
        let states = ["cut", "whole"].map(|d| Checkpoint::load(&out(d).join("state.safetensors")).unwrap());
        for name in states[0].names() {
            assert!(states[0].get(name) == states[1].get(name), "{name}");
        }
    }
    let refused = go_on(&["--resume", "--dtype", "f64", "--set", "simulation.duration=200 ms"]);
    let message = text(&refused.stderr);
    assert!(refused.status.code() == Some(2) && message.contains("400 ms are simulated"), "{message}");
    // Spikes that are not recorded are still counted.
    let one = ["--threads", "1"];
    let all = ran(&file, &out("whole"), &one);
    let part = ran(&file, &out("part"), &[&one[..], &["--set", "simulation.record=[I]"]].concat());
    assert_eq!(part["rate_hz"], all["rate_hz"]);
    assert!(part["rate_hz"]["E"].as_f64().unwrap() > 1.0 && part["activity"]["E"].is_null());
    std::fs::remove_file(out("cut/spikes.csv")).unwrap();
    let refused = go_on(&["--resume", "--dtype", "f64"]);
    let message = text(&refused.stderr);
    assert!(refused.status.code() == Some(2) && message.contains("spikes.csv: not there"), "{message}");
    let refused = go_on(&["--resume", "--set", "simulation.receptors=cond-alpha", "--dtype", "f64"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("another config"), "{}", text(&refused.stderr));

    let built = command(&["build", &file.display().to_string(), "--out", &out("net").display().to_string(), "--quiet"]);
    assert!(built.status.success(), "{}", text(&built.stderr));
    ran(&out("net").join("network.safetensors"), &out("built"), &one);
    assert!(spikes(&out("built")) == spikes(&out("whole")));
    let drawn = run(&file, &out("drawn"), &["--threads", "1"]);
    assert!(drawn.status.success() && spikes(&out("drawn")) == spikes(&out("whole")));
    assert!(["raster.png", "potentials.png"].iter().all(|name| out("drawn").join(name).exists()));
    let refused = run(&out("net/network.safetensors"), &out("built"), &["--set", "balance=1"]);
    assert!(refused.status.code() == Some(2) && text(&refused.stderr).contains("built already"));
}

#[test]
fn currents_follow_their_schedule_and_spikes_are_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("c.yaml");
    std::fs::write(dir.path().join("in.csv"), "population,neuron,time_ms\nX,1,50.0\nX,0,20.0\nX,1,20.0\n").unwrap();
    let yaml = "
source: rules
populations: [{name: X, size: 2}, {name: E, size: 2}, {name: F, size: 3, sign: inhibitory}]
projections: [{from: X, to: E, rule: one-to-one, weight: {distribution: constant, mean: 500}}]
neurons: {X: {model: input}}
simulation:
  duration: 300 ms
  transient: 0 ms
  scattered_start: false
  record: [X, E, F]
  inputs:
  - {kind: spikes, to: X, file: in.csv}
  - {kind: current, to: F, amplitude: 1 nA, start: 100 ms, end: 200 ms}
";
    std::fs::write(&file, yaml).unwrap();
    let metrics = ran(&file, &dir.path().join("out"), &[]);
    let drawn = ["raster", "potentials"].map(|name| dir.path().join("out").join(name).with_extension("png").exists());
    assert_eq!(drawn, [false; 2], "a raster of 0 ms is none");
    let all = spikes(&dir.path().join("out"));
    let of = |name: &str| -> Vec<(u32, f64)> {
        let rows = all.lines().skip(1).map(|l| l.split(',').collect::<Vec<_>>()).filter(|c| c[0] == name);
        rows.map(|c| (c[1].parse().unwrap(), c[2].parse().unwrap())).collect()
    };
    assert_eq!(of("X"), [(0, 20.0), (1, 20.0), (1, 50.0)]);
    assert!(of("E").iter().all(|(_, t)| (21.0..45.0).contains(t) || (51.0..75.0).contains(t)), "{:?}", of("E"));
    assert!(of("E").iter().filter(|s| s.0 == 1).count() > of("E").iter().filter(|s| s.0 == 0).count());
    // A LIF neuron at 1000 pA reaches the threshold after 10 ms ln(40 / 25) = 4.7 ms, and again 6.7 ms later, since it
    // is refractory for 2 ms; the grid of 0.1 ms may add a step.
    let f: Vec<f64> = of("F").into_iter().filter(|s| s.0 == 2).map(|s| s.1).collect();
    assert!((f[0] - 104.8).abs() < 0.11 && (f[1] - f[0] - 6.8).abs() < 0.11 && f.iter().all(|t| *t < 200.1), "{f:?}");
    assert_eq!((metrics["neurons"].as_u64(), metrics["biological_seconds"].as_f64()), (Some(5), Some(0.3)));
    assert!(metrics["activity"]["F"]["isi_cv"].as_f64().unwrap() < 0.02);
}

#[test]
fn fitted_neurons_get_receptors() {
    let dir = tempfile::tempdir().unwrap();
    let cells = dir.path().join("cells");
    for (k, name) in ["a", "b"].into_iter().enumerate() {
        let mut cell = Checkpoint::default();
        cell.meta.models = vec![ModelInfo { population: "neuron".into(), model: "gif".into(), ..Default::default() }];
        for f in kernels::find("gif").unwrap().param {
            // The current below does not make one of the cells spike.
            let value = if f.name == "V_th" && k == 1 { -20.0 } else { f.default };
            cell.insert(format!("param/neuron/{}", f.name), Array::one(value));
        }
        std::fs::create_dir_all(cells.join(name)).unwrap();
        cell.save(&cells.join(name).join("model.safetensors")).unwrap();
    }
    let file = dir.path().join("c.yaml");
    for model in ["", "model: gif-transmitters, "] {
        let yaml = format!(
            "source: rules\npopulations: [{{name: E, size: 60}}]\nprojections: [{{from: E, to: E, weight: {{mean: 0.01}}}}]\nneurons:\n  E: {{{model}cells: [cells]}}\nsimulation:\n  duration: 400 ms\n  inputs: [{{kind: current, to: E, amplitude: 300 pA}}]\n"
        );
        std::fs::write(&file, yaml).unwrap();
        ran(&file, &dir.path().join("out"), &[]);
        let all = spikes(&dir.path().join("out"));
        let mut who: Vec<u32> = all.lines().skip(1).map(|l| l.split(',').nth(1).unwrap().parse().unwrap()).collect();
        who.sort_unstable();
        who.dedup();
        assert!((15..45).contains(&who.len()), "about half of the neurons spike: {}", who.len());
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_that_can_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (small(dir.path()), |name: &str| dir.path().join(name));
    // The run is too long to end before the signal.
    let mut long = Command::new(env!("CARGO_BIN_EXE_brain-net"));
    long.arg("run").arg(&file).arg("--out").arg(out("cut"));
    long.args(["--quiet", "--threads", "1", "--set", "simulation.duration=1000 s"]);
    let mut child = long.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let lines = || std::fs::read_to_string(out("cut").join("spikes.csv")).map_or(0, |t| t.lines().count());
    while lines() < 20 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let message = text(&output.stderr);
    assert!(sent.success() && output.status.code() == Some(130) && message.contains("--resume"), "{message}");
    // The resumed run ends where the uninterrupted one does.
    let step = Checkpoint::load(&out("cut").join("state.safetensors")).unwrap().meta.step;
    let duration = format!("simulation.duration={} ms", (step / 10 + 100).max(400));
    let one = ["--threads", "1", "--set", &duration];
    ran(&file, &out("cut"), &[&one[..], &["--resume"]].concat());
    ran(&file, &out("whole"), &one);
    assert!(spikes(&out("cut")) == spikes(&out("whole")), "cut at step {step}");
}

#[test]
fn errors_name_the_place_in_the_config() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("c.yaml");
    let head = "source: rules\npopulations: [{name: E, size: 10}]\nprojections: [{from: E, to: E}]\nsimulation:\n";
    for (line, parts) in [
        ("duraton: 1 s", &["c.yaml:5: unknown key `duraton`; did you mean `duration`?"][..]),
        ("duration: 1 mV", &["c.yaml:5: simulation.duration: `mV` is a voltage"]),
        ("duration: -1 s", &["c.yaml:5: simulation.duration: -1000 ms must be"]),
        ("transient: 2 s", &["c.yaml:5: simulation.transient", "leave nothing"]),
        ("receptors: cond-epx", &["c.yaml:5: unknown value `cond-epx`; did you mean `cond-exp`?"]),
        ("record: [F]", &["c.yaml:5: unknown value `F`"]),
        ("inputs: [{to: X}]", &["c.yaml:5: unknown value `X`"]),
        ("inputs: [{to: E, rate: -1}]", &["simulation.inputs.0.rate: -1 Hz must be 0 or more"]),
        ("inputs: [{to: E, receptor: nmda}]", &["unknown value `nmda`", "exc"]),
        ("inputs: [{to: E, kind: spikes}]", &["only replay spikes", "neurons.E"]),
        ("inputs: [{to: E, kind: current, amplitude: 1 mV}]", &["simulation.inputs.0.amplitude: `mV` is a voltage"]),
        ("voltage: {E: 11}", &["simulation.voltage.E: 11 neurons of the 10"]),
        ("voltage: {F: 1}", &["c.yaml:5: unknown value `F`"]),
        ("synapses: {E-F: {}}", &["unknown value `E-F`", "E-E"]),
        ("synapses: {E-E: {plasticity: {U: 2}}}", &["plasticity.U: 2 must be within 0 to 1"]),
        ("synapses: {E-E: {receptors: {exc: -1}}}", &["-1 is no factor"]),
    ] {
        std::fs::write(&file, format!("{head}  {line}\n")).unwrap();
        let output = run(&file, &dir.path().join("out"), &[]);
        let message = text(&output.stderr);
        assert!(output.status.code() == Some(2) && parts.iter().all(|p| message.contains(p)), "{line}: {message}");
    }
    // A config keeps the time constants of rise and decay apart by bounds; a fitted cell may have any.
    let mut cell = Checkpoint::default();
    cell.meta.models =
        vec![ModelInfo { population: "cell".into(), model: "lif-cond-beta".into(), ..Default::default() }];
    for p in kernels::find("lif-cond-beta").unwrap().param {
        let value = if p.name == "exc_tau_rise" || p.name == "exc_tau" { 5.0 } else { p.default };
        cell.insert(format!("param/cell/{}", p.name), Array::one(value));
    }
    cell.save(&dir.path().join("cell.safetensors")).unwrap();
    std::fs::write(&file, head.replace("simulation:\n", "neurons: {E: {cells: [cell.safetensors]}}\n")).unwrap();
    let message = text(&run(&file, &dir.path().join("out"), &[]).stderr);
    assert!(message.contains("neurons.E.params.exc_tau_rise: 5 ms and exc_tau of 5 ms are alike"), "{message}");
}

/// `--dtype` sets the precision of states and weights, and a device on which the simulation does not run is refused
/// with the name of what it lacks.
#[test]
fn precision_and_device_are_those_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (small(dir.path()), |name: &str| dir.path().join(name));
    let short = ["--set", "simulation.duration=150 ms"];
    let kind = |name: &str, more: &[&str]| {
        let metrics = ran(&file, &out(name), &[&short[..], more].concat());
        let state = Checkpoint::load(&out(name).join("state.safetensors")).unwrap();
        let wide = state.get("state/E/v").unwrap().data().kind();
        (metrics["dtype"].as_str().unwrap().to_owned(), wide.to_owned())
    };
    assert_eq!(kind("single", &[]), ("f32".into(), "F32".into()));
    assert_eq!(kind("double", &["--dtype", "f64", "--device", "cpu"]), ("f64".into(), "F64".into()));
    for device in ["cuda", "cuda:1", "metal"] {
        let refused = run(&file, &out("none"), &["--device", device]);
        let message = text(&refused.stderr);
        assert!(refused.status.code() == Some(2), "{message}");
        assert!(
            message.contains(&format!("--device {device}")) && message.contains("simulation of networks"),
            "{message}"
        );
    }
    assert!(!out("none").exists());
}

/// A wrong input is found before the network is built, which would take long.
#[test]
fn settings_are_checked_before_anything_is_built() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("c.yaml");
    let yaml = "source: edges\nedges: {file: nowhere.csv}\nsimulation:\n  inputs: [{to: E, rate: 3 mV}]\n";
    std::fs::write(&file, yaml).unwrap();
    let message = text(&run(&file, &dir.path().join("out"), &[]).stderr);
    assert!(message.contains("c.yaml:4: simulation.inputs.0.rate: `mV` is a voltage"), "{message}");
    std::fs::write(&file, "source: edges\nedges: {file: nowhere.csv}\nneurons: {E: {model: lff}}\n").unwrap();
    let message = text(&run(&file, &dir.path().join("out"), &[]).stderr);
    assert!(message.contains("c.yaml:3: unknown value `lff`"), "{message}");
}

#[test]
fn the_marmoset_is_asynchronous() {
    let dir = tempfile::tempdir().unwrap();
    let shown = "simulation.raster=300 ms";
    let small = ["--set", "marmoset.areas=8", "--set", "simulation.duration=500 ms", "--set", shown];
    let m = ran(Path::new(&config("marmoset")), dir.path(), &small);
    for p in ["E", "I"] {
        let rate = m["rate_hz"][p].as_f64().unwrap();
        assert!((2.0..20.0).contains(&rate), "{p}: {rate}");
    }
    assert!((0.7..1.5).contains(&m["isi_cv"].as_f64().unwrap()), "{}", m["isi_cv"]);
    assert!(m["synchrony"].as_f64().unwrap() < 0.15, "{}", m["synchrony"]);
    assert!(dir.path().join("raster.png").exists() && m["weight_stats"]["E-E-local"]["mean"].is_number());
}

/// Rates at a tenth of the published size are within 30 % or 0.5 Hz of those of the full model.
#[test]
#[ignore = "about ten seconds"]
fn the_microcircuit_has_its_published_rates() {
    let dir = tempfile::tempdir().unwrap();
    let set = [
        "--set",
        "probabilities.neurons=0.1",
        "--set",
        "probabilities.in_degrees=0.1",
        "--set",
        "simulation.duration=3 s",
    ];
    let m = ran(Path::new(&config("microcircuit")), dir.path(), &set);
    let published = [
        ("L23E", 0.903),
        ("L23I", 2.965),
        ("L4E", 4.414),
        ("L4I", 5.876),
        ("L5E", 7.569),
        ("L5I", 8.633),
        ("L6E", 1.105),
        ("L6I", 7.829),
    ];
    for (name, rate) in published {
        let found = m["rate_hz"][name].as_f64().unwrap();
        println!("{name}: {found:.3} Hz, published {rate}");
        assert!((found - rate).abs() < (0.3 * rate).max(0.5), "{name}: {found} Hz, published {rate}");
    }
    // Without the correction the rates are not the published ones.
    let off = [&set[..], &["--set", "probabilities.corrected=false"]].concat();
    let m = ran(Path::new(&config("microcircuit")), dir.path(), &off);
    let far =
        published.iter().any(|(n, rate)| (m["rate_hz"][n].as_f64().unwrap() - rate).abs() > (0.3 * rate).max(0.5));
    assert!(far, "{}", m["rate_hz"]);
}
