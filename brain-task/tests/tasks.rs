//! These tests check what every task promises: shape, timing, rates, balance, independence of order, and settings that
//! are checked.

use brain_core::family::{Choice, SettingsReader};
use brain_core::{Seed, config};
use brain_task::task::*;
use serde::{Deserialize, Serialize};

fn all(dt_ms: f64) -> Vec<Box<dyn Task>> {
    let reader = SettingsReader::new(dt_ms).unwrap();
    tasks().names().map(|name| tasks().build(&Choice::named(name), &reader).unwrap()).collect()
}

fn seed() -> Seed {
    Seed::new(11).child("task/batch")
}

/// Returns the spikes of element `b` as (step, channel).
fn spikes(batch: &Batch, steps: usize, b: usize) -> Vec<(usize, usize)> {
    let Inputs::Spikes(raster) = &batch.inputs else { panic!("spikes are encoded") };
    let (size, mut all) = (batch.size(), vec![]);
    for t in 0..steps {
        let list = &raster.neurons[raster.starts[t * size + b]..raster.starts[t * size + b + 1]];
        all.extend(list.iter().map(|&c| (t, c as usize)));
    }
    all
}

#[test]
fn shapes_hold_together() {
    for dt in [1.0, 0.5] {
        for task in all(dt) {
            let (name, s) = (task.name(), task.shape());
            let mut end = 0;
            for p in &s.phases {
                assert_eq!(p.steps.start, end, "{name}: {}", p.name);
                end = p.steps.end;
            }
            assert_eq!(end, s.steps, "{name}");
            let mut end = 0;
            for g in &s.groups {
                assert!(g.range.start == end && !g.range.is_empty(), "{name}: {}", g.name);
                end = g.range.end;
            }
            assert!(end == s.channels() && s.window.end == s.steps && !s.window.is_empty(), "{name}");
            assert!((0.0..1.0).contains(&s.chance) && s.dt_ms == dt, "{name}");
        }
    }
    // These are the numbers of the reference code.
    let e = &all(1.0)[0];
    let s = e.shape();
    assert_eq!((s.steps, s.channels(), s.window.clone()), (2200, 100, 2050..2200));
    assert_eq!(["left", "right", "recall", "noise"].map(|g| s.group(g).start), [0, 25, 50, 75]);
    assert_eq!(all(0.5)[0].shape().steps, 4400);
}

#[test]
fn stretches_are_apart_and_inside() {
    for task in all(1.0) {
        let s = task.shape();
        for b in 0..50 {
            let trial = task.trial(&mut seed().at(b));
            let mut taken = vec![false; s.steps * s.channels()];
            for i in &trial.input {
                assert!(i.steps.end <= s.steps && i.channels.end <= s.channels(), "{}", task.name());
                for (t, c) in i.steps.clone().flat_map(|t| i.channels.clone().map(move |c| (t, c))) {
                    assert!(!std::mem::replace(&mut taken[t * s.channels() + c], true), "{}: twice", task.name());
                }
            }
        }
    }
}

/// There is no spike where a rate is 0, and there are as many spikes as the rates say, group by group.
#[test]
fn spikes_follow_the_rates() {
    let size = 64;
    for task in all(1.0) {
        let s = task.shape();
        let spiking = batch(&*task, Encoding::Spikes, seed(), 5, size);
        let rates = batch(&*task, Encoding::Rates, seed(), 5, size);
        assert_eq!(spiking.trials, rates.trials, "{}", task.name());
        let Inputs::Rates(hz) = &rates.inputs else { panic!("rates are encoded") };
        assert_eq!(hz.len(), s.steps * size * s.channels());
        let (mut wanted, mut variance, mut found) =
            (vec![0.0; s.groups.len()], vec![0.0; s.groups.len()], vec![0; s.groups.len()]);
        let of: Vec<usize> = s.groups.iter().enumerate().flat_map(|(k, g)| g.range.clone().map(move |_| k)).collect();
        for b in 0..size {
            let list = spikes(&spiking, s.steps, b);
            assert!(list.is_sorted_by(|a, b| a < b), "{}: order, or a spike twice", task.name());
            for (t, c) in list {
                assert!(hz[(t * size + b) * s.channels() + c] > 0.0, "{}: a spike of silence", task.name());
                found[of[c]] += 1;
            }
            for t in 0..s.steps {
                for c in 0..s.channels() {
                    let p = f64::from(hz[(t * size + b) * s.channels() + c]) * 1e-3;
                    wanted[of[c]] += p;
                    variance[of[c]] += p * (1.0 - p);
                }
            }
        }
        for (k, g) in s.groups.iter().enumerate() {
            let off = (f64::from(found[k]) - wanted[k]) / variance[k].sqrt();
            assert!(wanted[k] > 0.0 && off.abs() < 4.0, "{}, {}: {off} sd", task.name(), g.name);
            // The test sees a rate that is 10 % too low.
            assert!((f64::from(found[k]) - 1.1 * wanted[k]) / variance[k].sqrt() < -4.0, "{}, {}", task.name(), g.name);
        }
    }
}

/// The cue to respond is silent before the window, and on from its first step to its last.
#[test]
fn the_cue_is_exact() {
    for task in all(1.0) {
        let s = task.shape();
        let Goal::Classes(_) = s.goal else { continue };
        let cue = &s.groups[s.groups.len() - 2].range;
        let batch = batch(&*task, Encoding::Spikes, seed(), 0, 200);
        let (mut first, mut last) = (0, 0);
        for b in 0..batch.size() {
            for (t, c) in spikes(&batch, s.steps, b).into_iter().filter(|s| cue.contains(&s.1)) {
                assert!(s.window.contains(&t), "{}: channel {c} at {t}", task.name());
                first += u32::from(t == s.window.start);
                last += u32::from(t == s.window.end - 1);
            }
        }
        // In 200 trials of 25 channels with 0.04 there are 200 spikes, with a standard deviation of 14.
        assert!([first, last].iter().all(|n| (144..256).contains(n)), "{}: {first}, {last}", task.name());
    }
}

#[test]
fn elements_do_not_depend_on_what_is_drawn_beside_them() {
    for task in all(1.0) {
        let s = task.shape();
        let draw = |index, size| batch(&*task, Encoding::Spikes, seed(), index, size);
        let (large, small, other) = (draw(3, 9), draw(3, 4), draw(4, 4));
        for b in 0..4 {
            assert_eq!(large.trials[b], small.trials[b], "{}", task.name());
            assert_eq!(spikes(&large, s.steps, b), spikes(&small, s.steps, b), "{}", task.name());
            assert_ne!(spikes(&large, s.steps, b), spikes(&other, s.steps, b), "{}", task.name());
            assert_ne!(spikes(&large, s.steps, b), spikes(&large, s.steps, b + 1), "{}", task.name());
        }
        let fresh = batch(&*task, Encoding::Spikes, Seed::new(11).child("task/fresh"), 3, 4);
        assert_ne!(spikes(&large, s.steps, 0), spikes(&fresh, s.steps, 0), "{}", task.name());
    }
}

#[test]
fn classes_are_balanced_and_agree_with_the_psychometric_variable() {
    let n = 4000;
    for task in all(1.0) {
        let trials: Vec<Trial> = (0..n).map(|b| task.trial(&mut seed().at(b))).collect();
        let Goal::Classes(names) = &task.shape().goal else { continue };
        let ones = trials.iter().filter(|t| t.target == Target::Class(1)).count() as f64;
        let sd = (n as f64 / 4.0).sqrt();
        assert!((ones - n as f64 / 2.0).abs() < 4.0 * sd, "{}: {ones} of {n} are {}", task.name(), names[1]);
        for t in &trials {
            let positive = (t.psychometric > 0.0) != (t.condition == "anti");
            assert!(t.psychometric != 0.0 && t.target == Target::Class(positive.into()), "{}: {t:?}", task.name());
        }
    }
}

/// Outputs that are the target are right; those of another trial are not.
#[test]
fn answers_are_scored() {
    for task in all(1.0) {
        let s = task.shape();
        for b in 0..20 {
            let trial = task.trial(&mut seed().at(b));
            let perfect: Vec<f32> = match &trial.target {
                Target::Class(class) => {
                    s.window.clone().flat_map(|_| (0..2).map(|k| f32::from(u8::from(k == *class)))).collect()
                }
                Target::Values(values) => values.clone(),
            };
            let answer = task.answer(&trial, &perfect);
            assert!(task.correct(&trial, answer), "{}: {answer} in {trial:?}", task.name());
            let wrong: Vec<f32> = match &trial.target {
                Target::Class(_) => perfect.iter().map(|y| 1.0 - y).collect(),
                Target::Values(_) => perfect.iter().map(|y| 0.7 * y).collect(),
            };
            assert!(!task.correct(&trial, task.answer(&trial, &wrong)), "{}", task.name());
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Whole {
    steps: usize,
    task: Choice,
}

impl Default for Whole {
    fn default() -> Self {
        Self { steps: 0, task: Choice::named("evidence-accumulation") }
    }
}

fn read(text: &str, sets: &[&str]) -> Result<Box<dyn Task>, String> {
    let config = config::parse::<Whole>("train.yaml", text, sets).map_err(|e| e.to_string())?;
    let (reader, choice) = (SettingsReader::new(1.0).unwrap(), &config.value.task);
    let task = tasks().build_at(&config, "task", choice, &reader).map_err(|e| e.to_string())?;
    check(&*task).map_err(|e| e.at(&config, "task", &choice.name).to_string())?;
    Ok(task)
}

#[test]
fn configs() {
    let none: &[&str] = &[];
    assert_eq!(read("", none).unwrap().name(), "evidence-accumulation");
    for name in tasks().names() {
        assert_eq!(read(&format!("task: {name}\n"), none).unwrap().name(), name);
        assert_eq!(read(&format!("task:\n  {name}:\n"), none).unwrap().name(), name);
        let printed =
            config::to_yaml(&Whole { steps: 1, task: tasks().resolve(&Choice::named(name)).unwrap() }).unwrap();
        assert_eq!(read(&printed, none).unwrap().shape(), read("", &[&format!("task={name}")]).unwrap().shape());
    }
    let shorter = "task:\n  evidence-accumulation:\n    delay: 0.5 s\n    cues: 5\n";
    assert_eq!(read(shorter, none).unwrap().shape().steps, 5 * 150 + 500 + 150);
    assert_eq!(read(shorter, &["task.evidence-accumulation.delay=0"]).unwrap().shape().steps, 900);
}

#[test]
fn errors_name_place_and_remedy() {
    for (text, start) in [
        (
            "task: evidence-acumulation\n",
            "train.yaml:1: unknown value `evidence-acumulation`; did you mean `evidence-accumulation`?",
        ),
        ("task:\n  go-nogo:\n    p_go: 1\n", "train.yaml:2: unknown value `go-nogo`; did you mean `go-no-go`?"),
        ("task:\n  go-no-go:\n    dellay: 1\n", "train.yaml:3: unknown key `dellay`; did you mean `delay`?"),
        ("task:\n  go-no-go: {}\n  anti-response: {}\n", "train.yaml:"),
        ("task: 3\n", "train.yaml:1: task: the number `3` is given where a name, or a name with settings belongs"),
        (
            "task:\n  go-no-go:\n    delay: 10.5 ms\n",
            "train.yaml:3: task.go-no-go.delay: 10.5 ms is not a multiple of the step 1 ms; 10 or 11 is",
        ),
        ("task:\n  go-no-go:\n    delay: 3 mV\n", "train.yaml:3: task.go-no-go.delay: `mV` is a voltage"),
        ("task:\n  go-no-go:\n    delay: -3\n", "train.yaml:3: task.go-no-go.delay: -3 ms must be within 0"),
        ("task:\n  go-no-go:\n    delay: .nan\n", "train.yaml:3: task.go-no-go.delay: NaN"),
        (
            "task:\n  go-no-go:\n    response: 0 ms\n",
            "train.yaml:3: task.go-no-go.response: must last at least one step",
        ),
        ("task:\n  go-no-go:\n    rate: 2 kHz\n", "train.yaml:3: task.go-no-go.rate: 2000 must be within 0 and 1000"),
        ("task:\n  go-no-go:\n    strengths: [0.5, 2]\n", "train.yaml:3: task.go-no-go.strengths.1: 2 must be within"),
        ("task:\n  go-no-go:\n    strengths: []\n", "train.yaml:3: task.go-no-go.strengths: the list is empty"),
        (
            "task:\n  evidence-accumulation:\n    cues: 6\n",
            "train.yaml:3: task.evidence-accumulation.cues: 6 cues can be equal",
        ),
        (
            "task:\n  evidence-accumulation:\n    cues: 9999\n",
            "train.yaml:1: task: a trial of evidence-accumulation has",
        ),
        (
            "task:\n  delayed-comparison:\n    differences: [30 Hz]\n",
            "train.yaml:3: task.delayed-comparison.differences.0: 30 must be within",
        ),
        (
            "task:\n  context-dependent-decision:\n    rate: 900 Hz\n",
            "train.yaml:3: task.context-dependent-decision.rate: 1350 must",
        ),
        (
            "task:\n  multisensory-integration:\n    boundary: 11\n",
            "train.yaml:2: task.multisensory-integration.events.3: 11 is the boundary",
        ),
        (
            "task:\n  multisensory-integration:\n    slot: 30 ms\n",
            "train.yaml:2: task.multisensory-integration.stimulus: must be a whole number of slots of 30 ms",
        ),
        (
            "task:\n  multisensory-integration:\n    event: 50 ms\n",
            "train.yaml:3: task.multisensory-integration.event: an event is longer",
        ),
        (
            "task:\n  interval-reproduction:\n    intervals: [20 ms]\n",
            "train.yaml:3: task.interval-reproduction.intervals.0: is shorter than a pulse",
        ),
        (
            "task:\n  delayed-match-to-sample:\n    items: 9\n",
            "train.yaml:3: task.delayed-match-to-sample.items: 9 must be within 2 and 8",
        ),
    ] {
        let error = read(text, &[]).err().unwrap_or_else(|| panic!("{text} is accepted"));
        assert!(error.starts_with(start), "{error}\n expected {start}");
    }
    // The whole config shows a task by its name with its keys below; so do arguments.
    assert!(read("", &["task=go-no-go", "task.go-no-go.delay=300 ms"]).is_ok());
    let error = read("", &["task=go-no-go", "task.anti-response.delay=300 ms"]).err().unwrap();
    assert!(error.contains("`go-no-go` stands where `anti-response` should be a key"), "{error}");
}

#[test]
fn a_certain_channel_spikes_at_every_step() {
    let task = read("task: {go-no-go: {cue_rate: 1 kHz, noise_rate: 0 Hz, channels: 3}}", &[]).unwrap();
    let s = task.shape();
    let batch = batch(&*task, Encoding::Spikes, seed(), 0, 2);
    let cue: Vec<_> = spikes(&batch, s.steps, 1).into_iter().filter(|&(t, _)| s.window.contains(&t)).collect();
    assert!(cue.into_iter().eq(s.window.clone().flat_map(|t| s.group("cue").map(move |c| (t, c)))));
}

#[test]
fn the_table_lists_all() {
    let text = TaskTable(&list(&tasks(), 1.0).unwrap()).to_string();
    assert_eq!(text.lines().count(), tasks().names().count() + 1);
    assert!(tasks().names().all(|name| text.lines().any(|l| l.starts_with(name))), "{text}");
}

#[test]
fn trials_are_drawn() {
    for task in all(1.0) {
        for encoding in [Encoding::Spikes, Encoding::Rates] {
            let batch = batch(&*task, encoding, seed(), 0, 2);
            let csv = draw(&*task, &batch, 1).csv().unwrap();
            for group in &task.shape().groups {
                let shown = csv.lines().any(|l| l.starts_with(&format!("input,{},", group.name)));
                let silent = !batch.trials[1].input.iter().any(|i| i.channels == group.range);
                assert!(shown || silent, "{}: {}", task.name(), group.name);
            }
        }
    }
}
