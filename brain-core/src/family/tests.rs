//! These tests check that errors name the place of what is wrong, and that lists can be extended.

use super::*;
use crate::config;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq)]
struct Number(f64);

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Plain {
    size: f64,
    count: usize,
}

impl Settings<Number> for Plain {
    const NAME: &'static str = "plain";
    const ALIASES: &'static [&'static str] = &["simple"];

    fn build(&self, reader: &SettingsReader) -> Result<Box<Number>, SettingError> {
        Ok(Box::new(Number(reader.within("size", self.size, 0.0, 1.0)? + self.count as f64)))
    }
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
struct Other {}

impl Settings<Number> for Other {
    const NAME: &'static str = "other";

    fn build(&self, _: &SettingsReader) -> Result<Box<Number>, SettingError> {
        Ok(Box::new(Number(-1.0)))
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Whole {
    number: Choice,
}

fn read(text: &str, sets: &[&str]) -> Result<f64, String> {
    let family = Family::<Number>::new("number").with::<Plain>().with::<Other>();
    let config = config::parse::<Whole>("a.yaml", text, sets).map_err(|e| e.to_string())?;
    let reader = SettingsReader::new(1.0).unwrap();
    let resolved = family.resolve_at(&config, "number", &config.value.number).map_err(|e| e.to_string())?;
    let built = |choice| family.build_at(&config, "number", choice, &reader).map_err(|e| e.to_string());
    let (given, whole) = (built(&config.value.number)?, built(&resolved)?);
    assert_eq!(given, whole, "defaults that are filled in change nothing");
    Ok(given.0)
}

#[test]
fn choices() {
    for (text, wanted) in [
        ("number: plain", 0.0),
        ("number: simple", 0.0),
        ("number:\n  plain:\n", 0.0),
        ("number:\n  plain: {size: 0.5, count: 2}", 2.5),
        ("number: {other: {}}", -1.0),
    ] {
        assert_eq!(read(text, &[]), Ok(wanted), "{text}");
    }
    assert_eq!(read("number: {plain: {size: 0.5}}", &["number.plain.count=1"]), Ok(1.5));
}

#[test]
fn errors_name_place_and_remedy() {
    for (text, start) in [
        ("number: pain", "a.yaml:1: unknown value `pain`; did you mean `plain`?"),
        ("number:\n  pain: {}", "a.yaml:2: unknown value `pain`; did you mean `plain`?"),
        ("number:\n  plain:\n    sise: 1", "a.yaml:3: unknown key `sise`; did you mean `size`?"),
        (
            "number:\n  plain:\n    size: many",
            "a.yaml:3: number.plain.size: the text \"many\" is given where a number belongs",
        ),
        ("number:\n  plain:\n    count: 1\n    size: 2", "a.yaml:4: number.plain.size: 2 must be within 0 and 1"),
        ("number: {plain: {}, other: {}}", "a.yaml:1: number: both `plain` and `other` are given"),
        ("number: 3", "a.yaml:1: number: the number `3` is given where a name"),
    ] {
        let error = read(text, &[]).unwrap_err();
        assert!(error.starts_with(start), "{error}\n expected {start}");
    }
    let error = read("number: plain", &["number={plain: {size: 3}}"]).unwrap_err();
    assert!(error.starts_with("--set number={plain: {size: 3}}: number.plain.size: 3"), "{error}");
}

#[test]
fn a_later_member_of_the_same_name_takes_the_place() {
    let family = Family::<Number>::new("number").with::<Other>().with::<Plain>().with::<Other>();
    assert_eq!(family.names().collect::<Vec<_>>(), ["plain", "other"]);
    assert_eq!((family.name_of("simple"), family.name_of("none")), (Some("plain"), None));
}
