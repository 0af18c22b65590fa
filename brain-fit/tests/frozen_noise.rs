//! A recorded cell under frozen noise: what is fitted to one repeat predicts the spikes of another.

mod shared;

use shared::shared;
use std::process::Command;

#[test]
#[cfg_attr(not(shared_data), ignore = "needs pozzorini-gif in ../shared/data or BRAIN_DATA")]
fn the_spikes_of_another_repeat_are_predicted() {
    let dir = tempfile::tempdir().unwrap();
    let folder = shared("pozzorini-gif");
    let repeat = |n: u32| [2, 3].map(|channel| folder.join(format!("Cell3_Ger1Test_ch{channel}_{n}.ibw")));
    let config = dir.path().join("fit.yaml");
    // One start of the membrane, and the refractory period that a grid finds, for the time of a test.
    let yaml = "t_ref: 5.5 ms\nmembrane: {tau_m_starts: [15], tau_starts: [[4, 30, 200]]}\n\
                electrode: {series_resistance: {fit: true}}\n";
    std::fs::write(&config, format!("model: gif\n{yaml}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_brain-fit"));
    command.arg("run").arg(&config).args(["--quiet", "--out"]).arg(dir.path().join("out"));
    command.args(["--fit-sweeps", "1009", "--test-sweeps", "1010", "--data"]);
    command.args([1009, 1010].map(repeat).concat());
    assert!(command.status().unwrap().success());
    let text = std::fs::read_to_string(dir.path().join("out/metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_str(&text).unwrap();
    let score = &metrics["sweeps"][1];
    let number = |key: &str| score[key].as_f64().unwrap();
    println!("{score}, {}", metrics["electrode"]);
    assert_eq!((&score["id"], &score["role"]), (&"1010".into(), &"test".into()));
    assert!(number("coincidence") >= 0.65, "{score}");
    assert!((number("spikes_model") / number("spikes_data") - 1.0).abs() <= 0.08, "{score}");
    assert!(number("rmse_forced_mv") <= 2.0, "{score}");
    // The recordings are not compensated for the electrode.
    let resistance = metrics["electrode"]["series_resistance_mohm"].as_f64().unwrap();
    assert!((2.0..12.0).contains(&resistance), "{resistance}");
}
