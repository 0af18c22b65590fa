//! These tests state the rule of each task again, from nothing but the rates of the channels, and compare it with the
//! answer.

use brain_core::Seed;
use brain_core::family::{Choice, Settings, SettingsReader};
use brain_task::task::*;

/// A trial is shown as rates `[time, channel]`, with the shape of its task.
struct Shown<'a> {
    shape: &'a TaskShape,
    hz: Vec<f32>,
}

impl Shown<'_> {
    /// Returns when a group is on and at which rate, as (first step, steps, Hz). All its channels must be alike.
    fn on(&self, group: &str) -> Vec<(usize, usize, f64)> {
        let (channels, range) = (self.shape.channels(), self.shape.group(group));
        assert!(!range.is_empty(), "no group {group}");
        let mut found: Vec<(usize, usize, f64)> = vec![];
        for t in 0..self.shape.steps {
            let row = &self.hz[t * channels..][range.clone()];
            assert!(row.iter().all(|&f| f == row[0]), "{group} at {t}");
            let hz = f64::from(row[0]);
            match found.last_mut() {
                Some((start, n, f)) if *start + *n == t && *f == hz => *n += 1,
                _ if hz > 0.0 => found.push((t, 1, hz)),
                _ => {}
            }
        }
        found
    }

    /// Returns the rate of a group that is on from `start` for `steps` and never else; 0 where it is never on.
    fn only(&self, group: &str, start: usize, steps: usize) -> Result<f64, String> {
        match self.on(group)[..] {
            [] => Ok(0.0),
            [(s, n, hz)] if (s, n) == (start, steps) => Ok(hz),
            ref other => Err(format!("{group} is on at {other:?}, not at {start} for {steps}")),
        }
    }
}

fn is(what: &str, holds: bool) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.into()) }
}

/// Returns the class that the rates say, or what is wrong with them, for default settings and steps of 1 ms.
fn rule(name: &str, shown: &Shown, trial: &Trial) -> Result<bool, String> {
    let near = |a: f64, b: f64| (a - b).abs() < 1e-5;
    match name {
        "evidence-accumulation" => {
            let (left, right) = (shown.on("left"), shown.on("right"));
            let mut cues: Vec<_> = [left.clone(), right.clone()].concat();
            cues.sort_by_key(|c| c.0);
            is("seven cues", cues.len() == 7)?;
            is("cue timing", cues.iter().enumerate().all(|(k, &c)| c == (150 * k + 50, 100, 40.0)))?;
            is("recall", shown.on("recall") == [(2050, 150, 40.0)])?;
            is("noise", shown.on("noise") == [(0, 2200, 10.0)])?;
            is("psychometric", trial.psychometric == left.len() as f64 - right.len() as f64)?;
            Ok(left.len() > right.len())
        }
        "delayed-match-to-sample" => {
            let at = |start| -> Result<_, String> {
                let on = ["item A", "item B"].map(|g| shown.on(g).contains(&(start, 400, 40.0)));
                is("one item at a time", on[0] != on[1])?;
                Ok(on[1])
            };
            is("two items in all", shown.on("item A").len() + shown.on("item B").len() == 2)?;
            is("go", shown.on("go") == [(1900, 150, 40.0)])?;
            Ok(at(100)? == at(1500)?)
        }
        "delayed-comparison" => {
            let (up, down) = (shown.on("rising"), shown.on("falling"));
            is("timing", up.len() == 2 && [(100, 500), (1600, 500)] == [(up[0].0, up[0].1), (up[1].0, up[1].1)])?;
            is("falling", (0..2).all(|k| (up[k].0, up[k].1) == (down[k].0, down[k].1)))?;
            is("opposed", (0..2).all(|k| near(up[k].2 + down[k].2, 65.0) && (5.0..=60.0).contains(&up[k].2)))?;
            is("go", shown.on("go") == [(2100, 150, 40.0)])?;
            // A channel's rate rises by 55 Hz for 24 Hz of vibration.
            let d = (up[0].2 - up[1].2) * 24.0 / 55.0;
            is("difference", near(d, trial.psychometric) && [2.0, 4.0, 8.0].iter().any(|x| near(d.abs(), *x)))?;
            Ok(d > 0.0)
        }
        "context-dependent-decision" => {
            let evidence = |sense: &str| -> Result<f64, String> {
                let [l, r] = ["left", "right"].map(|side| shown.only(&format!("{sense} {side}"), 200, 750));
                let (l, r) = (l?, r?);
                is("mean of the sides", near(l + r, 40.0))?;
                Ok((l - r) / 40.0)
            };
            let [motion, colour] = ["motion", "colour"].map(evidence);
            let context = [shown.only("attend motion", 0, 1250)?, shown.only("attend colour", 0, 1250)?];
            is("one context", context == [40.0, 0.0] || context == [0.0, 40.0])?;
            is("go", shown.on("go") == [(1250, 150, 40.0)])?;
            let (attended, other) = if context[0] > 0.0 { (motion?, colour?) } else { (colour?, motion?) };
            is("psychometric", near(attended, trial.psychometric))?;
            let congruent = if attended * other > 0.0 { "congruent" } else { "incongruent" };
            let sense = if context[0] > 0.0 { "motion" } else { "colour" };
            is("condition", trial.condition == format!("{sense}, {congruent}"))?;
            Ok(attended > 0.0)
        }
        "go-no-go" => {
            let (go, no) = (shown.only("go", 100, 500)?, shown.only("no-go", 100, 500)?);
            is("sum", near(go + no, 40.0) && near((go - no) / 40.0, trial.psychometric))?;
            is("cue", shown.on("cue") == [(1600, 150, 40.0)])?;
            Ok(go > no)
        }
        "anti-response" => {
            let rules = [shown.only("pro", 100, 300)?, shown.only("anti", 100, 300)?];
            let sides = [shown.only("left", 400, 300)?, shown.only("right", 400, 300)?];
            is("one rule, one side", [rules, sides].iter().all(|x| *x == [40.0, 0.0] || *x == [0.0, 40.0]))?;
            is("go", shown.on("go") == [(1700, 150, 40.0)])?;
            Ok(if rules[1] > 0.0 { sides[1] > 0.0 } else { sides[0] > 0.0 })
        }
        "multisensory-integration" => {
            let count = |sense: &str| -> Result<usize, String> {
                let events = shown.on(sense);
                let sound = |e: &(usize, usize, f64)| {
                    e.0 >= 100 && e.0 < 1100 && (e.0 - 100).is_multiple_of(40) && e.1 == 20 && e.2 == 80.0
                };
                is("events in their slots", events.iter().all(sound))?;
                Ok(events.len())
            };
            let (seen, heard) = (count("visual")?, count("auditory")?);
            let (n, condition) = match (seen, heard) {
                (n, 0) => (n, "visual"),
                (0, n) => (n, "auditory"),
                (n, m) if n == m => (n, "both"),
                _ => return Err(format!("{seen} seen, {heard} heard")),
            };
            is("condition", trial.condition == condition && near(n as f64 - 12.5, trial.psychometric))?;
            is("go", shown.on("go") == [(1400, 150, 40.0)])?;
            Ok(n as f64 > 12.5)
        }
        other => Err(format!("no rule of {other} is told here")),
    }
}

fn show<'a>(task: &'a dyn Task, batch: &Batch, b: usize) -> Shown<'a> {
    let Inputs::Rates(hz) = &batch.inputs else { panic!("rates are encoded") };
    let (shape, n) = (task.shape(), task.shape().channels());
    let rows = (0..shape.steps).flat_map(|t| &hz[(t * batch.size() + b) * n..][..n]);
    Shown { shape, hz: rows.copied().collect() }
}

fn reader() -> SettingsReader {
    SettingsReader::new(1.0).unwrap()
}

fn named(name: &str) -> Box<dyn Task> {
    tasks().build(&Choice::named(name), &reader()).unwrap()
}

#[test]
fn answers_follow_the_rules() {
    for name in tasks().names().filter(|n| *n != "interval-reproduction") {
        let task = named(name);
        let batch = batch(&*task, Encoding::Rates, Seed::new(5).child("task/batch"), 0, 60);
        let mut seen = [0; 2];
        for (b, trial) in batch.trials.iter().enumerate() {
            let shown = show(&*task, &batch, b);
            let class = rule(name, &shown, trial).unwrap_or_else(|e| panic!("{name}, trial {b}: {e}"));
            assert_eq!(trial.target, Target::Class(class.into()), "{name}, trial {b}");
            seen[usize::from(class)] += 1;
        }
        assert!(seen.iter().all(|&n| n > 10), "{name}: {seen:?}");
    }
}

/// The rules above refuse a step that is too late and a channel that is silent.
#[test]
fn a_planted_fault_is_found() {
    for name in tasks().names().filter(|n| *n != "interval-reproduction") {
        let task = named(name);
        let batch = batch(&*task, Encoding::Rates, Seed::new(5).child("task/batch"), 0, 2);
        let sound = show(&*task, &batch, 0);
        let n = sound.shape.channels();
        let mut late = Shown { shape: sound.shape, hz: vec![0.0; n] };
        late.hz.extend_from_slice(&sound.hz[..sound.hz.len() - n]);
        assert!(rule(name, &sound, &batch.trials[0]).is_ok());
        assert!(rule(name, &late, &batch.trials[0]).is_err(), "{name}: a step late");
        let mut silent = Shown { shape: sound.shape, hz: sound.hz.clone() };
        let w = sound.shape.window.start;
        let cue = sound.shape.groups[sound.shape.groups.len() - 2].range.clone();
        silent.hz[w * n..][cue].fill(0.0);
        assert!(rule(name, &silent, &batch.trials[0]).is_err(), "{name}: a cue a step short");
    }
}

#[test]
fn interval_reproduction() {
    let task = named("interval-reproduction");
    let batch = batch(&*task, Encoding::Rates, Seed::new(5).child("task/batch"), 0, 60);
    let shape = task.shape();
    assert_eq!((shape.steps, shape.window.clone()), (100 + 200 + 1000 + 1200, 600..2500));
    let mut counts = std::collections::BTreeMap::new();
    for (b, trial) in batch.trials.iter().enumerate() {
        let shown = show(&*task, &batch, b);
        let (ready, set) = (shown.on("ready"), shown.on("set"));
        let ([(ready, 50, 80.0)], [(set, 50, 80.0)]) = (&ready[..], &set[..]) else { panic!("{ready:?} {set:?}") };
        assert!((100..=300).contains(ready));
        let interval = set - ready;
        assert_eq!(trial.psychometric, interval as f64);
        *counts.entry(interval).or_insert(0) += 1;
        let Target::Values(values) = &trial.target else { panic!("values are wanted") };
        assert_eq!(values.len(), shape.window.len());
        for (t, y) in shape.window.clone().zip(values) {
            let wanted = ((t as f64 - *set as f64) / interval as f64).clamp(0.0, 1.2);
            assert!((f64::from(*y) - wanted).abs() < 1e-6, "at {t}");
        }
        // 1 is reached one interval after set, which is within the trial even for the latest ready and the longest
        // interval.
        assert_eq!(task.answer(trial, values), interval as f64);
        let at = |produced: f64| task.correct(trial, produced * interval as f64);
        assert!(at(1.149) && at(0.851) && !at(1.151) && !at(0.849) && !at(f64::NAN));
        // To act before set is not an answer.
        let early: Vec<f32> = shape.window.clone().map(|t| if t < *set { 2.0 } else { 0.0 }).collect();
        assert!(task.answer(trial, &early).is_nan());
    }
    assert!(counts.keys().eq(&[500, 600, 700, 800, 900, 1000]), "{counts:?}");
    // One answer is right for at most three of the six intervals, such as 690 ms for 600, 700 and 800.
    assert_eq!(shape.chance, 0.5);
}

/// The cues of a trial fall on its side in 7 of 10 cases, and the two labels agree as often as a majority then does.
#[test]
fn cues_fall_on_the_side_as_often_as_they_should() {
    use brain_task::task::{EvidenceAccumulation, Label};
    let build = |label| EvidenceAccumulation { label, ..<_>::default() }.build(&reader()).unwrap();
    let (majority, side) = (build(Label::Majority), build(Label::Side));
    let (mut agree, mut on_side, n) = (0, 0.0, 4000);
    for b in 0..n {
        let draw = |task: &dyn Task| task.trial(&mut Seed::new(2).at(b));
        let (m, s) = (draw(&*majority), draw(&*side));
        assert_eq!(m.input, s.input);
        agree += u64::from(m.target == s.target);
        let sign = if s.target == Target::Class(1) { 1.0 } else { -1.0 };
        on_side += (7.0 + sign * s.psychometric) / 2.0;
    }
    let share = on_side / (7 * n) as f64;
    assert!((share - 0.7).abs() < 4.0 * (0.21 / (7 * n) as f64).sqrt(), "{share}");
    // The probability of four or more of seven at 0.7 is 0.873964.
    let (rate, p) = (agree as f64 / n as f64, 0.873964);
    assert!((rate - p).abs() < 4.0 * (p * (1.0 - p) / n as f64).sqrt(), "{rate}");
}

/// The best threshold on one of the two stimuli answers a delayed comparison no better than its documentation says.
#[test]
fn one_stimulus_of_a_comparison_tells_little() {
    let task = named("delayed-comparison");
    let trials: Vec<Trial> = (0..3000).map(|b| task.trial(&mut Seed::new(3).at(b))).collect();
    for start in [100, 1600] {
        let rate = |t: &Trial| t.input.iter().find(|i| i.steps.start == start && i.channels.start == 0).unwrap().hz;
        let best = (5..60).map(|threshold| {
            let hit = |t: &&Trial| (rate(t) > f64::from(threshold)) == (t.target == Target::Class(1));
            let hits = trials.iter().filter(hit).count() as f64 / trials.len() as f64;
            hits.max(1.0 - hits)
        });
        let best = best.fold(0.0, f64::max);
        // This is the mean over the differences 2, 4 and 8 Hz of 1/2 + d / (2 (24 - d)).
        assert!((best - 0.6318).abs() < 0.04, "{best}");
    }
}

/// Matches and non-matches have the same samples, and with four items every pair occurs.
#[test]
fn samples_of_a_match_to_sample() {
    let task = DelayedMatch { items: 4, ..<_>::default() };
    let task = task.build(&reader()).unwrap();
    let mut pairs = [[0; 4]; 4];
    for b in 0..6000 {
        let trial = task.trial(&mut Seed::new(4).at(b));
        let item = |start| trial.input.iter().find(|i| i.steps.start == start && i.channels.start < 100).unwrap();
        pairs[item(100).channels.start / 25][item(1500).channels.start / 25] += 1;
    }
    for (i, row) in pairs.iter().enumerate() {
        for (j, &n) in row.iter().enumerate() {
            // 750 matches of an item are expected, and 250 of each other pair.
            let wanted: f64 = if i == j { 750.0 } else { 250.0 };
            assert!((f64::from(n) - wanted).abs() < 4.0 * wanted.sqrt(), "{pairs:?}");
        }
    }
}
