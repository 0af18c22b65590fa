//! [`Rows`] reads the rows of text tables, each with the line that it stands on.
//!
//! ```
//! use brain_core::table::{Rows, delimiter};
//!
//! let text = "# two neurons\nE; 3\n\nI; x\n";
//! let mut rows = Rows::new(text, delimiter("E; 3", b",;\t"), 1);
//! let mut row = csv::StringRecord::new();
//! assert_eq!((rows.read(&mut row)?, &row[1]), (Some(2), "3"));
//! assert_eq!((rows.read(&mut row)?, &row[1]), (Some(4), "x"));
//! assert_eq!(rows.read(&mut row)?, None);
//! # Ok::<(), csv::Error>(())
//! ```

use csv::{Reader, ReaderBuilder, StringRecord, Trim};

/// The rows of a table. Cells are trimmed, blank lines and those that begin with `#` are left out, and rows may differ
/// in length.
pub struct Rows<'a> {
    text: &'a str,
    first_line: u64,
    reader: Reader<&'a [u8]>,
}

impl<'a> Rows<'a> {
    /// Makes the rows of `text`, whose first line is line `first_line` of its file.
    pub fn new(text: &'a str, delimiter: u8, first_line: u64) -> Self {
        let mut options = ReaderBuilder::new();
        options.has_headers(false).flexible(true).delimiter(delimiter).trim(Trim::All).comment(Some(b'#'));
        Self { text, first_line, reader: options.from_reader(text.as_bytes()) }
    }

    /// Reads the next row and returns its line, or `None` at the end.
    pub fn read(&mut self, row: &mut StringRecord) -> csv::Result<Option<u64>> {
        while self.reader.read_record(row)? {
            if row.len() == 1 && row[0].is_empty() {
                continue;
            }
            let (line, byte) = row.position().map_or((1, 0), |p| (p.line(), p.byte() as usize));
            // The reader counts from where it began to look, before blank lines and comments.
            let rest = self.text.get(byte..).unwrap_or("");
            let skipped = rest.lines().take_while(|l| l.trim().is_empty() || l.starts_with('#')).count();
            return Ok(Some(self.first_line + line - 1 + skipped as u64));
        }
        Ok(None)
    }

    /// Returns the line at which the next row is looked for.
    pub fn line(&self) -> u64 {
        self.first_line + self.reader.position().line() - 1
    }
}

/// Returns the delimiter of `known` that a line has most of, and the first of them where it has none.
pub fn delimiter(line: &str, known: &[u8]) -> u8 {
    let count = |c: &u8| line.bytes().filter(|b| b == c).count();
    // The order is reversed so that the first of equals wins; `max_by_key` takes the last.
    known.iter().rev().max_by_key(|c| count(c)).copied().unwrap_or(b',')
}
