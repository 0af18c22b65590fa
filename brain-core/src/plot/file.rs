//! Files that are there whole or not at all, and the resolution of a PNG.

use super::PlotError;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Writes beside the target, syncs, and renames.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), PlotError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let written = File::create(&beside)
        .and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| {
        // What is left is of no use; if it cannot be removed either, the first error is the one to report.
        let _ = fs::remove_file(&beside);
        PlotError::Io { path: path.to_owned(), source }
    })
}

/// Adds the resolution to a PNG, so that it is placed on a page at the size it was made for.
pub(super) fn with_resolution(png: Vec<u8>, dots_per_inch: f64) -> Vec<u8> {
    // Signature (8 bytes) and header chunk (25) come first in every PNG.
    const HEAD: usize = 33;
    if png.len() < HEAD {
        return png;
    }
    let per_metre = ((dots_per_inch / 0.0254).round() as u32).to_be_bytes();
    let mut body = b"pHYs".to_vec();
    body.extend(per_metre);
    body.extend(per_metre);
    body.push(1);
    let sum = crc(&body).to_be_bytes();
    let mut out = png[..HEAD].to_vec();
    out.extend(9u32.to_be_bytes());
    out.extend(body);
    out.extend(sum);
    out.extend(&png[HEAD..]);
    out
}

/// The checksum of PNG chunks (CRC-32, bit by bit: it runs over thirteen bytes).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, b| {
        (0..8).fold(sum ^ u32::from(*b), |s, _| if s & 1 == 1 { 0xEDB8_8320 ^ (s >> 1) } else { s >> 1 })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn checksum_is_the_published_one() {
        assert_eq!(super::crc(b"123456789"), 0xCBF4_3926);
    }
}
