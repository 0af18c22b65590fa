//! Where a text file keeps its names and its numbers.

use std::path::Path;

use brain_core::table::{self, Rows};

use super::super::{Declaration, Header, RecordingError};

/// The shape of a text file.
pub(super) struct Layout {
    /// Column names, in order.
    pub names: Vec<String>,
    /// Lines above the names, comment marks removed.
    pub preamble: Vec<String>,
    /// Byte at which the numbers begin.
    data: usize,
    /// Line at which the numbers begin, from 1.
    first_line: u64,
    delimiter: u8,
}

struct Line<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    number: u64,
}

impl Layout {
    /// Finds names and numbers: the first line with a number in it begins the numbers.
    pub fn of(file: &Path, text: &str, declared: &Declaration) -> Result<Self, RecordingError> {
        let (mut above, mut preamble, mut first) = (Vec::new(), Vec::new(), None);
        let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        for (number, raw) in (1..).zip(text[start..].split_inclusive('\n')) {
            let line = Line { text: raw.trim(), start, end: start + raw.len(), number };
            start += raw.len();
            if line.text.is_empty() {
                continue;
            } else if let Some(comment) = line.text.strip_prefix('#') {
                preamble.push(comment.trim().to_string());
            } else if line
                .text
                .split([',', '\t', ';', declared.delimiter.unwrap_or(',')])
                .any(|cell| unquoted(cell).parse::<f64>().is_ok())
            {
                first = Some(line);
                break;
            } else {
                above.push(line);
            }
        }
        let there = |c: &char| !declared.inherited || first.as_ref().is_some_and(|line| line.text.contains(*c));
        let delimiter = declared.delimiter.filter(there).and_then(|c| u8::try_from(c).ok());
        let delimiter = delimiter
            .unwrap_or_else(|| table::delimiter(first.as_ref().or(above.last()).map_or("", |l| l.text), b"\t;,"));
        let Some(first) = first else {
            let what =
                if above.is_empty() { "the file has only blank lines" } else { "there are names but no numbers" };
            return Err(RecordingError::Empty { file: file.to_path_buf(), what });
        };
        let cells = first.text.split(char::from(delimiter)).count();
        let header = declared.header.filter(|_| !declared.inherited).unwrap_or(match above.len() {
            0 => Header::None,
            _ if cells > 1 && above.iter().all(|line| !line.text.contains(char::from(delimiter))) => Header::Lines,
            _ => Header::Row,
        });
        let (mut data, mut first_line) = (first.start, first.number);
        let names = match header {
            Header::None => (1..=cells).map(|column| column.to_string()).collect(),
            Header::Lines => {
                let names = above.split_off(above.len().saturating_sub(cells));
                names.iter().map(|line| unquoted(line.text)).collect()
            }
            Header::Row => match above.pop() {
                Some(line) => line.text.split(char::from(delimiter)).map(unquoted).collect(),
                None => {
                    (data, first_line) = (first.end, first.number + 1);
                    first.text.split(char::from(delimiter)).map(unquoted).collect()
                }
            },
        };
        preamble.extend(above.iter().map(|line| line.text.to_string()));
        Ok(Self { names, preamble, data, first_line, delimiter })
    }

    /// The rows of numbers of a file.
    pub fn reader<'a>(&self, text: &'a str) -> Rows<'a> {
        Rows::new(&text[self.data..], self.delimiter, self.first_line)
    }
}

fn unquoted(cell: &str) -> String {
    cell.trim().trim_matches('"').trim().to_string()
}
