//! Real recordings: the ones in the repository always, the others where they are at hand.

mod shared;

use shared::shared;
use std::path::{Path, PathBuf};

use brain_fit::features::{Features, SpikeDetector};
use brain_fit::inspect::inspect;
use brain_fit::protocol::{CurrentStep, Protocol, Waveform};
use brain_fit::recording::{Clamp, Declaration, Recording, read};

fn b6() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/b6");
    let name = |sweep, channel| folder.join(format!("B6_Ch{channel}_IDRest_{sweep}.ibw"));
    [181, 183, 185].into_iter().flat_map(|sweep| [name(sweep, 0), name(sweep, 3)]).collect()
}

fn counts(recording: &Recording) -> Vec<usize> {
    let count = |voltage: &Vec<f64>, dt| SpikeDetector::default().times_ms(voltage, dt).len();
    recording.sweeps.iter().map(|sweep| count(sweep.voltage_mv.as_ref().unwrap(), sweep.dt_ms)).collect()
}

#[test]
fn b6_has_its_published_spikes_and_steps() {
    let recording = read(&b6(), &Declaration::default()).unwrap();
    assert_eq!(recording.sweeps.iter().map(|sweep| sweep.id.as_str()).collect::<Vec<_>>(), ["181", "183", "185"]);
    assert_eq!(recording.files.len(), 6);
    assert_eq!(counts(&recording), [26, 68, 89]);
    for (sweep, amplitude) in recording.sweeps.iter().zip([105.0, 225.0, 341.0].map(|from_zero| from_zero + 12.5)) {
        assert_eq!((sweep.dt_ms, sweep.duration_ms(), sweep.clamp), (0.25, 3000.0, Clamp::Current));
        let protocol = Protocol::of(&sweep.current_pa, sweep.dt_ms);
        let [step] = protocol.steps[..] else { panic!("{protocol:?}") };
        assert_eq!((step.onset_ms, step.offset_ms), (700.25, 2700.25), "{protocol:?}");
        assert!((step.amplitude_pa - amplitude).abs() < 2.0, "{step:?}");
        assert!((protocol.holding_pa + 12.5).abs() < 2.0, "{protocol:?}");
        assert!((1.0..5.0).contains(&protocol.noise_pa), "{protocol:?}");
        let features =
            Features::of(sweep.voltage_mv.as_ref().unwrap(), sweep.dt_ms, &protocol, &SpikeDetector::default());
        assert!((-75.0..-65.0).contains(&features.resting_mv.unwrap()), "{features:?}");
        assert!((2.0..200.0).contains(&features.first_spike_latency_ms.unwrap()));
    }
}

#[test]
fn b6_as_a_table_and_as_json() {
    let inspection = inspect(&b6(), &Declaration::default(), None);
    assert!(inspection.refused.is_empty());
    let table = inspection.to_string();
    println!("{table}");
    let row = table.lines().find(|line| line.starts_with("183")).unwrap();
    for cell in ["current clamp", "3000.0 ms", "4.0 kHz", "700-2700 ms", "68", "s, pA, mV"] {
        assert!(row.contains(cell), "{cell} in {row}");
    }
    let json = serde_json::to_value(&inspection).unwrap();
    assert_eq!((&json["sweeps"][0]["spikes"], &json["sweeps"][0]["clamp"]), (&26.into(), &"current".into()));
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs bluepyefe-idrest in ../shared/data or BRAIN_DATA")]
fn b95_is_version_2() {
    let folder = shared("bluepyefe-idrest/B95");
    let files = ["B95_Ch3_IDRest_107.ibw", "B95_Ch0_IDRest_107.ibw"].map(|name| folder.join(name));
    let recording = read(&files, &Declaration::default()).unwrap();
    assert_eq!(counts(&recording), [9]);
    let sweep = &recording.sweeps[0];
    let protocol = Protocol::of(&sweep.current_pa, sweep.dt_ms);
    let [step] = protocol.steps[..] else { panic!("{protocol:?}") };
    assert!((step.amplitude_pa - 37.1).abs() < 1.0 && (step.onset_ms - 700.0).abs() < 5.0, "{protocol:?}");
    assert!((protocol.holding_pa + 30.0).abs() < 3.0, "{protocol:?}");
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs pozzorini-gif in ../shared/data or BRAIN_DATA")]
fn frozen_noise_little_endian_in_volts_and_amperes() {
    let folder = shared("pozzorini-gif");
    let files = ["Cell3_Ger1Test_ch2_1009.ibw", "Cell3_Ger1Test_ch3_1009.ibw"].map(|name| folder.join(name));
    let recording = read(&files, &Declaration::default()).unwrap();
    let sweep = &recording.sweeps[0];
    assert_eq!((sweep.id.as_str(), sweep.dt_ms, sweep.current_pa.len()), ("1009", 0.1, 200_000));
    assert_eq!((sweep.units.current.as_str(), sweep.units.voltage.as_deref()), ("A", Some("V")));
    assert_eq!(counts(&recording), [224]);
    assert_eq!(Protocol::of(&sweep.current_pa, sweep.dt_ms).stimulus, Waveform::Noise);
}

fn longest(steps: &[CurrentStep]) -> f64 {
    let duration = |step: &&CurrentStep| step.offset_ms - step.onset_ms;
    steps.iter().max_by(|a, b| duration(a).total_cmp(&duration(b))).unwrap().amplitude_pa
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs qsnmc2007 in ../shared/data or BRAIN_DATA")]
fn ascii_traces_of_the_2007_competition() {
    let folder = shared("qsnmc2007/challenge_b/C010302A1");
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let recording = read(&files, &Declaration::default()).unwrap();
    let inspection = inspect(&files, &Declaration::default(), None);
    println!("{inspection}");
    assert!(inspection.refused.is_empty());
    let mut idrest: Vec<(f64, usize)> = inspection
        .sweeps
        .iter()
        .filter(|row| row.sweep.contains("IDRest"))
        .map(|row| (longest(&row.steps) + row.holding_pa, row.spikes.unwrap()))
        .collect();
    idrest.sort_by(|a, b| a.0.total_cmp(&b.0));
    let published =
        [(155.0, 8), (178.0, 9), (225.0, 13), (248.0, 15), (269.0, 18), (293.0, 21), (338.0, 27), (359.0, 30)];
    for (amplitude, spikes) in idrest {
        assert!(published.iter().any(|(a, s)| (a - amplitude).abs() < 4.0 && *s == spikes), "{amplitude} {spikes}");
    }
    let withheld = recording.sweeps.iter().filter(|sweep| sweep.voltage_mv.is_none()).count();
    assert_eq!(withheld, 6);
}
