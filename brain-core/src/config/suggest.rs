//! What was probably meant.

/// The one of `known` that `found` is most likely a misspelling of.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    let scored = known.into_iter().map(|name| (distance(&found, &name.to_lowercase()), name));
    scored.min_by_key(|&(d, _)| d).filter(|&(d, name)| d <= 1 + name.chars().count().max(found.len()) / 4).map(|n| n.1)
}

/// The end of a sentence about something unknown.
pub(super) fn hint(found: &str, known: &[String]) -> String {
    let all = known.join(", ");
    match nearest(found, known.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`? Known here: {all}"),
        None if known.is_empty() => "nothing can be given here".into(),
        None => format!("known here: {all}"),
    }
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_and_choices() {
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("abc", "")), (3, 3, 3));
        assert_eq!(nearest("Strats", ["sweeps", "starts"]), Some("starts"));
        assert_eq!(nearest("banana", ["sweeps", "starts"]), None);
    }
}
