//! These tests run `brain-task train` as a whole: they kill it, fill its disk, stop it early, and check what it keeps.

mod small;

use brain_core::Checkpoint;
use serde_json::Value;
use small::Small;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_brain-task");

/// Returns the arguments of a short training into the folder `out`.
fn arguments(dir: &Small, sets: &[&str]) -> Vec<String> {
    let mut all = vec!["train".into(), dir.path("train.yaml").display().to_string()];
    all.extend(["--out".into(), dir.path("out").display().to_string(), "--quiet".into()]);
    let short = ["evaluate={every: 20, trials: 32, final_trials: 64}", "save_every=5"];
    all.extend(short.iter().chain(sets).flat_map(|set| ["--set".to_owned(), set.to_string()]));
    all
}

fn run(dir: &Small, sets: &[&str], more: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments(dir, sets)).args(more).output().unwrap()
}

/// Fails with what the program said unless it ended well.
fn well(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn metrics(dir: &Small) -> Value {
    serde_json::from_str(&std::fs::read_to_string(dir.path("out/metrics.json")).unwrap()).unwrap()
}

/// Returns the whole trained network, byte by byte. The folder is removed, so that another run can have its name.
fn taken(dir: &Small) -> Vec<u8> {
    let bytes = std::fs::read(dir.path("out/trained.safetensors")).unwrap();
    std::fs::remove_dir_all(dir.path("out")).unwrap();
    bytes
}

/// Returns the number of steps in the last good state.
fn saved(file: &Path) -> u64 {
    Checkpoint::load(file).unwrap().meta.step
}

/// Returns the trained weights by name.
fn weights(file: &Path) -> Vec<(String, Vec<f32>)> {
    let mut checkpoint = Checkpoint::load(file).unwrap();
    let names: Vec<String> = checkpoint.names().map(str::to_owned).collect();
    let learnt = names.into_iter().filter(|n| n.starts_with("weight/") || n.starts_with("readout/"));
    learnt
        .map(|name| {
            let shape = checkpoint.get(&name).unwrap().shape().to_vec();
            let values = checkpoint.take::<f32>(&name, &shape).unwrap();
            (name, values)
        })
        .collect()
}

#[test]
fn a_killed_training_goes_on_as_if_nothing_had_happened() {
    let dir = Small::new();
    let sets = ["batches=400", "batch=4"];
    well(&run(&dir, &sets, &[]));
    let straight = taken(&dir);
    let mut child = Command::new(PROGRAM).args(arguments(&dir, &sets)).stderr(Stdio::null()).spawn().unwrap();
    let state = dir.path("out/resume.safetensors");
    let begin = Instant::now();
    while !(state.exists() && saved(&state) >= 60) {
        assert!(begin.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none(), "too late to kill");
        std::thread::sleep(Duration::from_millis(1));
    }
    // On Unix this is SIGKILL, which a program cannot handle.
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    let killed = saved(&state);
    assert!((60..400).contains(&killed) && !dir.path("out/trained.safetensors").exists(), "{killed}");
    well(&run(&dir, &sets, &["--resume"]));
    let steps = std::fs::read_to_string(dir.path("out/log.csv")).unwrap();
    let steps: Vec<&str> = steps.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(steps, (1..=400).map(|k| k.to_string()).collect::<Vec<_>>(), "each batch once in the log");
    assert!(taken(&dir) == straight, "killed after {killed} batches at the earliest, another network came out");
}

#[test]
fn the_best_weights_are_kept_and_scored_on_other_trials() {
    let dir = Small::new();
    // Steps as large as these make the training unsteady.
    let sets = ["batches=57", "adam.learning_rate=0.2", "adam.schedule={decay: constant}", "evaluate.every=5"];
    well(&run(&dir, &sets, &[]));
    let m = metrics(&dir);
    let kept = m["kept_step"].as_u64().unwrap();
    let log = std::fs::read_to_string(dir.path("out/log.csv")).unwrap();
    let column = log.lines().next().unwrap().split(',').position(|c| c == "accuracy_validation").unwrap();
    let rows = log.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let scores: Vec<(u64, f64)> = rows.filter_map(|r| Some((r[0].parse().ok()?, r[column].parse().ok()?))).collect();
    assert_eq!(scores.iter().map(|s| s.0).collect::<Vec<_>>(), [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 57]);
    let best = scores.iter().map(|s| s.1).fold(0.0, f64::max);
    assert_eq!(m["accuracy_validation"], best);
    assert!(scores.contains(&(kept, best)) && kept < 57, "not unsteady enough: {kept} of {scores:?}");
    let trained = dir.path("out/trained.safetensors");
    assert_eq!(saved(&trained), kept);
    let eval = Command::new(PROGRAM).arg("eval").arg(&trained).args(["--trials", "64", "--json"]).output().unwrap();
    well(&eval);
    let scored: Value = serde_json::from_slice(&eval.stdout).unwrap();
    assert_eq!((&scored["accuracy_fresh"], &scored["loss"].is_number()), (&m["accuracy_fresh"], &true));
    let all = weights(&trained);
    // A training that ends there, without a validation, has the same weights.
    let there = format!("batches={kept}");
    std::fs::remove_dir_all(dir.path("out")).unwrap();
    well(&run(&dir, &[&there, sets[1], sets[2], "evaluate.every=0"], &[]));
    assert!(metrics(&dir)["accuracy_validation"].is_null());
    assert!(all == weights(&trained), "not the weights after batch {kept}");
}

#[test]
fn early_stopping_stops() {
    let dir = Small::new();
    let stops = |sets: &[&str]| {
        well(&run(&dir, sets, &[]));
        let m = metrics(&dir);
        (m["steps"].as_u64().unwrap(), m["kept_step"].as_u64().unwrap())
    };
    // Weights that do not move are never better than at first, so there is the first validation and two more.
    let patient = ["batches=95", "adam.learning_rate=1e-30", "stop.patience=2"];
    assert_eq!(stops(&patient), (60, 20));
    assert_eq!(stops(&patient[..2]), (95, 20));
    let (steps, kept) = stops(&["batches=400", "stop.accuracy=0.7"]);
    assert!(steps < 400 && steps % 20 == 0 && kept == steps, "{steps} {kept}");
    assert!(metrics(&dir)["accuracy_validation"].as_f64().unwrap() >= 0.7);
    for (sets, wanted) in [
        (&["stop.patience=0"][..], "stop.patience"),
        (&["stop.accuracy=0.7", "evaluate.every=0"], "evaluate.every"),
        (&["evaluate.trials=0"], "evaluate.trials"),
        (&["adam.learning_rate=-1"], "adam.learning_rate: -1 must be above 0"),
        (&["adam.learning_rate=.nan"], "adam.learning_rate: NaN must be above 0"),
        (&["adam.beta1=1"], "adam.beta1: 1 must be at least 0 and below 1"),
        (&["adam.clip_norm=-1"], "adam.clip_norm: -1 must be above 0"),
        (&["regularise.l1=-0.1"], "regularise.l1: -0.1 must be at least 0"),
        (&["readout.tau=0 ms"], "readout.tau: 0 must be above 0"),
        (&["stop.accuracy=2"], "stop.accuracy: 2 must be within 0 and 1"),
    ] {
        let output = run(&dir, sets, &[]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && error.contains(wanted), "{sets:?}: {error}");
    }
}

/// Times are in `metrics.json` and `log.csv` alone, so equal trainings leave equal files wherever they are.
#[test]
fn equal_trainings_leave_equal_checkpoints() {
    let dir = Small::new();
    let mut left = vec![];
    for out in ["out", "elsewhere"] {
        let mut arguments = arguments(&dir, &["batches=6"]);
        let at = arguments.iter().position(|a| a == "--out").unwrap();
        arguments[at + 1] = dir.path(out).display().to_string();
        well(&Command::new(PROGRAM).args(arguments).output().unwrap());
        left.push(
            ["trained", "resume"].map(|name| std::fs::read(dir.path(&format!("{out}/{name}.safetensors"))).unwrap()),
        );
    }
    assert!(left[0][0] == left[1][0], "the trained networks differ");
    assert!(left[0][1] == left[1][1], "the states differ");
    // A run that goes on adds to the seconds that it took before.
    let log = dir.path("out/log.csv");
    let slow = std::fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|l| l.replacen("6,", "6,1000", 1) + "\n")
        .collect::<String>();
    std::fs::write(&log, slow).unwrap();
    well(&run(&dir, &["batches=6"], &["--resume"]));
    assert!(metrics(&dir)["seconds"].as_f64().unwrap() >= 1000.0, "{}", metrics(&dir)["seconds"]);
}

/// A checkpoint of another scale says what it is.
#[test]
fn other_checkpoints_are_named() {
    let dir = Small::new();
    well(&run(&dir, &["batches=2"], &[]));
    let eval = |file: &str| Command::new(PROGRAM).arg("eval").arg(dir.path(file)).output().unwrap();
    let output = eval("out/resume.safetensors");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let wanted =
        "is the state of a training of `brain-task train`; a trained network of `brain-task train` is expected";
    assert!(output.status.code() == Some(2) && error.contains(wanted), "{error}");
    let file = format!("network.file={}", dir.path("out/resume.safetensors").display());
    let output = run(&dir, &[&file], &[]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code() == Some(2) && error.contains("a network of `brain-net build` or a trained"),
        "{error}"
    );
}

/// `--print-config` explains every key, and is a config itself.
#[test]
fn every_key_is_explained() {
    let registry = brain_task::Registry::default();
    let tasks = registry.tasks.names().map(|name| format!("task={name}"));
    let rules = registry.rules.names().map(|name| format!("rule.kind={name}"));
    let losses = registry.losses.names().map(|name| format!("loss={name}"));
    for set in tasks.chain(rules).chain(losses) {
        let mut config = Small::new().config(&[&set]);
        brain_task::config::TrainConfig::resolve(&mut config, &registry).unwrap();
        let docs = config.value.docs(&registry);
        let missing = docs.missing(&config.value).unwrap();
        assert!(missing.is_empty(), "{set}: {missing:?} have no explanation");
        let text = docs.commented(&config.value).unwrap();
        let again = brain_core::config::parse::<brain_task::config::TrainConfig>("c.yaml", &text, &[""; 0]).unwrap();
        let yaml = |c| brain_core::config::to_yaml(c).unwrap();
        assert_eq!(yaml(&again.value), yaml(&config.value), "{text}");
    }
    let output = run(&Small::new(), &[], &["--print-config"]);
    well(&output);
    assert!(String::from_utf8_lossy(&output.stdout).contains("# A batch has this many trials.\nbatch: 16\n"));
}

/// An earlier version wrote the keys of all rules, and no key for the loss.
#[test]
fn a_state_of_the_version_before_goes_on() {
    let dir = Small::new();
    let sets = ["batches=10", "rule.kind=es-d-rtrl"];
    well(&run(&dir, &sets, &[]));
    let straight = std::fs::read(dir.path("out/trained.safetensors")).unwrap();
    let file = dir.path("out/resume.safetensors");
    let mut state = Checkpoint::load(&file).unwrap();
    let now = "loss: null\n";
    assert!(state.meta.config.contains(now), "{}", state.meta.config);
    state.meta.config =
        state.meta.config.replace(now, "").replace("  kind: es-d-rtrl\n", "  kind: es-d-rtrl\n  form: batched\n");
    state.save(&file).unwrap();
    well(&run(&dir, &sets, &["--resume"]));
    assert!(std::fs::read(dir.path("out/trained.safetensors")).unwrap() == straight);
    let other = run(&dir, &[sets[0], sets[1], "rule.alpha=0.9"], &["--resume"]);
    let error = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(other.status.code() == Some(2) && error.contains("another config"), "{error}");
}

/// Where an operation has no form for a device, the program names it and the remedy.
#[test]
fn a_device_that_is_not_there_is_bad_usage() {
    let dir = Small::new();
    for (options, wanted) in [
        (&["--device", "gpu"][..], "there is no device `gpu`"),
        (&["--device", "cuda"], "--device cpu"),
        (&["--dtype", "f16"], "f16"),
    ] {
        let output = run(&dir, &[], options);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && error.contains(wanted), "{options:?}: {error}");
    }
}

#[test]
fn double_precision_trains_and_resumes() {
    let dir = Small::new();
    let sets = ["batches=6", "save_every=3", "batch=4"];
    well(&run(&dir, &sets, &["--dtype", "f64"]));
    let straight = taken(&dir);
    well(&run(&dir, &["batches=6", "batch=4", "save_every=3"], &["--dtype", "f32"]));
    assert!(taken(&dir) != straight, "the precision makes no difference");
    well(&run(&dir, &sets, &["--dtype", "f64"]));
    well(&run(&dir, &sets, &["--dtype", "f64", "--resume"]));
    assert!(taken(&dir) == straight);
}

/// Runs a shell line whose `$0` is the program and whose arguments are those of a training.
#[cfg(unix)]
fn shell(unshare: &[&str], line: &str, dir: &Small, sets: &[&str], more: &[&str]) -> Output {
    let words: Vec<&str> = unshare.iter().copied().chain(["sh", "-c", line, PROGRAM]).collect();
    Command::new(words[0]).args(&words[1..]).args(arguments(dir, sets)).args(more).output().unwrap()
}

/// No file can be larger than the state is, and the log outgrows it.
#[cfg(unix)]
#[test]
fn a_log_that_cannot_grow_ends_the_training_and_not_its_state() {
    let dir = Small::new();
    let sets = ["batches=400", "batch=4"];
    well(&run(&dir, &sets, &[]));
    let log = std::fs::metadata(dir.path("out/log.csv")).unwrap().len();
    let state = std::fs::metadata(dir.path("out/resume.safetensors")).unwrap().len();
    let straight = taken(&dir);
    // The limit, in blocks of 512 bytes, is between the size of the state and that of the log.
    assert!(log > state + 2048, "{log} {state}");
    let line = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", (state + 1024) / 512);
    let output = shell(&[], &line, &dir, &sets, &[]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && error.contains("log.csv") && error.contains("free space"), "{error}");
    let state = saved(&dir.path("out/resume.safetensors"));
    assert!((5..400).contains(&state), "{state}");
    well(&run(&dir, &sets, &["--resume"]));
    assert!(taken(&dir) == straight);
}

/// The run has a file system of its own, which is full after some batches and is then made larger.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_training_and_not_its_state() {
    let space = ["unshare", "--user", "--map-root-user", "--mount"];
    let dir = Small::new();
    std::fs::create_dir(dir.path("out")).unwrap();
    let out = dir.path("out").display().to_string();
    let possible = Command::new(space[0]).args(&space[1..]).args(["mount", "-t", "tmpfs", "tmpfs", &out]).output();
    match possible {
        Ok(output) if output.status.success() => {}
        Ok(output) => return println!("SKIPPED: no mount of one's own: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => return println!("SKIPPED: no unshare: {error}"),
    }
    let sets = ["batches=400", "batch=4"];
    well(&run(&dir, &sets, &[]));
    let straight = taken(&dir);
    std::fs::create_dir(dir.path("out")).unwrap();
    let line = format!(
        "mount -t tmpfs -o size=84k tmpfs '{out}' && {{ \"$0\" \"$@\"; echo full: $? >&2; cp '{out}/resume.safetensors' \
         '{out}.state' && mount -o remount,size=8m '{out}' && \"$0\" \"$@\" --resume && cp '{out}/trained.safetensors' \
         '{out}.trained'; }}"
    );
    let output = shell(&space, &line, &dir, &sets, &[]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && error.contains("full: 1"), "{error}");
    assert!(
        error.contains("No space left") && error.contains("cannot write") && error.contains("free space"),
        "{error}"
    );
    let state = saved(&dir.path("out.state"));
    assert!((5..400).contains(&state), "{state}");
    assert!(std::fs::read(dir.path("out.trained")).unwrap() == straight, "after {state} batches: {error}");
}
