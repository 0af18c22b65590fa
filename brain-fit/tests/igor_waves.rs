//! Igor binary waves, written here field by field and read back; then damaged in every way a header allows.

use std::path::{Path, PathBuf};

use brain_fit::recording::{Declaration, RecordingError, Wave, read};

#[derive(Clone, Copy)]
enum Number {
    F32,
    F64,
    I16,
    U8,
}

/// Appends fields in one byte order.
struct Writer {
    big: bool,
    bytes: Vec<u8>,
}

impl Writer {
    fn put(&mut self, little: &[u8]) {
        if self.big { self.bytes.extend(little.iter().rev()) } else { self.bytes.extend(little) }
    }
    fn i16(&mut self, value: i16) {
        self.put(&value.to_le_bytes());
    }
    fn i32(&mut self, value: i32) {
        self.put(&value.to_le_bytes());
    }
    fn f64(&mut self, value: f64) {
        self.put(&value.to_le_bytes());
    }
    fn text(&mut self, text: &str, width: usize) {
        let mut field = text.as_bytes().to_vec();
        field.resize(width, 0);
        self.bytes.extend(field);
    }
    fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len() + count, 0);
    }
    fn sample(&mut self, number: Number, value: f64) {
        match number {
            Number::F32 => self.put(&(value as f32).to_le_bytes()),
            Number::F64 => self.f64(value),
            Number::I16 => self.i16(value as i16),
            Number::U8 => self.bytes.push(value as u8),
        }
    }
    /// Makes the words of `..summed` add to zero.
    fn seal(&mut self, at: usize, summed: usize) {
        self.bytes[at..at + 2].fill(0);
        let word = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if self.big { i16::from_be_bytes(pair) } else { i16::from_le_bytes(pair) }
        };
        let sum = self.bytes[..summed].chunks(2).fold(0i16, |sum, pair| sum.wrapping_add(word(pair)));
        let check = sum.wrapping_neg();
        let check = if self.big { check.to_be_bytes() } else { check.to_le_bytes() };
        self.bytes[at..at + 2].copy_from_slice(&check);
    }
}

fn kind(number: Number) -> (i16, usize) {
    match number {
        Number::F32 => (2, 4),
        Number::F64 => (4, 8),
        Number::I16 => (0x10, 2),
        Number::U8 => (0x48, 1),
    }
}

fn wave(version: i16, big: bool, number: Number, unit: &str, samples: &[f64]) -> Vec<u8> {
    let mut w = Writer { big, bytes: Vec::new() };
    let (code, width) = kind(number);
    let (size, note) = (samples.len() * width, "SI:250;");
    if version == 2 {
        w.i16(2);
        w.i32((126 + size) as i32);
        w.i32(note.len() as i32);
        w.zeros(4 + 2);
        w.i16(code);
        w.zeros(4);
        w.text("trace", 20);
        w.zeros(8);
        w.text(unit, 4);
        w.text("s", 4);
        w.i32(samples.len() as i32);
        w.zeros(2);
        w.f64(0.00025);
        w.zeros(54);
        assert_eq!(w.bytes.len(), 126);
    } else {
        w.i16(5);
        w.i16(0);
        w.i32((320 + size) as i32);
        w.i32(0);
        w.i32(note.len() as i32);
        w.zeros(48);
        w.zeros(12);
        w.i32(samples.len() as i32);
        w.i16(code);
        w.zeros(10);
        w.text("trace", 32);
        w.zeros(8);
        w.i32(samples.len() as i32);
        w.zeros(12);
        w.f64(0.00025);
        w.zeros(56);
        w.text(unit, 4);
        w.text("s", 4);
        w.zeros(384 - 220);
    }
    samples.iter().for_each(|sample| w.sample(number, *sample));
    if version == 2 {
        w.zeros(16);
    }
    w.text(note, note.len());
    if version == 2 {
        w.seal(14, 142)
    } else {
        w.seal(2, 384)
    }
    w.bytes
}

const SAMPLES: [f64; 12] = [1.0, 2.0, 3.0, 100.0, 101.0, 102.0, 99.0, 7.0, 6.0, 5.0, 4.0, 3.0];

#[test]
fn both_versions_both_orders_every_number() {
    for version in [2, 5] {
        for big in [false, true] {
            for number in [Number::F32, Number::F64, Number::I16, Number::U8] {
                let wave = Wave::from_bytes(Path::new("x.ibw"), &wave(version, big, number, "pA", &SAMPLES)).unwrap();
                assert_eq!(wave.samples, SAMPLES);
                assert_eq!((wave.interval, wave.unit.as_str(), wave.time_unit.as_str()), (0.00025, "pA", "s"));
                assert_eq!((wave.name.as_str(), wave.note.as_str()), ("trace", "SI:250;"));
            }
        }
    }
    let negative = wave(5, true, Number::I16, "mV", &[-70.0, -1.0]);
    assert_eq!(Wave::from_bytes(Path::new("x.ibw"), &negative).unwrap().samples, [-70.0, -1.0]);
}

fn refused(bytes: &[u8], part: &str) {
    let message = Wave::from_bytes(Path::new("x.ibw"), bytes).unwrap_err().to_string();
    assert!(message.contains(part) && message.contains("x.ibw: byte "), "`{part}` is not in: {message}");
}

#[test]
fn damaged_waves() {
    for (version, points, summed, check) in [(2i16, 58, 142, 14), (5, 76, 384, 2)] {
        let whole = wave(version, true, Number::F32, "pA", &SAMPLES);
        for length in 0..whole.len() {
            let _ = Wave::from_bytes(Path::new("x.ibw"), &whole[..length]);
        }
        refused(&whole[..100], "cut off inside the header");
        let mut flipped = whole.clone();
        flipped[70] ^= 1;
        refused(&flipped, "checksum");
        let mut w = Writer { big: true, bytes: whole };
        w.bytes[points..points + 4].copy_from_slice(&i32::MAX.to_be_bytes());
        w.seal(check, summed);
        refused(&w.bytes, "2147483647 samples of 4 bytes are announced");
        w.bytes[points..points + 4].copy_from_slice(&(-3i32).to_be_bytes());
        w.seal(check, summed);
        refused(&w.bytes, "number of points is -3");
    }
    refused(&wave(5, false, Number::F32, "pA", &SAMPLES)[..400], "samples of 4 bytes are announced");
    refused(b"time,current", "not an Igor binary wave");
    refused(&[0, 3, 0, 0], "version 3 is not read");
    let mut matrix = Writer { big: false, bytes: wave(5, false, Number::F32, "pA", &SAMPLES) };
    matrix.bytes[136] = 3;
    matrix.seal(2, 384);
    refused(&matrix.bytes, "12 x 3");
}

fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(name, unit): &(&str, &str)| {
        let path = folder.path().join(name);
        let voltage = ["mV", "V"].contains(unit) || name.contains("Ch3");
        let samples = if voltage { SAMPLES.map(|sample| -sample) } else { SAMPLES };
        std::fs::write(&path, wave(5, true, Number::F32, unit, &samples)).unwrap();
        path
    };
    let paths = files.iter().map(write).collect();
    (folder, paths)
}

fn refusal(files: &[(&str, &str)], declared: &str) -> String {
    let (_folder, paths) = folder(files);
    read(&paths, &serde_json::from_str(declared).unwrap()).unwrap_err().to_string()
}

#[test]
fn waves_are_paired_by_name_or_by_declaration() {
    let (_named, paths) = folder(&[("c_Ch3_x_7.ibw", "mV"), ("c_Ch0_x_7.ibw", "pA")]);
    let sweep = &read(&paths, &Declaration::default()).unwrap().sweeps[0];
    assert_eq!((sweep.id.as_str(), sweep.dt_ms, sweep.current_pa[3]), ("7", 0.25, 100.0));
    assert_eq!(sweep.voltage_mv.as_ref().unwrap()[3], -100.0);

    let (_free, paths) = folder(&[("stim.ibw", "nA"), ("vm.ibw", "mV")]);
    let declared = r#"{"waves": {"pairs": [{"id": "a", "current": "stim.ibw", "voltage": "vm.ibw"}]}}"#;
    let sweep = &read(&paths, &serde_json::from_str(declared).unwrap()).unwrap().sweeps[0];
    assert_eq!((sweep.id.as_str(), sweep.current_pa[0]), ("a", 1000.0));

    let (_bare, paths) = folder(&[("c_Ch0_7.ibw", ""), ("c_Ch3_7.ibw", "")]);
    let declared = r#"{"waves": {"current": {"tag": "Ch0", "unit": "pA"}, "voltage": {"tag": "Ch3", "unit": "mV"}}}"#;
    let sweep = &read(&paths, &serde_json::from_str(declared).unwrap()).unwrap().sweeps[0];
    assert_eq!(sweep.voltage_mv.as_ref().unwrap()[3], -100.0);
}

#[test]
fn waves_that_make_no_sweep() {
    let says = |message: String, part: &str| assert!(message.contains(part), "`{part}` is not in: {message}");
    says(refusal(&[("c_Ch3_7.ibw", "mV")], "{}"), "a voltage without its current; give the other file too");
    says(refusal(&[("c_Ch0_7.ibw", "mV"), ("c_Ch3_7.ibw", "mV")], "{}"), "both voltages: a command and a potential");
    says(refusal(&[("c_Ch0_7.ibw", ""), ("c_Ch3_7.ibw", "")], "{}"), "has a unit; declare `waves:");
    says(
        refusal(&[("c_Ch0_7.ibw", "pA"), ("c_Ch1_7.ibw", "pA"), ("c_Ch3_7.ibw", "mV")], "{}"),
        "3 waves have the same name",
    );
    says(refusal(&[("c_Ch0_7.ibw", "pA"), ("c_Ch3_7.ibw", "V")], "{}"), "reaches 102000 mV");
    let wrong = r#"{"waves": {"voltage": {"unit": "V"}}}"#;
    says(refusal(&[("c_Ch0_7.ibw", "pA"), ("c_Ch3_7.ibw", "mV")], wrong), "`V` is declared where the wave says `mV`");

    let (folder, _) = folder(&[("c_Ch0_7.ibw", "pA"), ("c_Ch3_7.ibw", "mV")]);
    let alone = read(&[folder.path().join("c_Ch3_7.ibw")], &Declaration::default()).unwrap_err().to_string();
    assert!(alone.contains("c_Ch0_7.ibw` too"), "{alone}");
    std::fs::write(folder.path().join("text.ibw"), "time_ms,current_pa\n0,1\n1,1\n").unwrap();
    let error = read(&[folder.path().join("text.ibw")], &Declaration::default()).unwrap_err();
    assert!(matches!(error, RecordingError::Wave { byte: 0, .. }), "{error}");
}
