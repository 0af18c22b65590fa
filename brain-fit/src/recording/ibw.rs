//! Igor Pro binary waves, versions 2 and 5, in either byte order: one channel a file.
//!
//! Layout after WaveMetrics' Technical Note 003. Version 5 is a 64-byte and a 320-byte header, the samples, then
//! the dependency formula, the note and the long unit names; version 2 is a 16-byte and a 110-byte header, the
//! samples, 16 bytes of padding and the note. A 16-bit sum over the headers is zero. Nothing is allocated before
//! the header's sizes have been held against the file's.

use std::path::Path;

use super::RecordingError;

/// One channel as stored, in its own units.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// The wave's name.
    pub name: String,
    /// Samples, in `unit`.
    pub samples: Vec<f64>,
    /// Sampling interval, in `time_unit`.
    pub interval: f64,
    /// Unit of the samples; empty when not given.
    pub unit: String,
    /// Unit of the interval; empty when not given.
    pub time_unit: String,
    /// The wave note.
    pub note: String,
}

/// Places of the fields that are needed, which differ between the two versions, in bytes from the start of the file.
struct Format {
    data_size: usize,
    note_size: usize,
    points: usize,
    kind: usize,
    name: (usize, usize),
    interval: usize,
    unit: usize,
    time_unit: usize,
    /// Start of the samples.
    data: usize,
    /// Bytes the checksum covers.
    summed: usize,
    /// Where the header proper begins: `data_size` counts from here.
    header: usize,
}

const V2: Format = Format {
    data_size: 2,
    note_size: 6,
    points: 58,
    kind: 16,
    name: (22, 20),
    interval: 64,
    unit: 50,
    time_unit: 54,
    data: 126,
    summed: 142,
    header: 16,
};
const V5: Format = Format {
    data_size: 4,
    note_size: 12,
    points: 76,
    kind: 80,
    name: (92, 32),
    interval: 148,
    unit: 212,
    time_unit: 216,
    data: 384,
    summed: 384,
    header: 64,
};

struct Bytes<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    big: bool,
}

impl Wave {
    /// Reads a file.
    ///
    /// # Errors
    /// It fails, and names the byte at which the file is not a wave, is cut off, or is damaged.
    pub fn read(file: &Path) -> Result<Self, RecordingError> {
        let bytes = std::fs::read(file).map_err(|error| RecordingError::Open { file: file.to_path_buf(), error })?;
        Self::from_bytes(file, &bytes)
    }

    /// Reads a file's contents; `file` is for messages.
    ///
    /// # Errors
    /// It fails as [`Wave::read`] does.
    pub fn from_bytes(file: &Path, bytes: &[u8]) -> Result<Self, RecordingError> {
        let (version, big) = version(bytes).ok_or_else(|| {
            let what = "not an Igor binary wave: the file does not begin with a version; check that its name does not mislabel it";
            wrong(file, 0, what.into())
        })?;
        let format = match version {
            2 => V2,
            5 => V5,
            _ => {
                let what =
                    format!("version {version} is not read, only 2 and 5; save it again from Igor Pro 5 or later");
                return Err(wrong(file, 0, what));
            }
        };
        Bytes { file, bytes, big }.wave(&format, version)
    }
}

/// Version and byte order: read in the wrong order, a version has an empty low byte.
pub(super) fn version(bytes: &[u8]) -> Option<(u8, bool)> {
    match bytes {
        [0, version @ (1..=3 | 5), ..] => Some((*version, true)),
        [version @ (1..=3 | 5), 0, ..] => Some((*version, false)),
        _ => None,
    }
}

fn wrong(file: &Path, byte: usize, what: String) -> RecordingError {
    RecordingError::Wave { file: file.to_path_buf(), byte, what }
}

impl<'a> Bytes<'a> {
    fn wave(&self, at: &Format, version: u8) -> Result<Wave, RecordingError> {
        let length = self.bytes.len();
        if length < at.summed.max(at.data) {
            let what = format!("cut off inside the header, which takes {} bytes; copy the file again", at.data);
            return Err(wrong(self.file, length, what));
        }
        let sum = self.bytes[..at.summed].chunks_exact(2).fold(0i16, |sum, word| {
            sum.wrapping_add(if self.big {
                i16::from_be_bytes([word[0], word[1]])
            } else {
                i16::from_le_bytes([word[0], word[1]])
            })
        });
        if sum != 0 {
            let what = format!(
                "the header's checksum is {sum} instead of 0: the file is damaged or not a wave; copy it again"
            );
            return Err(wrong(self.file, 0, what));
        }
        let points = self.size(at.points, "number of points")?;
        let kind = self.u16(at.kind);
        let width = self.sample_width(at.kind, kind)?;
        if version == 5 {
            self.one_dimensional()?;
        }
        let end = points.checked_mul(width).and_then(|bytes| bytes.checked_add(at.data)).filter(|end| *end <= length);
        let end = end.ok_or_else(|| {
            let what = format!(
                "{points} samples of {width} bytes are announced, the file has {} bytes for them; copy the file again",
                length - at.data
            );
            wrong(self.file, at.points, what)
        })?;
        let said = self.size(at.data_size, "size of the wave")?;
        if said < end - at.header {
            let what = format!(
                "the wave is said to take {said} bytes, its samples alone need {}; the header contradicts itself",
                end - at.header
            );
            return Err(wrong(self.file, at.data_size, what));
        }
        let rest = at.header.saturating_add(said).min(length);
        let (formula, long_unit) =
            if version == 5 { (self.size(8, "formula size")?, self.size(16, "unit size")?) } else { (0, 0) };
        let note_start = rest.saturating_add(formula);
        let note_size = self.size(at.note_size, "note size")?;
        let unit = match long_unit {
            0 => self.text(at.unit, 4),
            size => self.text(note_start.saturating_add(note_size), size),
        };
        Ok(Wave {
            name: self.text(at.name.0, at.name.1),
            samples: self.bytes[at.data..end].chunks_exact(width).map(|sample| self.sample(kind, sample)).collect(),
            interval: f64::from_bits(self.u64(at.interval)),
            unit,
            time_unit: self.text(at.time_unit, 4),
            note: self.text(note_start, note_size),
        })
    }

    fn sample_width(&self, byte: usize, kind: u16) -> Result<usize, RecordingError> {
        let unsigned = 0x40;
        match kind & !unsigned {
            2 | 0x20 => Ok(4),
            4 | 0x80 => Ok(8),
            8 => Ok(1),
            0x10 => Ok(2),
            0 => Err(wrong(self.file, byte, "a text wave, not a trace; leave it out".into())),
            complex if complex & 1 == 1 => {
                Err(wrong(self.file, byte, "a complex wave, not a trace; leave it out".into()))
            }
            _ => {
                Err(wrong(self.file, byte, format!("number type {kind:#x} is unknown; save the wave as 32-bit float")))
            }
        }
    }

    /// Version 5 waves can be matrices, for instance one sweep a column.
    fn one_dimensional(&self) -> Result<(), RecordingError> {
        let (rows, columns) = (self.u32(132), self.u32(136));
        if columns > 1 {
            let what = format!("a matrix of {rows} x {columns}; save each column as a wave of its own");
            return Err(wrong(self.file, 136, what));
        }
        Ok(())
    }

    fn sample(&self, kind: u16, sample: &[u8]) -> f64 {
        let bits = sample.iter().enumerate().fold(0u64, |bits, (index, byte)| {
            let place = if self.big { sample.len() - 1 - index } else { index };
            bits | u64::from(*byte) << (8 * place)
        });
        match kind {
            2 => f64::from(f32::from_bits(bits as u32)),
            4 => f64::from_bits(bits),
            kind if kind & 0x40 != 0 => bits as f64,
            _ => {
                let unused = 64 - 8 * sample.len() as u32;
                ((bits << unused) as i64 >> unused) as f64
            }
        }
    }

    fn u16(&self, at: usize) -> u16 {
        let word = [self.bytes[at], self.bytes[at + 1]];
        if self.big { u16::from_be_bytes(word) } else { u16::from_le_bytes(word) }
    }

    fn u32(&self, at: usize) -> u32 {
        let (first, second) = (u32::from(self.u16(at)), u32::from(self.u16(at + 2)));
        if self.big { first << 16 | second } else { second << 16 | first }
    }

    fn u64(&self, at: usize) -> u64 {
        let (first, second) = (u64::from(self.u32(at)), u64::from(self.u32(at + 4)));
        if self.big { first << 32 | second } else { second << 32 | first }
    }

    fn size(&self, at: usize, what: &str) -> Result<usize, RecordingError> {
        let size = self.u32(at) as i32;
        usize::try_from(size).map_err(|_| wrong(self.file, at, format!("the {what} is {size}; the header is damaged")))
    }

    /// Text up to its first zero byte, as much of it as the file has; Igor wrote Mac Roman or Latin-1.
    fn text(&self, start: usize, size: usize) -> String {
        let end = start.saturating_add(size).min(self.bytes.len());
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        bytes.iter().map(|byte| char::from(*byte)).collect::<String>().trim().to_string()
    }
}
