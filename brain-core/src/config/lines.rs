//! [`line_of`] finds the line of a YAML text that a key is on.

/// A key or a list dash, and the column it starts in.
struct Entry<'a> {
    line: usize,
    column: usize,
    text: &'a str,
}

/// Finds the line, counted from 1, on which `key.path` stands, or the deepest part of it that the text has.
///
/// It reads the text as block style: what stands inside `{}` or `[]` counts as on the line of the opening bracket.
pub(super) fn line_of(text: &str, path: &str) -> Option<usize> {
    let entries = entries(text);
    let mut block = &entries[..];
    let mut line = None;
    for key in path.split('.') {
        let Some(column) = block.first().map(|e| e.column) else { break };
        let items = (0..block.len()).filter(|&i| block[i].column == column);
        let found = match key.parse::<usize>() {
            Ok(n) => items.filter(|&i| block[i].text == "-").nth(n),
            Err(_) => items.into_iter().find(|&i| is_key(block[i].text, key)),
        };
        let Some(i) = found else { break };
        line = Some(block[i].line);
        let inside = |e: &Entry| e.column > column || (e.column == column && e.text == "-" && block[i].text != "-");
        let rest = &block[i + 1..];
        block = &rest[..rest.iter().position(|e| !inside(e)).unwrap_or(rest.len())];
    }
    line
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    for (i, whole) in text.lines().enumerate() {
        let mut rest = whole.trim_start();
        while rest == "-" || rest.starts_with("- ") {
            entries.push(Entry { line: i + 1, column: whole.len() - rest.len(), text: "-" });
            rest = rest[1..].trim_start();
        }
        if !rest.is_empty() && !rest.starts_with('#') && rest != "---" {
            entries.push(Entry { line: i + 1, column: whole.len() - rest.len(), text: rest });
        }
    }
    entries
}

fn is_key(text: &str, key: &str) -> bool {
    text.trim_start_matches(['"', '\''])
        .strip_prefix(key)
        .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn block_style() {
        let text = "# a: 0\na:\n  b: 1\n  'c': 2\nd:\n- e: 1\n  b: 2\n- e: 3\n  f: {g: 1}\nb: 4\n";
        for (path, line) in
            [("a", 2), ("a.b", 3), ("a.c", 4), ("a.z", 2), ("d.0.b", 7), ("d.1.e", 8), ("d.1.f.g", 9), ("b", 10)]
        {
            assert_eq!(line_of(text, path), Some(line), "{path}");
        }
        assert_eq!(line_of(text, "z"), None);
        assert_eq!(line_of("", "z"), None);
    }
}
