//! This module says in words of a config what its parser says in words of Rust.

/// What the parser calls what it found, and what a person calls it.
const FOUND: [(&str, &str); 9] = [
    ("Option value", "a value"),
    ("unit value", "nothing (null)"),
    ("unit variant", "a name"),
    ("newtype struct", "a value"),
    ("sequence", "a list"),
    ("map", "a mapping of keys"),
    ("floating point ", "the number "),
    ("integer ", "the number "),
    ("boolean ", ""),
];

/// What the parser calls what it expected, and what a person calls it. The first that begins the text counts.
const EXPECTED: [(&str, &str); 24] = [
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number of 0 or more"),
    ("usize", "a whole number of 0 or more"),
    ("a nonzero", "a whole number above 0"),
    ("i32", "a whole number"),
    ("i64", "a whole number"),
    ("isize", "a whole number"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("a boolean", "true or false"),
    ("a string", "text"),
    ("a character", "a single character"),
    ("path string", "the path of a file"),
    ("a sequence", "a list"),
    ("any YAML value", "a number that fits in 64 bits"),
    ("a map", "a mapping of keys"),
    ("a YAML mapping", "a mapping of keys"),
    ("map", "a mapping of keys"),
    ("struct ", "a mapping of keys"),
    ("enum ", "a name"),
    ("option", "a value, or null"),
    ("unit", "nothing (null)"),
];

/// Rewrites a message of the parser: `invalid type: map, expected u32` becomes `a mapping of keys is given where a whole
/// number from 0 to 4294967295 belongs`. What is in front of it, such as a path of keys, stays.
pub fn plain(message: &str) -> String {
    let message = without_line(message);
    for sign in ["invalid type: ", "invalid value: "] {
        if let Some((path, rest)) = message.split_once(sign)
            && let Some((what, wanted)) = rest.rsplit_once(", expected ")
        {
            return format!("{path}{} is given where {} belongs", found(what), expected(wanted));
        }
    }
    if let Some((path, rest)) = message.split_once("invalid length ")
        && let Some((count, wanted)) = rest.split_once(", expected ")
    {
        let wanted =
            wanted.strip_prefix("an array of length ").map_or_else(|| expected(wanted), |n| format!("{n} items"));
        return format!("{path}{count} items are given where {wanted} belong");
    }
    if let Some((path, rest)) = message.split_once("unknown variant ")
        && let Some((name, wanted)) = rest.split_once(", expected ")
    {
        let known = wanted.trim_start_matches("one of ").replace('`', "").replace(" or ", ", ");
        return format!("{path}unknown value {name}; known here: {known}");
    }
    if let Some((path, rest)) = message.split_once("missing field ") {
        return format!("{path}the key {rest} is missing");
    }
    if let Some((path, rest)) = message.split_once("duplicate entry with key ") {
        return format!("{path}the key {} is given twice", rest.replace('"', "`"));
    }
    if let Some((path, rest)) = message.split_once("duplicate field ") {
        return format!("{path}the key {rest} is given twice");
    }
    message.to_owned()
}

/// Returns a message without the line that the parser adds at its end.
pub(super) fn without_line(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |end| &message[..end])
}

fn found(what: &str) -> String {
    if let Some(text) = what.strip_prefix("string ") {
        return format!("the text {text}");
    }
    let what = what.trim_end_matches(" as u128").trim_end_matches(" as i128");
    let known = FOUND.iter().find_map(|(rust, word)| what.strip_prefix(rust).map(|rest| format!("{word}{rest}")));
    known.unwrap_or_else(|| what.to_owned())
}

fn expected(wanted: &str) -> String {
    if let Some(count) = wanted.strip_prefix("an array of length ").or_else(|| wanted.strip_prefix("a tuple of size "))
    {
        return format!("a list of {count}");
    }
    let known = EXPECTED.iter().find(|(rust, _)| wanted == *rust || rust.ends_with(' ') && wanted.starts_with(rust));
    known.map_or_else(|| wanted.to_owned(), |(_, word)| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Part {
        n: u32,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        One,
        Two,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    #[serde(default)]
    struct All {
        kind: Kind,
        size: u32,
        x: f64,
        on: bool,
        part: Option<Part>,
        ends: [f64; 2],
        names: Vec<String>,
        by: BTreeMap<String, u64>,
    }

    impl Default for All {
        fn default() -> Self {
            let (part, names, by) = (None, vec![], BTreeMap::new());
            Self { kind: Kind::One, size: 0, x: 0.0, on: false, part, ends: [0.0; 2], names, by }
        }
    }

    /// Whatever the parser says, no word of Rust is left.
    #[test]
    fn messages_have_words_of_configs() {
        for (text, wanted) in [
            ("size: {a: 1}", "size: a mapping of keys is given where a whole number from 0 to 4294967295 belongs"),
            ("size: 5000000000", "size: the number `5000000000` is given where a whole number from 0 to 4294967295"),
            ("size: -1", "size: the number `-1` is given where a whole number"),
            ("size: many", "size: the text \"many\" is given where a whole number"),
            ("size: 1.5", "size: the number `1.5` is given where"),
            ("x: [1]", "x: a list is given where a number belongs"),
            ("x: true", "x: `true` is given where a number belongs"),
            ("x: null", "x: nothing (null) is given where a number belongs"),
            ("on: 1", "on: the number `1` is given where true or false belongs"),
            ("part: 3", "part: the number `3` is given where a mapping of keys belongs"),
            ("part: {}", "part: the key `n` is missing"),
            ("ends: [1]", "ends: 1 items are given where 2 items belong"),
            ("names: 3", "names: the number `3` is given where a list belongs"),
            ("names: [[1]]", "names[0]: a list is given where text belongs"),
            ("by: {a: b}", "by.a: the text \"b\" is given where a whole number of 0 or more belongs"),
            ("kind: three", "kind: unknown value `three`; known here: one, two"),
            ("size: 1\nsize: 2", "the key `size` is given twice"),
        ] {
            let message = plain(&serde_yaml::from_str::<All>(text).unwrap_err().to_string());
            assert!(message.starts_with(wanted), "{text}: {message}");
            for word in
                ["invalid", "u32", "u64", "usize", "f64", "struct", "Option", "sequence", "unit", "field", "variant"]
            {
                assert!(!message.contains(word), "{text}: {message}");
            }
        }
    }
}
