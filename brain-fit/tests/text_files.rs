//! Text files: what is read, and every way to be refused.

use std::path::PathBuf;

use brain_fit::inspect::inspect;
use brain_fit::recording::{Clamp, Declaration, Recording, RecordingError, read, read_any};

struct File {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn file(name: &str, content: &str) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    File { path, _folder: folder }
}

fn try_read(content: &str, declared: &str) -> Result<Recording, RecordingError> {
    let file = file("cell.csv", content);
    read(&[&file.path], &serde_json::from_str(declared).unwrap())
}

fn refusal(content: &str, declared: &str) -> String {
    let message = try_read(content, declared).unwrap_err().to_string();
    assert!(message.contains("cell.csv"), "{message}");
    message
}

/// Asserts that a refusal says each of these.
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}

const PLAIN: &str = "time_ms,current_pa,voltage_mv\n0,0,-70\n0.1,50,-69.5\n0.2,50,-69\n";

#[test]
fn a_plain_file_needs_no_declaration() {
    let recording = try_read(PLAIN, "{}").unwrap();
    let sweep = &recording.sweeps[0];
    assert_eq!((sweep.id.as_str(), sweep.dt_ms, sweep.clamp), ("cell", 0.1, Clamp::Current));
    assert_eq!(sweep.current_pa, [0.0, 50.0, 50.0]);
    assert_eq!(sweep.voltage_mv.as_deref(), Some(&[-70.0, -69.5, -69.0][..]));
    let windows = format!("\u{feff}# rig 2\r\n{}", PLAIN.replace('\n', "\r\n").replace(',', ";"));
    let other = try_read(&windows, "{}").unwrap();
    assert_eq!(other.sweeps[0].voltage_mv, sweep.voltage_mv);
    assert_eq!(other.sweeps[0].notes, ["rig 2"]);
}

#[test]
fn sweeps_may_be_long_or_interleaved() {
    let text = "sweep\ttime_ms\tcurrent_pa\tvoltage_mv\nb\t0\t1\t-70\na\t0\t2\t-71\nb\t.5\t1\t-70.5\na\t.5\t2\t-71.5\n";
    let recording = try_read(text, "{}").unwrap();
    assert_eq!(recording.sweeps.iter().map(|sweep| sweep.id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(recording.sweep("a").unwrap().current_pa, [2.0, 2.0]);
    assert_eq!(recording.sweeps[0].dt_ms, 0.5);
}

#[test]
fn declared_columns_are_converted() {
    let text = "t,I_nA,Vm,n\n0,0.1,-0.07,1\n0.0001,0.2,-0.069,1\n";
    let declared = r#"{"columns": {"time": {"name": "t", "unit": "s"}, "current": {"name": "I_nA"},
        "voltage": {"name": "Vm", "unit": "V"}, "sweep": "n"}}"#;
    let sweep = &try_read(text, declared).unwrap().sweeps[0];
    assert_eq!((sweep.id.as_str(), sweep.dt_ms), ("1", 0.1));
    assert_eq!((sweep.current_pa[1], sweep.voltage_mv.as_ref().unwrap()[1]), (200.0, -69.0));
    assert_eq!((sweep.units.current.as_str(), sweep.units.voltage.as_deref()), ("nA", Some("V")));
}

#[test]
fn names_on_lines_of_their_own_and_no_names() {
    let numbers = "0\t21.8\t-72.4\n1e-04\t15.6\t-72.3\n0.0002\t15.6\t-72.2\t\n";
    let sweep = &try_read(&format!("\"s\"\n\"pA\"\n\"mV\"\n{numbers}"), "{}").unwrap().sweeps[0];
    assert_eq!((sweep.dt_ms, sweep.current_pa[0]), (0.1, 21.8));
    let declared = r#"{"header": "none", "columns": {"time": {"name": "1", "unit": "s"},
        "current": {"name": "2", "unit": "pA"}, "voltage": {"name": "3", "unit": "mV"}}}"#;
    assert_eq!(try_read(numbers, declared).unwrap().sweeps[0].voltage_mv, sweep.voltage_mv);
    let lines = r#"{"header": "lines", "columns": {"time": {"name": "s", "unit": "s"},
        "current": {"name": "pA", "unit": "nA"}, "voltage": {"name": "mV", "unit": "mV"}}}"#;
    let nano = &try_read(&format!("\"s\"\n\"pA\"\n\"mV\"\n{numbers}"), lines).unwrap().sweeps[0];
    assert_eq!(nano.current_pa[0], 21_800.0);
}

#[test]
fn declared_names_may_be_numbers() {
    let declared = r#"{"header": "row", "columns": {"time": {"name": "10", "unit": "ms"},
        "current": {"name": "20", "unit": "pA"}, "voltage": {"name": "30", "unit": "mV"}}}"#;
    let sweep = &try_read("10,20,30\n0,1,-70\n1,2,-71\n", declared).unwrap().sweeps[0];
    assert_eq!(sweep.current_pa, [1.0, 2.0]);
    says(&refusal("10,20,30\n0,1,-70\n1,x,-71\n", declared), &["line 3"]);
}

#[test]
fn a_current_alone_can_be_predicted() {
    let sweep = &try_read("time_ms,current_pa\n0,0\n0.1,50\n", "{}").unwrap().sweeps[0];
    assert_eq!((sweep.voltage_mv.as_ref(), sweep.clamp), (None, Clamp::Current));
    let empty = &try_read("time_ms,current_pa,voltage_mv\n0,0,\n0.1,50,\n", "{}").unwrap().sweeps[0];
    assert_eq!(empty.voltage_mv, None);
    says(
        &refusal("time_ms,current_pa,volatge_mv\n0,0,-70\n.1,0,-70.1\n", "{}"),
        &["`voltage_mv`", "If `volatge_mv` is it"],
    );
}

#[test]
fn damaged_rows() {
    says(&refusal("time_ms,current_pa,voltage_mv\n0,0,-70\n0.1,0\n", "{}"), &["line 3", "2 cells", "3"]);
    says(&refusal("time_ms,current_pa,voltage_mv\n0,0,-70\n0.1,0,-70,5\n", "{}"), &["line 3", "4 cells"]);
    says(
        &refusal("# note\n\ntime_ms,current_pa,voltage_mv\n0,0,-70\n0.1,x1,-70\n", "{}"),
        &["line 5", "`current_pa`", "`x1`"],
    );
    says(&refusal("time_ms,current_pa,voltage_mv\noops,0,-70\n0.1,0,-70\n", "{}"), &["line 2", "`time_ms`", "`oops`"]);
}

#[test]
fn samples_that_are_no_numbers() {
    let text = "time_ms,current_pa,voltage_mv,sweep\n0,0,-70,4\n0.1,0,-70.2,4\n0.2,0,NaN,4\n0.3,0,-70,4\n";
    says(&refusal(text, "{}"), &["sweep 4", "voltage sample 2", "0.2 ms", "NaN"]);
    says(&refusal(&text.replace("NaN", ""), "{}"), &["sample 2", "NaN"]);
    says(&refusal(&text.replace("0.1,0,", "0.1,inf,"), "{}"), &["current sample 1", "inf"]);
    says(&refusal(&text.replace("0.3,0,", "nan,0,"), "{}"), &["time sample 3"]);
}

#[test]
fn time_that_does_not_advance_evenly() {
    let skips = "time_ms,current_pa,voltage_mv\n0,0,-70\n0.1,0,-70\n0.2,0,-70\n0.5,0,-70\n0.6,0,-71\n";
    says(&refusal(skips, "{}"), &["line 5", "0.3 ms", "0.1 ms"]);
    let restarts = "time_ms,current_pa,voltage_mv\n0,0,-70\n0.1,0,-70\n0.2,0,-70\n0,0,-70\n0.1,0,-71\n";
    says(&refusal(restarts, "{}"), &["line 5", "`sweep` column"]);
    says(&refusal("time_ms,current_pa,voltage_mv\n1,0,-70\n1,0,-70\n1,0,-70\n", "{}"), &["line 3", "0 ms"]);
    let rounded: String =
        (0..300).map(|i| format!("{:.3},0,{}\n", f64::from(i) / 30.0, -70.0 + f64::from(i % 7))).collect();
    let sweep = &try_read(&format!("time_ms,current_pa,voltage_mv\n{rounded}"), "{}").unwrap().sweeps[0];
    assert!((sweep.dt_ms - 1.0 / 30.0).abs() < 1e-5);
}

#[test]
fn columns_and_units_that_are_not_there() {
    let text = "time_s,I,Vm\n0,0,-70\n0.1,0,-70\n";
    says(&refusal(text, "{}"), &["`time_ms`", "`time_s`, `I`, `Vm`", "If `time_s` is it"]);
    let named = r#"{"columns": {"time": {"name": "time_s"}, "current": {"name": "I", "unit": "pAmp"}, "voltage": {"name": "Vm"}}}"#;
    says(&refusal(text, named), &["`pAmp` is not a unit", "current `I`", "nA, pA"]);
    says(&refusal(text, &named.replace("pAmp", "pA")), &["no unit is declared", "voltage `Vm`", "V, mV, uV"]);
    says(&refusal("time_ms,current_pa,current_pa\n0,0,1\n1,0,1\n", "{}"), &["2 columns", "`current_pa`"]);
    let unknown = serde_json::from_str::<Declaration>(r#"{"colums": {}}"#).unwrap_err().to_string();
    says(&unknown, &["colums", "columns"]);
}

#[test]
fn units_that_cannot_be_right() {
    let volts = "time_ms,current_pa,voltage_mv\n0,0,-0.07\n0.1,0,-0.069\n";
    says(&refusal(volts, "{}"), &["looks like volts: declare unit: V"]);
    says(&refusal(&volts.replace("-0.0", "-7000"), "{}"), &["700069 mV", "uV"]);
    says(
        &refusal("time_ms,current_pa,voltage_mv\n0,1,0\n0.1,1,0\n", "{}"),
        &["zero throughout", "leave the column out"],
    );
    says(
        &refusal("time_ms,current_pa,voltage_mv\n0,1e-10,-70\n0.1,1e-10,-71\n", "{}"),
        &["looks like another unit", "`unit: A`"],
    );
    says(&refusal("time_ms,current_pa,voltage_mv\n0,1,-70\n0.0001,1,-71\n", "{}"), &["looks like s;"]);
    says(&refusal("time_ms,current_pa,voltage_mv\n0,1,-70\n250,1,-71\n", "{}"), &["looks like us;"]);
}

#[test]
fn too_little() {
    says(&refusal("", "{}"), &["no bytes"]);
    says(&refusal("\n\n", "{}"), &["only blank lines"]);
    says(&refusal("time_ms,current_pa,voltage_mv\n", "{}"), &["no numbers"]);
    says(&refusal("time_ms,current_pa,voltage_mv\n0,0,-70\n", "{}"), &["1 sample(s)", "at least 2"]);
}

#[test]
fn files_that_are_something_else() {
    let nothing: [PathBuf; 0] = [];
    says(&read(&nothing, &Declaration::default()).unwrap_err().to_string(), &["name at least one file"]);
    says(&read(&["/nowhere/cell.csv"], &Declaration::default()).unwrap_err().to_string(), &["/nowhere/cell.csv"]);
    says(&read(&[env!("CARGO_MANIFEST_DIR")], &Declaration::default()).unwrap_err().to_string(), &["not a file"]);
    says(&refusal("\u{89}HDF\r\n\u{1a}\n\0\0\0", "{}"), &["not a format known here", "Igor", "CSV"]);
    let twice = file("cell.csv", PLAIN);
    let error = read(&[&twice.path, &twice.path], &Declaration::default()).unwrap_err();
    assert!(matches!(error, RecordingError::RepeatedSweep { .. }), "{error}");
}

/// A command of two levels, and a response that is noisy.
fn voltage_clamp(columns: &str) -> String {
    let row = |i: u32| {
        let command = if (200..600).contains(&i) { 10.0 } else { -70.0 };
        format!("{},{},{command}\n", f64::from(i) / 10.0, f64::from(i * 7919 % 101) - 50.0)
    };
    format!("{columns}\n{}", (0..1000).map(row).collect::<String>())
}

#[test]
fn voltage_clamp_is_refused_with_its_reason() {
    let text = voltage_clamp("time_ms,current_pa,voltage_mv");
    says(&refusal(&text, "{}"), &["sweep cell is voltage clamp", "piecewise constant", "leave the sweep out"]);
    assert!(try_read(&text, r#"{"clamp": "current"}"#).is_ok());
    says(&refusal(PLAIN, r#"{"clamp": "voltage"}"#), &["voltage clamp (declared)"]);
    says(&refusal(&format!("# Vclamp, series 3\n{PLAIN}"), "{}"), &["the file says `vclamp`"]);
    let named = r#"{"columns": {"voltage": {"name": "v_cmd", "unit": "mV"}}}"#;
    says(&refusal(&PLAIN.replace("voltage_mv", "v_cmd"), named), &["`v_cmd` is a command"]);

    let clamped = file("clamped.csv", &text);
    let plain = file("plain.csv", PLAIN);
    let missing = PathBuf::from("/nowhere.csv");
    assert_eq!(read_any(&[&clamped.path], &Declaration::default()).unwrap().sweeps[0].clamp, Clamp::Voltage);
    let inspection = inspect(&[&clamped.path, &plain.path, &missing], &Declaration::default(), None);
    assert_eq!((inspection.sweeps.len(), inspection.refused.len()), (1, 2));
    says(&inspection.to_string(), &["plain", "refused: ", "voltage clamp", "/nowhere.csv"]);
}

#[test]
fn a_clean_model_trace_is_not_voltage_clamp() {
    let row = |i: u32| {
        let current = if (200..600).contains(&i) { 100.0 } else { 0.0 };
        let rise = if i < 200 { 0.0 } else { 20.0 * (1.0 - (-f64::from(i - 200) / 5.0).exp()) };
        format!("{},{current},{:.3}\n", f64::from(i) / 10.0, -70.0 + rise)
    };
    let text = format!("time_ms,current_pa,voltage_mv\n{}", (0..1000).map(row).collect::<String>());
    assert_ne!(try_read(&text, "{}").unwrap().sweeps[0].clamp, Clamp::Voltage);
}
