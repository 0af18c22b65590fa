//! This module suggests what was probably meant, by Levenshtein's edit distance.

use strsim::levenshtein;

/// Finds the one of `known` that `found` is most likely a misspelling of.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    let scored = known.into_iter().map(|name| (levenshtein(&found, &name.to_lowercase()), name));
    scored.min_by_key(|&(d, _)| d).filter(|&(d, name)| d <= 1 + name.chars().count().max(found.len()) / 4).map(|n| n.1)
}

/// Writes the end of a sentence about something unknown: what was probably meant, and what there is.
pub(crate) fn hint(found: &str, known: &[String]) -> String {
    let all = known.join(", ");
    match nearest(found, known.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`? Known here: {all}"),
        None if known.is_empty() => "nothing can be given here".into(),
        None => format!("known here: {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_if_it_is_near() {
        assert_eq!(nearest("Strats", ["sweeps", "starts"]), Some("starts"));
        assert_eq!(nearest("banana", ["sweeps", "starts"]), None);
    }
}
